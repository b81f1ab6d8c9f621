"""Data vendors (数据服务商): whether they are connected, how they speak, and how many messages came from them in each minute."""

from __future__ import annotations

from sqlalchemy import ARRAY, REAL, Boolean, Column, Index, Integer, PrimaryKeyConstraint, Table, Text, text

from data_access.tables.base import instant, metadata, required

vendors = Table(
    "vendors",
    metadata,
    Column("name", Text, primary_key=True),  # topic segment and broker account
    required("title"),
    Column("connected", Boolean),  # null until the vendor's connection was heard of
    instant("heartbeat_at"),
    instant("last_message_at"),
    Column("dialect", Text, nullable=False, server_default="platform"),  # domain.dialects
    instant("paced_at"),  # the sign from which the next pause is measured
    Column("pauses", ARRAY(REAL), nullable=False, server_default=text("'{}'")),  # s, the newest first: domain.vendors
    Column("secret_hash", Text),  # argon2id; null: the vendor may not push over HTTP
)

vendor_minutes = Table(
    "vendor_minutes",
    metadata,
    required("vendor"),
    instant("minute", nullable=False),
    Column("messages", Integer, nullable=False),
    PrimaryKeyConstraint("vendor", "minute"),
    postgresql_with={"fillfactor": 50},
)

vendor_code_map = Table(
    "vendor_code_map",
    metadata,
    required("vendor"),
    required("code"),  # text, verbatim
    required("canonical"),
    PrimaryKeyConstraint("vendor", "code"),
)

vendor_device_map = Table(
    "vendor_device_map",
    metadata,
    required("vendor"),
    required("their_id"),  # elevatorNo, liftNo, deviceNo, macAddr …: text, verbatim
    required("code"),  # equipment.code
    PrimaryKeyConstraint("vendor", "their_id"),
)

vendor_tokens = Table(
    "vendor_tokens",
    metadata,
    Column("digest", Text, primary_key=True),  # SHA-256 of the token
    required("vendor"),
    instant("expires_at", nullable=False),
    Index("vendor_tokens_vendor_idx", "vendor"),
)
