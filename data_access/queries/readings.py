"""What a machine has said: its newest reading and its history, wherever that lies."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Function, Select, func, select, true
from sqlalchemy.dialects.postgresql import distinct_on

from data_access.chunks import Block, decode, first
from data_access.engine import Tx
from data_access.history import HistoryRow as HistoryRow
from data_access.history import Wanted, rows_of, wanted
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
    """The same with everything that is stored of a reading. Steps of twenty minutes and more become whole hours.

    Rows are read before chunks: one that becomes part of a chunk in between is seen twice, and shown once.
    """
    asked = wanted(since, until, every_seconds, limit)
    rows = _rows(scope, tx, equipment_id, asked)
    return asked.together(_chunked(scope, tx, equipment_id, asked), rows)


def _rows(scope: Scope, tx: Tx, equipment_id: int, asked: Wanted) -> list[HistoryRow]:
    """What lies row by row: the last hours, and what came too late for its hour and waits to be merged."""
    statement = (
        select(r.sampled_at, r.received_at, r.vendor, r.data, e.kind)
        .select_from(readings.join(equipment, e.id == r.equipment_id))
        .where(r.equipment_id == equipment_id, r.sampled_at >= asked.since, r.sampled_at < asked.until)
        .limit(asked.limit)
    )
    if asked.step is None:
        statement = statement.order_by(r.sampled_at)
    else:
        step = _step(r.sampled_at, asked.step)
        statement = statement.ext(distinct_on(step)).order_by(step, r.sampled_at)
    rows = tx.rows(within(scope, statement))
    return [HistoryRow(sampled_at, received_at, vendor, unpack(kind, data)) for sampled_at, received_at, vendor, data, kind in rows]


def _chunked(scope: Scope, tx: Tx, equipment_id: int, asked: Wanted) -> list[HistoryRow]:
    """What lies in chunks, of which only the needed ones are read."""
    hours = list(tx.scalars(within(scope, _needed(equipment_id, asked))))
    if not hours:
        return []
    statement = (
        select(e.kind, c.first_at, c.data)
        .select_from(reading_chunks.join(equipment, e.id == c.equipment_id))
        .where(c.equipment_id == equipment_id, c.hour.in_(hours), c.hour >= hours[0], c.hour <= hours[-1])
        .order_by(c.hour)
    )
    found = tx.rows(within(scope, statement))
    return rows_of(found[0][0], (_opened(asked, first_at, data) for _, first_at, data in found), asked)


def _needed(equipment_id: int, asked: Wanted) -> Select[tuple[datetime]]:
    """The hours whose chunks are needed, in order; the index alone knows.

    Without steps, as many as give `limit` readings; else those that reach a step which no chunk before them has reached.
    """
    if asked.step is None:
        surely = func.sum(c.n).filter(c.first_at >= asked.since).over(order_by=c.hour, rows=(None, -1))
        needed = func.coalesce(surely, 0) < asked.limit
    else:
        reached = _step(c.last_at, asked.step)
        needed = func.coalesce(reached > func.lag(reached).over(order_by=c.hour), true())
    of_machine = (
        select(c.equipment_id, c.hour, needed.label("needed"))
        .where(c.equipment_id == equipment_id, c.hour > asked.since - HOUR, c.hour < asked.until)
        .where(c.last_at >= asked.since, c.first_at < asked.until)
        .subquery()
    )
    o = of_machine.c
    joined = of_machine.join(equipment, e.id == o.equipment_id)
    return select(o.hour).select_from(joined).where(o.needed).order_by(o.hour).limit(asked.limit)


def _opened(asked: Wanted, first_at: datetime, data: bytes) -> Block:
    return first(data) if asked.firsts and first_at >= asked.since else decode(data)


def _step(moment: ColumnElement[datetime], seconds: float) -> Function[Any]:
    return func.floor(func.extract("epoch", moment) / seconds)


def latest(scope: Scope, tx: Tx, *, equipment_id: int) -> LatestRow | None:
    """The newest reading of one machine; None when it never spoke, or lies outside the scope."""
    statement = (
        select(e.kind, s.vendor, s.sampled_at, s.received_at, s.cadence_s, s.presence, s.late_count, s.data)
        .select_from(equipment_states.join(equipment, e.id == s.equipment_id))
        .where(s.equipment_id == equipment_id)
    )
    rows = tx.rows(within(scope, statement))
    return next((LatestRow(unpack(row[0], row[-1]), *row[:-1]) for row in rows), None)
