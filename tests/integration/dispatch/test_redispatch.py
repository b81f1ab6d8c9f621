"""Orders that nobody answers go to the next team, and after the last to the centre, which is told once."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from domain.work_orders import OrderKind, Step
from services import redispatch, rule_settings
from tests.integration.dispatch.conftest import AT, District

MINUTE = timedelta(minutes=1)


def tick(district: District, at: datetime, times: int = 1) -> None:
    """The reminder tick's part."""
    for _ in range(times):
        redispatch.due(district.store, at)


@pytest.mark.parametrize(("waited", "team"), [(179, "near"), (180, "middle"), (181, "middle")])
def test_after_three_minutes_without_an_answer_the_next_team_is_sent(district: District, waited: int, team: str) -> None:
    order = district.open()

    tick(district, AT + timedelta(seconds=waited), times=2)

    assert district.team_of(order.id) == team


def test_an_order_that_was_accepted_stays(district: District) -> None:
    order = district.open()
    district.step("unit", order.id, Step.ACCEPT)

    tick(district, AT + 10 * MINUTE)

    assert (district.order(order.id).status, district.team_of(order.id)) == ("accepted", "near")


def test_after_the_last_team_the_centre_is_told_once(district: District) -> None:
    order = district.open()
    for turn in (3, 6, 9):
        tick(district, AT + turn * MINUTE, times=2)

    tick(district, AT + 30 * MINUTE, times=3)

    now = district.order(order.id)
    assert (now.status, now.unit_id, now.team_id, now.bounced) == ("reported", None, None, 3)
    assert now.unowned_since == AT
    assert district.log(order.id)[1:] == [
        ("dispatch", "nearest"), ("return", "no_answer"), ("dispatch", "next"), ("return", "no_answer"), ("dispatch", "next"),
        ("return", "no_answer"), ("note", "nobody_left"),
    ]  # fmt: skip
    told = [template for recipient, template in district.told(order.id) if recipient == "role:operations_centre"]
    assert told == ["no_answer", "no_answer", "no_answer", "no_team"]


def test_the_centre_is_told_again_when_whom_it_chose_gives_the_order_back(district: District) -> None:
    district.sql("DELETE FROM duty_shifts")
    order = district.open()
    tick(district, AT, times=2)
    district.step("centre", order.id, Step.DISPATCH, unit=district.units["rival"], team=district.teams["other"], reason="就近", at=AT)
    district.step("rival", order.id, Step.RETURN, reason="人手不足", at=AT)

    tick(district, AT, times=2)

    assert [template for _, template in district.told(order.id)].count("no_team") == 2


def test_where_nobody_may_be_sent_the_centre_hears_why_at_once(district: District) -> None:
    order = district.open("lapsed")

    tick(district, AT)

    proof = district.sql("SELECT proof FROM work_order_events WHERE work_order_id = %s AND action = 'note'", order.id)[0].proof
    assert {reason for one in proof["weighed"] for reason in one["against"]} == {"no_contract"}
    assert ("role:operations_centre", "no_team") in district.told(order.id)


def test_a_maintenance_unit_without_a_team_on_duty_is_summoned_at_once_and_once(district: District) -> None:
    district.sql("DELETE FROM duty_shifts")
    trapped, minor = district.open(), district.open(kind=OrderKind.REPAIR)

    tick(district, AT)
    at_once = [district.told(order.id) for order in (trapped, minor)]
    tick(district, AT + 20 * MINUTE, times=2)

    summons = (f"unit:{district.units['unit']}", "summoned")
    assert [told.count(summons) for told in at_once] == [1, 1]
    assert [district.told(order.id).count(summons) for order in (trapped, minor)] == [1, 1]


def test_of_an_order_that_a_team_is_free_for_nobody_is_summoned(district: District) -> None:
    district.sql("UPDATE duty_shifts SET starts_at = %s", AT + MINUTE)
    order = district.open(kind=OrderKind.REPAIR)

    tick(district, AT + MINUTE)

    assert [template for _, template in district.told(order.id)] == ["dispatched"]


def test_whoever_gave_an_order_back_is_summoned_when_nobody_else_is_left(district: District) -> None:
    district.sql("UPDATE response_teams SET closed_at = now() WHERE name IN ('middle', 'far')")
    order = district.open(kind=OrderKind.REPAIR)
    district.step("unit", order.id, Step.RETURN, reason="人手不足")

    tick(district, AT, times=2)

    assert [template for _, template in district.told(order.id)].count("summoned") == 1


def test_a_minor_fault_may_wait_ten_minutes_for_a_team_before_the_centre_hears(district: District) -> None:
    orders = [district.open(kind=OrderKind.REPAIR, key=str(n)) for n in range(7)]
    for order in orders[:6]:
        district.step("unit", order.id, Step.ACCEPT)

    tick(district, AT + 10 * MINUTE - timedelta(seconds=1))
    before = district.told(orders[6].id)
    tick(district, AT + 10 * MINUTE, times=2)

    assert "no_team" not in {template for _, template in before}
    assert [template for _, template in district.told(orders[6].id)].count("no_team") == 1


def test_an_order_waits_for_a_team_that_becomes_free(district: District) -> None:
    first, *_, last = [district.open(kind=OrderKind.REPAIR, key=str(n)) for n in range(7)]
    tick(district, AT, times=2)
    assert district.order(last.id).status == "reported"
    district.step("unit", first.id, Step.ACCEPT)
    district.step("unit", first.id, Step.SIGN_IN, scan="lift", position=(121.40, 31.25))
    district.step("unit", first.id, Step.COMPLETE, note="已修复")

    tick(district, AT + MINUTE)

    assert (district.order(last.id).status, district.team_of(last.id)) == ("created", "near")
    assert district.log(last.id)[-1] == ("dispatch", "only")


def test_an_order_waits_for_a_shift_to_begin(district: District) -> None:
    district.sql("UPDATE duty_shifts SET starts_at = %s", AT + MINUTE)
    order = district.open()

    tick(district, AT + timedelta(seconds=59))
    before = district.order(order.id).status
    tick(district, AT + MINUTE)

    assert (before, district.team_of(order.id)) == ("reported", "near")


def test_what_a_unit_gave_back_is_not_sent_round_again_when_a_team_becomes_free(district: District) -> None:
    district.sql("UPDATE response_teams SET closed_at = now() WHERE name IN ('middle', 'far')")
    order = district.open()
    district.step("unit", order.id, Step.RETURN, reason="人手不足")
    district.sql("UPDATE response_teams SET closed_at = NULL")

    tick(district, AT, times=2)

    assert district.order(order.id).status == "reported"


def test_a_use_unit_that_does_not_answer_hands_on_to_the_maintenance_unit(district: District) -> None:
    order = district.open("truck", kind=OrderKind.ANOMALY)

    tick(district, AT + 3 * MINUTE)

    assert (district.order(order.id).unit_id, district.team_of(order.id)) == (district.units["unit"], "near")


def test_how_long_an_answer_may_take_is_a_setting(district: District) -> None:
    rule_settings.change(district.store, "deadline.accept_seconds", 300, by="bureau", why="试行", at=AT)
    order = district.open()

    tick(district, AT + 4 * MINUTE)
    before = district.team_of(order.id)
    tick(district, AT + 5 * MINUTE)

    assert (before, district.team_of(order.id)) == ("near", "middle")


def test_a_tick_that_comes_hours_late_sends_one_team_and_not_three(district: District) -> None:
    order = district.open()

    tick(district, AT + timedelta(hours=2))

    assert district.team_of(order.id) is None or district.order(order.id).bounced == 1


def test_a_clock_that_falls_back_takes_nothing_back(district: District) -> None:
    order = district.open()

    tick(district, AT - timedelta(hours=2))

    assert district.team_of(order.id) == "near"


def test_what_is_said_of_one_order_is_not_said_again_because_another_was_given_back(district: District) -> None:
    district.sql("DELETE FROM duty_shifts")
    waiting, other = district.open(), district.open("second")
    for turn in range(3):
        district.step("centre", other.id, Step.DISPATCH, unit=district.units["rival"], reason="就近")
        district.step("rival", other.id, Step.RETURN, reason="人手不足")
        tick(district, AT + turn * MINUTE)

    assert [action for action, _ in district.log(waiting.id)] == ["open", "note"]
    assert sorted(template for _, template in district.told(waiting.id)) == ["no_team", "summoned", "trapped"]
