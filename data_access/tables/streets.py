"""The ten streets and towns (街道/镇)."""

from __future__ import annotations

from sqlalchemy import Column, Double, Table, Text

from data_access.tables.base import JSON, metadata, required

streets = Table(
    "streets",
    metadata,
    Column("code", Text, primary_key=True),  # 行政区划代码, 9 digits
    required("name"),
    required("kind"),  # street 街道, town 镇
    Column("sort_key", Text(collation="C"), nullable=False),
    Column("lng", Double, nullable=False),
    Column("lat", Double, nullable=False),
    Column("area_km2", Double, nullable=False),
    Column("geometry", JSON),
)
