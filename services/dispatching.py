"""Who is sent: the nearest eligible team, with the reason."""

from __future__ import annotations

from datetime import datetime

from data_access.engine import Tx
from data_access.repositories import dispatch
from data_access.repositories.work_orders import StoredOrder
from domain.dispatch import Why, said
from domain.dispatch import choose as nearest
from domain.work_orders import OrderKind, Proof


def choose(tx: Tx, order: StoredOrder, *, at: datetime) -> Proof | None:
    """The proof of a DISPATCH step (unit, team, reason, weighed); None where nobody is eligible, and the centre must choose."""
    if order.kind == OrderKind.BEHAVIOR.value:
        return _use_unit(tx, order)
    if order.equipment_id is None:
        return None
    choice = nearest(dispatch.candidates(tx, order, at=at))
    if choice is None:
        return None
    return Proof(unit=choice.sent.unit, team=choice.sent.team, reason=choice.why.value, weighed=said(choice.weighed))


def _use_unit(tx: Tx, order: StoredOrder) -> Proof | None:
    """Behaviour is the use unit's own matter; what it gave back is the centre's."""
    if order.use_unit_id is None or dispatch.was_sent(tx, order.id, unit=order.use_unit_id):
        return None
    return Proof(unit=order.use_unit_id, reason=Why.USE_UNIT.value)
