"""Accounts, wrong passwords, sessions, and the hash-chained audit log."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, Index, Integer, PrimaryKeyConstraint, Table, Text, false
from sqlalchemy.dialects.postgresql import ARRAY

from data_access.tables.base import JSON, demo, instant, metadata, reference, required, small_id

accounts = Table(
    "accounts",
    metadata,
    small_id(),
    Column("username", Text, nullable=False, unique=True),
    required("password_hash"),
    required("name"),
    required("role"),
    Column("streets", ARRAY(Text)),  # null: all
    reference("organization_id", "organizations.id"),
    Column("kinds", ARRAY(Text)),  # null: all
    demo(),
    Column("disabled", Boolean, nullable=False, server_default=false()),
    instant("last_sign_in_at"),
)

sign_in_failures = Table(
    "sign_in_failures",
    metadata,
    required("username"),  # as typed: of an account, or of nobody
    required("place"),  # the address, or "*" for all together
    Column("failed_count", Integer, nullable=False),
    instant("counted_since", nullable=False),
    instant("locked_until"),
    PrimaryKeyConstraint("username", "place"),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id_hash", Text, primary_key=True),
    reference("account_id", "accounts.id", nullable=False),
    instant("created_at", nullable=False),
    instant("seen_at", nullable=False),
    instant("expires_at"),  # null: until revoked
    instant("previous_sign_in_at"),
    required("address"),
    instant("revoked_at"),
    Column("language", Text, nullable=False, server_default="zh_CN"),
)

saved_filters = Table(
    "saved_filters",
    metadata,
    reference("account_id", "accounts.id", nullable=False, index=False),
    required("name"),
    required("query"),
    instant("saved_at", nullable=False),
    PrimaryKeyConstraint("account_id", "name"),
)

audit_log = Table(
    "audit_log",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),  # dense, so that a missing row is seen
    instant("at", nullable=False),
    Column("account_id", Integer),
    required("username"),
    required("action"),
    required("object"),
    Column("before", JSON),
    Column("after", JSON),
    Column("reason", Text),
    Column("address", Text),
    required("previous_hash"),
    required("hash"),
    CheckConstraint("id > 0", name="id"),
    Index("audit_log_at_idx", "at"),
)
