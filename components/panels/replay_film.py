"""The film's frames as plain values for `assets/60-film.js`: what stands where at each reading, and the marks on the time line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from math import cos, radians
from typing import Any, Final

from components.panels import replay_words
from components.panels.dossier_history import floor_number
from domain.equipment import KINDS
from domain.equipment.elevator import DIRECTIONS, DOOR_STATUSES, RUNNING
from domain.equipment.kind import EquipmentKind
from domain.explanation import Why
from locales import label, number, t
from locales.times import SHANGHAI, moment_of

DOORS: Final = {"closed": 0.0, "locked": 0.0, "not_fully_closed": 0.2, "closing": 0.5, "opening": 0.5, "open": 1.0}
"""How far the doors stand open in the drawing."""
DIRECTION_SIGNS: Final = {"up": 1, "down": -1, "none": 0}
DEGREE: Final = 111_320.0  # metres of latitude; of longitude at the equator
SHOWN_WORDS: Final = ("play", "pause", "frame", "nothing", "late")
Values = Sequence[Any]


def drawing(rows: Mapping[str, Any]) -> dict[str, object]:
    """`rows`: a `services.films.Film`."""
    kind = KINDS[rows["alarm"]["kind"]]
    zero = moment_of(rows["alarm"]["raised_at"])
    said = [one["values"] for one in rows["readings"]]
    return {
        "id": rows["alarm"]["id"],
        "kind": kind.key,
        "since": offset(rows["since"], zero),
        "until": offset(rows["until"], zero),
        "start": offset(rows["began_at"], zero) if rows["began_at"] else offset(rows["since"], zero) / 2,
        "zero": zero.isoformat(),
        "fields": [{"wire": field.wire, "label": t(f"field.{field.key}")} for field in kind.fields],
        "frames": [frame(one, kind, zero) for one in rows["readings"]],
        "floors": floors(said, kind),
        "fence": fence(rows["fence"]),
        "marks": _marks(rows, zero),
        "words": words(),
    }


def words() -> dict[str, str]:
    """What the script says itself."""
    return {name: t(f"film.{name}") for name in SHOWN_WORDS}


def frame(one: Mapping[str, Any], kind: EquipmentKind, zero: datetime) -> dict[str, object]:
    """One reading: its times, its words by field, the figures to draw, and what each rule made of it."""
    values: Values = one["values"]
    said = [None if value is None else replay_words.spoken(field, value) for field, value in zip(kind.fields, values, strict=True)]
    return {
        "t": offset(one["at"], zero),
        "clock": clock(one["at"]),
        "received": clock(one["received_at"]),
        "delay": number(one["delay"], 1, "s"),
        "late": one["late"],
        "said": said,
        "rules": [_rule(account, kind) for account in one["accounts"]],
        **(_car(values, kind) if "car_status" in kind.position else _truck(values, kind)),
    }


def offset(moment: object, zero: datetime) -> float:
    """Seconds from the raise."""
    return round((moment_of(moment) - zero).total_seconds(), 3)


def clock(moment: object) -> str:
    """The time of day in Shanghai, to the second."""
    return moment_of(moment).astimezone(SHANGHAI).strftime("%H:%M:%S")


def floors(said: Sequence[Values], kind: EquipmentKind) -> list[dict[str, object]]:
    """The floors that occur, lowest first, by where they lie."""
    if "floor" not in kind.position:
        return []
    names = {floor_number(values[kind.position["floor"]]): values[kind.position["floor"]] for values in said}
    return [{"n": place, "name": str(names[place])} for place in sorted(place for place in names if place is not None)]


def metres(lng: float, lat: float) -> tuple[float, float]:
    """A place in metres east and north, good for the length of a yard."""
    return round(lng * DEGREE * cos(radians(lat)), 1), round(lat * DEGREE, 1)


def fence(corners: Sequence[float] | None) -> list[float] | None:
    """The fence in the same metres: west, south, east, north."""
    if corners is None:
        return None
    west, south, east, north = corners
    return [*metres(west, south), *metres(east, north)]


def _rule(account: Mapping[str, Any], kind: EquipmentKind) -> dict[str, object]:
    held, needed = float(account["held"]), float(account["needed"])
    gathering = account["why"] in (Why.GATHERING, Why.COUNTING, Why.RAISED)
    return {
        "name": label("rule", account["rule"]),
        "words": replay_words.said(account, kind),
        "tone": replay_words.TONES.get(account["why"], "none"),
        "share": min(held / needed, 1.0) if needed and gathering else 1.0 if account["why"] == Why.RAISED else 0.0,
    }


def _car(values: Values, kind: EquipmentKind) -> dict[str, object]:
    def told(key: str) -> Any:
        return values[kind.position[key]]

    status, shut, direction = told("door_status"), told("door_closed"), told("direction")
    door = DOORS.get(DOOR_STATUSES[int(status)]) if status else None
    return {
        "floor": floor_number(told("floor")),
        "floor_name": "—" if told("floor") is None else str(told("floor")),
        "door": door if door is not None or shut is None else 0.0 if shut else 1.0,
        "passenger": told("passenger"),
        "direction": 0 if direction is None else DIRECTION_SIGNS[DIRECTIONS[int(direction)]],
        "moving": told("car_status") == RUNNING,
        "speed": "—" if told("speed") is None else number(abs(told("speed")), 2, "m/s"),
    }


def _truck(values: Values, kind: EquipmentKind) -> dict[str, object]:
    lng, lat, speed, load = (values[kind.position[key]] for key in ("lng", "lat", "speed", "load"))
    return {
        "place": None if lng is None or lat is None else metres(lng, lat),
        "speed": "—" if speed is None else number(speed, 1, "km/h"),
        "load": "—" if load is None else number(load, 0, "kg"),
    }


def _marks(rows: Mapping[str, Any], zero: datetime) -> list[dict[str, object]]:
    """Where the evidence began, the rule's holds, the raise, the end, and the vendor's words."""
    alarm = rows["alarm"]
    marks = [
        {"t": offset(word["at"], zero), "kind": "word", "tone": "info",
         "words": t("replay.word", what=label("rule", alarm["rule"]) if word["outcome"] == "open" else word["vendor_code"],
                    phase=label("phase", word["phase"]))}
        for word in rows["words"]
    ]  # fmt: skip
    holds = [
        {"t": offset(one["since"], zero), "until": offset(one["until"], zero), "kind": "hold", "tone": "warn",
         "words": t("replay.hold", rule=label("rule", rule["key"]))}
        for rule in rows["rules"] for one in rule["stretches"] if one["account"]["why"] in (Why.GATHERING, Why.COUNTING)
    ]  # fmt: skip
    began = [{"t": offset(rows["began_at"], zero), "kind": "began", "tone": "warn", "words": t("replay.began")}] if rows["began_at"] else []
    raised = [{"t": 0.0, "kind": "raised", "tone": "crit", "words": t("replay.raised")}]
    cleared = alarm["cleared_at"]
    inside = cleared is not None and offset(cleared, zero) <= offset(rows["until"], zero)
    ended = [{"t": offset(cleared, zero), "kind": "cleared", "tone": "ok", "words": t("replay.cleared")}] if inside else []
    return [*holds, *marks, *began, *raised, *ended]
