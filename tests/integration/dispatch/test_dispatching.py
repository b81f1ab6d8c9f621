"""Who is sent to an order, what is kept of the choice, and where somebody has to stand to sign in."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from data_access.queries import teams
from domain.errors import Refused
from domain.scope import ALL, Role, Scope
from domain.work_orders import OrderKind, Step
from services import redispatch, rule_settings
from tests.integration.dispatch.conftest import AT, LAT, LNG, NORTH, District

CLOSE: dict[str, Any] = {"scan": "lift", "position": (LNG, LAT)}


def test_the_nearest_team_of_the_machines_unit_is_sent_with_its_reason(district: District) -> None:
    order = district.open()

    assert (order.status, order.unit_id, district.team_of(order.id)) == ("created", district.units["unit"], "near")
    assert district.log(order.id) == [("open", "entrapment"), ("dispatch", "nearest")]
    weighed = district.sql("SELECT proof->'weighed' AS w FROM work_order_events WHERE work_order_id = %s AND seq = 2", order.id)[0].w
    assert [(one["name"], one["metres"], one["against"]) for one in weighed] == [("near", 111, []), ("middle", 222, []), ("far", 334, [])]


@pytest.mark.parametrize(
    ("spoil", "sent"),
    [
        ("DELETE FROM duty_shifts WHERE team_id = (SELECT id FROM response_teams WHERE name = 'near')", "middle"),
        (
            "UPDATE duty_shifts SET ends_at = '2026-11-20 06:30Z' WHERE team_id = (SELECT id FROM response_teams WHERE name = 'near')",
            "middle",
        ),
        (
            "UPDATE duty_shifts SET starts_at = '2026-11-20 06:30Z' WHERE team_id = (SELECT id FROM response_teams WHERE name = 'near')",
            "near",
        ),
        ("UPDATE response_teams SET closed_at = now() WHERE name IN ('near', 'middle')", "far"),
        ("UPDATE response_teams SET lng = NULL WHERE name = 'near'", "middle"),
        ("UPDATE licences SET valid_until = '2026-11-19'", None),
        ("UPDATE licences SET valid_from = '2026-11-21'", None),
        ("UPDATE licences SET kinds = '{crane}'", None),
        ("UPDATE equipment SET maintenance_contract_until = NULL", "near"),
        ("UPDATE equipment SET maintenance_contract_until = '2026-11-19'", None),
        ("UPDATE equipment SET maintenance_unit_id = NULL", None),
        ("UPDATE equipment SET lng = NULL, lat = NULL", "near"),
    ],
    ids=[
        "off duty",
        "shift over",
        "shift begins",
        "closed",
        "nowhere",
        "expired",
        "not yet",
        "kind",
        "endless",
        "lapsed",
        "nobody's",
        "somewhere",
    ],
)
def test_who_is_eligible(district: District, spoil: str, sent: str | None) -> None:
    district.sql(spoil)

    order = district.open()

    assert district.team_of(order.id) == sent
    assert order.status == ("reported" if sent is None else "created")


def test_a_full_team_gets_no_more_minor_faults_but_people_go_first(district: District) -> None:
    faults = [district.open(kind=OrderKind.REPAIR, key=str(n)) for n in range(3)]
    rescue = district.open("second")

    assert [district.team_of(order.id) for order in faults] == ["near", "near", "middle"]
    assert district.team_of(rescue.id) == "near"


def test_a_drill_takes_no_team_from_what_is_real_nor_the_other_way_round(district: District) -> None:
    district.sql("UPDATE response_teams SET closed_at = now() WHERE name IN ('middle', 'far')")
    drills = [district.open(key=f"drill:{n}", drill=True) for n in range(3)]
    real = [district.open(key=str(n)) for n in range(3)]

    sent = [[district.team_of(order.id) for order in orders] for orders in (drills, real)]

    assert sent == [["near", "near", None]] * 2
    with district.store.reading() as tx:
        shown = {team.name: team.load for team in teams.every(Scope(Role.OPERATIONS_CENTRE, ALL, None, ALL), tx, at=AT)}
    assert shown["near"] == 2


def test_people_are_sent_to_by_whoever_is_full_of_minor_faults_alone(district: District) -> None:
    district.sql("UPDATE response_teams SET closed_at = now() WHERE name IN ('middle', 'far')")
    faults = [district.open(kind=OrderKind.REPAIR, key=str(n)) for n in range(2)]
    district.sql("UPDATE duty_shifts SET starts_at = %s", AT + timedelta(minutes=1))
    rescue = district.open("second")

    redispatch.due(district.store, AT + timedelta(minutes=1))

    assert [district.team_of(order.id) for order in (*faults, rescue)] == ["near"] * 3


def test_what_a_team_has_completed_is_no_load(district: District) -> None:
    done = [district.open(kind=OrderKind.REPAIR, key=str(n)) for n in range(2)]
    for order in done:
        district.step("unit", order.id, Step.ACCEPT)
        district.step("unit", order.id, Step.SIGN_IN, **CLOSE)
        district.step("unit", order.id, Step.COMPLETE, note="门机已调整")

    assert district.team_of(district.open(kind=OrderKind.REPAIR, key="3").id) == "near"


def test_a_team_that_gives_an_order_back_does_not_get_it_again(district: District) -> None:
    order = district.open()
    sent = []
    for _ in range(3):
        sent.append(district.team_of(order.id))
        district.step("unit", order.id, Step.RETURN, reason="人手不足")

    assert sent == ["near", "middle", "far"]
    assert district.order(order.id).status == "reported"
    assert [reason for action, reason in district.log(order.id) if action == "dispatch"] == ["nearest", "next", "next"]


@pytest.mark.parametrize("kind", [OrderKind.BEHAVIOR, OrderKind.ANOMALY])
def test_behaviour_and_driving_are_the_use_units_matter(district: District, kind: OrderKind) -> None:
    order = district.open("truck", kind=kind)

    assert (order.unit_id, order.team_id) == (district.units["user"], None)
    assert district.log(order.id)[-1] == ("dispatch", "use_unit")


def test_behaviour_that_the_use_unit_gives_back_waits_for_the_centre(district: District) -> None:
    order = district.open(kind=OrderKind.BEHAVIOR)

    district.step("user", order.id, Step.RETURN, reason="非本小区住户")

    assert district.order(order.id).status == "reported"


def test_the_officer_overrides_with_a_reason(district: District) -> None:
    order = district.open()

    district.step("centre", order.id, Step.TRANSFER, unit=district.units["rival"], team=district.teams["other"], reason="就近增援")

    assert district.team_of(order.id) == "other"
    assert district.log(order.id)[-1] == ("transfer", "就近增援")


def test_the_officer_sees_everybody_near_and_what_speaks_against_them(district: District) -> None:
    order = district.open()
    with district.store.reading() as tx:
        found = teams.candidates(Scope(Role.OPERATIONS_CENTRE, ALL, None, ALL), tx, order_id=order.id, at=AT)
        elsewhere = teams.candidates(Scope(Role.STREET, ("310107999",), None, ALL), tx, order_id=order.id, at=AT)

    assert [(one["name"], one["against"]) for one in found] == [
        ("middle", []), ("far", []), ("near", ["tried"]), ("other", ["no_contract"]),
    ]  # fmt: skip
    assert elsewhere == []


@pytest.mark.parametrize(
    ("scan", "north", "reason"),
    [
        ("lift", 0, None),
        (" ＬＩＦＴ ", 0, None),
        ("https://example.test/q/lift?from=label", 0, None),
        ("lift", 2.6, None),
        ("lift", 2.8, "too_far"),
        ("second", 0, "wrong_machine"),
        ("lift/second", 0, "wrong_machine"),
        ("lift", float("nan"), "too_far"),
        ("lift", 1e9, "too_far"),
    ],
)
def test_signing_in_needs_the_machines_code_and_a_place_near_it(district: District, scan: str, north: float, reason: str | None) -> None:
    order = district.open()
    district.step("unit", order.id, Step.ACCEPT)
    proof: dict[str, Any] = {"scan": scan, "position": (LNG, LAT + north * NORTH)}

    if reason is None:
        district.step("unit", order.id, Step.SIGN_IN, **proof)
    else:
        with pytest.raises(Refused) as refusal:
            district.step("unit", order.id, Step.SIGN_IN, **proof)
        assert refusal.value.data["reason"] == reason

    assert district.order(order.id).status == ("on_site" if reason is None else "accepted")


def test_how_near_is_a_setting(district: District) -> None:
    order = district.open()
    district.step("unit", order.id, Step.ACCEPT)
    rule_settings.change(district.store, "dispatch.sign_in_metres", 50, by="bureau", why="室外设备", at=AT)

    with pytest.raises(Refused) as refusal:
        district.step("unit", order.id, Step.SIGN_IN, scan="lift", position=(LNG, LAT + NORTH), at=AT + timedelta(minutes=1))

    assert refusal.value.data["metres"] == 111
