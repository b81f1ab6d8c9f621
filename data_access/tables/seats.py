"""The duty seat (值班席位): what calls for it and who answered; and the drills (演练) that are played on it."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, Table, Text, text

from data_access.tables.base import big_id, instant, metadata, reference, required

seat_calls = Table(
    "seat_calls",
    metadata,
    big_id(),
    reference("work_order_id", "work_orders.id", nullable=False, index=False),
    Column("turn", Integer, nullable=False, server_default="1"),  # again, when its level rises
    instant("called_at", nullable=False),
    instant("due_at", nullable=False),
    instant("answered_at"),
    reference("answered_account_id", "accounts.id"),
    Column("answered_by", Text),
    instant("escalated_at"),  # nobody had answered by due_at: the leader on duty was told
    instant("dropped_at"),  # the order ended before anybody answered
    Index("seat_calls_work_order_id_turn_key", "work_order_id", "turn", unique=True),
    Index("seat_calls_waiting_idx", "due_at", postgresql_where=text("answered_at IS NULL AND dropped_at IS NULL")),
)

drills = Table(
    "drills",
    metadata,
    big_id(),
    required("name"),
    instant("started_at", nullable=False),
    reference("started_account_id", "accounts.id", nullable=False),
    required("started_by"),
    instant("ended_at"),
    Column("ended_by", Text),
    Index("drills_open_key", text("(ended_at IS NULL)"), unique=True, postgresql_where=text("ended_at IS NULL")),  # one at a time
)
