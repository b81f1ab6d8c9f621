"""Orders that go round in circles (N10): on the radar within a minute, by the thresholds in force."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from data_access.queries import desk
from data_access.repositories import rule_settings
from domain.scope import Role
from domain.work_orders import OrderKind, Step
from services import overdue
from tests.integration.clocks.conftest import AT, House, minutes

CENTRE, MAINTAINER = Role.OPERATIONS_CENTRE, Role.MAINTENANCE_UNIT
SECOND = timedelta(seconds=1)


def on_radar(house: House, at: datetime) -> set[int]:
    """What the desk's radar shows."""
    with house.store.reading() as tx:
        return {row.id for row in desk.circling(house.people[CENTRE].scope, tx, limit=1000, at=at)}


def version(house: House) -> int:
    """How often screens of work orders were told to look again."""
    [row] = house.rows("SELECT version FROM data_versions WHERE watch = 'work_orders'")
    return int(row.version)


def in_force(house: House, key: str, value: float) -> None:
    """Change a threshold."""
    with house.store.transaction() as tx:
        rule_settings.change(tx, key, value, by="tester", why="test", at=AT)


def test_an_order_without_anybody_for_ten_minutes_comes_up_by_itself(house: House):
    order = house.open(OrderKind.REPAIR, level="minor_fault")
    overdue.due(house.store, AT + minutes(10) - SECOND)
    before, shown_before = version(house), on_radar(house, AT + minutes(10) - SECOND)

    overdue.due(house.store, AT + minutes(10))

    assert order not in shown_before
    assert version(house) > before, "screens look again without anybody's step"
    assert order in on_radar(house, AT + minutes(10))
    assert ("role:operations_centre", "owner") in house.messages(order, "breach")


def test_an_order_that_somebody_took_is_not_on_the_radar(house: House):
    order = house.open(OrderKind.REPAIR, level="minor_fault")
    house.take(order, Step.DISPATCH, CENTRE, at=AT + minutes(1))
    house.take(order, Step.ACCEPT, MAINTAINER, at=AT + minutes(2))

    overdue.due(house.store, AT + minutes(30))

    assert order not in on_radar(house, AT + minutes(30))
    assert house.clocks(order)[("owner", 1)].breached_at is None


def test_an_order_that_was_given_back_twice_is_on_the_radar_at_once(house: House):
    order = house.open(OrderKind.REPAIR, level="minor_fault")
    shown = []

    for turn in (1, 2):
        house.take(order, Step.DISPATCH, CENTRE, at=AT + minutes(turn))
        house.take(order, Step.RETURN, MAINTAINER, at=AT + minutes(turn))
        shown.append(order in on_radar(house, AT + minutes(turn)))

    assert shown == [False, True]


@pytest.mark.parametrize("kind", [OrderKind.SUPERVISION, OrderKind.FEEDBACK])
def test_the_bureaus_own_orders_have_days_and_not_ten_minutes(house: House, kind: OrderKind):
    order = house.open(kind)

    assert order not in on_radar(house, AT + timedelta(days=1))


@pytest.mark.parametrize("kind", [OrderKind.SUPERVISION, OrderKind.FEEDBACK])
def test_the_bureaus_own_order_that_was_given_back_twice_is_on_the_radar(house: House, kind: OrderKind):
    order, shown = house.open(kind), []
    for step in (Step.VERIFY, Step.ORDER):
        house.take(order, step, Role.BUREAU, at=AT, unit=house.maintainer)

    for _ in range(2):
        for step in (Step.RECHECK, Step.REDO):
            house.take(order, step, Role.BUREAU, at=AT)
        shown.append(order in on_radar(house, AT + timedelta(days=1)))

    assert shown == [False, True]


def test_a_drill_is_never_on_the_radar(house: House):
    order = house.open(drill=True)

    assert order not in on_radar(house, AT + minutes(60))


def test_the_radar_goes_by_the_thresholds_in_force(house: House):
    order = house.open(OrderKind.REPAIR, level="minor_fault")
    in_force(house, "radar.unowned_seconds", 1200)

    shown = [order in on_radar(house, AT + minutes(minute)) for minute in (10, 19, 20)]
    in_force(house, "radar.unowned_seconds", 600)

    assert shown == [False, False, True]


def test_a_limit_that_is_changed_holds_for_clocks_that_begin_afterwards(house: House):
    before = house.open()
    in_force(house, "deadline.rescue_seconds", 1200)
    after = house.open()
    in_force(house, "deadline.rescue_seconds", 1800)

    assert house.clocks(before)[("rescue", 1)].due_at == AT + minutes(30)
    assert (house.clocks(after)[("rescue", 1)].due_at, house.clocks(after)[("rescue", 1)].span) == (AT + minutes(20), 1200)
