"""Who is sent: the nearest eligible team, with the reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final

from data_access.engine import Tx
from data_access.repositories import dispatch
from data_access.repositories.work_orders import StoredOrder
from domain.dispatch import Why, rank, said
from domain.dispatch import choose as nearest
from domain.work_orders import RESCUE_CHAIN, OrderKind, Proof, Step

OF_USE_UNITS: Final = frozenset({OrderKind.BEHAVIOR.value, OrderKind.ANOMALY.value})
"""How people behave and drive is a matter of the unit that uses the machine."""
BY_HAND: Final = frozenset({Step.DISPATCH, Step.TRANSFER})
"""Steps by which the officer chooses himself."""


def choose(tx: Tx, order: StoredOrder, *, at: datetime) -> Proof | None:
    """The proof of a DISPATCH step (unit, team, reason, weighed); None where nobody is eligible, and the centre must choose."""
    if order.kind in OF_USE_UNITS and (found := _use_unit(tx, order)):
        return found
    if order.kind == OrderKind.BEHAVIOR.value or order.equipment_id is None:
        return None
    choice = nearest(dispatch.candidates(tx, order, at=at))
    if choice is None:
        return None
    return Proof(unit=choice.sent.unit, team=choice.sent.team, reason=choice.why.value, weighed=said(choice.weighed))


def refused(tx: Tx, order: StoredOrder, *, at: datetime) -> Proof:
    """What is noted where nobody is eligible: that nobody is left, and what spoke against each team of the machine's unit."""
    weighed = [] if order.equipment_id is None else dispatch.candidates(tx, order, at=at)
    return Proof(note=Why.NOBODY_LEFT.value, reason=Why.NOBODY_LEFT.value, weighed=said(weighed))


def weighed(tx: Tx, order: StoredOrder, step: Step, proof: Proof, *, at: datetime) -> Proof:
    """The proof of somebody who sends by hand, with what spoke for and against everybody, whom he sent first; others' as they are."""
    if step not in BY_HAND or OrderKind(order.kind) not in RESCUE_CHAIN or order.equipment_id is None:
        return proof
    ranked = rank(dispatch.candidates(tx, order, at=at, contracted_only=False))
    return replace(proof, weighed=said(sorted(ranked, key=lambda one: one.team != proof.team)))


def _use_unit(tx: Tx, order: StoredOrder) -> Proof | None:
    """The unit that uses the machine, unless it had the order before."""
    if order.use_unit_id is None or dispatch.was_sent(tx, order.id, unit=order.use_unit_id):
        return None
    return Proof(unit=order.use_unit_id, reason=Why.USE_UNIT.value)
