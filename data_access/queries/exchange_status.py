"""How the adapters to other platforms fare: the last good answer, the lag, what was rejected. Of the whole district alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from data_access.engine import Tx
from data_access.scoping import unbound
from data_access.tables import exchange_feeds
from domain.scope import Scope

f = exchange_feeds.c


@dataclass(frozen=True, slots=True)
class FeedStatus:
    """One resource of one other platform; `failures` are those in a row, `last_error` is what the last of them said."""

    source: str
    resource: str
    tried_at: datetime
    last_ok_at: datetime | None
    last_record_at: datetime | None
    lag_seconds: float | None
    pulled: int
    rejected: int
    failures: int
    last_error: str | None


def feeds(scope: Scope, tx: Tx) -> list[FeedStatus]:
    """Every feed that was ever tried."""
    columns = (f.source, f.resource, f.tried_at, f.last_ok_at, f.last_record_at)
    counted = (f.lag_seconds, f.pulled, f.rejected, f.failures, f.last_error)
    statement = select(*columns, *counted).where(unbound(scope)).order_by(f.source, f.resource)
    return [FeedStatus(*row) for row in tx.rows(statement)]
