"""What is pulled from the city platform, and by what each record is known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from domain.errors import BadPayload
from domain.telemetry import parse_time
from ingest.dialects.tables import moment

MODIFIED: Final = "lastModifiedDate"
KEY_LIMIT: Final = 200  # characters


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource by its name in the address; `keys` are fields of which the first that is there names a record."""

    name: str
    keys: tuple[str, ...]


RESOURCES: Final = (
    Resource("liftBaseInfos", ("registerNumber",)),
    Resource("liftInspects", ("registerNumber",)),  # the latest of each lift
    Resource("liftMaintenanceUses", ("registerNumber",)),
    Resource("maintenanceRecords", ("workOrderNumber",)),
)
EVENTS: Final = "eventReports"
FINAL: Final = frozenset({"6", "7", "8"})  # currentStatus of an event that changes no more: 已确认, 误报, 事故


class Record(NamedTuple):
    """A record as it came; `modified_at` None where it does not say when it was changed."""

    key: str
    modified_at: datetime | None
    body: dict[str, object]


def read(resource: Resource, said: Iterable[object], *, at: datetime) -> tuple[list[Record], int]:
    """The records among what came, each key once in its newest version, and how many were no records."""
    records: dict[str, Record] = {}
    bad = 0
    for entry in said:
        key = _key(resource, entry)
        if not isinstance(entry, dict) or not key:
            bad += 1
            continue
        record, other = Record(key, _modified(entry, at), entry), records.get(key)
        if other is None or (other.modified_at or at) <= (record.modified_at or at):
            records[key] = record
    return list(records.values()), bad


def is_final(body: Mapping[str, object]) -> bool:
    """Whether an event's detail will change no more."""
    return str(body.get("currentStatus")) in FINAL


def _key(resource: Resource, entry: object) -> str:
    """By the resource's own fields, or the two numbers of a lift without 注册代码."""
    if not isinstance(entry, Mapping):
        return ""
    for name in resource.keys:
        if key := _text(entry.get(name)):
            return key
    maker, number = _text(entry.get("manufacturerCode")), _text(entry.get("leaveFactoryNumber"))
    return f"{maker}-{number}" if "registerNumber" in resource.keys and maker and number else ""


def _text(raw: object) -> str:
    text = str(raw).strip() if isinstance(raw, str | int) and not isinstance(raw, bool) else ""
    return text if len(text) <= KEY_LIMIT and text.isprintable() else ""


def _modified(entry: Mapping[str, object], at: datetime) -> datetime | None:
    try:
        return parse_time(moment(entry.get(MODIFIED) or ""), at=at)
    except (BadPayload, ValueError, OverflowError):
        return None
