"""What a message says, in the platform's own terms: readings, events, and every reason to refuse one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from typing import Final

from domain.coordinates import Datum, Point, to_wgs84
from domain.equipment.kind import EquipmentKind, Flag, Label, Value, Values
from domain.errors import BadPayload

BEIJING: Final = timezone(timedelta(hours=8))  # Asia/Shanghai has had no other offset since 1992
FUTURE_LIMIT: Final = timedelta(minutes=10)
OLDEST: Final = datetime(2015, 1, 1, tzinfo=UTC)  # no device of the platform is older; 1970 is a dead clock
_PASSENGER: Final = Flag("passenger", "Passenger_Status")
SHOWN_LENGTH: Final = 64  # characters of a refused value or an unknown key that are kept
UNKNOWN_KEYS_KEPT: Final = 50  # per message
ENVELOPE: Final = frozenset(
    {
        "registerNumber",
        "manufacturerCode",
        "leaveFactoryNumber",
        "samplingTime",
        "Package_Time",
        "ts",
        "msgId",
        "type",
        "plateNo",
        "coordType",
    }
)


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


PHASES: Final = frozenset(Phase)


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
    channel: str = ""  # alarmChannel, as the city platform writes it: S01 … S05


def parse_time(raw: object, *, at: datetime) -> datetime:
    """An aware UTC time from `yyyy-MM-dd HH:mm:ss` (Beijing), ISO 8601, or epoch milliseconds.

    Raises BadPayload(reason=NO_TIME | BAD_TIME | FUTURE | TOO_OLD); `at` is the receiving time.
    """
    if raw is None or raw == "":
        raise BadPayload(reason=Reject.NO_TIME)
    moment = _moment(raw)
    if moment > at + FUTURE_LIMIT:
        raise BadPayload(reason=Reject.FUTURE, value=_shown(raw))
    if moment < OLDEST:
        raise BadPayload(reason=Reject.TOO_OLD, value=_shown(raw))
    return moment


def _moment(raw: object) -> datetime:
    try:
        if isinstance(raw, int) and not isinstance(raw, bool):
            return datetime.fromtimestamp(raw / 1000, UTC)
        if not isinstance(raw, str) or not raw.isascii():
            raise ValueError("not_a_time")
        text = raw.strip()
        if text.isdigit() and len(text) == len("1770000000000"):
            return datetime.fromtimestamp(int(text) / 1000, UTC)
        if len(text) < len("2026-11-20 08:15"):  # a bare date would silently be midnight
            raise ValueError("not_a_time")
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=BEIJING)).astimezone(UTC)
    except (ValueError, OverflowError, OSError) as exc:
        raise BadPayload(reason=Reject.BAD_TIME, value=_shown(raw)) from exc


def parse_state(kind: EquipmentKind, body: Mapping[str, object], *, at: datetime) -> tuple[datetime, Values, tuple[str, ...]]:
    """(sampling time, values in field order, unknown keys) of a state body. Raises BadPayload."""
    sampled_at = parse_time(body.get("samplingTime") or body.get("ts") or body.get("Package_Time"), at=at)
    values: list[Value | None] = [None] * len(kind.fields)
    unknown: list[str] = []
    by_wire = kind.by_wire
    for wire, raw in body.items():
        entry = by_wire.get(wire)
        if entry is None:
            if wire not in ENVELOPE and len(unknown) < UNKNOWN_KEYS_KEPT:
                unknown.append(_shown(wire))
            continue
        position, field = entry
        if raw is None or raw == "":
            values[position] = "" if isinstance(field, Label) and field.blank else None
            continue
        try:
            values[position] = field.parse(raw)
        except (ValueError, OverflowError) as exc:
            raise BadPayload(reason=Reject.BAD_VALUE, field=wire, value=_shown(raw)) from exc
    if "lng" in kind.position:
        _to_wgs84(kind, body.get("coordType"), values)
    return sampled_at, tuple(values), tuple(unknown)


def _to_wgs84(kind: EquipmentKind, coord_type: object, values: list[Value | None]) -> None:
    """Bring the position to WGS-84, which is also what a body without coordType means; 0, 0 is a receiver without a fix."""
    lng_at, lat_at = kind.position["lng"], kind.position["lat"]
    lng, lat = values[lng_at], values[lat_at]
    if lng is None or lat is None or (lng == 0 and lat == 0):
        values[lng_at] = values[lat_at] = None
        return
    try:
        datum = Datum(_shown(coord_type).replace("-", "").lower()) if coord_type else Datum.WGS84
        point = to_wgs84(Point(float(lng), float(lat)), datum)
    except ValueError as exc:
        raise BadPayload(reason=Reject.BAD_VALUE, field="coordType", value=_shown(coord_type)) from exc
    values[lng_at], values[lat_at] = kind.fields[lng_at].parse(point.lng), kind.fields[lat_at].parse(point.lat)


def _shown(raw: object) -> str:
    """A piece of foreign input that is safe to store and to show: short, printable, without NUL or lone surrogates."""
    if isinstance(raw, list | dict):
        return type(raw).__name__  # the text of a deep or a huge one costs too much
    if isinstance(raw, int) and raw.bit_length() > 256:  # str() refuses the really long ones
        return f"integer of {raw.bit_length()} bits"
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in str(raw)[:SHOWN_LENGTH])


def event_phase(raw: object) -> Phase:
    """add (also when not said) or disappear. Raises BadPayload."""
    if raw is None or raw == "":
        return Phase.ADD
    word = raw.strip().lower() if isinstance(raw, str) else ""
    if word not in PHASES:
        raise BadPayload(reason=Reject.BAD_PHASE, value=_shown(raw))
    return Phase(word)


def person_in(details: object) -> bool | None:
    """Whether an event's statusDetails say that somebody is inside; None when they do not say, or not clearly."""
    if not isinstance(details, list):
        return None
    for item in details:
        if isinstance(item, Mapping) and item.get("paramCode") == _PASSENGER.wire:
            try:
                return bool(_PASSENGER.parse(item.get("paramValue")))
            except ValueError:
                return None
    return None
