"""Readings and states as a test writes them down, one object each, stored by the product's own statements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np

from data_access.columns import columns_of, microseconds
from data_access.engine import Tx
from data_access.readings_codec import pack
from data_access.repositories.telemetry import append_columns, stored_data, upsert_columns
from data_access.watches import Watch, touched
from domain.equipment.kind import Values
from domain.telemetry import Reading

Key = tuple[int, datetime]
"""A reading's identity: (equipment_id, sampled_at)."""

_STREETS: Final = "SELECT DISTINCT street_code FROM equipment WHERE id = ANY(%b::int4[])"


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
    again = [r for r in readings if first.setdefault((r.equipment_id, r.sampled_at), r) is not r]
    stored: set[Key] = set()
    known: dict[tuple[int, int], bytes] = {}
    for kind in sorted({reading.kind for reading in first.values()}):
        rows = [reading for reading in first.values() if reading.kind == kind]
        columns = columns_of(rows)
        new = append_columns(tx, columns)
        stored |= {(reading.equipment_id, reading.sampled_at) for reading, is_new in zip(rows, new, strict=True) if is_new}
        known |= stored_data(tx, columns.take(~new))
    known |= {(e, microseconds(at)): pack(first[e, at].kind, first[e, at].values) for e, at in stored}
    again += [reading for key, reading in first.items() if key not in stored]
    conflicts = tuple(r for r in again if known[r.equipment_id, microseconds(r.sampled_at)] != pack(r.kind, r.values))
    return Appended(frozenset(stored), len(again) - len(conflicts), conflicts)


def upsert_states(tx: Tx, states: Sequence[State]) -> None:
    """Keep the newest state of each machine, in the batch as in the table."""
    newest: dict[int, State] = {}
    for state in states:
        known = newest.get(state.equipment_id)
        if known is None or state.sampled_at > known.sampled_at:
            newest[state.equipment_id] = state
    for kind in sorted({state.kind for state in newest.values()}):
        rows = [state for state in newest.values() if state.kind == kind]
        columns = columns_of([Reading(s.equipment_id, s.kind, s.vendor, s.sampled_at, s.received_at, s.values) for s in rows])
        cadence, words = np.array([s.cadence_seconds for s in rows]), sorted({s.presence for s in rows})
        presence = np.array([words.index(s.presence) for s in rows], np.int16)
        upsert_columns(tx, columns, cadence=cadence, presence=presence, words=words)
    if newest:
        with tx.cursor() as cursor:
            streets = {row[0] for row in cursor.execute(_STREETS, (list(newest),))}
        tx.touch(*touched(Watch.STATES, streets))
