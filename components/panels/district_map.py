"""What the map shows: the device file, a status per device, the streets' shades, alarms, the newest entrapment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any

from dash import html

from components import theme
from components.layout import panel
from components.links import equipment
from components.map import desk_map, wall_map
from components.nodes import Leaves
from components.panels.order_rows import clock, holder, title
from components.panels.streets import open_alarms
from components.shell import Reader
from domain.order_words import OrderKind
from locales import label, number, t
from locales.times import moment_of

NAME = "map"
SHADES = 6
PINS = 200
GRAVE = ("entrapment", "emergency")


def frame_wall(reader: Reader) -> html.Section:
    """The centre of the wall."""
    return panel(NAME, wall_map(reader), bare=True)


def frame_desk(reader: Reader) -> html.Section:
    """The working map."""
    return panel(NAME, desk_map(reader), bare=True)


def update(rows: Mapping[str, Any], *, at: datetime) -> Leaves:
    """`rows`: devices (address of the column file), status, streets, alarms (gravest first), the orders that make a machine critical,
    positions of what moves.
    """
    alarmed = {row["equipment_id"] for row in rows["alarms"]}
    unheard = [row for row in rows["orders"] if row["equipment_id"] not in alarmed]
    return {
        "map": {
            "map": {
                "devices": rows["devices"],
                "status": rows["status"],
                "streets": _streets(rows["streets"]),
                "alarms": [_pin(row) for row in (*unheard, *rows["alarms"])[:PINS]],
                "moved": [[row["equipment_id"], row["lng"], row["lat"]] for row in rows["positions"]],
                "callout": _callout(rows, {row["code"]: row["name"] for row in rows["streets"] if row["code"]}),
            }
        }
    }


def _pin(row: Mapping[str, Any]) -> dict[str, object]:
    """The place of an alarm, or of an order that no alarm stands behind."""
    tone = theme.alarm_tone(row["level"], urgent=row["urgent"])
    return {"id": row["equipment_id"], "lng": row["lng"], "lat": row["lat"], "tone": tone}


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


def _callout(rows: Mapping[str, Any], streets: Mapping[str, str]) -> dict[str, object] | None:
    """The newest person inside or in danger: by the order, which says who has it and which clock runs, else by the alarm.

    A grave order about no person, as of a power cut all over a street, has its turn where nobody is inside.
    """
    ordered = {row["equipment_id"] for row in rows["orders"]}
    waiting = [row for row in rows["orders"] if row["level"] in GRAVE and row["status"] != "completed"]
    unanswered = [row for row in rows["alarms"] if row["level"] in GRAVE and row["equipment_id"] not in ordered]
    told = [
        *((row["kind"] == OrderKind.RESCUE.value, moment_of(row["occurred_at"]), _of_order(row)) for row in waiting),
        *((True, moment_of(row["raised_at"]), _of_alarm(row)) for row in unanswered),
    ]
    if not told:
        return None
    *_, newest = max(told, key=itemgetter(0, 1))
    street = streets.get(newest.pop("street") or "", t("street.none"))
    return newest | {"where": f"{street} · {newest['where']}"}


def _of_order(row: Mapping[str, Any]) -> dict[str, Any]:
    note = f"{label('level', row['level'])} · {row['number']} · {holder(row)}"
    return _said(row, title=title(row), since=row["occurred_at"], note=note) | {"clock": clock(row["clock"])}


def _of_alarm(row: Mapping[str, Any]) -> dict[str, Any]:
    return _said(row, title=label("rule", row["family"]), since=row["raised_at"], note=label("level", row["level"]))


def _said(row: Mapping[str, Any], **words: str) -> dict[str, Any]:
    place = {"street": row["street_code"], "where": row["name"], "href": equipment(row["code"]), "lng": row["lng"], "lat": row["lat"]}
    return place | words
