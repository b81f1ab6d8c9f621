"""What alarms turned out to be: verdicts of people, occurrences no alarm reported, and the truth of the demonstration."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, Index, Table, Text, text
from sqlalchemy.dialects.postgresql import ARRAY

from data_access.tables.base import big_id, instant, metadata, reference, required

VERDICTS = "verdict IN ('confirmed', 'false', 'drill')"

alarm_verdicts = Table(
    "alarm_verdicts",
    metadata,
    big_id(),
    reference("alarm_id", "alarms.id", nullable=False, index=False),
    required("verdict"),
    required("given_by"),
    Column("given_account", BigInteger, nullable=False),
    instant("given_at", nullable=False),
    required("note"),
    CheckConstraint(VERDICTS, name="verdict"),
    Index("alarm_verdicts_alarm_id_id_idx", "alarm_id", text("id DESC")),  # the newest counts
)

missed_occurrences = Table(
    "missed_occurrences",
    metadata,
    big_id(),
    reference("equipment_id", "equipment.id", nullable=False, index=False),
    required("kind"),
    reference("street_code", "streets.code"),
    Column("vendor", Text),
    required("family"),
    instant("occurred_at", nullable=False),
    required("reported_by"),
    required("note"),
    Column("recorded_account", BigInteger, nullable=False),
    instant("recorded_at", nullable=False),
    instant("withdrawn_at"),
    Column("withdrawn_account", BigInteger),
    Column("withdrawal_note", Text),
    Index("missed_occurrences_occurred_at_idx", text("occurred_at DESC"), text("id DESC")),
    Index(
        "missed_occurrences_in_force_key",
        "equipment_id",
        "family",
        "occurred_at",
        unique=True,
        postgresql_where=text("withdrawn_at IS NULL"),
    ),
    Index("missed_occurrences_equipment_id_idx", "equipment_id"),
)

demo_truths = Table(
    "demo_truths",
    metadata,
    Column("id", Text, primary_key=True),
    reference("equipment_id", "equipment.id", nullable=False, index=False),
    required("kind"),
    reference("street_code", "streets.code"),
    required("vendor"),
    required("what"),
    required("family"),
    Column("also", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    instant("starts_at", nullable=False),
    instant("ends_at", nullable=False),
    Column("told", Boolean, nullable=False),
    Index("demo_truths_equipment_id_starts_at_idx", "equipment_id", "starts_at"),
    Index("demo_truths_starts_at_idx", "starts_at"),
)
