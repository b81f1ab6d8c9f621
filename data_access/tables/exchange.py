"""What other platforms gave us: their records as documents, and how far each of their resources has been read."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Double, Integer, PrimaryKeyConstraint, Table, Text, text

from data_access.tables.base import JSON, instant, metadata, required

exchange_records = Table(
    "exchange_records",
    metadata,
    required("source"),
    required("resource"),
    required("key"),
    instant("modified_at", nullable=False),  # as the source says
    instant("received_at", nullable=False),
    Column("body", JSON, nullable=False),
    PrimaryKeyConstraint("source", "resource", "key"),
)

exchange_feeds = Table(
    "exchange_feeds",
    metadata,
    required("source"),
    required("resource"),
    instant("tried_at", nullable=False),
    instant("last_ok_at"),  # when everything up to then had been read
    instant("last_record_at"),  # when a new or changed record last came
    instant("cursor_at"),  # the newest lastModifiedDate that is stored
    Column("lag_seconds", Double),  # at tried_at: since last_ok_at; null until everything was read once
    Column("pulled", BigInteger, nullable=False, server_default=text("0")),  # records new or changed
    Column("rejected", BigInteger, nullable=False, server_default=text("0")),  # records without a key or a time
    Column("failures", Integer, nullable=False, server_default=text("0")),  # in a row
    Column("last_error", Text),
    PrimaryKeyConstraint("source", "resource"),
)
