"""Outages: monitors lost together, and which. A member's row ends when the machine is back, or is no longer watched."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Index, Integer, PrimaryKeyConstraint, Table, Text, text

from data_access.tables.base import big_id, instant, metadata, reference, required

OPEN = text("ended_at IS NULL")

outages = Table(
    "outages",
    metadata,
    big_id(),
    required("cause"),  # domain.outages.Cause
    required("name"),  # of the gateway, the site's number, the vendor; "" is the platform itself
    Column("vendor", Text),  # where all members are one's
    reference("site_id", "sites.id"),
    reference("street_code", "streets.code"),  # where all members stand in one
    instant("started_at", nullable=False),  # the device's time of the last word
    instant("detected_at", nullable=False),  # our clock
    instant("last_back_at"),
    instant("ended_at"),
    Column("lost_count", Integer, nullable=False, server_default="0"),
    Column("back_count", Integer, nullable=False, server_default="0"),
    CheckConstraint("cause IN ('gateway', 'site', 'power', 'vendor', 'platform')", name="cause"),
    Index("outages_open_key", "cause", "name", unique=True, postgresql_where=OPEN),
    Index("outages_started_at_idx", text("started_at DESC"), text("id DESC")),
)

# At most one open outage a machine: back_at is when it spoke again, ended_at also when it is waited for no longer.
outage_members = Table(
    "outage_members",
    metadata,
    reference("outage_id", "outages.id", nullable=False, index=False),
    reference("equipment_id", "equipment.id", nullable=False),
    instant("lost_at", nullable=False),
    instant("back_at"),
    instant("ended_at"),
    PrimaryKeyConstraint("outage_id", "equipment_id"),
    Index("outage_members_open_key", "equipment_id", unique=True, postgresql_where=OPEN),
)
