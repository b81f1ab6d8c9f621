"""What could not be taken. What names no machine, a message or a key, is seen by readers of the whole platform only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, tuple_

from data_access.conditions import midnight
from data_access.engine import Tx
from data_access.quarantine_filter import Refusals, matching, replayable
from data_access.scoping import EQUIPMENT, inside, is_whole, unbound
from data_access.tables import equipment, quarantine, quarantine_counts, unknown_keys, vendors
from domain.quarantine import ReplayState, replay_state, shown
from domain.scope import Scope
from domain.telemetry import Reject

q, c, e, v = quarantine.c, quarantine_counts.c, equipment.c, vendors.c
_JOINED = quarantine.outerjoin(equipment, e.code == q.equipment_code)
Cursor = tuple[datetime, int]
"""(received_at, id) of the last row seen: the next page begins after it."""
EXCERPT_BYTES: Final = 240

_COLUMNS: Final = (
    q.id, q.vendor, func.coalesce(v.title, q.vendor), q.topic, q.reason, q.detail, q.received_at, q.size, e.code,
    q.replay_requested_at, q.replay_requested_by, q.replayed_at, q.outcome, q.outcome_reason, q.outcome_detail,
    replayable(),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class UnknownKeyRow:
    """A key that no kind of equipment knows; `vendor` is the sender's title, `count` how often it came."""

    vendor: str
    kind: str
    key: str
    count: int
    last_seen: datetime


@dataclass(frozen=True, slots=True)
class RefusalRow:
    """One refused message. `code` is that of a machine of the register, `payload` its beginning as it can be shown."""

    id: int
    vendor: str
    title: str
    topic: str
    reason: str
    detail: str | None
    received_at: datetime
    size: int
    code: str | None
    requested_at: datetime | None
    requested_by: str | None
    replayed_at: datetime | None
    outcome_reason: str | None
    outcome_detail: str | None
    replayable: bool
    state: ReplayState
    payload: str


@dataclass(frozen=True, slots=True)
class Payload:
    """What a refused message said, as far as it was kept, and its name for a file."""

    id: int
    data: bytes
    size: int


@dataclass(frozen=True, slots=True)
class TallyRow:
    """Messages of one vendor ("" for strangers) refused for one reason, kept or only counted."""

    vendor: str
    title: str
    reason: str
    count: int


def counts(scope: Scope, tx: Tx, *, at: datetime) -> dict[str, int]:
    """Messages refused since midnight in Shanghai, by reason. A part of the district sees those of its machines that were kept."""
    if is_whole(scope):
        every = select(c.reason, func.sum(c.count)).where(c.minute >= midnight(at)).group_by(c.reason).order_by(c.reason)
        return {row[0]: int(row[1]) for row in tx.rows(every)}
    statement = select(q.reason, func.count()).select_from(_JOINED).where(q.received_at >= midnight(at), _seen(scope))
    return {row[0]: row[1] for row in tx.rows(statement.group_by(q.reason).order_by(q.reason))}


def tallies(scope: Scope, tx: Tx, *, since: datetime) -> list[TallyRow]:
    """Messages refused since then by vendor and reason, the most first; senders that are no vendor are seen by the district alone."""
    statement = (
        select(c.vendor, func.coalesce(v.title, c.vendor), c.reason, func.sum(c.count))
        .select_from(quarantine_counts.outerjoin(vendors, v.name == c.vendor))
        .where(c.minute >= since, unbound(scope))
        .group_by(c.vendor, v.title, c.reason)
        .order_by(func.sum(c.count).desc(), c.vendor, c.reason)
    )
    return [TallyRow(vendor, title, reason, int(count)) for vendor, title, reason, count in tx.rows(statement)]


def page(scope: Scope, tx: Tx, *, wanted: Refusals, before: Cursor | None = None, limit: int) -> list[RefusalRow]:
    """The messages of a filter, newest first."""
    statement = _rows(scope, EXCERPT_BYTES).where(matching(wanted))
    if before is not None:
        statement = statement.where(tuple_(q.received_at, q.id) < before)
    return [_row(row) for row in tx.rows(statement.order_by(q.received_at.desc(), q.id.desc()).limit(limit))]


def by_id(scope: Scope, tx: Tx, *, refusal_id: int, shown_bytes: int) -> RefusalRow | None:
    """One message with more of its payload."""
    rows = tx.rows(_rows(scope, shown_bytes).where(q.id == refusal_id))
    return _row(rows[0]) if rows else None


def payload(scope: Scope, tx: Tx, *, refusal_id: int) -> Payload | None:
    """All that was kept of one message."""
    rows = tx.rows(select(q.id, q.payload, q.size).select_from(_JOINED).where(q.id == refusal_id, _seen(scope)))
    return Payload(*rows[0]) if rows else None


def found(scope: Scope, tx: Tx, *, wanted: Refusals, at_most: int) -> tuple[int, int]:
    """How many kept messages a filter finds, and how many of them can be asked to be tried again; counted no further than `at_most`."""
    again = and_(replayable(), or_(q.replay_requested_at.is_(None), q.replayed_at.is_not(None)))
    some = select(again.label("again")).select_from(_JOINED).where(matching(wanted), _seen(scope)).limit(at_most).subquery()
    [row] = tx.rows(select(func.count(), func.count().filter(some.c.again)).select_from(some))
    return row[0], row[1]


def unmapped_codes(scope: Scope, tx: Tx, *, since: datetime, limit: int = 20) -> list[TallyRow]:
    """Codes of vendors that mean nothing yet, the most frequent first; `reason` is the code."""
    statement = (
        select(q.vendor, func.coalesce(v.title, q.vendor), q.detail, func.count())
        .select_from(_JOINED.outerjoin(vendors, v.name == q.vendor))
        .where(q.reason == Reject.UNMAPPED_CODE.value, q.received_at >= since, q.detail.is_not(None), _seen(scope))
        .where(q.outcome.is_distinct_from(ReplayState.ACCEPTED.value))
        .group_by(q.vendor, v.title, q.detail)
        .order_by(func.count().desc(), q.vendor, q.detail)
    )
    return [TallyRow(*row) for row in tx.rows(statement.limit(limit))]


def frequent_unknown_keys(scope: Scope, tx: Tx, *, limit: int = 50) -> list[UnknownKeyRow]:
    """The keys nobody knows, the most frequent first."""
    u = unknown_keys.c
    columns = (func.coalesce(v.title, u.vendor), u.kind, u.key, u.count, u.last_seen)
    statement = select(*columns).select_from(unknown_keys.outerjoin(vendors, v.name == u.vendor)).where(unbound(scope))
    return [UnknownKeyRow(*row) for row in tx.rows(statement.order_by(u.count.desc(), u.vendor, u.kind, u.key).limit(limit))]


def _rows(scope: Scope, shown_bytes: int) -> Select[Any]:
    begin = func.substring(q.payload, 1, shown_bytes)
    return select(*_COLUMNS, begin).select_from(_JOINED.outerjoin(vendors, v.name == q.vendor)).where(_seen(scope))


def _row(row: tuple[Any, ...]) -> RefusalRow:
    requested_at, _, replayed_at, outcome, reason, detail, again, begin = row[-8:]
    state = replay_state(requested_at, replayed_at, outcome)
    said = (reason, detail, again and state is not ReplayState.REQUESTED, state, shown(begin))
    return RefusalRow(*(*row[:-5], *said))


def _seen(scope: Scope) -> ColumnElement[bool]:
    return or_(and_(e.id.is_not(None), inside(scope, EQUIPMENT)), and_(e.id.is_(None), unbound(scope)))
