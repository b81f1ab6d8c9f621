"""Sites (场所): the estate, mall or works where machines stand."""

from __future__ import annotations

from sqlalchemy import Column, Double, Table, Text

from data_access.tables.base import demo, metadata, reference, required, small_id

sites = Table(
    "sites",
    metadata,
    small_id(),
    Column("name", Text, nullable=False, unique=True),
    required("pinyin"),
    required("search_key"),
    reference("street_code", "streets.code"),
    required("place_kind"),
    required("address"),
    Column("lng", Double),
    Column("lat", Double),
    demo(),
)
