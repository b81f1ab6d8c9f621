"""Messages that could not be taken, with the reason; and keys that nobody knows yet."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, PrimaryKeyConstraint, Table, Text, text
from sqlalchemy.dialects.postgresql import BYTEA

from data_access.tables.base import big_id, instant, metadata, required

quarantine = Table(
    "quarantine",
    metadata,
    big_id(),
    required("vendor"),
    required("topic"),
    required("reason"),
    Column("detail", Text),
    instant("received_at", nullable=False),
    Column("payload", BYTEA, nullable=False),  # its first 64 KiB
    Column("size", Integer, nullable=False),  # bytes as received
    Column("equipment_code", Text),
    Index("quarantine_received_at_idx", text("received_at DESC")),
)

unknown_keys = Table(
    "unknown_keys",
    metadata,
    required("vendor"),
    required("kind"),
    required("key"),
    Column("count", BigInteger, nullable=False),
    instant("first_seen", nullable=False),
    instant("last_seen", nullable=False),
    PrimaryKeyConstraint("vendor", "kind", "key"),
)
