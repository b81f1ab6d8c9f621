"""The platform's own rows: thresholds in force, versions of what was touched, and which district this is."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, Double, Integer, PrimaryKeyConstraint, Table, Text, text, true
from sqlalchemy.dialects.postgresql import ARRAY

from data_access.tables.base import JSON, instant, metadata, required

rule_settings = Table(
    "rule_settings",
    metadata,
    required("key"),
    Column("value", Double, nullable=False),
    Column("version", Integer, nullable=False),
    instant("changed_at", nullable=False),
    required("changed_by"),
    required("why"),
    PrimaryKeyConstraint("key", "version"),
)

data_versions = Table(
    "data_versions",
    metadata,
    Column("watch", Text, primary_key=True),
    Column("version", BigInteger, nullable=False),
    instant("changed_at", nullable=False),
    postgresql_with={"fillfactor": 20},
)

ingest_marks = Table(
    "ingest_marks",
    metadata,
    Column("worker", Text, primary_key=True),
    Column("batch", BigInteger, nullable=False),
    instant("committed_at", nullable=False),
    instant("oldest_at"),  # sampling time before which nothing of the batch lies
    Column("counters", JSON, nullable=False, server_default=text("'{}'")),  # since the worker's start; see ingest.counters
    postgresql_with={"fillfactor": 20},
)

ingest_leases = Table(
    "ingest_leases",
    metadata,
    Column("name", Text, primary_key=True),  # the broker session
    Column("filters", ARRAY(Text), nullable=False),  # what it listens to, sorted
    required("holder"),
    Column("epoch", BigInteger, nullable=False),  # who writes checks it: the one before is shut out
    instant("taken_at", nullable=False),
    instant("expires_at", nullable=False),
    postgresql_with={"fillfactor": 20},
)

deployments = Table(
    "deployments",
    metadata,
    Column("singleton", Boolean, primary_key=True, server_default=true()),
    required("mode"),
    instant("seeded_at"),
    Column("seed", BigInteger),
    CheckConstraint("mode IN ('demonstration', 'real')", name="mode"),
    CheckConstraint("singleton", name="singleton"),
)
