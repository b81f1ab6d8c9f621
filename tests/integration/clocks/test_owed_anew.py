"""Clocks that a later word changes: a level a person raises, a beginning that was earlier, a team that is replaced, an accident."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import event

from data_access.engine import Tx
from data_access.repositories import rosters
from data_access.repositories import work_orders as stored
from domain.response import ResponseLevel, ResponseReason
from domain.scope import Role
from domain.work_orders import OrderKind, Proof, Step
from services import clocks, overdue, reconciliation, work_orders
from tests.integration.clocks.conftest import AT, House, minutes

CENTRE, MAINTAINER, BUREAU = Role.OPERATIONS_CENTRE, Role.MAINTENANCE_UNIT, Role.BUREAU


def on_the_spot(house: House, order: int) -> None:
    """The team has come, ten minutes after the report."""
    house.take(order, Step.DISPATCH, CENTRE, at=AT + minutes(1))
    house.take(order, Step.ACCEPT, MAINTAINER, at=AT + minutes(2))
    house.take(order, Step.SIGN_IN, MAINTAINER, at=AT + minutes(10))


def state_of(house: House, order: int) -> dict[str, str]:
    """What became of the newest clock of each kind."""
    return {
        kind: "met" if row.met_at else "dropped" if row.dropped_at else "breached" if row.breached_at else "owed"
        for (kind, _), row in house.clocks(order).items()
    }


def whole(house: House) -> dict[str, list[str]]:
    """What the logs do not tell of the clocks."""
    found = reconciliation.reconcile(house.store, at=AT).wrong
    return {sort: names for sort, names in found.items() if "clocks" in sort}


def test_an_accident_with_people_inside_is_no_rescue_in_time(house: House):
    order = house.open()

    house.take(order, Step.ACCIDENT, CENTRE, at=AT + minutes(10), note="有人受伤")

    assert set(state_of(house, order).values()) == {"dropped"}
    assert set(state_of(house, order)) == {"notify", "owner", "arrive", "rescue", "level_three", "accident"}


def test_a_repair_that_a_person_raises_is_owed_like_a_rescue_from_that_step(house: House):
    order = house.open(OrderKind.REPAIR, level="minor_fault")

    house.take(order, Step.ESCALATE, CENTRE, at=AT + minutes(7), level=ResponseLevel.ENTRAPMENT, reason="来电称有人被困")
    house.take(order, Step.ESCALATE, CENTRE, at=AT + minutes(9), level=ResponseLevel.EMERGENCY, reason="有人受伤")
    overdue.due(house.store, AT + minutes(22))

    found = house.clocks(order)
    assert (found[("rescue", 1)].due_at, found[("arrive", 1)].due_at) == (AT + minutes(37), AT + minutes(37))
    assert found[("rescue", 1)].warned == 1
    assert {turn for _, turn in found} == {1}
    assert house.order(order).reason == ResponseReason.RAISED_BY_PERSON
    assert whole(house) == {}


def test_a_power_cut_that_the_system_raises_starts_no_rescue(house: House):
    order = house.open(OrderKind.REPAIR, level="minor_fault")

    with house.store.transaction() as tx:
        row = stored.locked(tx, order)
        assert row is not None
        proof = Proof(level=ResponseLevel.ENTRAPMENT, reason=ResponseReason.POWER_CUTS.value)
        work_orders.advance_by_system(tx, row, Step.ESCALATE, proof, at=AT + minutes(5))

    assert set(state_of(house, order)) == {"notify", "owner", "handle"}
    assert house.order(order).reason == ResponseReason.POWER_CUTS


def test_a_team_that_was_on_the_spot_and_is_replaced_leaves_the_next_ones_arrival_owed(house: House):
    with house.store.transaction() as tx:
        (team,) = rosters.add_teams(tx, [{"organization_id": house.maintainer, "name": "二班", "lng": 121.4, "lat": 31.2, "capacity": 2}])
    order = house.open()
    on_the_spot(house, order)
    met = house.clocks(order)[("arrive", 1)].met_at

    house.take(order, Step.TRANSFER, CENTRE, at=AT + minutes(14), unit=house.maintainer, team=team, reason="换班")

    found = house.clocks(order)
    assert met == AT + minutes(10)
    assert (found[("arrive", 2)].due_at, found[("arrive", 2)].met_at) == (AT + minutes(44), None)
    assert whole(house) == {}


def test_a_unit_that_was_told_among_many_was_told(house: House):
    order, other = house.open(), house.open()
    for each in (order, other):
        house.take(each, Step.DISPATCH, CENTRE, at=AT + minutes(1))
    messages = house.rows(
        "SELECT m.id FROM notification_messages m JOIN notifications n ON n.id = m.notification_id "
        "WHERE n.work_order_id = ANY(%s) AND m.template = 'dispatched' ORDER BY m.id",
        [order, other],
    )
    with house.store.transaction() as tx:
        carrier, collapsed = (row.id for row in messages)
        sql = tx.connection.exec_driver_sql
        sql("UPDATE notification_messages SET status = 'sent', sent_at = %s WHERE id = %s", (AT + minutes(3), carrier))
        sql("UPDATE notification_messages SET status = 'collapsed', collapsed_into = %s WHERE id = %s", (carrier, collapsed))

    clocks.notified(house.store, AT + minutes(9))

    assert [house.clocks(each)[("notify", 1)].met_at for each in (order, other)] == [AT + minutes(3)] * 2


def test_the_duty_to_notify_is_the_use_units_and_it_hears_that_it_ran_out(house: House):
    order = house.open()

    overdue.due(house.store, AT + minutes(6))

    assert (f"unit:{house.order(order).use_unit_id}", "notify") in house.messages(order, "breach")
    assert "notify" not in state_of(house, house.open(OrderKind.ANOMALY, level="minor_fault"))


@contextmanager
def statements(tx: Tx) -> Iterator[list[str]]:
    """What is sent to the database, a statement that is run for each of many rows as often as it is run."""
    heard: list[str] = []

    def hear(connection, cursor, statement, parameters, context, executemany) -> None:
        heard.extend([statement] * (len(parameters) if executemany else 1))

    event.listen(tx.connection, "before_cursor_execute", hear)
    try:
        yield heard
    finally:
        event.remove(tx.connection, "before_cursor_execute", hear)


@pytest.mark.parametrize("kind", [OrderKind.RESCUE, OrderKind.SUPERVISION], ids=str)
def test_the_clocks_of_many_orders_are_begun_in_as_many_statements_as_those_of_one(house: House, kind: OrderKind):
    def begun(tx: Tx, orders: list[int]) -> None:
        tx.connection.exec_driver_sql("DELETE FROM deadlines WHERE work_order_id = ANY(%s)", (orders,))
        rows = [row for number in orders if (row := stored.locked(tx, number)) is not None]
        with statements(tx) as heard:
            clocks.started_all(tx, rows, at=AT + timedelta(minutes=1))
        counted.append(len(heard))

    counted: list[int] = []
    orders = [house.open(kind) for _ in range(12)]
    with house.store.transaction() as tx:
        begun(tx, orders[:1])
        begun(tx, orders)

    assert counted[0] == counted[1]
    assert {len(house.clocks(order)) for order in orders} == {6 if kind is OrderKind.RESCUE else 1}
