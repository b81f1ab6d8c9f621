"""What monitors say: the newest state per machine, the history of readings, and events."""

from __future__ import annotations

from sqlalchemy import REAL, Boolean, Column, Index, Integer, PrimaryKeyConstraint, Table, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import BYTEA

from data_access.tables.base import JSON, big_id, instant, metadata, reference, required

# No index on a changing column and half-empty pages: every update stays on its page (HOT).
equipment_states = Table(
    "equipment_states",
    metadata,
    instant("sampled_at", nullable=False),
    instant("received_at", nullable=False),
    Column("equipment_id", Integer, primary_key=True, autoincrement=False),
    Column("cadence_s", REAL, nullable=False, server_default="0"),
    Column("late_count", Integer, nullable=False, server_default="0"),
    required("vendor"),
    required("presence"),
    Column("data", BYTEA, nullable=False),
    postgresql_with={"fillfactor": 50, "autovacuum_vacuum_scale_factor": 0.05},
)

# Column order saves padding: eight-byte columns first (docs/decisions/0001-storage-of-readings.md).
readings = Table(
    "readings",
    metadata,
    instant("sampled_at", nullable=False),
    instant("received_at", nullable=False),
    Column("equipment_id", Integer, nullable=False),
    required("vendor"),
    Column("data", BYTEA, nullable=False),
    PrimaryKeyConstraint("equipment_id", "sampled_at"),
    postgresql_partition_by="RANGE (sampled_at)",
)

# Daily sums of a monitor: trips, mileage, hours, energy. Few and free in form, so kept as they came.
statistics = Table(
    "statistics",
    metadata,
    Column("equipment_id", Integer, nullable=False),
    instant("sampled_at", nullable=False),
    instant("received_at", nullable=False),
    required("vendor"),
    Column("body", JSON, nullable=False),
    PrimaryKeyConstraint("equipment_id", "sampled_at"),
)

events = Table(
    "events",
    metadata,
    big_id(),
    reference("equipment_id", "equipment.id", nullable=False, index=False),
    required("vendor"),
    required("event_id"),
    required("phase"),
    Column("code", Text),  # canonical; null where the vendor's code is unmapped
    required("vendor_code"),
    instant("occurred_at", nullable=False),
    instant("received_at", nullable=False),
    required("description"),
    Column("person", Boolean),
    Column("body", JSON),
    UniqueConstraint("vendor", "event_id", "phase"),
    Index("events_equipment_id_occurred_at_idx", "equipment_id", "occurred_at"),
)
