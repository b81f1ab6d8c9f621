"""Calls of an order at the duty seat (值班席位), as its timeline shows them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from data_access.engine import Tx
from data_access.scoping import of_orders
from data_access.tables import seat_calls, work_orders
from domain.scope import Scope

c, w = seat_calls.c, work_orders.c


@dataclass(frozen=True, slots=True)
class CallRow:
    """One call: since when it rang, and who answered, or when the order ended before anybody did."""

    turn: int
    called_at: datetime
    answered_at: datetime | None
    answered_by: str | None
    dropped_at: datetime | None


def calls(scope: Scope, tx: Tx, *, order_id: int) -> list[CallRow]:
    """The calls of an order, oldest first; empty when it is outside the scope."""
    columns = (c.turn, c.called_at, c.answered_at, c.answered_by, c.dropped_at)
    statement = select(*columns).select_from(seat_calls.join(work_orders, w.id == c.work_order_id)).where(c.work_order_id == order_id)
    return [CallRow(*row) for row in tx.rows(of_orders(scope, statement.order_by(c.turn)))]
