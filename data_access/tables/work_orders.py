"""Work orders (工单), their history and the notifications about them."""

from __future__ import annotations

from sqlalchemy import Column, Index, Table, Text, text

from data_access.tables.base import JSON, big_id, instant, metadata, reference, required

work_orders = Table(
    "work_orders",
    metadata,
    big_id(),
    Column("number", Text, nullable=False, unique=True),
    required("kind"),
    Column("level", Text),
    required("status"),
    reference("equipment_id", "equipment.id"),
    reference("alarm_id", "alarms.id"),
    instant("opened_at", nullable=False),
    instant("closed_at"),
    Index("work_orders_open_alarm_key", "alarm_id", unique=True, postgresql_where=text("closed_at IS NULL")),
)

work_order_events = Table(
    "work_order_events",
    metadata,
    big_id(),
    reference("work_order_id", "work_orders.id", nullable=False),
    required("action"),
    Column("from_status", Text),
    required("to_status"),
    reference("account_id", "accounts.id"),
    Column("reason", Text),
    Column("proof", JSON),
    instant("at", nullable=False),
)

notifications = Table(
    "notifications",
    metadata,
    big_id(),
    reference("work_order_id", "work_orders.id", nullable=False, index=False),
    required("channel"),
    required("recipient"),
    required("status"),
    instant("created_at", nullable=False),
    Index("notifications_work_order_id_recipient_key", "work_order_id", "recipient", unique=True),
)
