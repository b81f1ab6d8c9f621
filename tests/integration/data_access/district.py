"""What the tests of this folder make their rows of."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from data_access.repositories.alarms import Raised
from domain.equipment import KINDS
from domain.equipment.kind import Value, Values
from domain.scope import ALL, Role, Scope
from domain.telemetry import Event, Phase, Reading
from tests.readings_fixture import State

AT = datetime(2026, 11, 20, 6, 30, tzinfo=UTC)  # 14:30 in Shanghai
STREETS = (("310107901", "长风试验街道"), ("310107902", "甘泉试验街道"), ("310107903", "真如试验镇"))

DISTRICT = Scope(Role.BUREAU, ALL, None, ALL)


def machine(**columns: Any) -> dict[str, Any]:
    """A row of the register."""
    return {"code": "code-1", "kind": "elevator", "name": "甲苑1号楼电梯", "address": "石泉路1号", "lng": 121.4, "lat": 31.2} | columns


def street(code: str, name: str) -> dict[str, Any]:
    """A row of the streets."""
    return {"code": code, "name": name, "kind": "street", "lng": 121.4, "lat": 31.2, "area_km2": 3.0, "geometry": None}


def values(kind: str = "elevator", **fields: Value | None) -> Values:
    """A reading's values; what is not named is absent."""
    return tuple(fields.get(field.key) for field in KINDS[kind].fields)


def reading(equipment_id: int, at: datetime, *, kind: str = "elevator", vendor: str = "xzl", **fields: Value | None) -> Reading:
    """One reading that arrived at once."""
    return Reading(equipment_id, kind, vendor, at, at, values(kind, **fields))


def state(equipment_id: int, at: datetime, *, kind: str = "elevator", presence: str = "online", **fields: Value | None) -> State:
    """The state that reading leads to."""
    return State(equipment_id, kind, "xzl", at, at, values(kind, **fields), 5.0, presence)


def event(event_id: str, *, equipment_id: int = 1, phase: Phase = Phase.ADD, at: datetime = AT, description: str = "困人") -> Event:
    """A vendor's word."""
    return Event(equipment_id, "elevator", "xzl", event_id, phase, "7", "7", at, at, description, None)


def raised(
    equipment_id: int,
    family: str = "entrapment",
    *,
    category: str = "entrapment",
    level: str = "entrapment",
    at: datetime = AT,
    **more: Any,
) -> Raised:
    """One occurrence."""
    given = {"rule": f"{family}_rule", "urgent": False, "reason": level, "source": "rule"} | more
    return Raised(equipment_id=equipment_id, family=family, category=category, level=level, raised_at=at, detected_at=at, **given)
