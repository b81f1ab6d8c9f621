"""The drill that goes on, for everybody who takes part in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from data_access.engine import Tx
from data_access.scoping import of_orders
from data_access.tables import drills, work_orders
from domain.scope import Scope

d, w = drills.c, work_orders.c


@dataclass(frozen=True, slots=True)
class DrillRow:
    """A drill, and how many of its orders in the reader's scope are open."""

    id: int
    name: str
    started_at: datetime
    started_by: str
    open: int


def going_on(scope: Scope, tx: Tx) -> DrillRow | None:
    """The drill of the moment; None when there is none."""
    statement = select(func.count()).select_from(work_orders).where(w.drill, w.closed_at.is_(None), w.master_id.is_(None))
    row = tx.execute(select(d.id, d.name, d.started_at, d.started_by).where(d.ended_at.is_(None))).one_or_none()
    if row is None:
        return None
    return DrillRow(row.id, row.name, row.started_at, row.started_by, int(tx.scalar(of_orders(scope, statement))))
