"""Old readings, a row for each machine and hour; and what hours and days came to."""

from __future__ import annotations

from sqlalchemy import Column, Integer, PrimaryKeyConstraint, Table
from sqlalchemy.dialects.postgresql import BYTEA

from data_access.tables.base import instant, metadata, required

# The index alone says which chunks a thinned history must open. Partitions by the month, dropped whole.
reading_chunks = Table(
    "reading_chunks",
    metadata,
    instant("hour", nullable=False),
    instant("first_at", nullable=False),
    instant("last_at", nullable=False),
    Column("equipment_id", Integer, nullable=False),
    Column("n", Integer, nullable=False),
    Column("data", BYTEA, nullable=False),
    PrimaryKeyConstraint("equipment_id", "hour", postgresql_include=["first_at", "last_at", "n"]),
    postgresql_partition_by="RANGE (hour)",
)

# `span` is a word of domain.rollups.Span, `since` its beginning. Partitions by the month as well.
reading_rollups = Table(
    "reading_rollups",
    metadata,
    instant("since", nullable=False),
    Column("equipment_id", Integer, nullable=False),
    Column("n", Integer, nullable=False),
    required("span"),
    Column("data", BYTEA, nullable=False),
    PrimaryKeyConstraint("equipment_id", "span", "since"),
    postgresql_partition_by="RANGE (since)",
)

# An hour that is being compacted, and the machine it has come to; a convenience, never the proof that an hour may go.
compactions = Table(
    "compactions",
    metadata,
    instant("hour", nullable=False),
    Column("through", Integer, nullable=False),
    PrimaryKeyConstraint("hour"),
)
