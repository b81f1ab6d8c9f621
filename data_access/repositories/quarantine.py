"""What could not be taken: every message counted, a bounded number of them kept as they came; and keys nobody knows."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import insert, text

from data_access.engine import Tx
from data_access.tables import quarantine
from data_access.watches import Watch
from data_access.words import storable
from domain.quarantine import KEPT_BYTES, KEPT_PER_MINUTE

KEPT_CHARACTERS: Final = 500
REDELIVERED_WITHIN: Final = timedelta(days=1)  # how long the broker keeps a session
NOBODY: Final = ""  # whom senders that are no vendor are counted for: their names are without bound

_COUNT_KEYS: Final = text(
    "INSERT INTO unknown_keys AS k (vendor, kind, key, count, first_seen, last_seen) "
    "SELECT vendor, kind, key, n, :at, :at FROM unnest(CAST(:vendors AS text[]), CAST(:kinds AS text[]), CAST(:keys AS text[]), "
    "CAST(:counts AS int8[])) AS given (vendor, kind, key, n) ORDER BY vendor, kind, key "
    "ON CONFLICT (vendor, kind, key) DO UPDATE SET count = k.count + excluded.count, last_seen = excluded.last_seen"
)

_GIVEN: Final = "unnest(CAST(:vendors AS text[]), CAST(:reasons AS text[]), CAST(:minutes AS timestamptz[]), "
_COUNT: Final = text(
    "INSERT INTO quarantine_counts AS c (vendor, reason, minute, count) SELECT vendor, reason, minute, n FROM "
    f"{_GIVEN} CAST(:numbers AS int8[])) AS g (vendor, reason, minute, n) ORDER BY vendor, reason, minute "
    "ON CONFLICT (vendor, reason, minute) DO UPDATE SET count = c.count + excluded.count RETURNING vendor, reason, minute, count AS total"
)
_KEEP: Final = text(
    "UPDATE quarantine_counts AS c SET kept = c.kept + g.n, kept_bytes = c.kept_bytes + g.bytes FROM "
    f"{_GIVEN} CAST(:numbers AS int8[]), CAST(:bytes AS int8[])) AS g (vendor, reason, minute, n, bytes) "
    "WHERE c.vendor = g.vendor AND c.reason = g.reason AND c.minute = g.minute"
)
_VENDORS: Final = text("SELECT name FROM vendors WHERE name = ANY(CAST(:names AS text[]))")

# The first step leaves long payloads where they lie; a digest is made of the few that look alike only.
_STANDING: Final = text(
    "WITH alike AS MATERIALIZED (SELECT q.vendor, q.topic, q.reason, q.size, q.payload, g.digest FROM quarantine q "
    "JOIN unnest(CAST(:vendors AS text[]), CAST(:topics AS text[]), CAST(:reasons AS text[]), CAST(:sizes AS int4[]), "
    "CAST(:digests AS text[])) AS g (vendor, topic, reason, size, digest) USING (vendor, topic, reason, size) "
    "WHERE q.received_at >= :since) "
    "SELECT DISTINCT vendor, topic, reason, size, digest FROM alike WHERE md5(payload) = digest"
)

Identity = tuple[str, str, str, int, str]
"""(vendor, topic, reason, size, digest of the kept payload)."""
Bucket = tuple[str, str, datetime]
"""(vendor, or NOBODY, reason, minute): what is counted, and limited, together."""


@dataclass(frozen=True, slots=True)
class Refused:
    """One message, or one item of it, with the reason (domain.telemetry.Reject); `again` when it may stand there already."""

    vendor: str
    topic: str
    reason: str
    payload: bytes
    received_at: datetime
    detail: str | None = None
    equipment_code: str | None = None
    again: bool = False


def put(tx: Tx, refused: Sequence[Refused], *, per_minute: int = int(KEPT_PER_MINUTE.default)) -> int:
    """Count the messages, and keep them, of a long payload its beginning and its size; how many were counted.

    Of one vendor, reason and minute the first `per_minute` are kept, the others only counted. One that came again and
    stands there is left out.
    """
    standing = _standing(tx, [entry for entry in refused if entry.again])
    new = [entry for entry in refused if not (entry.again and _identity(entry) in standing)]
    if new:
        rows = [_row(entry) for entry in _within_limit(tx, new, per_minute)]
        if rows:
            tx.execute(insert(quarantine), rows)
        tx.touch(Watch.QUARANTINE)
    return len(new)


def count_unknown_keys(tx: Tx, counts: Mapping[tuple[str, str, str], int], at: datetime) -> None:
    """Count keys by (vendor, kind, key)."""
    folded: dict[tuple[str, str, str], int] = {}
    for (vendor, kind, key), count in counts.items():
        name = (vendor, kind, storable(key)[:KEPT_CHARACTERS])
        folded[name] = folded.get(name, 0) + count
    if folded:
        names = {"vendors": [k[0] for k in folded], "kinds": [k[1] for k in folded], "keys": [k[2] for k in folded]}
        tx.execute(_COUNT_KEYS, {**names, "counts": list(folded.values()), "at": at})


def _within_limit(tx: Tx, refused: Sequence[Refused], per_minute: int) -> list[Refused]:
    """Count all; those of each bucket that are among the first of their minute, whichever worker counted the others."""
    known = frozenset(tx.scalars(_VENDORS, {"names": list({storable(entry.vendor) for entry in refused})}))
    buckets: defaultdict[Bucket, list[Refused]] = defaultdict(list)
    for entry in refused:
        buckets[_bucket(entry, known)].append(entry)
    counted = tx.execute(_COUNT, {**_columns(buckets), "numbers": [len(entries) for entries in buckets.values()]})
    total = {(row.vendor, row.reason, row.minute): row.total for row in counted}
    kept = {
        bucket: entries[: max(0, per_minute - (total[bucket] - len(entries)))]
        for bucket, entries in buckets.items()
        if total[bucket] - len(entries) < per_minute
    }
    sizes = [sum(len(entry.payload[:KEPT_BYTES]) for entry in entries) for entries in kept.values()]
    if kept:
        tx.execute(_KEEP, {**_columns(kept), "numbers": [len(entries) for entries in kept.values()], "bytes": sizes})
    chosen = {id(entry) for entries in kept.values() for entry in entries}
    return [entry for entry in refused if id(entry) in chosen]


def _bucket(entry: Refused, known: frozenset[str]) -> Bucket:
    vendor = storable(entry.vendor)
    return (vendor if vendor in known else NOBODY, entry.reason, entry.received_at.replace(second=0, microsecond=0))


def _columns(buckets: Iterable[Bucket]) -> dict[str, list[object]]:
    rows = list(buckets)
    return {name: [row[position] for row in rows] for position, name in enumerate(("vendors", "reasons", "minutes"))}


def _standing(tx: Tx, again: Sequence[Refused]) -> set[Identity]:
    """Those of these messages that were refused before."""
    if not again:
        return set()
    vendors, topics, reasons, sizes, digests = (list(column) for column in zip(*map(_identity, again), strict=True))
    given = {"vendors": vendors, "topics": topics, "reasons": reasons, "sizes": sizes, "digests": digests}
    since = min(entry.received_at for entry in again) - REDELIVERED_WITHIN
    return {(row.vendor, row.topic, row.reason, row.size, row.digest) for row in tx.execute(_STANDING, {**given, "since": since})}


def _identity(entry: Refused) -> Identity:
    row = _row(entry)
    digest = hashlib.md5(entry.payload[:KEPT_BYTES], usedforsecurity=False).hexdigest()
    return str(row["vendor"]), str(row["topic"]), entry.reason, len(entry.payload), digest


def _row(entry: Refused) -> dict[str, object]:
    return {
        "vendor": storable(entry.vendor)[:KEPT_CHARACTERS],
        "topic": storable(entry.topic)[:KEPT_CHARACTERS],
        "reason": entry.reason,
        "detail": None if entry.detail is None else storable(entry.detail)[:KEPT_CHARACTERS],
        "received_at": entry.received_at,
        "payload": entry.payload[:KEPT_BYTES],
        "size": len(entry.payload),
        "equipment_code": None if entry.equipment_code is None else storable(entry.equipment_code)[:KEPT_CHARACTERS],
    }
