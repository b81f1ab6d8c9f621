"""Alarms (告警): facts about machines, at most one open per machine and family."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, Index, Integer, Table, Text, false, text

from data_access.tables.base import JSON, big_id, instant, metadata, reference, required

OPEN = text("cleared_at IS NULL")

alarms = Table(
    "alarms",
    metadata,
    big_id(),
    reference("equipment_id", "equipment.id", nullable=False),
    required("kind"),
    reference("street_code", "streets.code", index=False),
    Column("vendor", Text),  # whose monitor it was then; a machine may change it
    required("family"),
    required("rule"),
    required("category"),
    required("level"),
    Column("urgent", Boolean, nullable=False, server_default=false()),
    required("reason"),
    required("source"),
    instant("raised_at", nullable=False),  # the device's time
    instant("detected_at", nullable=False),  # our clock
    instant("cleared_at"),
    instant("acknowledged_at"),
    Column("acknowledged_by", Text),
    Column("acknowledged_account", BigInteger),
    Column("acknowledgement_note", Text),
    Column("verdict", Text),  # the newest of alarm_verdicts
    Column("occurrences", Integer, nullable=False, server_default="1"),
    instant("last_occurred_at", nullable=False),
    Column("person", Boolean),
    Column("evidence", JSON),
    CheckConstraint("level IN ('minor_fault', 'entrapment', 'emergency')", name="level"),
    CheckConstraint("source IN ('rule', 'event', 'presence', 'ahead')", name="source"),
    CheckConstraint("verdict IN ('confirmed', 'false', 'drill')", name="verdict"),
    Index("alarms_detected_at_idx", text("detected_at DESC")),
    Index("alarms_open_key", "equipment_id", "family", unique=True, postgresql_where=OPEN),
    Index("alarms_raised_at_idx", text("raised_at DESC"), text("id DESC")),
    Index("alarms_street_code_raised_at_idx", "street_code", text("raised_at DESC"), text("id DESC")),
    Index("alarms_open_raised_at_idx", text("raised_at DESC"), text("id DESC"), postgresql_where=OPEN),
)
