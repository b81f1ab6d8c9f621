"""Units (单位): users, maintainers, makers, installers, inspection bodies."""

from __future__ import annotations

from sqlalchemy import Column, Index, Table, Text

from data_access.tables.base import demo, metadata, required, small_id

organizations = Table(
    "organizations",
    metadata,
    small_id(),
    required("name"),
    Column("credit_code", Text, unique=True),  # 统一社会信用代码
    required("kind"),
    required("pinyin"),
    demo(),
    Index("organizations_name_idx", "name"),
)
