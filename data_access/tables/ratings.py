"""What citizens think of how they were helped (市民评价): the links they were sent, and the stars they gave."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, SmallInteger, Table, Text

from data_access.tables.base import big_id, instant, metadata, reference, required

rating_links = Table(
    "rating_links",
    metadata,
    Column("digest", Text, primary_key=True),  # of the token, which stands in the message and nowhere else
    reference("source_id", "incident_sources.id", nullable=False),
    instant("expires_at", nullable=False),
)

citizen_ratings = Table(
    "citizen_ratings",
    metadata,
    big_id(),
    Column("key", Text, nullable=False, unique=True),  # "source:12", "feedback:<uuid>": each report and each sheet counts once
    reference("work_order_id", "work_orders.id"),  # what was rated
    reference("equipment_id", "equipment.id"),
    required("origin"),  # link, or how it reached whoever wrote it down: 12345, letter, app
    Column("stars", SmallInteger, nullable=False),
    Column("words", Text, nullable=False, server_default=""),
    reference("account_id", "accounts.id"),  # who wrote it down; nobody: the citizen's own hand
    instant("rated_at", nullable=False),
    CheckConstraint("stars BETWEEN 1 AND 5", name="stars"),
)
