"""Every (status, step, role) through the service, on a real database: what the law allows is written, what it refuses leaves no trace."""

from __future__ import annotations

import pytest

from data_access.repositories import work_orders as stored
from domain.errors import NotPermitted, PutuoError, Refused
from domain.order_words import REPORTER, SYSTEM, Order, OrderKind, OurHand, Step
from domain.scope import Role
from services import work_orders
from tests.integration.orders.placing import REFUSALS, expected, placed, proof_for
from tests.order_law import OTHER_MAINTAINER, OTHER_USER, Triple, order_for, statuses, triples
from tests.order_town import Town

OURS = {SYSTEM: work_orders.advance_by_system, REPORTER: work_orders.advance_by_reporter}


def outcome(town: Town, triple: Triple, order_id: int, master: int) -> str:
    """Where it leads, or the reason of its refusal."""
    proof = proof_for(town, triple, master)
    try:
        if isinstance(triple.hand, OurHand):
            advance = OURS[triple.hand]
            with town.store.transaction() as tx:
                row = stored.locked(tx, order_id)
                assert row is not None
                return str(advance(tx, row, triple.step, proof, at=row.opened_at).status)
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


def test_an_order_outside_the_scope_looks_like_one_that_does_not_exist(town: Town):
    order = town.open()

    said = {}
    for who in (OTHER_MAINTAINER, OTHER_USER):
        for number in (order.id, 10**9):
            with pytest.raises(PutuoError) as refused:
                town.step(who, number, Step.NOTE, note="看一看")
            said[who, number] = (refused.value.code, refused.value.data == {"order": number})

    assert set(said.values()) == {("not_found", True)}
