"""What a message says, in the platform's own terms: readings, events, and every reason to refuse one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from typing import Final

from domain.equipment.kind import EquipmentKind, Value, Values
from domain.errors import BadPayload

BEIJING: Final = timezone(timedelta(hours=8))  # Asia/Shanghai has had no other offset since 1992
FUTURE_LIMIT: Final = timedelta(minutes=10)
OLDEST: Final = datetime(2015, 1, 1, tzinfo=UTC)  # no device of the platform is older; 1970 is a dead clock
ENVELOPE: Final = frozenset({"registerNumber", "manufacturerCode", "leaveFactoryNumber", "samplingTime", "Package_Time", "ts", "msgId", "type", "plateNo", "coordType"})


class Reject(StrEnum):
    """Why a message went to quarantine; the locale key is `reject.<value>`."""

    NOT_JSON = "not_json"
    TOO_LARGE = "too_large"
    TOO_DEEP = "too_deep"
    NOT_AN_OBJECT = "not_an_object"
    BAD_TOPIC = "bad_topic"
    UNKNOWN_EQUIPMENT = "unknown_equipment"
    NOT_BOUND = "not_bound"  # the equipment belongs to another vendor
    CODE_MISMATCH = "code_mismatch"  # topic and payload name different equipment
    KIND_MISMATCH = "kind_mismatch"
    NO_TIME = "no_time"
    BAD_TIME = "bad_time"
    FUTURE = "future"
    TOO_OLD = "too_old"
    BAD_VALUE = "bad_value"
    NO_EVENT_ID = "no_event_id"
    BAD_PHASE = "bad_phase"
    UNMAPPED_CODE = "unmapped_code"
    CONFLICT = "conflict"  # another reading of the same second is stored


class Phase(StrEnum):
    """An event begins or ends; the vendors' own words."""

    ADD = "add"
    DISAPPEAR = "disappear"


@dataclass(frozen=True, slots=True)
class Reading:
    """One state of one machine; `values` are in the order of its kind's fields."""

    equipment_id: int
    kind: str
    vendor: str
    sampled_at: datetime
    received_at: datetime
    values: Values


@dataclass(frozen=True, slots=True)
class Event:
    """One word of a vendor about one machine. `code` is canonical, None where the vendor's code is unmapped."""

    equipment_id: int
    kind: str
    vendor: str
    event_id: str
    phase: Phase
    code: str | None
    vendor_code: str
    occurred_at: datetime
    received_at: datetime
    description: str
    person: bool | None


def parse_time(raw: object, *, at: datetime) -> datetime:
    """An aware UTC time from `yyyy-MM-dd HH:mm:ss` (Beijing), ISO 8601, or epoch milliseconds.

    Raises BadPayload(reason=NO_TIME | BAD_TIME | FUTURE | TOO_OLD); `at` is the receiving time.
    """
    if raw is None or raw == "":
        raise BadPayload(reason=Reject.NO_TIME)
    moment = _moment(raw)
    if moment > at + FUTURE_LIMIT:
        raise BadPayload(reason=Reject.FUTURE, value=str(raw))
    if moment < OLDEST:
        raise BadPayload(reason=Reject.TOO_OLD, value=str(raw))
    return moment


def _moment(raw: object) -> datetime:
    try:
        if isinstance(raw, int) and not isinstance(raw, bool):
            return datetime.fromtimestamp(raw / 1000, UTC)
        text = str(raw)
        if text.isdigit() and len(text) >= 12:
            return datetime.fromtimestamp(int(text) / 1000, UTC)
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=BEIJING)).astimezone(UTC)
    except (ValueError, OverflowError, OSError) as exc:
        raise BadPayload(reason=Reject.BAD_TIME, value=str(raw)[:64]) from exc


def parse_state(kind: EquipmentKind, body: Mapping[str, object], *, at: datetime) -> tuple[datetime, Values, tuple[str, ...]]:
    """(sampling time, values in field order, unknown keys) of a state body. Raises BadPayload."""
    sampled_at = parse_time(body.get("samplingTime") or body.get("ts") or body.get("Package_Time"), at=at)
    values: list[Value | None] = [None] * len(kind.fields)
    unknown = []
    by_wire = kind.by_wire
    for wire, raw in body.items():
        entry = by_wire.get(wire)
        if entry is None:
            if wire not in ENVELOPE:
                unknown.append(wire)
        elif raw is not None and raw != "" or wire == "driverId":
            position, field = entry
            try:
                values[position] = field.parse(raw if raw is not None else "")
            except (ValueError, OverflowError) as exc:
                raise BadPayload(reason=Reject.BAD_VALUE, field=wire, value=str(raw)[:64]) from exc
    return sampled_at, tuple(values), tuple(unknown)


def event_phase(raw: object) -> Phase:
    """add (also when not said) or disappear. Raises BadPayload."""
    try:
        return Phase(str(raw or Phase.ADD).lower())
    except ValueError as exc:
        raise BadPayload(reason=Reject.BAD_PHASE, value=str(raw)[:64]) from exc


def person_in(details: object) -> bool | None:
    """Whether an event's statusDetails say that somebody is inside; None when they do not say."""
    if not isinstance(details, list):
        return None
    for item in details:
        if isinstance(item, Mapping) and item.get("paramCode") == "Passenger_Status":
            word = str(item.get("paramValue")).strip().lower()
            return True if word in {"true", "1"} else False if word in {"false", "0"} else None
    return None
