"""What becomes of a cause and its order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from domain.triggers import AGAIN_AFTER, CHARGES, COPIED, Move, Standing, Trigger, move_for
from domain.work_orders import FIRST, OrderStatus

AT = datetime(2026, 11, 20, 6, 30, tzinfo=UTC)
DUE, LATER = {"day": "2026-09-30"}, {"day": "2026-10-31"}


def standing(status: OrderStatus = OrderStatus.RECEIVED, *, gone: bool = False, closed_days_ago: float | None = None) -> Standing:
    """An order that rests on DUE."""
    return Standing(1, status, DUE, gone, None if closed_days_ago is None else AT - timedelta(days=closed_days_ago))


@pytest.mark.parametrize(
    ("facts", "order", "move"),
    [
        pytest.param(None, None, Move.REST, id="nothing owed, never an order"),
        pytest.param(DUE, None, Move.OPEN, id="new cause"),
        pytest.param(DUE, standing(), Move.REST, id="same cause, open order"),
        pytest.param(LATER, standing(), Move.CHANGED, id="another day, open order"),
        pytest.param(None, standing(), Move.CLOSE, id="gone before anybody looked"),
        pytest.param(None, standing(OrderStatus.VERIFIED), Move.CLOSE, id="gone after it was verified"),
        pytest.param(None, standing(OrderStatus.ORDERED), Move.GONE, id="gone after rectification was ordered"),
        pytest.param(None, standing(OrderStatus.RECHECKED), Move.GONE, id="gone after the recheck"),
        pytest.param(None, standing(OrderStatus.ORDERED, gone=True), Move.REST, id="gone, and said so"),
        pytest.param(DUE, standing(OrderStatus.ORDERED, gone=True), Move.BACK, id="back while the order is open"),
        pytest.param(None, standing(OrderStatus.CLOSED, closed_days_ago=1), Move.REST, id="gone, closed"),
        pytest.param(DUE, standing(OrderStatus.CLOSED, closed_days_ago=29.99), Move.REST, id="closed by a person, register behind"),
        pytest.param(DUE, standing(OrderStatus.CLOSED, closed_days_ago=30), Move.OPEN, id="closed long ago, still so"),
        pytest.param(DUE, standing(OrderStatus.REJECTED, closed_days_ago=1), Move.REST, id="refused, still the same"),
        pytest.param(LATER, standing(OrderStatus.REJECTED, closed_days_ago=1), Move.OPEN, id="refused, another cause"),
        pytest.param(DUE, standing(OrderStatus.CLOSED, gone=True, closed_days_ago=1), Move.OPEN, id="closed because it went, and is back"),
    ],
)
def test_an_order_follows_its_cause(facts: dict[str, str] | None, order: Standing | None, move: Move):
    assert move_for(facts, order, settings={}, at=AT) is move


@pytest.mark.parametrize("order", [standing(OrderStatus.ORDERED), standing(OrderStatus.CLOSED, closed_days_ago=1)])
def test_what_an_older_order_never_held_is_no_change(order: Standing):
    more = DUE | {"mender": 11, "why": "no_licence"}

    assert move_for(more, order, settings={}, at=AT) is Move.REST
    assert move_for(more | LATER, order, settings={}, at=AT) is not Move.REST


def test_another_mender_than_the_one_an_order_holds_is_a_change():
    order = Standing(1, OrderStatus.ORDERED, DUE | {"mender": 11})

    assert move_for(DUE | {"mender": 12}, order, settings={}, at=AT) is Move.CHANGED


def test_how_long_a_closed_cause_rests_is_a_setting():
    closed = standing(OrderStatus.CLOSED, closed_days_ago=8)

    assert move_for(DUE, closed, settings={AGAIN_AFTER.key: 7}, at=AT) is Move.OPEN


def test_every_trigger_has_a_charge_of_the_supervision_chain_and_the_street_hears_of_inspections_alone():
    assert set(CHARGES) == set(Trigger)
    assert {FIRST[charge.kind] for charge in CHARGES.values()} == {OrderStatus.RECEIVED}
    assert frozenset({"inspection_overdue", "inspection_failed"}) == COPIED
