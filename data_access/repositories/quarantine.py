"""What could not be taken, and keys nobody knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import insert, text

from data_access.engine import Tx
from data_access.tables import quarantine
from data_access.watches import Watch
from data_access.words import storable

KEPT_BYTES: Final = 64 * 1024
KEPT_CHARACTERS: Final = 500

_COUNT: Final = text(
    "INSERT INTO unknown_keys AS k (vendor, kind, key, count, first_seen, last_seen) "
    "SELECT vendor, kind, key, n, :at, :at FROM unnest(CAST(:vendors AS text[]), CAST(:kinds AS text[]), CAST(:keys AS text[]), "
    "CAST(:counts AS int8[])) AS given (vendor, kind, key, n) ORDER BY vendor, kind, key "
    "ON CONFLICT (vendor, kind, key) DO UPDATE SET count = k.count + excluded.count, last_seen = excluded.last_seen"
)


@dataclass(frozen=True, slots=True)
class Refused:
    """One message, or one item of it, with the reason (domain.telemetry.Reject)."""

    vendor: str
    topic: str
    reason: str
    payload: bytes
    received_at: datetime
    detail: str | None = None
    equipment_code: str | None = None


def put(tx: Tx, refused: Sequence[Refused]) -> None:
    """Keep the messages; of a long payload its beginning and its size."""
    if not refused:
        return
    tx.execute(insert(quarantine), [_row(entry) for entry in refused])
    tx.touch(Watch.QUARANTINE)


def count_unknown_keys(tx: Tx, counts: Mapping[tuple[str, str, str], int], at: datetime) -> None:
    """Count keys by (vendor, kind, key)."""
    folded: dict[tuple[str, str, str], int] = {}
    for (vendor, kind, key), count in counts.items():
        name = (vendor, kind, storable(key)[:KEPT_CHARACTERS])
        folded[name] = folded.get(name, 0) + count
    if folded:
        names = {"vendors": [k[0] for k in folded], "kinds": [k[1] for k in folded], "keys": [k[2] for k in folded]}
        tx.execute(_COUNT, {**names, "counts": list(folded.values()), "at": at})


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
