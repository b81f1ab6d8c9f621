"""Where each ingest worker stands: its last commit and its counters."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from psycopg.types.json import Jsonb
from sqlalchemy import delete

from data_access.engine import Tx
from data_access.tables import ingest_marks

_NOTE: Final = (
    "INSERT INTO ingest_marks (worker, batch, committed_at, counters) VALUES (%s, %s, %s, %s) "
    "ON CONFLICT (worker) DO UPDATE SET batch = excluded.batch, committed_at = excluded.committed_at, counters = excluded.counters"
)


def note(tx: Tx, worker: str, *, batch: int, counters: Mapping[str, object], at: datetime) -> None:
    """Write down that `worker` lives at `at`, after `batch` batches."""
    with tx.cursor() as cursor:
        cursor.execute(_NOTE, (worker, batch, at, Jsonb(dict(counters))))


def forget(tx: Tx, worker: str) -> None:
    """Remove a mark."""
    tx.execute(delete(ingest_marks).where(ingest_marks.c.worker == worker))
