"""How lately something was heard: asked by probes that have no account, so there is no scope to take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from data_access.engine import Tx
from data_access.tables import alarms, ingest_marks, vendors


@dataclass(frozen=True, slots=True)
class WorkerMark:
    """Where an ingest worker stands: when it last wrote, and its counters since it started."""

    worker: str
    committed_at: datetime
    counters: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class FeedMark:
    """When a vendor was last heard through the broker."""

    vendor: str
    connected: bool | None
    heartbeat_at: datetime | None
    last_message_at: datetime | None


def workers(tx: Tx) -> list[WorkerMark]:
    """Every ingest worker that ever wrote."""
    m = ingest_marks.c
    return [WorkerMark(*tuple(row)) for row in tx.execute(select(m.worker, m.committed_at, m.counters).order_by(m.worker))]


def feeds(tx: Tx) -> list[FeedMark]:
    """Every vendor that may publish."""
    v = vendors.c
    statement = select(v.name, v.connected, v.heartbeat_at, v.last_message_at).order_by(v.name)
    return [FeedMark(*tuple(row)) for row in tx.execute(statement)]


def open_alarms(tx: Tx) -> dict[str, int]:
    """How many alarms are open, by level."""
    a = alarms.c
    rows = tx.execute(select(a.level, func.count().label("open")).where(a.cleared_at.is_(None)).group_by(a.level))
    return {row.level: row.open for row in rows}
