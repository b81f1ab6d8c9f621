"""Records of other platforms, and how far each of their resources has been read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import select, text

from data_access.engine import Tx
from data_access.tables import exchange_feeds, exchange_records
from data_access.watches import Watch
from data_access.words import json_text

ERROR_LIMIT: Final = 500  # characters

# One that was read before, or an older version of it, changes nothing.
_KEEP: Final = text(
    "INSERT INTO exchange_records AS r (source, resource, key, modified_at, received_at, body) "
    "SELECT :source, :resource, key, modified_at, :at, CAST(body AS jsonb) "
    "FROM unnest(CAST(:keys AS text[]), CAST(:modified AS timestamptz[]), CAST(:bodies AS text[])) AS g (key, modified_at, body) "
    "ORDER BY key ON CONFLICT (source, resource, key) DO UPDATE "
    "SET modified_at = excluded.modified_at, received_at = excluded.received_at, body = excluded.body "
    "WHERE r.modified_at <= excluded.modified_at AND r.body IS DISTINCT FROM excluded.body RETURNING 1"
)
_COUNT: Final = text(
    "INSERT INTO exchange_feeds AS f (source, resource, tried_at, last_record_at, pulled) VALUES (:source, :resource, :at, :at, :pulled) "
    "ON CONFLICT (source, resource) DO UPDATE SET tried_at = excluded.tried_at, last_record_at = excluded.last_record_at, "
    "pulled = f.pulled + excluded.pulled"
)
_OK: Final = text(
    "INSERT INTO exchange_feeds AS f (source, resource, tried_at, last_ok_at, cursor_at, lag_seconds, rejected) "
    "VALUES (:source, :resource, :at, :at, :cursor, 0, :rejected) "
    "ON CONFLICT (source, resource) DO UPDATE SET tried_at = excluded.tried_at, last_ok_at = excluded.last_ok_at, "
    "cursor_at = greatest(f.cursor_at, excluded.cursor_at), lag_seconds = 0, rejected = f.rejected + excluded.rejected, "
    "failures = 0, last_error = NULL"
)
_FAILED: Final = text(
    "INSERT INTO exchange_feeds AS f (source, resource, tried_at, failures, last_error) VALUES (:source, :resource, :at, 1, :error) "
    "ON CONFLICT (source, resource) DO UPDATE SET tried_at = excluded.tried_at, failures = f.failures + 1, "
    "last_error = excluded.last_error, lag_seconds = extract(epoch FROM excluded.tried_at - f.last_ok_at)"
)


class Feed(NamedTuple):
    """A resource of a source, for one place of it; records of one resource are one set, whichever place they came by."""

    source: str
    resource: str
    place: str = ""

    @property
    def name(self) -> str:
        """As its state is listed."""
        return f"{self.resource}/{self.place}" if self.place else self.resource


def cursor(tx: Tx, feed: Feed) -> datetime | None:
    """Up to when a feed has been read, in the source's time; None where it never was to its end."""
    f = exchange_feeds.c
    found: datetime | None = tx.scalar(select(f.cursor_at).where(f.source == feed.source, f.resource == feed.name))
    return found


def keep(tx: Tx, feed: Feed, records: Sequence[tuple[str, datetime, Mapping[str, object]]], *, at: datetime) -> int:
    """Store records (key, modified at, body), each key once; how many were new or changed, which is also counted."""
    if not records:
        return 0
    given = {
        "keys": [key for key, _, _ in records],
        "modified": [modified for _, modified, _ in records],
        "bodies": [json_text(body) for _, _, body in records],
    }
    new = len(tx.execute(_KEEP, {"source": feed.source, "resource": feed.resource, **given, "at": at}).all())
    if new:
        tx.execute(_COUNT, {**_named(feed), "pulled": new, "at": at})
    return new


def caught_up(tx: Tx, feed: Feed, *, cursor_at: datetime | None, rejected: int, at: datetime) -> None:
    """A feed was read to its end."""
    tx.execute(_OK, {**_named(feed), "cursor": cursor_at, "rejected": rejected, "at": at})
    tx.touch(Watch.VENDORS)


def failed(tx: Tx, feed: Feed, error: str, *, at: datetime) -> None:
    """A feed could not be read to its end; what came before the failure was kept."""
    tx.execute(_FAILED, {**_named(feed), "error": error[:ERROR_LIMIT], "at": at})
    tx.touch(Watch.VENDORS)


def bodies(tx: Tx, feed: Feed) -> dict[str, dict[str, Any]]:
    """Every record of a resource, by key."""
    r = exchange_records.c
    rows = tx.execute(select(r.key, r.body).where(r.source == feed.source, r.resource == feed.resource).order_by(r.key))
    return {row.key: row.body for row in rows}


def _named(feed: Feed) -> dict[str, str]:
    return {"source": feed.source, "resource": feed.name}
