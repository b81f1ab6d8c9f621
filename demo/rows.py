"""The rows of the demonstration register, named as the columns of the database."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True)
class StreetRow:
    """One street or town."""

    code: str
    name: str
    kind: str
    lng: float
    lat: float
    area_km2: float
    geometry: dict[str, Any]


@dataclass(frozen=True, slots=True)
class OrganizationRow:
    """One invented unit; `kind` is use_unit, maintenance_unit, maker or installer."""

    id: int
    name: str
    credit_code: str
    kind: str
    demo: bool = True


@dataclass(frozen=True, slots=True)
class SiteRow:
    """One invented site (or a real metro station)."""

    id: int
    name: str
    street_code: str
    place_kind: str
    address: str
    lng: float
    lat: float
    demo: bool = True


@dataclass(frozen=True, slots=True)
class EquipmentRow:
    """One machine. Units as in the register: m/s, kg, m, km; dates are Shanghai dates."""

    id: int
    code: str
    kind: str
    name: str
    category_code: str
    site_id: int
    street_code: str
    residential: bool
    place_kind: str
    address: str
    lng: float
    lat: float
    use_unit_id: int
    maker_id: int
    installer_id: int | None
    model: str
    factory_number: str
    made_on: date
    installed_on: date
    registered_on: date
    use_certificate: str
    next_inspection_on: date
    last_inspected_on: date | None = None
    inspection_result: str | None = None
    maintenance_unit_id: int | None = None
    last_maintained_on: date | None = None
    next_maintenance_on: date | None = None
    maintenance_contract_until: date | None = None
    add_on: bool = False
    monitor_vendor: str | None = None
    gateway: str | None = None
    rated_speed: float | None = None
    rated_load: float | None = None
    floors: int | None = None
    stops: int | None = None
    lift_height: float | None = None
    length_km: float | None = None
    indoor: bool = False
    has_belt: bool = True
    fence: list[float] | None = None  # west, south, east, north
    use_status: str = "in_use"
    assessed_on: date | None = None
    overhauled_on: date | None = None
    renovated_on: date | None = None
    extra: dict[str, Any] = field(default_factory=dict)
    demo: bool = True


@dataclass(frozen=True, slots=True)
class District:
    """Everything the demonstration district is made of, ready to be written in this order."""

    seed: int
    streets: tuple[StreetRow, ...]
    organizations: tuple[OrganizationRow, ...]
    sites: tuple[SiteRow, ...]
    equipment: tuple[EquipmentRow, ...]
    vendors: tuple[tuple[str, str], ...]  # (name, title)
    vendor_codes: tuple[tuple[str, str, str], ...]  # (vendor, its code, canonical code)
