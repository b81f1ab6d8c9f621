"""Work orders (工单), every step taken with them, who reported them, and what they are part of."""

from __future__ import annotations

from sqlalchemy import Boolean, CheckConstraint, Column, Double, ForeignKey, Index, Integer, SmallInteger, Table, Text, false, text

from data_access.tables.base import JSON, big_id, instant, metadata, reference, required

OPEN = text("closed_at IS NULL")

incident_groups = Table(
    "incident_groups",
    metadata,
    big_id(),
    required("cause"),  # power_cut, many_trapped, district_trapped
    required("name"),
    Column("street_code", Text, ForeignKey("streets.code"), index=True),
    Column("lng", Double),
    Column("lat", Double),
    instant("opened_at", nullable=False),
    instant("last_at", nullable=False),
    instant("closed_at"),
    Index("incident_groups_open_idx", text("opened_at DESC"), postgresql_where=OPEN),
)

work_orders = Table(
    "work_orders",
    metadata,
    big_id(),
    Column("number", Text, nullable=False, unique=True),
    required("kind"),
    Column("level", Text),
    Column("urgent", Boolean, nullable=False, server_default=false()),
    required("status"),
    Column("reason", Text),  # why it has its level: domain.response.ResponseReason
    Column("cause", Text, nullable=False, server_default=""),  # the family of alarms, or the trigger
    Column("cause_key", Text, nullable=False),  # one open order a cause
    reference("equipment_id", "equipment.id"),
    reference("street_code", "streets.code"),
    reference("alarm_id", "alarms.id"),
    reference("use_unit_id", "organizations.id"),
    reference("unit_id", "organizations.id"),  # who is to act
    reference("team_id", "response_teams.id"),
    reference("assignee_id", "accounts.id"),
    reference("master_id", "work_orders.id"),  # the order that this one repeats
    reference("group_id", "incident_groups.id"),
    Column("suspended", Boolean, nullable=False, server_default=false()),
    Column("bounced", Integer, nullable=False, server_default="0"),
    Column("completed_by_id", Integer),
    Column("rating", SmallInteger),
    Column("count", Integer, nullable=False, server_default="1"),  # occurrences gathered in it
    Column("drill", Boolean, nullable=False, server_default=false()),
    Column("detail", JSON, nullable=False, server_default=text("'{}'")),
    Column("seq", Integer, nullable=False),  # of its newest event
    instant("opened_at", nullable=False),
    instant("occurred_at", nullable=False),  # when it began: how long a person is inside counts from it
    instant("unowned_since"),  # since when nobody has it
    instant("changed_at", nullable=False),
    instant("closed_at"),
    Index("work_orders_open_alarm_key", "alarm_id", unique=True, postgresql_where=OPEN),
    Index("work_orders_open_cause_key", "cause_key", unique=True, postgresql_where=OPEN),
    Index("work_orders_opened_at_idx", text("opened_at DESC"), text("id DESC")),
    Index("work_orders_cause_key_idx", "cause_key"),
    Index("work_orders_rated_idx", "id", postgresql_where=text("rating IS NOT NULL")),
    Index("work_orders_open_idx", text("opened_at DESC"), text("id DESC"), postgresql_where=OPEN),
)

work_order_events = Table(
    "work_order_events",
    metadata,
    big_id(),
    reference("work_order_id", "work_orders.id", nullable=False, index=False),
    Column("seq", Integer, nullable=False),  # 1, 2, 3 … without a gap
    required("action"),
    Column("from_status", Text),  # null: the opening
    required("to_status"),
    required("hand"),  # the role, or "system"
    reference("account_id", "accounts.id"),
    Column("actor", Text, nullable=False, server_default=""),
    Column("organization_id", Integer),
    Column("reason", Text),
    Column("proof", JSON),
    instant("at", nullable=False),
    Index("work_order_events_work_order_id_seq_key", "work_order_id", "seq", unique=True),
    Index("work_order_events_at_idx", "at"),
)

incident_sources = Table(
    "incident_sources",
    metadata,
    big_id(),
    reference("work_order_id", "work_orders.id", nullable=False),
    required("channel"),  # automatic 自动, active 主动, passive 被动
    required("source"),  # iot, app, button, 110, 119, property, phone
    reference("alarm_id", "alarms.id"),
    Column("reporter", Text, nullable=False, server_default=""),
    Column("phone", Text, nullable=False, server_default=""),
    Column("words", Text, nullable=False, server_default=""),
    reference("account_id", "accounts.id"),
    instant("at", nullable=False),
    CheckConstraint("channel IN ('automatic', 'active', 'passive')", name="channel"),
    Index("incident_sources_order_alarm_key", "work_order_id", "alarm_id", unique=True),
)
