"""What a filter means in SQL: the one place, so that a figure and the list behind it cannot differ."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Case, ColumnElement, FromClause, Select, and_, case, false, literal, or_, select, true

from data_access.lapses import has_lapsed
from data_access.tables import alarms, equipment, equipment_states, outage_members, sites, work_orders
from data_access.words import search_pattern
from domain.equipment import MONITORED
from domain.equipment.kind import Category
from domain.order_words import OrderKind
from domain.presence import DISUSED, Presence
from domain.response import ResponseLevel
from domain.telemetry import BEIJING

SOON_DAYS: Final = 30  # 待检提醒: one month before the date (普陀区特种设备 work plan)
FAILED: Final = "failed"  # the word of equipment.inspection_result
NO_STREET: Final = ""  # 未定街镇, where a filter names streets

e, s, w = equipment.c, equipment_states.c, work_orders.c
_found_sites = sites.alias("found_sites")  # the list joins sites too


class Status(StrEnum):
    """How a machine is, worst word first; locale key `status.<value>`."""

    CRITICAL = "critical"  # an open alarm of level two or three, or an urgent one; or an open order as grave
    WARNING = "warning"  # any other open alarm
    NOT_FITTED = "not_fitted"
    NEVER = "never"
    OFFLINE = "offline"
    SILENT = "silent"
    UNKNOWN = "unknown"
    DISUSED = "disused"
    NORMAL = "normal"


class Overdue(StrEnum):
    """What is due or overdue; locale key `overdue.<value>`."""

    INSPECTION_OVERDUE = "inspection_overdue"  # 超期未检
    INSPECTION_DUE = "inspection_due"  # 待检
    INSPECTION_FAILED = "inspection_failed"  # 检验不合格
    MAINTENANCE_OVERDUE = "maintenance_overdue"  # 维保超期
    MAINTENANCE_LAPSED = "maintenance_lapsed"  # 脱保


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which machines; an empty tuple or None does not limit. Years are full years since installation."""

    kinds: tuple[str, ...] = ()
    streets: tuple[str, ...] = ()  # NO_STREET stands for machines in no street
    place_kinds: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    presences: tuple[str, ...] = ()
    overdue: tuple[str, ...] = ()  # any of them
    vendors: tuple[str, ...] = ()
    maintainers: tuple[int, ...] = ()
    residential: bool | None = None
    add_on: bool | None = None
    fitted: bool | None = None  # a monitor is bound
    outages: tuple[int, ...] = ()  # the machines that were lost in one of them
    since_years: int | None = None
    before_years: int | None = None
    age_known: bool | None = None
    text: str = ""


def today(at: datetime) -> date:
    """The day in Shanghai."""
    return at.astimezone(BEIJING).date()


def midnight(at: datetime) -> datetime:
    """When that day began."""
    return at.astimezone(BEIJING).replace(hour=0, minute=0, second=0, microsecond=0)


def machines() -> tuple[FromClause, Case[str]]:
    """Equipment with its newest state, and the word for how each machine is."""
    joined = equipment.outerjoin(equipment_states, s.equipment_id == e.id)
    status = case(
        (or_(e.id.in_(_alarmed(grave())), e.id.in_(_ordered())), Status.CRITICAL.value),
        (e.id.in_(_alarmed()), Status.WARNING.value),
        (e.use_status.in_(DISUSED), Status.DISUSED.value),
        (e.monitor_vendor.is_(None), Status.NOT_FITTED.value),
        (s.equipment_id.is_(None), Status.NEVER.value),
        (s.presence == Presence.OFFLINE.value, Status.OFFLINE.value),
        (s.presence == Presence.SILENT.value, Status.SILENT.value),
        (s.presence == Presence.UNKNOWN.value, Status.UNKNOWN.value),
        else_=Status.NORMAL.value,
    )
    return joined, status


def presence() -> Case[str]:
    """The word for whether the monitor speaks, for statements over `machines`."""
    return case(
        (e.use_status.in_(DISUSED), Presence.DISUSED.value),
        (e.monitor_vendor.is_(None), Presence.NOT_FITTED.value),
        (s.equipment_id.is_(None), Presence.NEVER.value),
        else_=s.presence,
    )


def is_online() -> ColumnElement[bool]:
    """Whether the monitor speaks now."""
    return presence() == Presence.ONLINE.value


def on_map() -> ColumnElement[bool]:
    """The devices of the map: kinds that can be monitored, at a known place."""
    return and_(e.kind.in_(MONITORED), e.lng.is_not(None), e.lat.is_not(None))


def overdue(word: str, at: datetime) -> ColumnElement[bool]:
    """Whether a machine in use is due or overdue in this way. What the register does not say is not; an unknown word is nothing."""
    late = OVERDUE.get(word)
    return false() if late is None else and_(e.use_status == "in_use", late(today(at)))


def matching(wanted: Filter, status: Case[str], at: datetime) -> ColumnElement[bool]:
    """The condition of a filter, for statements over `machines`."""
    conditions = [
        *(column.in_(values) for column, values in _listed(wanted, status) if values),
        *(column.is_(value) for column, value in _flags(wanted) if value is not None),
        *([in_streets(e.street_code, wanted.streets)] if wanted.streets else []),
        *([or_(*(overdue(word, at) for word in wanted.overdue))] if wanted.overdue else []),
        *_aged(wanted, today(at)),
        *([_found(wanted.text)] if wanted.text.strip() else []),
        *([_lost_in(wanted.outages)] if wanted.outages else []),
    ]
    return and_(true(), *conditions)


def in_streets(column: ColumnElement[Any], streets: Collection[str]) -> ColumnElement[bool]:
    """Whether a row lies in one of these streets; NO_STREET among them means: or in none."""
    named = column.in_([street for street in streets if street != NO_STREET])
    return or_(named, column.is_(None)) if NO_STREET in streets else named


def grave() -> ColumnElement[bool]:
    """An alarm that shows as critical."""
    return or_(alarms.c.level != ResponseLevel.MINOR_FAULT.value, alarms.c.urgent)


def is_critical() -> ColumnElement[bool]:
    """An open order about people inside, or about a grave fault of the machine itself, whoever reported it; a drill is neither."""
    rescue, repair = w.kind == OrderKind.RESCUE.value, w.kind == OrderKind.REPAIR.value
    grave_repair = and_(repair, or_(w.urgent, w.level != ResponseLevel.MINOR_FAULT.value))
    return and_(w.closed_at.is_(None), w.master_id.is_(None), ~w.drill, or_(rescue, grave_repair))


def is_stopping() -> ColumnElement[bool]:
    """An open order that has put its machine out of service until it is closed; a drill stops nothing."""
    return and_(w.closed_at.is_(None), ~w.drill, w.detail["out_of_service"].as_boolean())


def about_safety() -> ColumnElement[bool]:
    """Every alarm but the word of a monitor about itself."""
    return alarms.c.category != Category.PRESENCE.value


def _alarmed(*conditions: ColumnElement[bool]) -> Select[Any]:
    """The machines with such an open alarm; inside a CASE PostgreSQL hashes them once, whatever it knows of the table's size."""
    return select(alarms.c.equipment_id).where(alarms.c.cleared_at.is_(None), about_safety(), *conditions).correlate(None)


def _ordered() -> Select[Any]:
    """The machines that an open order calls critical, without an alarm too: a call by telephone has none."""
    return select(w.equipment_id).where(is_critical()).correlate(None)


def _listed(wanted: Filter, status: Case[str]) -> tuple[tuple[ColumnElement[Any], tuple[Any, ...]], ...]:
    return (
        (e.kind, wanted.kinds),
        (e.place_kind, wanted.place_kinds),
        (status, wanted.statuses),
        (presence(), wanted.presences),
        (e.monitor_vendor, wanted.vendors),
        (e.maintenance_unit_id, wanted.maintainers),
    )


def _flags(wanted: Filter) -> tuple[tuple[ColumnElement[bool], bool | None], ...]:
    return (
        (e.residential, wanted.residential),
        (e.add_on, wanted.add_on),
        (e.monitor_vendor.is_not(None), wanted.fitted),
        (e.installed_on.is_not(None), wanted.age_known),
    )


def _aged(wanted: Filter, day: date) -> list[ColumnElement[bool]]:
    conditions = []
    if wanted.since_years is not None:
        conditions.append(e.installed_on <= years_before(day, wanted.since_years))
    if wanted.before_years is not None:
        conditions.append(e.installed_on > years_before(day, wanted.before_years))
    return conditions


def years_before(day: date, years: int) -> date:
    """The same day `years` earlier; 29 February becomes the 28th."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


def _found(text: str) -> ColumnElement[bool]:
    pattern = search_pattern(text)
    at_site = select(_found_sites.c.id).where(_found_sites.c.search_key.like(pattern, escape="\\"))
    return or_(e.search_key.like(pattern, escape="\\"), e.site_id.in_(at_site))


def _lost_in(ids: tuple[int, ...]) -> ColumnElement[bool]:
    return e.id.in_(select(outage_members.c.equipment_id).where(outage_members.c.outage_id.in_(ids)))


def _month_start(day: date) -> date:
    return day.replace(day=1)


OVERDUE: Final[dict[str, Callable[[date], ColumnElement[bool]]]] = {
    # Inspection is late once the month of its date is over.
    Overdue.INSPECTION_OVERDUE: lambda day: e.next_inspection_on < _month_start(day),
    Overdue.INSPECTION_DUE: lambda day: and_(
        e.next_inspection_on >= _month_start(day), e.next_inspection_on <= day + timedelta(days=SOON_DAYS)
    ),
    Overdue.INSPECTION_FAILED: lambda _: e.inspection_result == literal(FAILED),
    Overdue.MAINTENANCE_OVERDUE: lambda day: e.next_maintenance_on < day,
    Overdue.MAINTENANCE_LAPSED: has_lapsed,
}

# The shares the work plan asks for: which machines must speak.
COVERAGE: Final[dict[str, Filter]] = {
    "residential": Filter(kinds=("elevator",), residential=True),
    "forklift": Filter(kinds=("forklift",)),
    "aged_residential": Filter(kinds=("elevator",), residential=True, since_years=15),
    "hospital": Filter(kinds=("elevator",), place_kinds=("hospital",)),
    "metro": Filter(kinds=("elevator",), place_kinds=("metro",)),
    "scenic": Filter(kinds=("elevator",), place_kinds=("scenic",)),
}

AGE_BANDS: Final[dict[str, Filter]] = {
    "under_5": Filter(before_years=5),
    "5_to_10": Filter(since_years=5, before_years=10),
    "10_to_15": Filter(since_years=10, before_years=15),
    "15_to_20": Filter(since_years=15, before_years=20),
    "over_20": Filter(since_years=20),
    "unknown": Filter(age_known=False),
}
