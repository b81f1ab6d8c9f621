"""The audit log: one row per change of state, each carrying the hash of the one before it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Final

import orjson
from sqlalchemy import func, insert, select, text

from data_access.engine import Tx
from data_access.locks import Lock
from data_access.tables import audit_log
from data_access.words import json_text, storable

FIRST: Final = "0" * 64
_CHAIN: Final = text("SELECT pg_advisory_xact_lock(:key)")  # one writer at a time, until its transaction ends
_LAST: Final = select(audit_log.c.id, audit_log.c.hash).order_by(audit_log.c.id.desc()).limit(1)
_HASHED: Final = ("id", "at", "account_id", "username", "action", "object", "before", "after", "reason", "address", "previous_hash")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Who did what to which object ("alarm:12"), what it was before and after, why, and from where."""

    account_id: int | None
    username: str
    action: str
    object: str
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None
    reason: str | None = None
    address: str | None = None


def append(tx: Tx, entry: Entry, at: datetime) -> int:
    """Write an entry; its number."""
    tx.execute(_CHAIN, {"key": Lock.AUDIT})
    last = tx.execute(_LAST).one_or_none()
    number, previous = (1, FIRST) if last is None else (last.id + 1, last.hash)
    row = {**_kept(entry), "id": number, "at": at, "previous_hash": previous}
    tx.execute(insert(audit_log).values(**row, hash=_hash(row)))
    return int(number)


def count(tx: Tx) -> int:
    """How many entries there are."""
    return int(tx.scalar(select(func.count()).select_from(audit_log)))


def first_broken(tx: Tx) -> int | None:
    """The first entry that was changed, or before which one is missing; None when the log is whole."""
    expected, previous = 1, FIRST
    for row in tx.execute(select(audit_log).order_by(audit_log.c.id)).mappings():
        if row["id"] != expected or row["previous_hash"] != previous or row["hash"] != _hash(row):
            return expected
        expected, previous = expected + 1, row["hash"]
    return None


def _kept(entry: Entry) -> dict[str, Any]:
    """The entry as it will be read back, so that its hash can be computed again."""
    texts = {key: storable(value) if isinstance(value, str) else value for key, value in asdict(entry).items()}
    return texts | {key: None if texts[key] is None else orjson.loads(json_text(texts[key])) for key in ("before", "after")}


def _hash(row: Mapping[Any, Any]) -> str:
    fields = {key: row[key] for key in _HASHED} | {"at": row["at"].astimezone(UTC).isoformat()}
    return hashlib.sha256(orjson.dumps(fields, option=orjson.OPT_SORT_KEYS)).hexdigest()
