"""The truth board: how alarms turned out, what they missed, and how many there were for those who watch."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, exists, func, literal, or_, select

from data_access.alarm_conditions import AlarmFilter, in_demonstration, is_explained, is_unexplained, meeting, was_chattering, was_fleeting
from data_access.engine import Tx
from data_access.scoping import ALARMS, Owned, within
from data_access.tables import alarms, demo_truths, equipment, missed_occurrences
from domain.equipment.kind import Category
from domain.faults import FAULTS
from domain.scope import Scope
from domain.truth import AFTERWARDS, EARLY, NEAR, STALE, Tally, Verdict

a, d, e, m = alarms.c, demo_truths.c, equipment.c, missed_occurrences.c
TRUTHS: Final = Owned(d.street_code, d.kind, d.equipment_id)
MISSED: Final = Owned(m.street_code, m.kind, m.equipment_id)
MONITORS_OWN: Final = sorted({fault.family for fault in FAULTS.values() if fault.category is Category.PRESENCE})


@dataclass(frozen=True, slots=True)
class Cell:
    """Alarms of one rule, vendor and street; of a missed occurrence the rule is not known. None: no vendor, no street."""

    rule: str | None
    family: str
    vendor: str | None
    street_code: str | None
    tally: Tally


@dataclass(frozen=True, slots=True)
class HourRow:
    """Alarms that reached us in the hour that begins at `hour`."""

    hour: datetime
    count: int


@dataclass(frozen=True, slots=True)
class ActorRow:
    """A rule and a machine that raised many alarms, and what became of those."""

    rule: str
    equipment_id: int
    code: str
    name: str
    street_code: str | None
    count: int
    confirmed: int
    false: int


@dataclass(frozen=True, slots=True)
class MissedRow:
    """An occurrence that no alarm reported, as somebody wrote it down; of the simulator's the id is 0."""

    id: int
    code: str
    name: str
    street_code: str | None
    family: str
    occurred_at: datetime
    reported_by: str
    note: str


@dataclass(frozen=True, slots=True)
class Part:
    """One line of the board; None does not limit, "" stands for no vendor and no street."""

    family: str | None = None
    vendor: str | None = None
    street: str | None = None


WHOLE: Final = Part()


def judged(scope: Scope, tx: Tx, *, wanted: AlarmFilter) -> list[Cell]:
    """The alarms of a filter by people's verdicts."""
    verdicts = [a.verdict == verdict.value for verdict in Verdict]
    counts = [func.count().filter(condition) for condition in (*verdicts, a.verdict.is_(None))]
    statement = _cells(*counts).where(meeting(wanted))
    return [
        Cell(rule, family, vendor, street, Tally(*counted))
        for rule, family, vendor, street, *counted in tx.rows(within(scope, statement, ALARMS))
    ]


def explained(scope: Scope, tx: Tx, *, wanted: AlarmFilter) -> list[Cell]:
    """The alarms of a filter by the simulator's truth: what it did not do is false, what came before it began nobody can judge."""
    sorted_out = (
        within(
            scope, select(a.rule, a.family, a.vendor, a.street_code, is_explained().label("right"), is_unexplained().label("wrong")), ALARMS
        )
        .where(meeting(wanted), in_demonstration())
        .subquery()
    )
    s = sorted_out.c
    columns = (s.rule, s.family, s.vendor, s.street_code)
    counts = (func.count().filter(s.right), func.count().filter(s.wrong), func.count().filter(~s.right, ~s.wrong))
    rows = tx.rows(select(*columns, *counts).group_by(*columns).order_by(*columns))
    return [
        Cell(rule, family, vendor, street, Tally(right, wrong, 0, unknown)) for rule, family, vendor, street, right, wrong, unknown in rows
    ]


def missed_cells(scope: Scope, tx: Tx, *, since: datetime) -> list[Cell]:
    """What people wrote down that no alarm reported, since then."""
    columns = (m.family, m.vendor, m.street_code)
    statement = select(*columns, func.count()).where(_in_force(since)).group_by(*columns).order_by(*columns)
    rows = tx.rows(within(scope, statement, MISSED))
    return [Cell(None, family, vendor, street, Tally(missed=count)) for family, vendor, street, count in rows]


def known_cells(scope: Scope, tx: Tx, *, since: datetime, at: datetime) -> list[Cell]:
    """The simulator's mishaps that began since then and are over, by whether an alarm reported them."""
    columns = (d.family, d.vendor, d.street_code)
    found = within(scope, select(*columns, _was_reported().label("reported")), TRUTHS).where(_over(since, at)).subquery()
    f = found.c
    counts = (func.count().filter(f.reported), func.count().filter(~f.reported))
    groups = (f.family, f.vendor, f.street_code)
    rows = tx.rows(select(*groups, *counts).group_by(*groups).order_by(*groups))
    return [
        Cell(None, family, vendor, street, Tally(detected=detected, missed=missed)) for family, vendor, street, detected, missed in rows
    ]


def hourly(scope: Scope, tx: Tx, *, wanted: AlarmFilter) -> list[HourRow]:
    """The alarms of a filter by the hour they reached us, oldest first; hours without any are not there."""
    hour = func.date_trunc("hour", a.detected_at).label("hour")
    statement = select(hour, func.count()).where(meeting(wanted)).group_by(hour).order_by(hour)
    return [HourRow(*row) for row in tx.rows(within(scope, statement, ALARMS))]


def first_detected(scope: Scope, tx: Tx) -> datetime | None:
    """When the first alarm ever reached us: before, nobody was watching."""
    statement = within(scope, select(a.detected_at), ALARMS).order_by(a.detected_at).limit(1)
    found: datetime | None = tx.scalar(statement)
    return found


def natures(scope: Scope, tx: Tx, *, wanted: AlarmFilter, at: datetime) -> dict[str, int]:
    """How many alarms of a filter were fleeting, chattering, or are stale at `at`."""
    stale = and_(a.cleared_at.is_(None), a.detected_at < at - STALE)
    chattering = was_chattering(wanted.detected_since).label("chattering")
    found = (
        within(scope, select(was_fleeting().label("fleeting"), chattering, stale.label("stale")), ALARMS).where(meeting(wanted)).subquery()
    )
    [row] = tx.rows(select(*(func.count().filter(column) for column in found.c)))
    return dict(zip(found.c.keys(), row, strict=True))


def bad_actors(scope: Scope, tx: Tx, *, wanted: AlarmFilter, limit: int = 10) -> list[ActorRow]:
    """The rules and machines that raised most of a filter's alarms, each more than once."""
    counts = (
        func.count().label("count"),
        *(func.count().filter(a.verdict == verdict.value) for verdict in (Verdict.CONFIRMED, Verdict.FALSE)),
    )
    columns = (a.rule, a.equipment_id, e.code, e.name, a.street_code)
    statement = (
        select(*columns, *counts)
        .select_from(alarms.join(equipment, e.id == a.equipment_id))
        .where(meeting(wanted))
        .group_by(*columns)
        .having(func.count() > 1)
        .order_by(func.count().desc(), a.rule, e.code)
        .limit(limit)
    )
    return [ActorRow(*row) for row in tx.rows(within(scope, statement, ALARMS))]


def missed(scope: Scope, tx: Tx, *, since: datetime, of: Part = WHOLE, limit: int = 50) -> list[MissedRow]:
    """What people wrote down that no alarm reported, newest first; what was withdrawn is not there."""
    statement = (
        select(m.id, e.code, e.name, m.street_code, m.family, m.occurred_at, m.reported_by, m.note)
        .select_from(missed_occurrences.join(equipment, e.id == m.equipment_id))
        .where(_in_force(since), *_part(of, m))
        .order_by(m.occurred_at.desc(), m.id.desc())
        .limit(limit)
    )
    return [MissedRow(*row) for row in tx.rows(within(scope, statement, MISSED))]


def undetected(scope: Scope, tx: Tx, *, since: datetime, at: datetime, of: Part = WHOLE, limit: int = 50) -> list[MissedRow]:
    """The simulator's mishaps that no alarm reported, newest first."""
    statement = (
        select(literal(0), e.code, e.name, d.street_code, d.family, d.starts_at, literal(""), d.what)
        .select_from(demo_truths.join(equipment, e.id == d.equipment_id))
        .where(_over(since, at), ~_was_reported(), *_part(of, d))
        .order_by(d.starts_at.desc(), d.id)
        .limit(limit)
    )
    return [MissedRow(*row) for row in tx.rows(within(scope, statement, TRUTHS))]


def missed_exists(scope: Scope, tx: Tx, *, number: int) -> bool:
    """Whether there is such a record in the scope, withdrawn or not."""
    return bool(tx.rows(within(scope, select(m.id), MISSED).where(m.id == number)))


def alarm_near(scope: Scope, tx: Tx, *, equipment_id: int, family: str, occurred_at: datetime) -> int | None:
    """The alarm that did report an occurrence: one of the family that stood, or was raised or cleared, within NEAR of it."""
    standing = or_(a.cleared_at.is_(None), a.cleared_at >= occurred_at - NEAR)
    statement = (
        select(a.id)
        .where(a.equipment_id == equipment_id, a.family == family, a.raised_at <= occurred_at + NEAR, standing)
        .order_by(a.raised_at.desc())
        .limit(1)
    )
    found: int | None = tx.scalar(within(scope, statement, ALARMS))
    return found


def _cells(*counts: ColumnElement[Any]) -> Select[Any]:
    columns = (a.rule, a.family, a.vendor, a.street_code)
    return select(*columns, *counts).group_by(*columns).order_by(*columns)


def _in_force(since: datetime) -> ColumnElement[bool]:
    return and_(m.occurred_at >= since, m.withdrawn_at.is_(None))


def _over(since: datetime, at: datetime) -> ColumnElement[bool]:
    """Mishaps whose alarm must have come by now; the word of monitors about themselves is left out."""
    return and_(d.starts_at >= since, d.ends_at + AFTERWARDS < at, d.family.not_in(MONITORS_OWN), in_demonstration())


def _was_reported() -> ColumnElement[bool]:
    in_time = and_(a.raised_at >= d.starts_at - EARLY, a.raised_at <= d.ends_at + AFTERWARDS)
    return exists().where(a.equipment_id == d.equipment_id, a.family == d.family, in_time)


def _part(of: Part, columns: Any) -> list[ColumnElement[bool]]:
    wanted = ((columns.family, of.family), (columns.vendor, of.vendor), (columns.street_code, of.street))
    return [column == value if value else column.is_(None) for column, value in wanted if value is not None]
