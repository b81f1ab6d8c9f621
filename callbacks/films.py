"""What the films ask of the store: one alarm's replay, and where a truck has been."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any, Final

from callbacks.figures import street_names
from data_access.engine import Tx
from data_access.queries import equipment, readings, replay
from domain.scope import Scope
from services import films

LARGEST_ALARM: Final = 2**63 - 1
TRACK_HOURS: Final = (1, 24)
TRACK_POINTS: Final = 1_000


def alarm(scope: Scope, tx: Tx, *, at: datetime, alarm: str = "") -> Any:
    """One alarm's film with the names of its street, or None."""
    number = int(alarm) if alarm.isascii() and alarm.isdecimal() and len(alarm) < 19 else 0
    film = films.of_alarm(scope, tx, alarm_id=min(number, LARGEST_ALARM), at=at)
    if film is None:
        return None
    return {field.name: getattr(film, field.name) for field in fields(film)} | {"streets": street_names(scope, tx)}


def track(scope: Scope, tx: Tx, *, at: datetime, code: str = "", track: str = "") -> Any:
    """Where a machine that moves has been in the last hour, or day; None where there is no such machine."""
    found = equipment.by_code(scope, tx, code=code)
    if found is None:
        return None
    hours = next((span for span in TRACK_HOURS if str(span) == track), TRACK_HOURS[0])
    shown = {"code": code, "kind": found.kind, "hours": hours, "moves": found.kind in readings.MOVING}
    if not shown["moves"]:
        return shown | {"fence": None, "readings": []}
    span = timedelta(hours=hours)
    step = span.total_seconds() / TRACK_POINTS
    rows = readings.history_rows(scope, tx, equipment_id=found.id, since=at - span, until=at, every_seconds=step)
    machine = replay.machine(scope, tx, equipment_id=found.id)
    return shown | {"fence": machine.subject.fence if machine else None, "readings": [tuple(row) for row in rows]}
