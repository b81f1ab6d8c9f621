"""Thresholds tried on stored history before they are put in force."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, Double, Index, Integer, Table, Text, text
from sqlalchemy.dialects.postgresql import ARRAY

from data_access.tables.base import JSON, big_id, instant, metadata, reference, required

RUNNING = text("state = 'running'")

back_tests = Table(
    "back_tests",
    metadata,
    big_id(),
    reference("account_id", "accounts.id", nullable=False),
    required("started_by"),
    required("key"),
    Column("present", Double, nullable=False),  # the value in force when it began
    Column("trial", Double, nullable=False),
    required("kind"),
    Column("streets", ARRAY(Text), nullable=False, server_default=text("'{}'")),  # empty: all
    Column("vendor", Text),  # null: all
    instant("since", nullable=False),
    instant("until", nullable=False),
    required("state"),
    instant("started_at", nullable=False),
    instant("heard_at", nullable=False),  # its program's last sign of life
    instant("stop_wanted_at"),
    instant("finished_at"),
    Column("machines", Integer, nullable=False, server_default="0"),
    Column("machines_done", Integer, nullable=False, server_default="0"),
    Column("readings", BigInteger, nullable=False, server_default="0"),
    Column("result", JSON),
    CheckConstraint("state IN ('running', 'done', 'stopped', 'cut', 'failed')", name="state"),
    Index("back_tests_running_key", "account_id", unique=True, postgresql_where=RUNNING),
    Index("back_tests_key_started_at_idx", "key", text("started_at DESC")),
)
