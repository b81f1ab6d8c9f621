"""Work orders as screens show them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from data_access.engine import Tx
from data_access.order_rows import OrderRow as OrderRow
from data_access.order_rows import rows_of
from data_access.scoping import of_orders
from data_access.tables import organizations, work_order_events, work_orders
from domain.scope import Scope

w, v = work_orders.c, work_order_events.c


@dataclass(frozen=True, slots=True)
class EventRow:
    """One step of an order's log."""

    seq: int
    action: str
    from_status: str | None
    to_status: str
    hand: str
    actor: str
    unit: str | None
    reason: str | None
    proof: dict[str, Any] | None
    at: datetime


def by_id(scope: Scope, tx: Tx, *, order_id: int) -> OrderRow | None:
    """One order; None when there is none in the scope."""
    row = tx.execute(rows_of(scope, w.id == order_id)).one_or_none()
    return None if row is None else OrderRow(*tuple(row))


def log(scope: Scope, tx: Tx, *, order_id: int) -> list[EventRow]:
    """Every step of an order, oldest first; empty when it is outside the scope."""
    columns = (v.seq, v.action, v.from_status, v.to_status, v.hand, v.actor, organizations.c.name, v.reason, v.proof, v.at)
    joined = work_order_events.join(work_orders, w.id == v.work_order_id).outerjoin(organizations, organizations.c.id == v.organization_id)
    statement = select(*columns).select_from(joined).where(v.work_order_id == order_id).order_by(v.seq)
    return [EventRow(*row) for row in tx.rows(of_orders(scope, statement))]
