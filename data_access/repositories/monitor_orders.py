"""Orders about one silent monitor: those that its first new word concerns."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Final

from sqlalchemy import Row, and_, exists, func, or_, select

from data_access.engine import Tx
from data_access.repositories.work_orders import StoredOrder
from data_access.tables import incident_sources, work_order_events, work_orders
from domain.order_words import WAITING, EndReason, OrderKind, OrderStatus, Step
from domain.response import ResponseLevel

w, v, s = work_orders.c, work_order_events.c, incident_sources.c
SEEN_TO: Final = (OrderStatus.ACCEPTED, OrderStatus.ON_SITE)


def about(tx: Tx, *, cause: str) -> Sequence[Row[Any]]:
    """Repairs of this cause that nobody has taken, and those that people see to or have called grave and whose log does not say yet
    that the monitor is back: (id, equipment_id, occurred_at).
    """
    reported_at = select(func.max(s.at)).where(s.work_order_id == w.id).scalar_subquery()
    noted = exists().where(
        v.work_order_id == w.id, v.action == Step.NOTE, v.proof["note"].astext == EndReason.MONITOR_BACK, v.at >= reported_at
    )
    untaken = and_(w.status.in_(WAITING), w.level == ResponseLevel.MINOR_FAULT.value)
    owed = or_(untaken, and_(w.status.in_((*WAITING, *SEEN_TO)), ~noted))
    statement = select(w.id, w.equipment_id, w.occurred_at).where(
        w.closed_at.is_(None), w.master_id.is_(None), w.cause == cause, w.kind == OrderKind.REPAIR, owed
    )
    return tx.execute(statement).all()


def held(tx: Tx, order_ids: Collection[int], *, limit: int) -> list[StoredOrder]:
    """The first of some orders, for this transaction alone; those that somebody else holds come the next time."""
    statement = select(work_orders).where(w.id.in_(order_ids), w.closed_at.is_(None), w.master_id.is_(None))
    return list(tx.execute(statement.order_by(w.id).limit(limit).with_for_update(skip_locked=True)))
