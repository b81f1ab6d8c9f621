"""The register (设备台账): one row per machine or pipeline, of every kind."""

from __future__ import annotations

from sqlalchemy import REAL, Boolean, Column, Date, Double, Index, SmallInteger, Table, Text, false, func, text, true
from sqlalchemy.dialects.postgresql import ARRAY

from data_access.tables.base import INSTANT, JSON, demo, metadata, reference, required, small_id

equipment = Table(
    "equipment",
    metadata,
    small_id(),
    Column("code", Text, nullable=False, unique=True),  # 注册代码
    required("kind"),
    required("name"),
    required("pinyin"),  # initials, lower case
    Column("sort_key", Text(collation="C"), nullable=False),  # full pinyin
    required("search_key"),  # what a search looks through; see data_access.words
    Column("category_code", Text),  # 特种设备目录
    reference("site_id", "sites.id"),
    reference("street_code", "streets.code"),
    Column("residential", Boolean, nullable=False, server_default=false()),
    Column("place_kind", Text, nullable=False, server_default="other"),
    Column("address", Text, nullable=False, server_default=""),
    Column("add_on", Boolean, nullable=False, server_default=false()),  # 加装电梯
    Column("monitor_vendor", Text, index=True),
    Column("gateway", Text),  # 监测网关: machines of one stand and fall together
    Column("lng", Double),  # WGS-84
    Column("lat", Double),
    reference("use_unit_id", "organizations.id"),
    reference("maintenance_unit_id", "organizations.id"),
    reference("maker_id", "organizations.id"),
    reference("installer_id", "organizations.id"),
    Column("model", Text),
    Column("factory_number", Text),
    Column("made_on", Date),
    Column("installed_on", Date),
    Column("registered_on", Date),
    Column("use_certificate", Text),
    Column("rated_speed", REAL),  # m/s
    Column("rated_load", REAL),  # kg
    Column("floors", SmallInteger),
    Column("stops", SmallInteger),
    Column("lift_height", REAL),  # m
    Column("length_km", REAL),  # pipelines
    Column("indoor", Boolean, nullable=False, server_default=false()),
    Column("has_belt", Boolean, nullable=False, server_default=true()),
    Column("fence", ARRAY(Double)),  # west, south, east, north
    Column("use_status", Text, nullable=False, server_default="in_use"),
    Column("last_inspected_on", Date),
    Column("inspection_result", Text),
    Column("next_inspection_on", Date),
    Column("last_maintained_on", Date),
    Column("next_maintenance_on", Date),
    Column("maintenance_contract_until", Date),
    Column("assessed_on", Date),
    Column("overhauled_on", Date),
    Column("renovated_on", Date),
    Column("extra", JSON, nullable=False, server_default=text("'{}'")),
    demo(),
    Column("created_at", INSTANT, nullable=False, server_default=func.now()),
    Column("updated_at", INSTANT, nullable=False, server_default=func.now()),
    Index("equipment_kind_idx", "kind"),
    Index("equipment_sort_key_idx", "sort_key", "id"),
)
