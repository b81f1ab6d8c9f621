"""Who can be sent: teams at their points (维保驻点), who is on duty, and what a unit is licensed for."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Date, Double, Index, SmallInteger, Table, Text
from sqlalchemy.dialects.postgresql import ARRAY

from data_access.tables.base import big_id, demo, instant, metadata, reference, required, small_id

response_teams = Table(
    "response_teams",
    metadata,
    small_id(),
    reference("organization_id", "organizations.id", nullable=False),
    Column("name", Text, nullable=False, unique=True),
    Column("lng", Double),
    Column("lat", Double),
    Column("phone", Text, nullable=False, server_default=""),
    Column("capacity", SmallInteger, nullable=False, server_default="2"),  # orders at a time
    demo(),
    instant("closed_at"),
)

duty_shifts = Table(
    "duty_shifts",
    metadata,
    big_id(),
    required("post"),  # leader 值班领导, officer 值班员, team
    reference("team_id", "response_teams.id"),
    reference("account_id", "accounts.id"),
    required("name"),
    Column("phone", Text, nullable=False, server_default=""),
    instant("starts_at", nullable=False),
    instant("ends_at", nullable=False),
    demo(),
    CheckConstraint("ends_at > starts_at", name="order"),
    Index("duty_shifts_post_starts_at_idx", "post", "starts_at"),
)

licences = Table(
    "licences",
    metadata,
    big_id(),
    reference("organization_id", "organizations.id", nullable=False),
    required("number"),
    Column("kinds", ARRAY(Text), nullable=False, server_default="{}"),  # of equipment
    Column("valid_from", Date, nullable=False),
    Column("valid_until", Date, nullable=False),
    demo(),
    Index("licences_organization_id_number_key", "organization_id", "number", unique=True),
)
