"""What must be known to say which monitors fell silent, and the words for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from sqlalchemy import func, select, text

from data_access.engine import Tx
from data_access.tables import ingest_marks, vendors
from data_access.watches import Watch, touched
from domain.alarm_book import OFFLINE
from domain.faults import FAULTS
from domain.presence import DISUSED
from domain.vendors import usual_pause

POWER_CUT: Final = FAULTS["9"].family

_MONITORS: Final = (
    "SELECT s.equipment_id, e.kind, e.monitor_vendor, e.gateway, e.site_id, e.use_status = ANY(%s), s.sampled_at, s.received_at, "
    "s.cadence_s, s.presence, a.last_occurred_at, m.outage_id "
    "FROM equipment_states s JOIN equipment e ON e.id = s.equipment_id "
    "LEFT JOIN alarms a ON a.equipment_id = s.equipment_id AND a.family = %s AND a.cleared_at IS NULL "
    "LEFT JOIN outage_members m ON m.equipment_id = s.equipment_id AND m.ended_at IS NULL"
)
_POWERLESS: Final = text(
    "SELECT DISTINCT e.site_id FROM alarms a JOIN equipment e ON e.id = a.equipment_id "
    "WHERE a.raised_at > :since AND a.family = :family AND e.site_id IS NOT NULL"
)
# Whoever spoke meanwhile keeps the word of that reading, and a row that a worker holds is of one who speaks right now: waiting for it
# with others in hand could stop both.
_WORDS: Final = (
    "WITH k AS (SELECT * FROM unnest(%b::int4[], %b::text[], %b::timestamptz[]) AS k (equipment_id, presence, sampled_at)), "
    "held AS (SELECT s.equipment_id, k.presence FROM equipment_states s JOIN k USING (equipment_id) "
    "WHERE s.sampled_at = k.sampled_at AND s.presence <> k.presence ORDER BY s.equipment_id FOR UPDATE OF s SKIP LOCKED), "
    "changed AS (UPDATE equipment_states s SET presence = held.presence FROM held WHERE s.equipment_id = held.equipment_id "
    "RETURNING s.equipment_id) "
    "SELECT e.street_code, count(*) FROM changed JOIN equipment e ON e.id = changed.equipment_id GROUP BY 1"
)


class MonitorRow(NamedTuple):
    """A machine that ever spoke. `sampled_at` is its own clock, `received_at` ours; `alarmed_at` is the last occurrence of its open
    offline alarm, `outage_id` the open outage it is lost in.
    """

    equipment_id: int
    kind: str
    vendor: str | None
    gateway: str | None
    site_id: int | None
    disused: bool
    sampled_at: datetime
    received_at: datetime
    cadence_seconds: float
    presence: str
    alarmed_at: datetime | None
    outage_id: int | None


class Word(NamedTuple):
    """The word for a machine whose newest reading is of `sampled_at`."""

    equipment_id: int
    presence: str
    sampled_at: datetime


class Feed(NamedTuple):
    """A vendor's signs; `connected` None: its connection was never heard of, `pause_seconds` 0: not known yet."""

    name: str
    connected: bool | None
    heartbeat_at: datetime | None
    last_message_at: datetime | None
    pause_seconds: float


@dataclass(frozen=True, slots=True)
class Hearing:
    """Until when anything at all was heard and committed (None: never), and who of vendors and workers gave their last sign when."""

    heard_at: datetime | None
    vendors: tuple[Feed, ...]
    workers: tuple[datetime, ...]


def monitors(tx: Tx) -> list[MonitorRow]:
    """Every machine that ever spoke."""
    with tx.cursor() as cursor:
        return list(map(MonitorRow._make, cursor.execute(_MONITORS, (list(DISUSED), OFFLINE), binary=True).fetchall()))


def hearing(tx: Tx) -> Hearing:
    """The signs that somebody could be heard."""
    v = vendors.c
    heard_at = tx.scalar(select(func.max(v.last_message_at)))
    feeds = tx.rows(select(v.name, v.connected, v.heartbeat_at, v.last_message_at, v.pauses).order_by(v.name))
    marks = tx.scalars(select(ingest_marks.c.committed_at).order_by(ingest_marks.c.committed_at))
    return Hearing(heard_at, tuple(Feed(row[0], row[1], row[2], row[3], usual_pause(row[4])) for row in feeds), tuple(marks))


def powerless_sites(tx: Tx, since: datetime) -> frozenset[int]:
    """The sites where a power cut was reported since `since`."""
    return frozenset(tx.scalars(_POWERLESS, {"since": since, "family": POWER_CUT}))


def first_heard_after(tx: Tx, moment: datetime) -> datetime | None:
    """When the first of the newest readings after `moment` arrived."""
    found: datetime | None = tx.scalar(
        text("SELECT min(received_at) FROM equipment_states WHERE received_at > :moment"), {"moment": moment}
    )
    return found


def set_words(tx: Tx, words: Sequence[Word]) -> int:
    """Store the words of machines that did not speak meanwhile; the number of rows that changed."""
    if not words:
        return 0
    with tx.cursor() as cursor:
        rows = cursor.execute(_WORDS, tuple(map(list, zip(*words, strict=True)))).fetchall()
    tx.touch(*touched(Watch.STATES, {street for street, _ in rows}))
    return sum(count for _, count in rows)


def stalled(hearing: Hearing, horizon: datetime, silence: timedelta) -> tuple[datetime, ...]:
    """The last signs of workers that gave none for longer than `silence`."""
    return tuple(mark for mark in hearing.workers if horizon - mark > silence)
