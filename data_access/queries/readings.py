"""What a machine has said: its newest reading and its history, wherever that lies."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on

from data_access.chunks import decode
from data_access.engine import Tx
from data_access.history import Chunk, Wanted, rows_of
from data_access.history import HistoryRow as HistoryRow
from data_access.partitions import HOUR
from data_access.readings_codec import unpack
from data_access.scoping import within
from data_access.tables import equipment, equipment_states, reading_chunks, readings
from domain.equipment import KINDS
from domain.equipment.kind import Values
from domain.scope import Scope

c, e, r, s = reading_chunks.c, equipment.c, readings.c, equipment_states.c
MOST: Final = 20_000  # rows of one answer
MOVING: Final = tuple(key for key, kind in KINDS.items() if {"lng", "lat"} <= kind.position.keys())
"""The kinds whose readings say where the machine is."""


@dataclass(frozen=True, slots=True)
class LatestRow:
    """The newest reading of one machine; `values` are in the order of its kind's fields."""

    values: Values
    kind: str
    vendor: str
    sampled_at: datetime
    received_at: datetime
    cadence_seconds: float
    presence: str
    late_count: int


@dataclass(frozen=True, slots=True)
class PositionRow:
    """Where a machine said it was, in WGS-84."""

    equipment_id: int
    lng: float
    lat: float
    sampled_at: datetime


def positions(scope: Scope, tx: Tx, *, equipment_id: int | None = None, limit: int = 300) -> list[PositionRow]:
    """The newest known places of machines that move, or of one of them; the latest to speak first."""
    statement = (
        select(s.equipment_id, e.kind, s.data, s.sampled_at)
        .select_from(equipment_states.join(equipment, e.id == s.equipment_id))
        .where(e.kind.in_(MOVING))
        .order_by(s.sampled_at.desc(), s.equipment_id)
        .limit(limit)
    )
    if equipment_id is not None:
        statement = statement.where(s.equipment_id == equipment_id)
    placed = (
        (number, _place(kind, unpack(kind, data)), sampled_at) for number, kind, data, sampled_at in tx.rows(within(scope, statement))
    )
    return [PositionRow(number, *place, sampled_at) for number, place, sampled_at in placed if place]


def _place(kind: str, values: Values) -> tuple[float, float] | None:
    """Longitude and latitude of a reading; None without them, and for 0°, 0°, which receivers say before their first fix."""
    position = KINDS[kind].position
    lng, lat = values[position["lng"]], values[position["lat"]]
    return None if lng is None or lat is None or (not lng and not lat) else (float(lng), float(lat))


def history(
    scope: Scope, tx: Tx, *, equipment_id: int, since: datetime, until: datetime, every_seconds: float | None = None, limit: int = MOST
) -> list[tuple[datetime, Values]]:
    """The readings of one machine sampled in [since, until), oldest first; of each `every_seconds` the first one only."""
    rows = history_rows(scope, tx, equipment_id=equipment_id, since=since, until=until, every_seconds=every_seconds, limit=limit)
    return [(row.sampled_at, row.values) for row in rows]


def history_rows(
    scope: Scope, tx: Tx, *, equipment_id: int, since: datetime, until: datetime, every_seconds: float | None = None, limit: int = MOST
) -> list[HistoryRow]:
    """The same with everything that is stored of a reading.

    Rows are read before chunks: one that becomes part of a chunk in between is seen twice, and shown once.
    """
    wanted = Wanted(since, until, every_seconds, limit)
    rows = _rows(scope, tx, equipment_id, wanted)
    return wanted.together(_chunked(scope, tx, equipment_id, wanted), rows)


def _rows(scope: Scope, tx: Tx, equipment_id: int, wanted: Wanted) -> list[HistoryRow]:
    """What lies row by row: the last hours, and what came too late for its hour and waits to be merged."""
    statement = (
        select(r.sampled_at, r.received_at, r.vendor, r.data, e.kind)
        .select_from(readings.join(equipment, e.id == r.equipment_id))
        .where(r.equipment_id == equipment_id, r.sampled_at >= wanted.since, r.sampled_at < wanted.until)
        .limit(wanted.limit)
    )
    if wanted.every_seconds is None:
        statement = statement.order_by(r.sampled_at)
    else:
        step = func.floor(func.extract("epoch", r.sampled_at) / wanted.every_seconds)
        statement = statement.ext(distinct_on(step)).order_by(step, r.sampled_at)
    rows = tx.rows(within(scope, statement))
    return [HistoryRow(sampled_at, received_at, vendor, unpack(kind, data)) for sampled_at, received_at, vendor, data, kind in rows]


def _chunked(scope: Scope, tx: Tx, equipment_id: int, wanted: Wanted) -> list[HistoryRow]:
    """What lies in chunks, of which only the needed ones are opened."""
    of_machine = reading_chunks.join(equipment, e.id == c.equipment_id)
    listed = (
        select(c.hour, c.first_at, c.last_at, c.n)
        .select_from(of_machine)
        .where(c.equipment_id == equipment_id, c.hour > wanted.since - HOUR, c.hour < wanted.until)
        .where(c.last_at >= wanted.since, c.first_at < wanted.until)
        .order_by(c.hour)
    )
    hours = wanted.chunks(map(Chunk._make, tx.rows(within(scope, listed))))
    if not hours:
        return []
    opened = (
        select(e.kind, c.data)
        .select_from(of_machine)
        .where(c.equipment_id == equipment_id, c.hour.in_(hours), c.hour >= hours[0], c.hour <= hours[-1])
        .order_by(c.hour)
    )
    found: list[HistoryRow] = []
    for kind, data in tx.rows(within(scope, opened)):
        found += rows_of(kind, decode(data), wanted)
    return found


def latest(scope: Scope, tx: Tx, *, equipment_id: int) -> LatestRow | None:
    """The newest reading of one machine; None when it never spoke, or lies outside the scope."""
    statement = (
        select(e.kind, s.vendor, s.sampled_at, s.received_at, s.cadence_s, s.presence, s.late_count, s.data)
        .select_from(equipment_states.join(equipment, e.id == s.equipment_id))
        .where(s.equipment_id == equipment_id)
    )
    rows = tx.rows(within(scope, statement))
    return next((LatestRow(unpack(row[0], row[-1]), *row[:-1]) for row in rows), None)
