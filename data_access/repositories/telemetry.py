"""Readings, newest states and events, in bulk: one statement per table and batch, whatever its size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import psycopg
from numpy.typing import NDArray

from data_access.arrays import POSTGRES_EPOCH_US, array_of, bytes_of
from data_access.columns import Columns, microseconds, moment
from data_access.engine import Tx
from data_access.words import json_text, storable
from domain.telemetry import Event

EventKey = tuple[str, str, str]
"""An event's identity: (vendor, event_id, phase)."""

_COPY: Final = "COPY readings (sampled_at, received_at, equipment_id, vendor, data) FROM STDIN (FORMAT binary)"
_COPY_HEAD: Final = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_COPY_TAIL: Final = b"\xff\xff"
_APPEND: Final = (
    "INSERT INTO readings (sampled_at, received_at, equipment_id, vendor, data) "
    "SELECT sampled_at, received_at, equipment_id, (%b::text[])[vendor], data "
    "FROM unnest(%b::timestamptz[], %b::timestamptz[], %b::int4[], %b::int2[], %b::bytea[]) "
    "AS r (sampled_at, received_at, equipment_id, vendor, data) "
    "ON CONFLICT (equipment_id, sampled_at) DO NOTHING RETURNING equipment_id, sampled_at"
)
_STORED: Final = (
    "SELECT r.equipment_id, r.sampled_at, r.data FROM unnest(%b::int4[], %b::timestamptz[]) AS k (equipment_id, sampled_at) "
    "JOIN readings r USING (equipment_id, sampled_at) WHERE r.sampled_at BETWEEN %b AND %b"
)
_UPSERT: Final = (
    "INSERT INTO equipment_states AS s (equipment_id, sampled_at, received_at, cadence_s, vendor, presence, data) "
    "SELECT equipment_id, sampled_at, received_at, cadence_s, (%b::text[])[vendor], (%b::text[])[presence], data "
    "FROM unnest(%b::int4[], %b::timestamptz[], %b::timestamptz[], %b::float4[], %b::int2[], %b::int2[], %b::bytea[]) "
    "AS n (equipment_id, sampled_at, received_at, cadence_s, vendor, presence, data) "
    "ON CONFLICT (equipment_id) DO UPDATE SET sampled_at = excluded.sampled_at, received_at = excluded.received_at, "
    "cadence_s = excluded.cadence_s, vendor = excluded.vendor, presence = excluded.presence, data = excluded.data "
    "WHERE excluded.sampled_at > s.sampled_at"
)
_LATE: Final = (
    "UPDATE equipment_states s SET late_count = s.late_count + k.n "
    "FROM unnest(%b::int4[], %b::int4[]) AS k (equipment_id, n) WHERE s.equipment_id = k.equipment_id"
)
_EVENTS: Final = (
    "INSERT INTO events (equipment_id, vendor, event_id, phase, code, vendor_code, occurred_at, received_at, description, person, body) "
    "SELECT equipment_id, vendor, event_id, phase, code, vendor_code, occurred_at, received_at, description, person, body::jsonb "
    "FROM unnest(%b::int4[], %b::text[], %b::text[], %b::text[], %b::text[], %b::text[], %b::timestamptz[], %b::timestamptz[], "
    "%b::text[], %b::bool[], %b::text[]) "
    "AS e (equipment_id, vendor, event_id, phase, code, vendor_code, occurred_at, received_at, description, person, body) "
    "ON CONFLICT (vendor, event_id, phase) DO NOTHING RETURNING vendor, event_id, phase"
)


class AlreadyStored(Exception):
    """A reading that was thought to be new has been stored before: by another worker, or before a restart."""


def copy_columns(tx: Tx, columns: Columns) -> None:
    """Store readings whose identities are all new. Raises AlreadyStored, which ends the transaction, where one is not."""
    parts = [_copied(columns.take(columns.vendor == number), name) for number, name in enumerate(columns.vendors)]
    try:
        with tx.cursor() as cursor, cursor.copy(_COPY) as copy:
            copy.write(_COPY_HEAD + b"".join(parts) + _COPY_TAIL)
    except psycopg.errors.UniqueViolation as violation:
        raise AlreadyStored from violation


def append_columns(tx: Tx, columns: Columns) -> NDArray[np.bool_]:
    """Store the readings whose identity is not stored yet; which of the rows were. No identity may come twice among them."""
    if not len(columns):
        return np.zeros(0, bool)
    parameters = (
        list(columns.vendors),
        array_of(columns.sampled, "timestamptz"),
        array_of(columns.received, "timestamptz"),
        array_of(columns.equipment_id, "int4"),
        array_of(columns.vendor + 1, "int2"),
        bytes_of(columns.data),
    )
    with tx.cursor() as cursor:
        stored = {(equipment_id, microseconds(sampled_at)) for equipment_id, sampled_at in cursor.execute(_APPEND, parameters, binary=True)}
    keys = zip(columns.equipment_id.tolist(), columns.sampled.tolist(), strict=True)
    return np.fromiter((key in stored for key in keys), bool, len(columns))


def stored_data(tx: Tx, columns: Columns) -> dict[tuple[int, int], bytes]:
    """What is stored under these identities: (equipment_id, microseconds of Unix) → packed bytes."""
    if not len(columns):
        return {}
    identities = (array_of(columns.equipment_id, "int4"), array_of(columns.sampled, "timestamptz"))
    span = (moment(columns.sampled.min()), moment(columns.sampled.max()))
    with tx.cursor() as cursor:
        rows = cursor.execute(_STORED, (*identities, *span), binary=True)
        return {(equipment_id, microseconds(sampled_at)): data for equipment_id, sampled_at, data in rows}


def upsert_columns(tx: Tx, newest: Columns, *, cadence: NDArray[np.float64], presence: NDArray[np.int16], words: Sequence[str]) -> None:
    """Keep the newest state of each machine: one row a machine, with its usual gap in seconds and its presence, a place in `words`.

    Touches no watch: the caller knows the streets.
    """
    if not len(newest):
        return
    order = np.argsort(newest.equipment_id)  # one lock order
    rows = newest.take(order)
    parameters = (
        list(rows.vendors),
        list(words),
        array_of(rows.equipment_id, "int4"),
        array_of(rows.sampled, "timestamptz"),
        array_of(rows.received, "timestamptz"),
        array_of(cadence[order], "float4"),
        array_of(rows.vendor + 1, "int2"),
        array_of(presence[order] + 1, "int2"),
        bytes_of(rows.data),
    )
    with tx.cursor() as cursor:
        cursor.execute(_UPSERT, parameters)


def count_late(tx: Tx, counts: Mapping[int, int]) -> None:
    """Add to the number of readings that came after a newer one, by machine."""
    if counts:
        ids = sorted(counts)
        with tx.cursor() as cursor:
            cursor.execute(_LATE, (ids, [counts[i] for i in ids]))


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


def _copied(columns: Columns, vendor: str) -> bytes:
    """Rows of one vendor in the binary form of COPY: every field has a fixed size."""
    name = vendor.encode()
    size = columns.data.dtype.itemsize
    fields = [("sampled", 8, ">i8"), ("received", 8, ">i8"), ("equipment_id", 4, ">i4"), ("vendor", len(name), f"V{len(name)}")]
    sized = [*fields, ("data", size, f"V{size}")]
    rows = np.empty(
        len(columns), [("fields", ">i2"), *((f"{key}{part}", code) for key, _, c in sized for part, code in (("_size", ">i4"), ("", c)))]
    )
    rows["fields"] = len(sized)
    for key, length, _ in sized:
        rows[f"{key}_size"] = length
    rows["sampled"] = columns.sampled - POSTGRES_EPOCH_US
    rows["received"] = columns.received - POSTGRES_EPOCH_US
    rows["equipment_id"] = columns.equipment_id
    rows["vendor"] = np.void(name)
    rows["data"] = np.ascontiguousarray(columns.data).view(f"V{size}")
    return rows.tobytes()


def _json(body: object) -> str | None:
    return None if body is None else json_text(body)
