"""Every (status, step, role) through the service, on a real database: what the law allows is written, what it refuses leaves no trace."""

from __future__ import annotations

from dataclasses import replace

import pytest

from data_access.repositories import work_orders as stored
from data_access.repositories.work_orders import Event
from domain.errors import NotPermitted, PutuoError, Refused
from domain.order_words import SYSTEM, Order, OrderKind, OrderStatus, Proof, Step
from domain.scope import GRANTS, Action, Role
from domain.work_orders import ACTING
from services import work_orders
from tests.order_law import FULL, OTHER_MAINTAINER, OTHER_USER, Triple, order_for, statuses, triples
from tests.order_town import CODES, LIFT, PLACE, Town, source


def placed(town: Town, order: Order) -> int:
    """An order that stands there, past the law; its number."""
    with town.store.transaction() as tx:
        event = Event(action="open", from_status=None, to_status=order.status.value, hand="system", at=town.opening(order.kind).opened_at)
        row, _ = stored.open_(tx, replace(town.opening(order.kind), level=order.level and order.level.value), event)
        stored.add_source(tx, row.id, source(row.opened_at))
    closed_at = None if order.is_open else row.opened_at
    town.sql(
        "UPDATE work_orders SET status = %s, unit_id = %s, suspended = %s, closed_at = %s, unowned_since = NULL WHERE id = %s",
        order.status.value, order.unit, order.suspended, closed_at, row.id,
    )  # fmt: skip
    return int(row.id)


def proof_for(town: Town, triple: Triple, master: int) -> Proof:
    """Everything a step could ask for, with names that exist and fit."""
    unit = OTHER_MAINTAINER if Role.MAINTENANCE_UNIT in ACTING[triple.kind] else OTHER_USER
    assignee = None if triple.hand is SYSTEM else town.actors[triple.hand].account_id
    return replace(FULL, scan=CODES[LIFT], position=PLACE, unit=unit, assignee=assignee, master=master)


def outcome(town: Town, triple: Triple, order_id: int, master: int) -> str:
    """Where it leads, or the reason of its refusal."""
    proof = proof_for(town, triple, master)
    try:
        if triple.hand is SYSTEM:
            with town.store.transaction() as tx:
                row = stored.locked(tx, order_id)
                assert row is not None
                return str(work_orders.advance_by_system(tx, row, triple.step, proof, at=row.opened_at).status)
        work_orders.advance(
            town.actors[triple.hand], town.store, order_id, step=triple.step, proof=proof, at=town.order(order_id).opened_at
        )
    except NotPermitted:
        return "not_permitted"
    except Refused as refused:
        return str(refused.data["reason"])
    return str(town.order(order_id).status)


@pytest.mark.parametrize("kind", OrderKind, ids=str)
def test_every_status_step_and_role_through_the_service(town: Town, kind: OrderKind):
    masters = placed(town, order_for(Triple(kind, statuses(kind)[0], Step.NOTE, Role.BUREAU, None)))
    tried: dict[Order, int] = {}
    wrong = []

    for triple in (each for each in triples(kind) if each.status in statuses(kind)):
        order = order_for(triple)
        if triple.to is not None or order not in tried:
            tried[order] = placed(town, order)
        said = outcome(town, triple, tried[order], masters)
        if triple.to is not None:
            del tried[order]
        if said != expected(triple) and not (triple.to is None and said in REFUSALS):
            wrong.append(f"{triple}: {said}, not {expected(triple)}")

    assert wrong == []
    assert {town.order(number).seq for number in tried.values()} == {1}


REFUSALS = {"not_now", "not_yours", "suspended"}


def expected(triple: Triple) -> str:
    """The status afterwards; "not_permitted" for roles that have no part in orders."""
    if isinstance(triple.hand, Role) and Action.WORK_ORDERS not in GRANTS.get(triple.hand, frozenset()):
        return "not_permitted"
    if triple.step is Step.RETURN and triple.to is not None:
        return OrderStatus.CREATED.value  # it goes at once to the next, and nobody had these orders before
    return "" if triple.to is None else triple.to.value


def test_an_order_outside_the_scope_looks_like_one_that_does_not_exist(town: Town):
    order = town.open()

    said = {}
    for who in (OTHER_MAINTAINER, OTHER_USER):
        for number in (order.id, 10**9):
            with pytest.raises(PutuoError) as refused:
                town.step(who, number, Step.NOTE, note="看一看")
            said[who, number] = (refused.value.code, refused.value.data == {"order": number})

    assert set(said.values()) == {("not_found", True)}
