"""The demonstration district: exact numbers, plausible shares, points in their streets, and the same for the same seed."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import pytest
from stdnum.cn import uscc

from demo import geography
from demo.codes import DISTRICT
from demo.district import generate
from demo.rows import District, EquipmentRow
from tests.unit.demo.conftest import AT

TODAY = date(2026, 11, 20)
YEAR = timedelta(days=365.25)


def test_the_register_counts_what_the_work_plan_counts(district: District) -> None:
    counted = Counter(row.kind for row in district.equipment if row.kind != "pressure_pipeline")

    assert counted == {"elevator": 14_115, "forklift": 300, "crane": 1_414, "amusement_ride": 9, "boiler": 68, "pressure_vessel": 3_058}
    assert counted.total() == 18_964


def test_pipelines_add_up_to_their_kilometres(district: District) -> None:
    assert sum(row.length_km or 0 for row in district.equipment) == pytest.approx(35.1, abs=1e-9)
    assert all((row.length_km or 0) > 0 for row in district.equipment if row.kind == "pressure_pipeline")


def test_homes_have_their_number_of_lifts_and_monitors(elevators: list[EquipmentRow]) -> None:
    homes = [row for row in elevators if row.residential]

    assert len(homes) == 7_339
    assert sum(row.monitor_vendor is not None for row in homes) == 7_046
    assert sum(row.monitor_vendor is not None for row in elevators) == 7_046 + 2_600
    assert all(row.place_kind == "residential" for row in homes)


def test_forklifts_speak_through_their_own_vendor(district: District) -> None:
    vendors = Counter(row.monitor_vendor for row in district.equipment if row.kind == "forklift")

    assert vendors == {"ckt": 288, None: 12}


def test_every_lift_vendor_has_at_least_four_hundred_lifts(elevators: list[EquipmentRow]) -> None:
    vendors = Counter(row.monitor_vendor for row in elevators if row.monitor_vendor)

    assert set(vendors) == {"xzl", "htk", "ydw", "shy"}
    assert min(vendors.values()) >= 400


@pytest.mark.parametrize(("years", "residential", "wanted"), [(15, True, 2_250), (20, True, 770), (15, None, 3_647)])
def test_old_lifts_are_as_many_as_the_city_counts(elevators: list[EquipmentRow], years: int, residential: bool | None, wanted: int) -> None:
    old = [row for row in elevators if row.installed_on < TODAY - years * YEAR and residential in (None, row.residential)]

    assert len(old) == wanted


def test_every_point_lies_in_its_street(district: District) -> None:
    streets = geography.load().streets

    outside = [row for row in (*district.sites, *district.equipment) if not streets[row.street_code].holds((row.lng, row.lat))]

    assert outside == []


def test_every_metro_station_of_the_map_is_a_site(district: District) -> None:
    stations = geography.load().stations
    named = {row.name for row in district.sites if row.place_kind == "metro"}

    assert len(stations) == 27
    assert named == {f"地铁{station.name.removesuffix('站')}站" for station in stations}


def test_factories_and_their_trucks_stand_mostly_in_taopu(district: District) -> None:
    streets = Counter(row.street_code for row in district.equipment if row.kind == "forklift")

    assert streets["310107103"] > 150
    assert all(row.place_kind == "factory" and row.fence for row in district.equipment if row.kind == "forklift")


def test_codes_are_unique_and_built_as_the_register_builds_them(district: District) -> None:
    codes = [row.code for row in district.equipment]
    coded = [row for row in district.equipment if "-" not in row.code]

    assert len(set(codes)) == len(codes)
    assert len(coded) == len(codes) - 36
    assert all(len(row.code) == 20 and row.code[:10] == row.category_code + DISTRICT for row in coded)
    assert all(row.code[10:16] == f"{row.registered_on:%Y%m}" for row in coded)


def test_a_lift_without_registration_code_goes_by_maker_and_factory_number(district: District) -> None:
    makers = {unit.id: unit for unit in district.organizations}
    uncoded = [row for row in district.equipment if "-" in row.code]

    assert all(row.code == f"{makers[row.maker_id].credit_code}-{row.factory_number}" for row in uncoded)
    assert all(TODAY - row.registered_on < timedelta(days=366) for row in uncoded)


def test_credit_codes_and_names_are_valid_and_unique(district: District) -> None:
    codes = [unit.credit_code for unit in district.organizations]

    assert all(uscc.is_valid(code) for code in codes)
    assert len(set(codes)) == len(codes)
    assert len({unit.name for unit in district.organizations}) == len(codes)
    assert len({site.name for site in district.sites}) == len(district.sites)


def test_overdue_lists_are_real_but_small(district: District, elevators: list[EquipmentRow]) -> None:
    soon = TODAY + timedelta(days=30)

    assert 3 < sum(row.next_inspection_on < TODAY for row in district.equipment) < 40
    assert 0.05 < sum(TODAY <= row.next_inspection_on <= soon for row in elevators) / len(elevators) < 0.11
    assert 15 < sum(row.next_maintenance_on is not None and row.next_maintenance_on < TODAY for row in elevators) < 80
    assert 0 < sum(row.maintenance_contract_until is not None and row.maintenance_contract_until < TODAY for row in elevators) < 200


def test_dates_of_a_machine_are_in_the_order_of_its_life(district: District) -> None:
    for row in district.equipment:
        assert row.made_on < row.installed_on <= row.registered_on <= TODAY
        assert row.last_inspected_on is not None
        assert row.installed_on - timedelta(days=3) <= row.last_inspected_on <= TODAY
        assert row.last_inspected_on < row.next_inspection_on


def test_assessments_are_for_old_homes_only(elevators: list[EquipmentRow]) -> None:
    assessed = [row for row in elevators if row.assessed_on]

    assert len(assessed) > 1_000
    assert all(row.residential and row.installed_on < TODAY - 15 * YEAR for row in assessed)


def test_references_lead_somewhere(district: District) -> None:
    units, sites = {unit.id for unit in district.organizations}, {site.id: site for site in district.sites}
    streets = {street.code for street in district.streets}

    assert len(streets) == 10
    for row in district.equipment:
        assert {row.use_unit_id, row.maker_id} | {row.installer_id or row.maker_id, row.maintenance_unit_id or row.maker_id} <= units
        assert sites[row.site_id].street_code == row.street_code in streets


def test_the_same_seed_and_day_give_the_same_district(district: District) -> None:
    assert generate(20251120, AT) == district


def test_another_seed_gives_other_places_with_the_same_numbers(district: District) -> None:
    other = generate(7, AT)

    assert Counter(row.kind for row in other.equipment) == Counter(row.kind for row in district.equipment)
    assert {site.name for site in other.sites} != {site.name for site in district.sites}
    assert sum(row.residential for row in other.equipment) == 7_339
