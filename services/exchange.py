"""What another platform gave us: kept once, whatever is read again, and with it how far reading has come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from data_access.engine import Store
from data_access.repositories import exchange
from data_access.repositories.exchange import Feed

__all__ = ["Entry", "Feed", "Pass", "cursor", "fail", "finish", "keep", "known"]

Entry = tuple[str, datetime, Mapping[str, object]]
"""(key, when the source changed it, body)."""


@dataclass(frozen=True, slots=True)
class Pass:
    """One reading of a feed to its end: its last page, what was no record, and the newest change seen, in the source's time."""

    last: Sequence[Entry]
    rejected: int = 0
    newest: datetime | None = None


def cursor(store: Store, feed: Feed) -> datetime | None:
    """From when on a feed must be read; None: from its beginning. Raises StoreUnavailable."""
    with store.reading() as tx:
        return exchange.cursor(tx, feed)


def keep(store: Store, feed: Feed, entries: Sequence[Entry], *, at: datetime) -> int:
    """Store a page that is not the last; how many records were new or changed. Raises StoreUnavailable."""
    with store.transaction() as tx:
        return exchange.keep(tx, feed, entries, at=at)


def finish(store: Store, feed: Feed, done: Pass, *, at: datetime) -> int:
    """Store the last page and move the cursor, both or neither; how many of the page were new or changed. Raises StoreUnavailable."""
    with store.transaction() as tx:
        exchange.caught_up(tx, feed, cursor_at=done.newest, rejected=done.rejected, at=at)
        return exchange.keep(tx, feed, done.last, at=at)


def fail(store: Store, feed: Feed, error: str, *, at: datetime) -> None:
    """Note that a feed could not be read to its end; its cursor stays. Raises StoreUnavailable."""
    with store.transaction() as tx:
        exchange.failed(tx, feed, error, at=at)


def known(store: Store, feed: Feed) -> dict[str, dict[str, Any]]:
    """Every record of a resource, by key. Raises StoreUnavailable."""
    with store.reading() as tx:
        return exchange.bodies(tx, feed)
