"""What a filter of alarms means in SQL: the list, its file, and every figure of the truth board go through it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, true

from data_access.conditions import about_safety, in_streets
from data_access.tables import alarms, demo_truths, deployments
from domain.truth import AFTERWARDS, CHATTER, CHATTER_TIMES, EARLY, FLEETING

UNJUDGED: Final = "none"  # among verdicts: nobody has given one
UNKNOWN_VENDOR: Final = ""  # among vendors: the machine had no monitor

a, d = alarms.c, demo_truths.c


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmFilter:
    """Which alarms; an empty tuple, None or False does not limit."""

    ids: tuple[int, ...] = ()
    machines: tuple[int, ...] = ()  # their ids
    families: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    streets: tuple[str, ...] = ()  # NO_STREET among them: or in none
    vendors: tuple[str, ...] = ()
    verdicts: tuple[str, ...] = ()  # UNJUDGED among them: or without any
    open_only: bool = False
    acknowledged: bool | None = None
    since: datetime | None = None  # raised, by the device's clock
    detected_since: datetime | None = None  # by ours
    detected_before: datetime | None = None
    open_since_before: datetime | None = None  # still open, and detected before
    fleeting: bool = False
    chattering: bool = False
    explained: bool | None = None  # by the simulator's truth; of a real district no alarm is either


EVERY: Final = AlarmFilter()


def meeting(wanted: AlarmFilter) -> ColumnElement[bool]:
    """The condition of a filter, for statements over alarms."""
    return and_(true(), *_listed(wanted), *_states(wanted), *_times(wanted), *_natures(wanted))


def was_fleeting() -> ColumnElement[bool]:
    """Cleared so soon that nobody could have acted."""
    return and_(a.cleared_at.is_not(None), a.cleared_at - a.raised_at <= FLEETING)


def was_chattering(since: datetime | None = None) -> ColumnElement[bool]:
    """One of CHATTER_TIMES alarms of its family and machine that were raised within CHATTER; `since` bounds the search by detection."""
    order: dict[str, Any] = {"partition_by": (a.equipment_id, a.family), "order_by": (a.raised_at, a.id)}
    others = CHATTER_TIMES - 1
    earlier = [func.lag(a.raised_at, n).over(**order) if n else a.raised_at for n in range(CHATTER_TIMES)]
    later = [func.lead(a.raised_at, n).over(**order) if n else a.raised_at for n in range(CHATTER_TIMES)]
    runs = [(later[others - n] - earlier[n] <= CHATTER).label(f"run_{n}") for n in range(CHATTER_TIMES)]
    bounds = [about_safety(), *([a.detected_at >= since - CHATTER] if since else [])]
    found = select(a.id, *runs).where(*bounds).subquery()
    return a.id.in_(select(found.c.id).where(or_(*(found.c[f"run_{n}"] for n in range(CHATTER_TIMES)))))


def is_explained() -> ColumnElement[bool]:
    """Whether the simulator did what the alarm says: same machine, a family the mishap opens, within its time."""
    return exists().where(
        d.equipment_id == a.equipment_id,
        a.raised_at >= d.starts_at - EARLY,
        a.raised_at <= d.ends_at + AFTERWARDS,
        or_(a.family == d.family, a.family == d.also.any_()),
    )


def is_unexplained() -> ColumnElement[bool]:
    """Whether the simulator, which was at work already, did nothing of the kind."""
    return and_(~is_explained(), a.raised_at >= select(func.min(d.starts_at)).scalar_subquery())


def in_demonstration() -> ColumnElement[bool]:
    """Whether this database may know a truth that was invented."""
    return exists().where(deployments.c.mode == "demonstration")


def _listed(wanted: AlarmFilter) -> list[ColumnElement[bool]]:
    columns = (
        (a.id, wanted.ids),
        (a.equipment_id, wanted.machines),
        (a.family, wanted.families),
        (a.rule, wanted.rules),
        (a.category, wanted.categories),
        (a.level, wanted.levels),
        (a.kind, wanted.kinds),
    )
    return [
        *(column.in_(values) for column, values in columns if values),
        *([in_streets(a.street_code, wanted.streets)] if wanted.streets else []),
        *([_or_none(a.vendor, wanted.vendors, UNKNOWN_VENDOR)] if wanted.vendors else []),
        *([_or_none(a.verdict, wanted.verdicts, UNJUDGED)] if wanted.verdicts else []),
    ]


def _or_none(column: ColumnElement[Any], values: tuple[str, ...], none: str) -> ColumnElement[bool]:
    named = column.in_([value for value in values if value != none])
    return or_(named, column.is_(None)) if none in values else named


def _states(wanted: AlarmFilter) -> list[ColumnElement[bool]]:
    taken = a.acknowledged_at.is_not(None)
    return [
        *([a.cleared_at.is_(None)] if wanted.open_only else []),
        *([taken if wanted.acknowledged else ~taken] if wanted.acknowledged is not None else []),
        *([and_(a.cleared_at.is_(None), a.detected_at < wanted.open_since_before)] if wanted.open_since_before else []),
    ]


def _times(wanted: AlarmFilter) -> list[ColumnElement[bool]]:
    return [
        *([a.raised_at >= wanted.since] if wanted.since else []),
        *([a.detected_at >= wanted.detected_since] if wanted.detected_since else []),
        *([a.detected_at < wanted.detected_before] if wanted.detected_before else []),
    ]


def _natures(wanted: AlarmFilter) -> list[ColumnElement[bool]]:
    return [
        *([was_fleeting()] if wanted.fleeting else []),
        *([was_chattering(wanted.detected_since)] if wanted.chattering else []),
        *([is_explained() if wanted.explained else is_unexplained(), in_demonstration()] if wanted.explained is not None else []),
    ]
