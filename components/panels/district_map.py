"""What the map shows: the device file, a status per device, the streets' shades, alarms, the newest entrapment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from dash import html

from components import theme
from components.layout import panel
from components.links import equipment
from components.map import desk_map, wall_map
from components.nodes import Leaves
from components.panels.streets import open_alarms
from components.shell import Reader
from locales import label, number, t

NAME = "map"
SHADES = 6
PINS = 200


def frame_wall(reader: Reader) -> html.Section:
    """The centre of the wall."""
    return panel(NAME, wall_map(reader), bare=True)


def frame_desk(reader: Reader) -> html.Section:
    """The working map."""
    return panel(NAME, desk_map(reader), bare=True)


def update(rows: Mapping[str, Any], *, at: datetime) -> Leaves:
    """`rows`: devices (address of the column file), status, streets, alarms (gravest first), positions of what moves."""
    alarms = [
        {
            "id": row["equipment_id"],
            "lng": row["lng"],
            "lat": row["lat"],
            "tone": theme.alarm_tone(row["level"], urgent=row["urgent"]),
        }
        for row in rows["alarms"][:PINS]
    ]
    return {
        "map": {
            "map": {
                "devices": rows["devices"],
                "status": rows["status"],
                "streets": _streets(rows["streets"]),
                "alarms": alarms,
                "moved": [[row["equipment_id"], row["lng"], row["lat"]] for row in rows["positions"]],
                "callout": _callout(rows["alarms"], {row["code"]: row["name"] for row in rows["streets"] if row["code"]}),
            }
        }
    }


def _streets(rows: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, object]]:
    """Six shades from the least to the most open alarms; equal counts get equal shades."""
    most = max(map(open_alarms, rows), default=0)
    return {
        row["code"]: {
            "shade": min(SHADES - 1, (SHADES * open_alarms(row)) // (most + 1)) if most else 0,
            "words": " · ".join(
                [t("map.devices", n=number(row["equipment"])), *([t("map.open", n=open_alarms(row))] if open_alarms(row) else [])]
            ),
        }
        for row in rows
        if row["code"]
    }


def _callout(alarms: Sequence[Mapping[str, Any]], streets: Mapping[str, str]) -> dict[str, object] | None:
    trapped = [row for row in alarms if row["level"] in ("entrapment", "emergency")]
    if not trapped:
        return None
    row = max(trapped, key=lambda one: one["raised_at"])
    return {
        "title": label("rule", row["family"]),
        "since": row["raised_at"],
        "where": f"{streets.get(row['street_code'], t('street.none'))} · {row['name']}",
        "note": label("level", row["level"]),
        "href": equipment(row["code"]),
        "lng": row["lng"],
        "lat": row["lat"],
    }
