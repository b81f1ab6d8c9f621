"""By when something is owed: legal clocks, the district plan's tasks, and which days are working days."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Date, Index, Integer, SmallInteger, Table, Text, text

from data_access.tables.base import big_id, instant, metadata, reference, required

UNNOTICED = text("breached_at IS NULL AND due_at <= COALESCE(met_at, dropped_at, 'infinity'::timestamptz)")
"""Owed still, or met or dropped when it was over already, and nobody has been told: nothing watched meanwhile."""

deadlines = Table(
    "deadlines",
    metadata,
    big_id(),
    reference("work_order_id", "work_orders.id", nullable=False, index=False),
    required("kind"),
    Column("turn", Integer, nullable=False, server_default="1"),  # again, after a return or a failed recheck
    instant("started_at", nullable=False),
    instant("due_at", nullable=False),
    Column("span", Integer, nullable=False),  # the limit in force when it began: seconds, or working days
    Column("warned", SmallInteger, nullable=False, server_default="0"),  # how many of its warnings were given
    instant("next_warning_at"),
    instant("paused_at"),
    Column("paused_seconds", Integer, nullable=False, server_default="0"),
    Column("paused_days", Integer, nullable=False, server_default="0"),  # working days
    instant("met_at"),
    instant("breached_at"),
    instant("dropped_at"),  # nobody owes it any more
    Index("deadlines_work_order_id_kind_turn_key", "work_order_id", "kind", "turn", unique=True),
    Index("deadlines_due_idx", "due_at", postgresql_where=UNNOTICED),
    Index("deadlines_owed_idx", "kind", postgresql_where=text("met_at IS NULL AND dropped_at IS NULL")),
    Index("deadlines_warning_idx", "next_warning_at", postgresql_where=text("next_warning_at IS NOT NULL")),
)

plan_tasks = Table(
    "plan_tasks",
    metadata,
    big_id(),
    reference("work_order_id", "work_orders.id", nullable=False, index=False),
    required("task"),
    required("owner"),  # a role
    instant("due_at", nullable=False),
    instant("done_at"),
    reference("done_account_id", "accounts.id"),
    Column("done_by", Text),
    Column("note", Text, nullable=False, server_default=""),
    instant("breached_at"),  # it ran out, and its owner and the centre were told
    instant("dropped_at"),  # its order ended, and nobody owes it any more
    Index("plan_tasks_work_order_id_task_key", "work_order_id", "task", unique=True),
    Index("plan_tasks_due_idx", "due_at", postgresql_where=text("done_at IS NULL AND breached_at IS NULL AND dropped_at IS NULL")),
    Index("plan_tasks_owed_idx", "work_order_id", postgresql_where=text("done_at IS NULL AND dropped_at IS NULL")),
)

calendar_days = Table(
    "calendar_days",
    metadata,
    Column("day", Date, primary_key=True),
    Column("working", Boolean, nullable=False),
    required("name"),
    required("source"),
)
