"""Readings, newest states and events, in bulk: one statement per table and batch, whatever its size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from data_access.engine import Tx
from data_access.readings_codec import codec
from data_access.watches import Watch, touched
from data_access.words import json_text, storable
from domain.equipment.kind import Values
from domain.telemetry import Event, Reading

Key = tuple[int, datetime]
"""A reading's identity: (equipment_id, sampled_at)."""

EventKey = tuple[str, str, str]
"""An event's identity: (vendor, event_id, phase)."""

_APPEND: Final = (
    "INSERT INTO readings (sampled_at, received_at, equipment_id, vendor, data) "
    "SELECT * FROM unnest(%b::timestamptz[], %b::timestamptz[], %b::int4[], %b::text[], %b::bytea[]) "
    "ON CONFLICT (equipment_id, sampled_at) DO NOTHING RETURNING equipment_id, sampled_at"
)
_STORED: Final = (
    "SELECT r.equipment_id, r.sampled_at, r.data FROM unnest(%b::int4[], %b::timestamptz[]) AS k (equipment_id, sampled_at) "
    "JOIN readings r USING (equipment_id, sampled_at) WHERE r.sampled_at BETWEEN %b AND %b"
)
_UPSERT: Final = (
    "WITH newer AS (INSERT INTO equipment_states AS s (equipment_id, sampled_at, received_at, cadence_s, vendor, presence, data) "
    "SELECT * FROM unnest(%b::int4[], %b::timestamptz[], %b::timestamptz[], %b::float4[], %b::text[], %b::text[], %b::bytea[]) "
    "ON CONFLICT (equipment_id) DO UPDATE SET sampled_at = excluded.sampled_at, received_at = excluded.received_at, "
    "cadence_s = excluded.cadence_s, vendor = excluded.vendor, presence = excluded.presence, data = excluded.data "
    "WHERE excluded.sampled_at > s.sampled_at RETURNING equipment_id) "
    "SELECT DISTINCT e.street_code FROM newer JOIN equipment e ON e.id = newer.equipment_id"
)
_LATE: Final = (
    "UPDATE equipment_states s SET late_count = s.late_count + k.n "
    "FROM unnest(%b::int4[], %b::int4[]) AS k (equipment_id, n) WHERE s.equipment_id = k.equipment_id"
)
_PRESENCE: Final = (
    "WITH changed AS (UPDATE equipment_states s SET presence = k.presence "
    "FROM unnest(%b::int4[], %b::text[]) AS k (equipment_id, presence) "
    "WHERE s.equipment_id = k.equipment_id AND s.presence <> k.presence RETURNING s.equipment_id) "
    "SELECT e.street_code, count(*) FROM changed JOIN equipment e ON e.id = changed.equipment_id GROUP BY 1"
)
_EVENTS: Final = (
    "INSERT INTO events (equipment_id, vendor, event_id, phase, code, vendor_code, occurred_at, received_at, description, person, body) "
    "SELECT equipment_id, vendor, event_id, phase, code, vendor_code, occurred_at, received_at, description, person, body::jsonb "
    "FROM unnest(%b::int4[], %b::text[], %b::text[], %b::text[], %b::text[], %b::text[], %b::timestamptz[], %b::timestamptz[], "
    "%b::text[], %b::bool[], %b::text[]) "
    "AS e (equipment_id, vendor, event_id, phase, code, vendor_code, occurred_at, received_at, description, person, body) "
    "ON CONFLICT (vendor, event_id, phase) DO NOTHING RETURNING vendor, event_id, phase"
)


@dataclass(frozen=True, slots=True)
class Appended:
    """What became of a batch: newly stored keys, how many said again what is stored, and those that say something else."""

    stored: frozenset[Key]
    duplicates: int
    conflicts: tuple[Reading, ...]


@dataclass(frozen=True, slots=True)
class State:
    """The newest state of one machine. `cadence_seconds` is the usual gap between its samples."""

    equipment_id: int
    kind: str
    vendor: str
    sampled_at: datetime
    received_at: datetime
    values: Values
    cadence_seconds: float
    presence: str


def append_readings(tx: Tx, readings: Sequence[Reading]) -> Appended:
    """Store the readings whose identity is new; the first of an identity wins, in the batch as in the table."""
    first: dict[Key, Reading] = {}
    packed: dict[Key, bytes] = {}
    again: list[tuple[Reading, bytes]] = []
    for reading in readings:
        key, data = (reading.equipment_id, reading.sampled_at), codec(reading.kind).pack(reading.values)
        if key in packed:
            again.append((reading, data))
        else:
            first[key], packed[key] = reading, data
    stored = _append(tx, first, packed)
    refused = {key: packed[key] for key in first if key not in stored}
    known = packed | _stored(tx, refused)
    again += [(first[key], data) for key, data in refused.items()]
    conflicts = tuple(reading for reading, data in again if known[reading.equipment_id, reading.sampled_at] != data)
    return Appended(stored, len(again) - len(conflicts), conflicts)


def upsert_states(tx: Tx, states: Sequence[State]) -> None:
    """Keep the newest state of each machine, in the batch as in the table."""
    newest: dict[int, State] = {}
    for state in states:
        known = newest.get(state.equipment_id)
        if known is None or state.sampled_at > known.sampled_at:
            newest[state.equipment_id] = state
    if not newest:
        return
    rows = [newest[equipment_id] for equipment_id in sorted(newest)]  # one lock order
    columns = (
        [s.equipment_id for s in rows],
        [s.sampled_at for s in rows],
        [s.received_at for s in rows],
        [s.cadence_seconds for s in rows],
        [s.vendor for s in rows],
        [s.presence for s in rows],
        [codec(s.kind).pack(s.values) for s in rows],
    )
    with tx.cursor() as cursor:
        streets = {row[0] for row in cursor.execute(_UPSERT, columns)}
    tx.touch(*touched(Watch.STATES, streets))


def count_late(tx: Tx, counts: Mapping[int, int]) -> None:
    """Add to the number of readings that came after a newer one, by machine."""
    if counts:
        ids = sorted(counts)
        with tx.cursor() as cursor:
            cursor.execute(_LATE, (ids, [counts[i] for i in ids]))


def set_presence(tx: Tx, presences: Mapping[int, str]) -> int:
    """Store the presence of machines that stopped speaking; the number of rows that changed."""
    if not presences:
        return 0
    ids = sorted(presences)
    with tx.cursor() as cursor:
        rows = cursor.execute(_PRESENCE, (ids, [presences[i] for i in ids])).fetchall()
    tx.touch(*touched(Watch.STATES, {street for street, _ in rows}))
    return sum(count for _, count in rows)


def append_events(tx: Tx, events: Sequence[Event], *, bodies: Sequence[object] | None = None) -> frozenset[EventKey]:
    """Store the events that were not heard before; their identities. `bodies` are what the vendor sent, in the same order."""
    if not events:
        return frozenset()
    columns = (
        [e.equipment_id for e in events],
        [e.vendor for e in events],
        [storable(e.event_id) for e in events],
        [e.phase.value for e in events],
        [e.code for e in events],
        [storable(e.vendor_code) for e in events],
        [e.occurred_at for e in events],
        [e.received_at for e in events],
        [storable(e.description) for e in events],
        [e.person for e in events],
        [_json(body) for body in bodies] if bodies is not None else [None] * len(events),
    )
    with tx.cursor() as cursor:
        stored: set[EventKey] = set(cursor.execute(_EVENTS, columns))
    return frozenset((e.vendor, e.event_id, e.phase.value) for e in events if (e.vendor, storable(e.event_id), e.phase.value) in stored)


def _append(tx: Tx, first: Mapping[Key, Reading], packed: Mapping[Key, bytes]) -> frozenset[Key]:
    if not first:
        return frozenset()
    rows = first.values()
    columns = (
        [r.sampled_at for r in rows],
        [r.received_at for r in rows],
        [r.equipment_id for r in rows],
        [r.vendor for r in rows],
        list(packed.values()),
    )
    with tx.cursor() as cursor:
        return frozenset(cursor.execute(_APPEND, columns, binary=True))


def _stored(tx: Tx, keys: Mapping[Key, bytes]) -> dict[Key, bytes]:
    if not keys:
        return {}
    times = [at for _, at in keys]
    with tx.cursor() as cursor:
        rows = cursor.execute(_STORED, ([i for i, _ in keys], times, min(times), max(times)), binary=True)
        return {(equipment_id, sampled_at): data for equipment_id, sampled_at, data in rows}


def _json(body: object) -> str | None:
    return None if body is None else json_text(body)
