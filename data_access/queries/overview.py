"""The figures of the district; each equals the number of rows of the list its filter opens."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, func, or_, select

from data_access.conditions import (
    AGE_BANDS,
    COVERAGE,
    Overdue,
    Status,
    about_safety,
    is_online,
    machines,
    matching,
    overdue,
    presence,
)
from data_access.engine import Tx
from data_access.scoping import ALARMS, EQUIPMENT, of_streets, unbound, within
from data_access.tables import alarms, equipment, equipment_states, organizations, streets, vendor_minutes, vendors
from domain.equipment import COUNTED
from domain.presence import Presence
from domain.response import ResponseLevel
from domain.scope import Scope
from domain.vendors import usual_pause

e, s = equipment.c, equipment_states.c
_MINUTE: Final = timedelta(minutes=1)
_MAINTAINED_LATE: Final = (Overdue.MAINTENANCE_OVERDUE, Overdue.MAINTENANCE_LAPSED)


@dataclass(frozen=True, slots=True)
class StreetRow:
    """One street; `code` and `name` are None for machines in no street (未定街镇)."""

    code: str | None
    name: str | None
    lng: float | None
    lat: float | None
    area_km2: float | None
    equipment: int  # machines: pipelines are kilometres and not among them
    monitored: int
    online: int
    minor_fault: int  # open alarms by level, without the monitors' own
    entrapment: int
    emergency: int
    urgent: int  # of level one, urgent ones


@dataclass(frozen=True, slots=True)
class CoverageRow:
    """One target of the work plan: how many machines, how many have a monitor, how many of those speak."""

    target: str
    total: int
    bound: int
    online: int


@dataclass(frozen=True, slots=True)
class MaintainerRow:
    """One maintainer's share; `overdue` counts machines whose maintenance or contract is late."""

    id: int
    name: str
    equipment: int
    overdue: int


@dataclass(frozen=True, slots=True)
class OverdueRow:
    """One street's overdue figures; `code` None is 未定街镇."""

    code: str | None
    inspection_overdue: int
    inspection_due: int
    inspection_failed: int
    maintenance_overdue: int
    maintenance_lapsed: int


@dataclass(frozen=True, slots=True)
class FeedRow:
    """One data vendor. `messages` are those of the last full minute; `connected` None: never heard of; `pause_seconds` 0: not known."""

    name: str
    title: str
    connected: bool | None
    heartbeat_at: datetime | None
    last_message_at: datetime | None
    devices: int
    online: int
    messages: int
    pause_seconds: float


def kind_counts(scope: Scope, tx: Tx) -> dict[str, int]:
    """How many machines of each kind."""
    statement = select(e.kind, func.count()).group_by(e.kind).order_by(e.kind)
    return _pairs(tx.rows(within(scope, statement)))


def pipeline_km(scope: Scope, tx: Tx) -> float:
    """The length of all pipelines, km."""
    statement = select(func.coalesce(func.sum(e.length_km), 0)).where(e.kind == "pressure_pipeline")
    return round(float(tx.scalar(within(scope, statement))), 3)


def presence_counts(scope: Scope, tx: Tx, *, kind: str | None = None) -> dict[str, int]:
    """Machines of a kind (or of all) by the presence of their monitor; every word is there."""
    joined, _ = machines()
    word = presence().label("word")
    statement = select(word, func.count()).select_from(joined).where(_of_kind(kind)).group_by(word)
    return dict.fromkeys(map(str, Presence), 0) | _pairs(tx.rows(within(scope, statement)))


def status_counts(scope: Scope, tx: Tx, *, kind: str | None = None) -> dict[str, int]:
    """Machines of a kind (or of all) by how they are; every word is there."""
    joined, status = machines()
    word = status.label("word")
    statement = select(word, func.count()).select_from(joined).where(_of_kind(kind)).group_by(word)
    return dict.fromkeys(map(str, Status), 0) | _pairs(tx.rows(within(scope, statement)))


def elevator_running(scope: Scope, tx: Tx) -> dict[str, int]:
    """The ring of the wall: lifts by how they are."""
    return status_counts(scope, tx, kind="elevator")


def place_counts(scope: Scope, tx: Tx, *, kind: str | None = None) -> dict[str, int]:
    """Machines of a kind (or of all) by the kind of place they stand in."""
    statement = select(e.place_kind, func.count()).where(_of_kind(kind)).group_by(e.place_kind).order_by(e.place_kind)
    return _pairs(tx.rows(within(scope, statement)))


def age_bands(scope: Scope, tx: Tx, *, kind: str | None = None, at: datetime) -> dict[str, int]:
    """Machines of a kind (or of all) by years since installation; the bands are data_access.conditions.AGE_BANDS."""
    joined, status = machines()
    columns = [func.count().filter(matching(band, status, at)).label(name) for name, band in AGE_BANDS.items()]
    [row] = tx.rows(within(scope, select(*columns).select_from(joined).where(_of_kind(kind))))
    return dict(zip(AGE_BANDS, row, strict=True))


def coverage(scope: Scope, tx: Tx, *, at: datetime) -> list[CoverageRow]:
    """How far each target of the work plan is reached; the targets are data_access.conditions.COVERAGE."""
    joined, status = machines()
    columns = []
    for target in COVERAGE.values():
        wanted = matching(target, status, at)
        bound = and_(wanted, e.monitor_vendor.is_not(None))
        columns += [func.count().filter(wanted), func.count().filter(bound), func.count().filter(and_(bound, is_online()))]
    [row] = tx.rows(within(scope, select(*columns).select_from(joined)))
    return [CoverageRow(target, *row[3 * n : 3 * n + 3]) for n, target in enumerate(COVERAGE)]


def maintainer_shares(scope: Scope, tx: Tx, *, at: datetime, limit: int = 8) -> list[MaintainerRow]:
    """The maintainers of most lifts, largest first."""
    late = func.count().filter(or_(*(overdue(word, at) for word in _MAINTAINED_LATE)))
    count = func.count()
    statement = (
        select(organizations.c.id, organizations.c.name, count, late)
        .select_from(equipment.join(organizations, organizations.c.id == e.maintenance_unit_id))
        .where(e.kind == "elevator")
        .group_by(organizations.c.id, organizations.c.name)
        .order_by(count.desc(), organizations.c.id)
        .limit(limit)
    )
    return [MaintainerRow(*row) for row in tx.rows(within(scope, statement))]


def overdue_counts(scope: Scope, tx: Tx, *, kind: str | None = None, at: datetime) -> dict[str, int]:
    """Machines in use that are due or overdue, by word."""
    columns = [func.count().filter(overdue(word, at)) for word in Overdue]
    [row] = tx.rows(within(scope, select(*columns).select_from(equipment).where(_of_kind(kind))))
    return dict(zip(map(str, Overdue), row, strict=True))


def overdue_by_street(scope: Scope, tx: Tx, *, at: datetime) -> list[OverdueRow]:
    """The same by street, in the order of their codes, machines in no street last."""
    columns = [func.count().filter(overdue(word, at)) for word in Overdue]
    statement = select(e.street_code, *columns).group_by(e.street_code).order_by(e.street_code)
    return [OverdueRow(*row) for row in tx.rows(within(scope, statement))]


def street_summary(scope: Scope, tx: Tx, *, kind: str | None = None) -> list[StreetRow]:
    """Every street of the scope, by pinyin; machines in no street come last, where there are any."""
    counted = (
        select(
            e.street_code.label("code"),
            func.count().filter(e.kind.in_(COUNTED)).label("equipment"),
            func.count().filter(e.monitor_vendor.is_not(None)).label("monitored"),
            func.count().filter(is_online()).label("online"),
        )
        .select_from(equipment.outerjoin(equipment_states, s.equipment_id == e.id))
        .where(_of_kind(kind))
        .group_by(e.street_code)
    )
    a = alarms.c
    levels = [func.count().filter(a.level == level.value).label(level.value) for level in ResponseLevel]
    urgent = func.count().filter(and_(a.level == ResponseLevel.MINOR_FAULT.value, a.urgent)).label("urgent")
    opened = select(a.street_code.label("code"), *levels, urgent).where(a.cleared_at.is_(None), about_safety())
    if kind is not None:
        opened = opened.where(a.kind == kind)
    machines_of = {code: figures for code, *figures in tx.rows(within(scope, counted, EQUIPMENT))}
    alarms_of = {code: figures for code, *figures in tx.rows(within(scope, opened.group_by(a.street_code), ALARMS))}
    places = _places(scope, tx)
    if None in machines_of or None in alarms_of:
        places.append((None,) * 5)
    return [StreetRow(*place, *machines_of.get(place[0], (0,) * 3), *alarms_of.get(place[0], (0,) * 4)) for place in places]


def _places(scope: Scope, tx: Tx) -> list[tuple[Any, ...]]:
    c = streets.c
    return tx.rows(of_streets(scope, select(c.code, c.name, c.lng, c.lat, c.area_km2).order_by(c.sort_key, c.code)))


def vendor_feeds(scope: Scope, tx: Tx, *, at: datetime) -> list[FeedRow]:
    """The data vendors with machines in the scope; a reader of the whole platform sees every vendor."""
    v = vendors.c
    devices = within(
        scope,
        select(e.monitor_vendor.label("name"), func.count().label("devices"), func.count().filter(is_online()).label("online"))
        .select_from(equipment.outerjoin(equipment_states, s.equipment_id == e.id))
        .where(e.monitor_vendor.is_not(None))
        .group_by(e.monitor_vendor),
    ).subquery()
    minute = at.replace(second=0, microsecond=0) - _MINUTE
    statement = (
        select(
            v.name,
            v.title,
            v.connected,
            v.heartbeat_at,
            v.last_message_at,
            func.coalesce(devices.c.devices, 0),
            func.coalesce(devices.c.online, 0),
            func.coalesce(vendor_minutes.c.messages, 0),
            v.pauses,
        )
        .select_from(
            vendors.outerjoin(devices, devices.c.name == v.name).outerjoin(
                vendor_minutes, and_(vendor_minutes.c.vendor == v.name, vendor_minutes.c.minute == minute)
            )
        )
        .where(or_(unbound(scope), devices.c.devices > 0))
        .order_by(v.name)
    )
    return [FeedRow(*(*row[:-1], usual_pause(row[-1]))) for row in tx.rows(statement)]


def _of_kind(kind: str | None) -> ColumnElement[bool]:
    return e.kind == kind if kind is not None else e.kind.is_not(None)


def _pairs(rows: Iterable[tuple[Any, ...]]) -> dict[str, int]:
    return {str(row[0]): row[1] for row in rows}
