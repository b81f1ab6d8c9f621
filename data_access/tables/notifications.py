"""Who is told of an order: one row an order and recipient, its messages, copies to streets, voice prompts to devices, publicity."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, ForeignKey, Index, Integer, SmallInteger, Table, Text, false, text

from data_access.tables.base import JSON, big_id, instant, metadata, reference, required

notifications = Table(
    "notifications",
    metadata,
    big_id(),
    reference("work_order_id", "work_orders.id", nullable=False, index=False),
    required("channel"),
    required("recipient"),  # "role:bureau", "unit:17", "street:310107005", "account:3", "phone:…"
    required("status"),  # of its newest message
    instant("created_at", nullable=False),
    Index("notifications_work_order_id_recipient_key", "work_order_id", "recipient", unique=True),
    Index("notifications_recipient_idx", "recipient"),
)

notification_addresses = Table(
    "notification_addresses",
    metadata,
    big_id(),
    required("recipient"),
    required("channel"),  # sms, wecom, dingtalk, email, webhook
    required("address"),  # a phone number, a robot's key, a mailbox, a URL
    Column("rank", SmallInteger, nullable=False, server_default="1"),  # the lowest first, the next where that fails
    Index("notification_addresses_key", "recipient", "channel", "address", unique=True),
)

notification_messages = Table(
    "notification_messages",
    metadata,
    big_id(),
    reference("notification_id", "notifications.id", nullable=False),
    Column("key", Text, nullable=False, unique=True),  # idempotency: order, recipient, what happened
    required("template"),
    Column("words", JSON, nullable=False, server_default=text("'{}'")),
    Column("urgent", Boolean, nullable=False, server_default=false()),
    Column("drill", Boolean, nullable=False, server_default=false()),
    required("status"),  # queued, sent, delivered, read, failed, dead, collapsed
    Column("attempts", SmallInteger, nullable=False, server_default="0"),
    instant("created_at", nullable=False),
    instant("next_at", nullable=False),
    instant("sent_at"),
    instant("receipt_at"),
    Column("reference", Text),  # the gateway's own number of it
    Column("error", Text),
    Column("said", Text),  # the words that left; once tried, they stay the same
    Column("collapsed_into", BigInteger),
    CheckConstraint("status IN ('queued', 'sent', 'delivered', 'read', 'failed', 'dead', 'collapsed')", name="status"),
    Index("notification_messages_due_idx", "next_at", postgresql_where=text("status IN ('queued', 'failed')")),
    Index("notification_messages_dead_idx", "id", postgresql_where=text("status = 'dead'")),
    Index("notification_messages_sent_at_idx", "sent_at", postgresql_where=text("sent_at IS NOT NULL")),
    Index("notification_messages_created_at_idx", text("created_at DESC"), text("id DESC")),
)

order_copies = Table(
    "order_copies",
    metadata,
    big_id(),
    reference("work_order_id", "work_orders.id", nullable=False, index=False),
    Column("street_code", Text, ForeignKey("streets.code"), nullable=False, index=True),
    required("occasion"),  # found, handled
    instant("copied_at", nullable=False),
    instant("read_at"),
    reference("read_account_id", "accounts.id"),
    Column("read_by", Text),
    Index("order_copies_order_street_occasion_key", "work_order_id", "street_code", "occasion", unique=True),
)

device_commands = Table(
    "device_commands",
    metadata,
    big_id(),
    reference("work_order_id", "work_orders.id"),
    reference("equipment_id", "equipment.id", nullable=False),
    Column("key", Text, nullable=False, unique=True),  # what the device answers with
    required("prompt"),
    required("status"),  # domain.behaviour.CommandStatus
    instant("created_at", nullable=False),  # when that happened which it is about
    instant("sent_at"),
    instant("acknowledged_at"),
    Column("answer", JSON),  # every answer as it came; a refusal to run is evidence
    Index("device_commands_waiting_idx", "created_at", postgresql_where=text("status IN ('queued', 'sent')")),
)

publicity = Table(
    "publicity",
    metadata,
    big_id(),
    reference("site_id", "sites.id", nullable=False),
    required("behaviour"),
    Column("count", Integer, nullable=False),
    instant("since", nullable=False),
    instant("until", nullable=False),
    instant("done_at"),
    Column("done_by", Text),
    Column("note", Text, nullable=False, server_default=""),
    Index("publicity_site_id_behaviour_since_key", "site_id", "behaviour", "since", unique=True),
)
