"""Drills (演练): one at a time, with who began and who ended it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from data_access.engine import Tx
from data_access.tables import drills, work_orders
from data_access.watches import Watch

d, w = drills.c, work_orders.c


def start(tx: Tx, *, name: str, account_id: int, started_by: str, at: datetime) -> int | None:
    """The number of a new drill; None while another one goes on."""
    values = {"name": name, "started_at": at, "started_account_id": account_id, "started_by": started_by}
    begun: int | None = tx.scalar(upsert(drills).values(**values).on_conflict_do_nothing().returning(d.id))
    tx.touch(Watch.WORK_ORDERS.value)
    return begun


def going_on(tx: Tx) -> Row[Any] | None:
    """The drill of the moment, for this transaction alone."""
    return tx.execute(select(drills).where(d.ended_at.is_(None)).with_for_update()).one_or_none()


def end(tx: Tx, drill_id: int, *, ended_by: str, at: datetime) -> None:
    """It is over."""
    tx.execute(update(drills).where(d.id == drill_id).values(ended_at=at, ended_by=ended_by))
    tx.touch(Watch.WORK_ORDERS.value)


def unfinished(tx: Tx) -> list[tuple[int, str, str]]:
    """The orders of drills that nobody has closed: number, kind, status."""
    statement = select(w.id, w.kind, w.status).where(w.drill, w.closed_at.is_(None), w.master_id.is_(None)).order_by(w.id)
    return [(number, kind, status) for number, kind, status in tx.rows(statement)]
