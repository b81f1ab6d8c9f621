"""How lately something was heard: asked by probes that have no account, so there is no scope to take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from data_access.engine import Tx
from data_access.tables import alarms, exchange_feeds, ingest_marks, notification_messages, quarantine, quarantine_counts, vendors


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


@dataclass(frozen=True, slots=True)
class KeptMark:
    """How much stands in quarantine, and how much of it somebody has asked to be tried again."""

    messages: int
    bytes: int
    waiting: int


@dataclass(frozen=True, slots=True)
class NoticeMark:
    """Messages to people that wait and that are dead, and for how many seconds the oldest of the urgent and the others is overdue."""

    waiting: int
    dead: int
    urgent_overdue_seconds: float
    ordinary_overdue_seconds: float


@dataclass(frozen=True, slots=True)
class AdapterMark:
    """When another platform last answered for a resource, by how much it is behind, and how often in a row it did not answer."""

    source: str
    resource: str
    last_ok_at: datetime | None
    lag_seconds: float | None
    rejected: int
    failures: int


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


def notices(tx: Tx, *, at: datetime) -> NoticeMark:
    """How the outbox stands: whether somebody sends it, and whether it arrives."""
    m = notification_messages.c
    waits = m.status.in_(("queued", "failed"))  # what may wait until morning is due in the morning
    waiting = select(func.count(), func.min(m.next_at).filter(m.urgent), func.min(m.next_at).filter(~m.urgent)).where(waits)
    [(count, *oldest)] = tx.rows(waiting)
    urgent, ordinary = (0.0 if due is None else max(0.0, (at - due).total_seconds()) for due in oldest)
    return NoticeMark(count, tx.scalar(select(func.count()).where(m.status == "dead")), urgent, ordinary)


def refused(tx: Tx) -> dict[tuple[str, str], int]:
    """Every message ever refused, by vendor ("" for strangers) and reason; it only grows."""
    c = quarantine_counts.c
    rows = tx.execute(select(c.vendor, c.reason, func.sum(c.count).label("total")).group_by(c.vendor, c.reason))
    return {(row.vendor, row.reason): int(row.total) for row in rows}


def kept(tx: Tx) -> KeptMark:
    """What stands in quarantine now."""
    c, q = quarantine_counts.c, quarantine.c
    waiting = select(func.count()).where(q.replay_requested_at.is_not(None), q.replayed_at.is_(None)).scalar_subquery()
    [row] = tx.rows(select(func.coalesce(func.sum(c.kept), 0), func.coalesce(func.sum(c.kept_bytes), 0), waiting))
    return KeptMark(*map(int, row))


def adapters(tx: Tx) -> list[AdapterMark]:
    """Every feed from another platform."""
    f = exchange_feeds.c
    statement = select(f.source, f.resource, f.last_ok_at, f.lag_seconds, f.rejected, f.failures).order_by(f.source, f.resource)
    return [AdapterMark(*tuple(row)) for row in tx.execute(statement)]
