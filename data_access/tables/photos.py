"""Photographs (照片) that prove a step with a work order.

The bytes stand in the database, not in a directory: then a photograph and the step it proves are one transaction, one backup
and one restore, a rolled-back step leaves no file behind, and every web process serves it. At 1600 pixels one is 300 KB or so.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKeyConstraint, Index, Integer, LargeBinary, Table

from data_access.tables.base import big_id, instant, metadata, reference, required

order_photos = Table(
    "order_photos",
    metadata,
    big_id(),
    Column("work_order_id", BigInteger, nullable=False),
    Column("number", Integer, nullable=False),  # 1, 2, 3 … of the order: its address
    Column("seq", Integer, nullable=False),  # the step that brought it
    required("sha256"),  # of `image`; the step's proof names it
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("size", Integer, nullable=False),  # bytes of `image`
    Column("image", LargeBinary, nullable=False),  # JPEG
    Column("thumbnail", LargeBinary, nullable=False),  # JPEG
    reference("account_id", "accounts.id"),
    instant("at", nullable=False),
    ForeignKeyConstraint(
        ["work_order_id", "seq"],
        ["work_order_events.work_order_id", "work_order_events.seq"],
        name="order_photos_work_order_id_seq_fkey",
    ),
    Index("order_photos_work_order_id_number_key", "work_order_id", "number", unique=True),
    Index("order_photos_work_order_id_seq_idx", "work_order_id", "seq"),
)
"""Only grows, by a trigger, as the log does."""
