"""The duty seat: what rings, who answers, and what becomes of a call that nobody answers (E2)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from data_access.repositories import seats
from data_access.repositories import work_orders as stored_orders
from domain.errors import Conflict, NotFound, NotPermitted
from domain.response import ResponseLevel
from domain.scope import Role
from domain.work_orders import OrderKind, Proof, Step
from services import alarms, seat_watch, work_orders
from services import seats as service
from tests.integration.desk.conftest import AT, somebody
from tests.integration.web import town

MINUTE = timedelta(seconds=60)
A_MOMENT = timedelta(milliseconds=1)


def call_of(store, order):
    with store.reading() as tx:
        return seats.newest(tx, order.id)


def told(store, order):
    with store.reading() as tx:
        sql = (
            "SELECT n.recipient, m.template, m.urgent FROM notification_messages m JOIN notifications n ON n.id = m.notification_id "
            "WHERE n.work_order_id = %s AND m.template = 'seat_unanswered' ORDER BY n.recipient"
        )
        return [tuple(row) for row in tx.connection.exec_driver_sql(sql, (order.id,))]


@pytest.mark.parametrize(
    ("kind", "level", "urgent", "rings"),
    [
        (OrderKind.RESCUE, "entrapment", True, True),
        (OrderKind.REPAIR, "emergency", True, True),
        (OrderKind.REPAIR, "minor_fault", True, True),
        (OrderKind.REPAIR, "minor_fault", False, False),
        (OrderKind.SUPERVISION, None, False, False),
    ],
    ids=["trapped", "emergency", "grave fault in an empty car", "minor fault", "the bureau's matter"],
)
def test_what_rings_at_the_seat(store, orders, kind, level, urgent, rings):
    order = orders(kind=kind, level=level, urgent=urgent)

    assert (call_of(store, order) is not None) is rings


def test_an_answer_silences_the_call_and_the_alarms_behind_it(store, orders, officer):
    with store.reading() as tx:
        alarm = tx.connection.exec_driver_sql("SELECT id FROM alarms WHERE acknowledged_at IS NULL ORDER BY id LIMIT 1").scalar_one()
    order = orders(alarm_id=alarm)

    service.answer(officer, store, order.id, at=AT + MINUTE / 2)

    call = call_of(store, order)
    assert (call.answered_by, call.answered_at) == (officer.name, AT + MINUTE / 2)
    with store.reading() as tx:
        by = tx.connection.exec_driver_sql("SELECT acknowledged_by FROM alarms WHERE id = %s", (alarm,)).scalar_one()
    assert by == officer.name
    assert seat_watch.unanswered(store, AT + 2 * MINUTE) == 0


@pytest.mark.parametrize(
    ("username", "role", "answers"), [("centre", Role.OPERATIONS_CENTRE, True), ("changfeng", Role.STREET, False)], ids=["seat", "street"]
)
def test_an_alarm_acknowledged_at_the_seat_is_an_answer(store, orders, username, role, answers):
    with store.transaction() as tx:
        execute = tx.connection.exec_driver_sql
        alarm = execute("SELECT a.id FROM alarms a JOIN equipment e ON e.id = a.equipment_id WHERE e.code = %s", (town.IN_CHANGFENG.code,))
        number = alarm.scalar_one()
        execute("UPDATE alarms SET acknowledged_at = NULL, acknowledged_by = NULL WHERE id = %s", (number,))
    order = orders(alarm_id=number)

    alarms.acknowledge(somebody(store, username, role), store, number, name="王值班", note="", at=AT)

    assert (call_of(store, order).answered_at is not None) is answers


def test_of_two_officers_one_answers_and_the_other_hears_who(store, orders, officer):
    order = orders()
    service.answer(officer, store, order.id, at=AT)

    with pytest.raises(Conflict) as first:
        service.answer(officer, store, order.id, at=AT + MINUTE)

    assert first.value.data["by"] == officer.name


def test_only_the_seat_answers_and_only_what_it_sees(store, orders, officer):
    order = orders()

    with pytest.raises(NotPermitted):
        service.answer(somebody(store, "bureau", Role.BUREAU), store, order.id, at=AT)
    with pytest.raises(NotFound):
        service.answer(somebody(store, "centre", Role.OPERATIONS_CENTRE, (town.GANQUAN,)), store, order.id, at=AT)
    with pytest.raises(NotFound):
        service.answer(officer, store, order.id + 1000, at=AT)


def test_a_step_taken_at_the_seat_is_an_answer(store, orders, officer):
    order = orders()

    work_orders.advance(officer, store, order.id, step=Step.NOTE, proof=Proof(note="已联系物业"), at=AT + MINUTE / 2)

    assert call_of(store, order).answered_by == officer.name


def test_an_order_that_ends_needs_no_answer(store, orders):
    order = orders()
    bureau = somebody(store, "bureau", Role.BUREAU)

    work_orders.advance(bureau, store, order.id, step=Step.ACCIDENT, proof=Proof(note="转事故处理"), at=AT)

    assert call_of(store, order).dropped_at == AT
    assert seat_watch.unanswered(store, AT + 2 * MINUTE) == 0


@pytest.mark.parametrize(
    ("after", "escalates"), [(MINUTE - A_MOMENT, 0), (MINUTE, 1), (MINUTE + A_MOMENT, 1)], ids=["just under", "at", "just over"]
)
def test_a_call_unanswered_for_a_minute_goes_to_the_leader(store, orders, after, escalates):
    order = orders()

    assert seat_watch.unanswered(store, AT + after) == escalates

    recipients = [recipient for recipient, *_ in told(store, order)]
    assert recipients == (["role:bureau", "role:operations_centre"] if escalates else [])
    assert (call_of(store, order).escalated_at is not None) is bool(escalates)


def test_the_leader_on_the_roster_is_told_by_name_and_once(store, orders, officer):
    shift = "INSERT INTO duty_shifts (post, account_id, name, starts_at, ends_at) VALUES ('leader', %s, '值班领导', %s, %s)"
    with store.transaction() as tx:
        tx.connection.exec_driver_sql(shift, (officer.account_id, AT - MINUTE, AT + 10 * MINUTE))
    order = orders()

    assert [seat_watch.unanswered(store, AT + late * MINUTE) for late in (1, 2, 3)] == [1, 0, 0]

    assert told(store, order)[0] == (f"account:{officer.account_id}", "seat_unanswered", True)
    with store.reading() as tx:
        notes = [event for event in stored_orders.log(tx, order.id) if event.action == "note"]
    assert [(note.hand, note.proof["note"]) for note in notes] == [("system", "seat_unanswered")]


def test_the_leader_is_really_told_in_a_drill_too(store, orders, officer):
    shift = "INSERT INTO duty_shifts (post, account_id, name, starts_at, ends_at) VALUES ('leader', %s, '值班领导', %s, %s)"
    with store.transaction() as tx:
        tx.connection.exec_driver_sql(shift, (officer.account_id, AT - MINUTE, AT + 10 * MINUTE))
    order = orders(drill=True)

    seat_watch.unanswered(store, AT + MINUTE)

    with store.reading() as tx:
        sql = "SELECT DISTINCT n.channel FROM notifications n WHERE n.work_order_id = %s AND n.recipient = %s"
        channels = list(tx.connection.exec_driver_sql(sql, (order.id, f"account:{officer.account_id}")).scalars())
    assert channels == ["console"]


def test_a_level_that_rises_rings_once_more(store, orders, officer):
    order = orders()
    service.answer(officer, store, order.id, at=AT)

    with store.transaction() as tx:
        locked = stored_orders.locked(tx, order.id)
        assert locked is not None
        proof = Proof(level=ResponseLevel.EMERGENCY, reason="trapped_long")
        work_orders.advance_by_system(tx, locked, Step.ESCALATE, proof, at=AT + 60 * MINUTE)

    call = call_of(store, order)
    assert (call.turn, call.answered_at, call.called_at) == (2, None, AT + 60 * MINUTE)
