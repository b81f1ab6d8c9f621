"""Messages that could not be taken, with the reason; how many there were; and keys that nobody knows yet."""

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
    instant("replay_requested_at"),
    Column("replay_requested_by", Text),
    instant("replayed_at"),
    Column("outcome", Text),  # accepted or refused, once it was replayed
    Column("outcome_reason", Text),
    Column("outcome_detail", Text),
    Index("quarantine_received_at_idx", text("received_at DESC")),
    Index("quarantine_vendor_received_at_idx", "vendor", text("received_at DESC")),
    Index("quarantine_reason_received_at_idx", "reason", text("received_at DESC")),
    Index(
        "quarantine_replay_idx",
        "received_at",
        "id",
        postgresql_where=text("replay_requested_at IS NOT NULL AND replayed_at IS NULL"),
    ),
)

# Every refused message is counted here, kept or not. A minute becomes part of its day after two days; days stay.
quarantine_counts = Table(
    "quarantine_counts",
    metadata,
    required("vendor"),  # "" for senders that are no vendor
    required("reason"),
    instant("minute", nullable=False),
    Column("count", BigInteger, nullable=False),
    Column("kept", BigInteger, nullable=False, server_default="0"),  # rows in quarantine
    Column("kept_bytes", BigInteger, nullable=False, server_default="0"),
    PrimaryKeyConstraint("vendor", "reason", "minute"),
    Index("quarantine_counts_minute_idx", "minute"),
    postgresql_with={"fillfactor": 50},
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
