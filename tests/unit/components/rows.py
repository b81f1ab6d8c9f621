"""Rows as the cache hands them to panels."""

from __future__ import annotations

from typing import Any


def alarm(**changes: Any) -> dict[str, Any]:
    """An open, unacknowledged entrapment."""
    row = {
        "id": 7,
        "equipment_id": 3,
        "code": "31103101072013030012",
        "name": "听涛苑1号梯",
        "kind": "elevator",
        "street_code": "310107014",
        "site": "听涛苑",
        "address": "金沙江路1号",
        "lng": 121.4,
        "lat": 31.23,
        "family": "entrapment",
        "rule": "entrapment_level",
        "category": "entrapment",
        "level": "entrapment",
        "urgent": True,
        "reason": "entrapment",
        "source": "event",
        "raised_at": "2026-11-20T06:00:00+00:00",
        "detected_at": "2026-11-20T06:00:01+00:00",
        "cleared_at": None,
        "acknowledged_at": None,
        "acknowledged_by": None,
        "acknowledgement_note": None,
        "verdict": None,
        "vendor": "xzl",
        "occurrences": 1,
        "last_occurred_at": "2026-11-20T06:00:00+00:00",
        "person": True,
    }
    return row | changes


def street(**changes: Any) -> dict[str, Any]:
    """A quiet street."""
    row = {
        "code": "310107014",
        "name": "长风新村街道",
        "lng": 121.39,
        "lat": 31.227,
        "area_km2": 5.8,
        "equipment": 1632,
        "monitored": 782,
        "online": 500,
        "minor_fault": 0,
        "entrapment": 0,
        "emergency": 0,
        "urgent": 0,
    }
    return row | changes


def feed(**changes: Any) -> dict[str, Any]:
    """A vendor that speaks."""
    row = {
        "name": "xzl",
        "title": "迅智联",
        "connected": True,
        "heartbeat_at": "2026-11-20T06:04:55+00:00",
        "last_message_at": "2026-11-20T06:04:59+00:00",
        "devices": 3373,
        "online": 3300,
        "messages": 3500,
        "pause_seconds": 10.0,
    }
    return row | changes


PRESENCE = {"not_fitted": 12, "never": 0, "online": 280, "silent": 3, "offline": 5, "unknown": 0, "disused": 0}
STATUS = {
    "normal": 9000,
    "warning": 6,
    "critical": 2,
    "offline": 30,
    "silent": 8,
    "unknown": 7,
    "not_fitted": 4450,
    "never": 600,
    "disused": 12,
}


def texts(drawing: Any) -> list[str]:
    """Every text a drawing shows."""
    if isinstance(drawing, str):
        return [drawing]
    if isinstance(drawing, dict):
        own = [drawing["text"]] if isinstance(drawing.get("text"), str) else []
        return own + [text for key in ("nodes", "kids") for kid in drawing.get(key) or [] for text in texts(kid)]
    return []


def found(drawing: Any, name: str) -> list[Any]:
    """Every value of one property in a drawing's elements, in order."""
    own = [drawing[name]] if name in drawing else []
    return own + [value for key in ("nodes", "kids") for kid in drawing.get(key) or [] for value in found(kid, name)]
