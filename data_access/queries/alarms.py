"""Alarms as screens show them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Select, and_, func, or_, select, tuple_

from data_access.alarm_conditions import EVERY, AlarmFilter, meeting
from data_access.conditions import NO_STREET, about_safety, midnight
from data_access.engine import Tx
from data_access.scoping import ALARMS, within
from data_access.tables import alarms, equipment, sites
from domain.equipment.kind import Category
from domain.response import ResponseLevel
from domain.scope import Scope

a, e = alarms.c, equipment.c
Cursor = tuple[datetime, int]
"""(raised_at, id) of the last row seen: the next page begins after it."""

_COLUMNS: Final = (
    a.id, a.equipment_id, e.code, e.name, a.kind, a.street_code, sites.c.name.label("site"), e.address, e.lng, e.lat,
    a.family, a.rule, a.category, a.level, a.urgent, a.reason, a.source, a.raised_at, a.detected_at, a.cleared_at,
    a.acknowledged_at, a.acknowledged_by, a.acknowledgement_note, a.verdict, a.vendor,
    a.occurrences, a.last_occurred_at, a.person,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class AlarmRow:
    """One alarm with the machine it is about; `raised_at` is device time, `detected_at` ours."""

    id: int
    equipment_id: int
    code: str
    name: str
    kind: str
    street_code: str | None
    site: str | None
    address: str
    lng: float | None
    lat: float | None
    family: str
    rule: str
    category: str
    level: str
    urgent: bool
    reason: str
    source: str
    raised_at: datetime
    detected_at: datetime
    cleared_at: datetime | None
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    acknowledgement_note: str | None
    verdict: str | None
    vendor: str | None
    occurrences: int
    last_occurred_at: datetime
    person: bool | None


@dataclass(frozen=True, slots=True)
class AlarmCounts:
    """Figures about alarms; those of the monitors themselves (category presence) stand in `by_category` only."""

    open: int
    unacknowledged: int  # of the open ones
    urgent: int  # of the open ones
    by_level: dict[str, int]  # of the open ones
    by_category: dict[str, int]  # of the open ones
    today: int
    yesterday: int  # until the same time of day


@dataclass(frozen=True, slots=True)
class HourRow:
    """Alarms of one kind of equipment that were raised in the hour that begins at `hour`."""

    hour: datetime
    kind: str
    count: int


@dataclass(frozen=True, slots=True)
class MapAlarm:
    """One machine with open alarms, at its place, with the gravest of them."""

    equipment_id: int
    code: str
    name: str
    kind: str
    street_code: str | None
    lng: float
    lat: float
    level: str
    urgent: bool
    family: str
    raised_at: datetime
    count: int


def recent(scope: Scope, tx: Tx, *, wanted: AlarmFilter = EVERY, limit: int = 50, before: Cursor | None = None) -> list[AlarmRow]:
    """The alarms of a filter, newest first; `before` continues after the last row of the page before."""
    statement = _rows().where(meeting(wanted)).order_by(a.raised_at.desc(), a.id.desc()).limit(limit)
    if before is not None:
        statement = statement.where(tuple_(a.raised_at, a.id) < before)
    return _fetch(scope, tx, statement)


def of_equipment(scope: Scope, tx: Tx, *, equipment_id: int, limit: int = 100) -> list[AlarmRow]:
    """The alarms of one machine, newest first."""
    return _fetch(scope, tx, _rows().where(a.equipment_id == equipment_id).order_by(a.raised_at.desc(), a.id.desc()).limit(limit))


def by_id(scope: Scope, tx: Tx, *, alarm_id: int) -> AlarmRow | None:
    """One alarm; None when there is none in the scope."""
    return next(iter(_fetch(scope, tx, _rows().where(a.id == alarm_id))), None)


def open_on_map(scope: Scope, tx: Tx, *, limit: int = 2000) -> list[MapAlarm]:
    """The machines with open alarms that have a place, gravest first; without the monitors' own alarms."""
    rank = func.array_position([level.value for level in ResponseLevel], a.level)
    order = (rank.desc(), a.urgent.desc(), a.raised_at.desc(), a.id)
    ranked = (
        select(
            a.equipment_id, e.code, e.name, a.kind, a.street_code, e.lng, e.lat, a.level, a.urgent, a.family, a.raised_at,
            func.count().over(partition_by=a.equipment_id).label("count"),
            func.row_number().over(partition_by=a.equipment_id, order_by=order).label("place"),
            rank.label("rank"),
        )
        .select_from(alarms.join(equipment, e.id == a.equipment_id))
        .where(a.cleared_at.is_(None), about_safety(), e.lng.is_not(None), e.lat.is_not(None))
    )  # fmt: skip
    gravest = within(scope, ranked, ALARMS).subquery()
    g = gravest.c
    columns = (g.equipment_id, g.code, g.name, g.kind, g.street_code, g.lng, g.lat, g.level, g.urgent, g.family, g.raised_at, g.count)
    statement = select(*columns).where(g.place == 1).order_by(g.rank.desc(), g.urgent.desc(), g.raised_at.desc(), g.equipment_id)
    return [MapAlarm(*row) for row in tx.rows(statement.limit(limit))]


def counts(scope: Scope, tx: Tx, *, at: datetime) -> AlarmCounts:
    """The figures at `at`; today began at midnight in Shanghai."""
    day = timedelta(days=1)
    still_open, serious = a.cleared_at.is_(None), about_safety()
    levels, categories = [level.value for level in ResponseLevel], [category.value for category in Category]
    columns = [
        func.count().filter(and_(still_open, serious)),
        func.count().filter(and_(still_open, serious, a.acknowledged_at.is_(None))),
        func.count().filter(and_(still_open, serious, a.urgent)),
        func.count().filter(and_(serious, a.raised_at >= midnight(at))),
        func.count().filter(and_(serious, a.raised_at >= midnight(at) - day, a.raised_at < at - day)),
        *(func.count().filter(and_(still_open, serious, a.level == level)) for level in levels),
        *(func.count().filter(and_(still_open, a.category == category)) for category in categories),
    ]
    statement = select(*columns).select_from(alarms).where(or_(still_open, a.raised_at >= midnight(at) - day))
    [(opened, unacknowledged, urgent, today, yesterday, *rest)] = tx.rows(within(scope, statement, ALARMS))
    by_level, by_category = rest[: len(levels)], rest[len(levels) :]
    return AlarmCounts(
        opened, unacknowledged, urgent, dict(zip(levels, by_level, strict=True)), dict(zip(categories, by_category, strict=True)),
        today, yesterday,
    )  # fmt: skip


def hourly(scope: Scope, tx: Tx, *, at: datetime, hours: int = 24) -> list[HourRow]:
    """Alarms raised in each of the last `hours` hours by kind of equipment, oldest first; hours without any are not there."""
    hour = func.date_trunc("hour", a.raised_at).label("hour")
    since = at.replace(minute=0, second=0, microsecond=0) - timedelta(hours=hours - 1)
    statement = (
        select(hour, a.kind, func.count())
        .where(a.raised_at >= since, a.raised_at <= at, about_safety())
        .group_by(hour, a.kind)
        .order_by(hour, a.kind)
    )
    return [HourRow(*row) for row in tx.rows(within(scope, statement, ALARMS))]


def raised_by_street(scope: Scope, tx: Tx, *, since: datetime) -> dict[str, int]:
    """Alarms raised since then by the code of their street, NO_STREET for 未定街镇; streets without any are not there."""
    street = func.coalesce(a.street_code, NO_STREET)
    statement = select(street, func.count()).where(a.raised_at >= since, about_safety()).group_by(street).order_by(street)
    return {row[0]: row[1] for row in tx.rows(within(scope, statement, ALARMS))}


def violations_today(scope: Scope, tx: Tx, *, at: datetime) -> dict[str, int]:
    """Forklift violations raised since midnight in Shanghai, by family; repeated ones count once per alarm."""
    statement = (
        select(a.family, func.count())
        .where(a.category == Category.VIOLATION.value, a.raised_at >= midnight(at))
        .group_by(a.family)
        .order_by(a.family)
    )
    return {row[0]: row[1] for row in tx.rows(within(scope, statement, ALARMS))}


def _rows() -> Select[Any]:
    joined = alarms.join(equipment, e.id == a.equipment_id).outerjoin(sites, sites.c.id == e.site_id)
    return select(*_COLUMNS).select_from(joined)


def _fetch(scope: Scope, tx: Tx, statement: Select[Any]) -> list[AlarmRow]:
    return [AlarmRow(*row) for row in tx.rows(within(scope, statement, ALARMS))]
