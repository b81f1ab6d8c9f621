"""How the rule tests speak: readings by metric name, a time line in seconds, and what the rules said on it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from domain.alarms import RuleBook, Verdict, Watch, Word
from domain.equipment.kind import EquipmentKind, Subject, Value, Values

START = datetime(2026, 11, 20, 0, 0, tzinfo=UTC)
LIFT = Subject(equipment_id=1, rated_speed=2.0, rated_load=1000)
TRUCK = Subject(equipment_id=2, rated_load=3000, has_belt=True, indoor=False, fence=(121.40, 31.20, 121.42, 31.22))

QUIET_LIFT: Mapping[str, Value] = {
    "service_mode": 1,
    "car_status": 0,
    "direction": 0,
    "floor": "1",
    "door_zone": True,
    "door_status": 2,
    "door_closed": True,
    "hoistway_door": True,
    "passenger": False,
    "speed": 0.0,
    "machine_room_temperature": 25.0,
    "safety_circuit": False,
}
QUIET_TRUCK: Mapping[str, Value] = {
    "lng": 121.41,
    "lat": 31.21,
    "speed": 0.0,
    "load": 0.0,
    "rated_load": 3000.0,
    "ignition": True,
    "seat_occupied": True,
    "seatbelt": True,
    "driver": "N1-0001",
    "auth_method": 1,
    "work_minutes": 10.0,
    "impact": 0.1,
}
QUIET: Mapping[str, Mapping[str, Value]] = {"elevator": QUIET_LIFT, "forklift": QUIET_TRUCK}
SUBJECTS = {"elevator": LIFT, "forklift": TRUCK}

Line = Iterable[tuple[float, Values]]


def reading(kind: EquipmentKind, **said: Value | None) -> Values:
    """A quiet machine's reading, except for what is said; None leaves a metric out."""
    words = {**QUIET[kind.key], **said}
    assert words.keys() <= kind.position.keys()
    return tuple(words.get(field.key) for field in kind.fields)


def every(step: float, values: Values, *, since: float = 0, until: float) -> list[tuple[float, Values]]:
    """The same reading every `step` seconds, with one exactly at `until`."""
    count = int((until - since) / step)
    moments = [since + i * step for i in range(count + 1)]
    return [(moment, values) for moment in (moments if moments[-1] == until else [*moments, until])]


def judge(book: RuleBook, line: Line, *, subject: Subject, watch: Watch | None = None) -> tuple[Watch, list[Verdict]]:
    """The memory after the time line, and every verdict on it."""
    watch = watch or book.fresh()
    verdicts = []
    for moment, values in line:
        watch, said = book.evaluate(watch, subject, values=values, at=START + timedelta(seconds=moment))
        verdicts += said
    return watch, verdicts


def words(verdicts: Iterable[Verdict], rule: str) -> list[tuple[str, float]]:
    """The rule's RAISE and CLEAR verdicts with their second."""
    return [(v.word.value, (v.at - START).total_seconds()) for v in verdicts if v.rule == rule and v.word is not Word.HOLD]
