"""What the duty officer's desk shows: everything that is open, people in danger first, one line for an incident of many."""

from __future__ import annotations

from datetime import timedelta

from data_access.queries import desk, order_legs, order_lists
from domain.scope import ALL, Role, Scope
from domain.work_orders import OrderKind, Proof, Step
from services import seats, work_orders
from tests.integration.desk.conftest import AT
from tests.integration.web import town
from web.filters import order_filter

CENTRE = Scope(Role.OPERATIONS_CENTRE, ALL, None, ALL)
SECOND = timedelta(seconds=1)
MINOR = {"kind": OrderKind.REPAIR, "level": "minor_fault", "urgent": False, "cause": "power_cut", "reason": "minor"}


def group(store, name="全域停电"):
    with store.transaction() as tx:
        sql = "INSERT INTO incident_groups (cause, name, opened_at, last_at) VALUES ('power_cut', %s, %s, %s) RETURNING id"
        return tx.connection.exec_driver_sql(sql, (name, AT, AT)).scalar_one()


def shown(store, scope=CENTRE, **wanted):
    with store.reading() as tx:
        return desk.lines(scope, tx, **wanted)


def test_people_in_danger_stand_above_everything_else(store, orders):
    many = group(store)
    cut = [orders(**MINOR | {"level": "emergency"}, group_id=many, at=AT + n * SECOND) for n in range(3)]
    minor = orders(**MINOR, at=AT - 60 * SECOND)
    grave = orders(**MINOR | {"urgent": True, "reason": "grave_empty"}, at=AT + 9 * SECOND)
    trapped = orders(at=AT + 10 * SECOND)
    hurt = orders(kind=OrderKind.REPAIR, level="emergency", reason="grave_with_person", at=AT + 20 * SECOND)
    worst = orders(level="emergency", reason="trapped_long", at=AT + 30 * SECOND)

    found = [(line.order.id, line.members) for line in shown(store)]

    assert found == [(worst.id, 1), (hurt.id, 1), (trapped.id, 1), (cut[0].id, 3), (grave.id, 1), (minor.id, 1)]


def test_the_trapped_of_an_incident_keep_lines_of_their_own(store, orders):
    many = group(store)
    inside = [orders(group_id=many, at=AT + n * SECOND) for n in range(5)]

    assert [(line.order.id, line.members) for line in shown(store)] == [(order.id, 1) for order in inside]


def test_a_drill_stands_apart_and_in_no_figure(store, orders):
    live, drill = orders(), orders(drill=True)

    assert [line.order.id for line in shown(store)] == [live.id]
    assert [line.order.id for line in shown(store, drill=True)] == [drill.id]
    with store.reading() as tx:
        figures = desk.counts(CENTRE, tx, at=AT)
        ringing = [order for order, _ in desk.ringing(CENTRE, tx)]
    assert (figures.open, figures.trapped, figures.unanswered, figures.today) == (1, 1, 1, 1)
    assert ringing == [live.id]


def test_a_grave_fault_with_nobody_inside_rings_apart_until_it_is_answered(store, orders, officer):
    fault, trapped = orders(**MINOR | {"urgent": True, "cause": "brake"}), orders(town.IN_GANQUAN.code)
    orders(**MINOR)
    orders(**MINOR | {"urgent": True}, drill=True)

    def ringing():
        with store.reading() as tx:
            return [order for order, _ in desk.ringing_faults(CENTRE, tx)], [order for order, _ in desk.ringing(CENTRE, tx)]

    assert ringing() == ([fault.id], [trapped.id])
    seats.answer(officer, store, fault.id, at=AT + SECOND)
    assert ringing() == ([], [trapped.id])


def test_what_nobody_takes_for_ten_minutes_is_on_the_radar(store, orders):
    order = orders(**MINOR)

    def radar(after):
        with store.reading() as tx:
            return [row.id for row in desk.circling(CENTRE, tx, at=AT + after)]

    assert radar(timedelta(minutes=10) - SECOND) == []
    assert radar(timedelta(minutes=10)) == [order.id]


def test_the_desk_ends_at_the_scope(store, orders, officer):
    here, elsewhere = orders(), orders(town.IN_GANQUAN.code)
    street = Scope(Role.STREET, (town.CHANGFENG,), None, ALL)

    assert [line.order.id for line in shown(store, street)] == [here.id]
    with store.reading() as tx:
        assert [call.work_order_id for call in desk.calls(street, tx, order_ids=[here.id, elsewhere.id])] == [here.id]
        assert desk.origins(street, tx, order_ids=[here.id, elsewhere.id]) == {here.id: ["iot"]}
        assert desk.counts(street, tx, at=AT).open == 1
        assert [order for order, _ in desk.ringing(street, tx)] == [here.id]
        assert [row.id for row in desk.rescues(street, tx)] == [here.id]


def test_the_rescue_of_the_moment_is_the_one_that_goes_on_else_the_last_one(store, orders, officer):
    def latest():
        with store.reading() as tx:
            found = desk.latest_rescue(CENTRE, tx)
        return found and found.id

    first = orders()
    assert latest() == first.id
    work_orders.advance(officer, store, first.id, step=Step.FALSE_ALARM, proof=Proof(note="试梯"), at=AT + SECOND)
    assert latest() == first.id
    second = orders(at=AT - SECOND)
    assert latest() == second.id


def test_the_funnel_counts_every_leg_and_says_how_long_it_took(store, orders, officer):
    sent, idle, drill = orders(), orders(), orders(drill=True)
    with store.transaction() as tx:
        unit = tx.connection.exec_driver_sql(
            "INSERT INTO organizations (name, pinyin, kind) VALUES ('漏斗维保', 'loudou', 'maintenance_unit') RETURNING id"
        ).scalar_one()
    for order in (sent, drill):
        work_orders.advance(officer, store, order.id, step=Step.DISPATCH, proof=Proof(unit=unit, reason="就近"), at=AT + 30 * SECOND)
    work_orders.advance(officer, store, idle.id, step=Step.FALSE_ALARM, proof=Proof(note="试梯"), at=AT + SECOND)

    with store.reading() as tx:
        found = order_legs.funnel(CENTRE, tx, since=AT - SECOND)
        nothing = order_legs.funnel(CENTRE, tx, since=AT + SECOND)

    assert (found.opened, found.ended) == (2, 1)
    assert [(leg.step, leg.count, leg.seconds) for leg in found.legs[:2]] == [("dispatch", 1, 30.0), ("accept", 0, None)]
    assert (nothing.opened, {leg.count for leg in nothing.legs}, {leg.seconds for leg in nothing.legs}) == (0, {0}, {None})


def test_a_layer_of_the_funnel_leads_to_exactly_its_orders(store, orders, officer):
    taken, _ = orders(), orders()
    work_orders.advance(officer, store, taken.id, step=Step.FALSE_ALARM, proof=Proof(note="试梯"), at=AT)
    link = {"tab": "all", "day": "today", "kind": "rescue", "reached": "false_alarm"}

    with store.reading() as tx:
        found = order_lists.page(CENTRE, tx, wanted=order_filter(link, at=AT), at=AT)
        unknown = order_lists.page(CENTRE, tx, wanted=order_filter(link | {"reached": "flown"}, at=AT), at=AT)

    assert [row.id for row in found] == [taken.id]
    assert len(unknown) == 2  # a word that is none limits nothing
