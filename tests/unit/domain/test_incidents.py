"""Which order a report asks for, and which order under way it belongs to: a table of cases."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from domain.equipment.kind import Category
from domain.faults import FAULTS
from domain.incidents import Fact, Standing, What, absorbed, asked_by_alarm, asked_by_person, joined
from domain.response import ResponseLevel, level_of
from domain.work_orders import OrderKind, OrderStatus

AT = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)
MINOR, TRAPPED = ResponseLevel.MINOR_FAULT, ResponseLevel.ENTRAPMENT


def fact(code: str, *, person: bool | None = None) -> Fact:
    """An alarm of a canonical code at lift 7."""
    fault = FAULTS[code]
    response = level_of(fault, person=person)
    return Fact(
        equipment_id=7,
        rule=fault.rule,
        family=fault.family,
        category=fault.category,
        level=response.level,
        urgent=response.urgent,
        reason=response.reason,
    )


def order(kind: OrderKind = OrderKind.REPAIR, **more: object) -> Standing:
    """An order under way for lift 7, opened now."""
    usual = Standing(
        id=1,
        kind=kind,
        cause="door_close_fault",
        cause_key="alarm:door_close_fault:7" if kind is OrderKind.REPAIR else "rescue:7",
        status=OrderStatus.CREATED,
        level=MINOR if kind is OrderKind.REPAIR else TRAPPED,
        urgent=kind is OrderKind.RESCUE,
        suspended=False,
        opened_at=AT,
    )
    return replace(usual, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("code", "person", "kind", "key", "level", "urgent", "stopped"),
    [
        ("8", None, OrderKind.RESCUE, "rescue:7", TRAPPED, True, False),
        ("9", True, OrderKind.RESCUE, "rescue:7", TRAPPED, True, False),
        ("9", False, OrderKind.REPAIR, "alarm:power_cut:7", MINOR, False, False),
        ("3", False, OrderKind.REPAIR, "alarm:overspeed:7", MINOR, True, True),
        ("3", None, OrderKind.REPAIR, "alarm:overspeed:7", MINOR, True, True),
        ("3", True, OrderKind.RESCUE, "rescue:7", ResponseLevel.EMERGENCY, True, True),
        ("10", True, OrderKind.RESCUE, "rescue:7", TRAPPED, True, True),
        ("38", None, OrderKind.REPAIR, "alarm:vibration_abnormal:7", MINOR, True, True),
        ("106", None, OrderKind.REPAIR, "alarm:device_offline:7", MINOR, False, False),
        ("FK02", None, OrderKind.ANOMALY, "alarm:forklift_overspeed:7", MINOR, False, False),
        ("FK07", None, OrderKind.ANOMALY, "alarm:collision:7", MINOR, True, False),
    ],
)
def test_an_alarm_asks_for_the_order_of_its_level(
    code: str, person: bool | None, kind: OrderKind, key: str, level: ResponseLevel, urgent: bool, stopped: bool
) -> None:
    asked = asked_by_alarm(fact(code, person=person))

    assert asked is not None
    assert (asked.kind, asked.cause_key, asked.level, asked.urgent, asked.out_of_service) == (kind, key, level, urgent, stopped)


@pytest.mark.parametrize("code", [code for code, fault in FAULTS.items() if "behavior" in fault.category])
def test_behaviours_have_orders_of_their_own_shape(code: str) -> None:
    assert asked_by_alarm(fact(code)) is None


@pytest.mark.parametrize("code", [code for code, fault in FAULTS.items() if "behavior" not in fault.category])
def test_every_other_fault_asks_for_an_order(code: str) -> None:
    asked = asked_by_alarm(fact(code))

    assert asked is not None
    assert (asked.kind is OrderKind.ANOMALY) == (FAULTS[code].category is Category.VIOLATION)


LONG_AGO = AT - timedelta(seconds=3601)


@pytest.mark.parametrize(
    ("code", "standing", "is_part"),
    [
        ("9", order(), True),
        ("9", order(opened_at=AT - timedelta(seconds=3600)), True),
        ("9", order(opened_at=LONG_AGO), False),
        ("12", order(opened_at=LONG_AGO), True),
        ("12", order(status=OrderStatus.COMPLETED), False),
        ("9", order(status=OrderStatus.ON_SITE), True),
        ("9", order(OrderKind.RESCUE), True),
        ("3", order(), False),
        ("3", order(urgent=True), True),
        ("8", order(), False),
        ("8", order(OrderKind.RESCUE, opened_at=LONG_AGO), True),
        ("8", order(OrderKind.RESCUE, status=OrderStatus.COMPLETED), False),
        ("106", order(), False),
        ("9", order(cause="device_offline", cause_key="alarm:device_offline:7"), False),
        ("9", order(OrderKind.SUPERVISION, cause_key="trigger:inspection_overdue:7"), False),
    ],
    ids=[
        "another fault", "at the window's end", "after the window", "the same fault, however late", "what is done, again",
        "while somebody is there", "with people inside", "a graver fault stands alone", "as grave as the order", "people are no repair",
        "a rescue lasts as long as it lasts", "trapped again", "a lost monitor says nothing", "nor is it said by one",
        "the regulator's own",
    ],
)  # fmt: skip
def test_a_report_is_part_of_the_order_under_way_of_its_incident(code: str, standing: Standing, is_part: bool) -> None:
    asked = asked_by_alarm(fact(code))

    assert asked is not None
    assert (joined(asked, [standing], settings={}, at=AT) == standing) is is_part


DONE = AT - timedelta(minutes=5)


@pytest.mark.parametrize(
    ("minutes", "opened", "is_part"),
    [(-6, -20, True), (-5, -20, True), (-4.9, -20, False), (0, -20, False), (-6, -67, False), (-66, -6, True), (-67, -6, False)],
    ids=[
        "before it was done", "as it was done", "just after", "now", "after the window", "before it was known", "before the window",
    ],
)  # fmt: skip
def test_who_tells_late_what_a_rescue_that_is_done_was_about_speaks_of_that_rescue(minutes: float, opened: float, is_part: bool) -> None:
    done = order(OrderKind.RESCUE, status=OrderStatus.COMPLETED, opened_at=AT + timedelta(minutes=opened), completed_at=DONE)
    said_of = AT + timedelta(minutes=minutes)

    assert (joined(asked_by_person(What.TRAPPED, 7), [done], settings={}, said_of=said_of, at=AT) == done) is is_part


def test_a_rescue_under_way_comes_before_one_that_is_done():
    done = order(OrderKind.RESCUE, status=OrderStatus.COMPLETED, completed_at=DONE)
    under_way = order(OrderKind.RESCUE, id=2)

    assert joined(asked_by_person(What.TRAPPED, 7), [done, under_way], settings={}, said_of=DONE, at=AT) == under_way


def test_a_fault_is_not_part_of_a_rescue_that_is_done():
    done = order(OrderKind.RESCUE, status=OrderStatus.COMPLETED, completed_at=DONE)

    assert joined(asked_by_person(What.FAULT, 7), [done], settings={}, said_of=DONE, at=AT) is None


@pytest.mark.parametrize(
    ("what", "standing", "taken"),
    [
        (What.TRAPPED, order(), True),
        (What.FAULT, order(), False),
        (What.TRAPPED, order(suspended=True), False),
        (What.TRAPPED, order(opened_at=LONG_AGO), False),
        (What.TRAPPED, order(status=OrderStatus.COMPLETED), False),
    ],
)
def test_a_new_rescue_goes_on_for_the_repairs_under_way(what: What, standing: Standing, taken: bool) -> None:
    assert bool(absorbed(asked_by_person(what, 7), [standing], settings={}, at=AT)) is taken


def test_a_drill_is_about_something_else_than_what_is_real():
    real, drill = asked_by_person(What.TRAPPED, 7), asked_by_person(What.TRAPPED, 7, drill=True)

    assert drill.cause_key == f"drill:{real.cause_key}"
    assert joined(drill, [order(OrderKind.RESCUE)], settings={}, at=AT) is None
