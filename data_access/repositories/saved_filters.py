"""Filters kept by accounts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as upsert

from data_access.engine import Tx
from data_access.tables import saved_filters

s = saved_filters.c


@dataclass(frozen=True, slots=True)
class Kept:
    """A filter of the work orders' page: its name, and the query string without the question mark."""

    name: str
    query: str


def of(tx: Tx, account_id: int) -> list[Kept]:
    """The filters of an account, by name."""
    statement = select(s.name, s.query).where(s.account_id == account_id).order_by(s.name)
    return [Kept(*row) for row in tx.rows(statement)]


def keep(tx: Tx, account_id: int, kept: Kept, *, at: datetime) -> None:
    """Write one; it replaces that of the same name."""
    statement = upsert(saved_filters).values(account_id=account_id, name=kept.name, query=kept.query, saved_at=at)
    changed = {"query": statement.excluded.query, "saved_at": at}
    tx.execute(statement.on_conflict_do_update(index_elements=[s.account_id, s.name], set_=changed))


def forget(tx: Tx, account_id: int, name: str) -> None:
    """Delete one, if it is there."""
    tx.execute(delete(saved_filters).where(s.account_id == account_id, s.name == name))
