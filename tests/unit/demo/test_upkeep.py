"""How well the demonstration's machines are kept: nearly all on their day, and a few late."""

from __future__ import annotations

from dataclasses import fields
from datetime import date, timedelta

from data_access.repositories.demo_register import Kept
from demo.rows import District
from demo.upkeep import live

TODAY = date(2026, 11, 20)
SEED = 20251120


def kept(row: object) -> Kept:
    return Kept(**{field.name: getattr(row, field.name) for field in fields(Kept)})


def test_a_district_that_lives_on_stays_as_well_kept_as_it_was(district: District) -> None:
    machines = [kept(row) for row in district.equipment if row.use_status == "in_use"]
    days = [TODAY + timedelta(days=n + 1) for n in range(45)]
    today, month = days[-1], days[-1].replace(day=1)

    later = [live(machine, days, seed=SEED) for machine in machines]

    assert 15 <= sum(each.next_maintenance_on is not None and each.next_maintenance_on < today for each in later) <= 70
    assert 0 < sum(each.next_inspection_on is not None and each.next_inspection_on < month for each in later) <= 25
    assert sum(each.inspection_result == "failed" for each in later) <= 15
    assert sum(each.maintenance_contract_until is not None and each.maintenance_contract_until < today for each in later) <= 120


def test_a_day_is_lived_through_once_whether_alone_or_with_others(district: District) -> None:
    machines = [kept(row) for row in district.equipment[:2_000]]
    days = [TODAY + timedelta(days=n + 1) for n in range(20)]

    together = [live(machine, days, seed=SEED) for machine in machines]
    one_by_one = machines
    for day in days:
        one_by_one = [live(machine, [day], seed=SEED) for machine in one_by_one]

    assert together == one_by_one


def test_intervals_stay_what_they_were(district: District) -> None:
    machines = [kept(row) for row in district.equipment if row.next_maintenance_on and row.kind in ("elevator", "forklift")][::50]

    later = [live(machine, [TODAY + timedelta(days=n + 1) for n in range(60)], seed=SEED) for machine in machines]

    for before, after in zip(machines, later, strict=True):
        assert _interval(after) == _interval(before)


def _interval(machine: Kept) -> timedelta:
    assert machine.next_maintenance_on is not None
    assert machine.last_maintained_on is not None
    return machine.next_maintenance_on - machine.last_maintained_on
