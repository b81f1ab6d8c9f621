"""The list of publicity as screens show it: which sites, what happens there, in how many lifts, when of the day, and how often before
and after publicity was done. Everything is counted over the lifts of the reader's scope alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Integer, Select, cast, func, or_, select, true, within_group
from sqlalchemy import exists as any_row
from sqlalchemy.sql.selectable import LateralFromClause, ScalarSelect

from data_access.engine import Tx
from data_access.scoping import within
from data_access.tables import alarms, equipment, organizations, publicity, reading_rollups, sites
from domain.scope import Scope
from domain.truth import Verdict

a, e, p, s, r = alarms.c, equipment.c, publicity.c, sites.c, reading_rollups.c
MOST: Final = 200
_KNOWN_BY: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class PublicityRow:
    """One behaviour at one site in one week. `hour` is the hour of the day (Shanghai) in which it happens most.

    `before` and `after` are how often it occurred within so many days on either side of `done_at`, 0 while nothing was done;
    `monitored` is over how many lifts they are counted; `known_before`: lifts were already heard when the days before began.
    """

    id: int
    site: str
    street_code: str | None
    behaviour: str
    since: datetime
    until: datetime
    done_at: datetime | None
    done_by: str | None
    note: str
    count: int
    lifts: int
    hour: int | None
    use_unit: str | None
    before: int
    after: int
    monitored: int
    known_before: bool


def listed(scope: Scope, tx: Tx, *, days: int, open_only: bool = False, behaviour: str = "", limit: int = MOST) -> list[PublicityRow]:
    """What is on the list in the scope: what is still to be done first, then the newest week, then what happens most.

    `days` are compared on either side of what was done.
    """
    week, sides = _week(scope), _sides(scope, timedelta(days=days))
    wanted = [*([p.done_at.is_(None)] if open_only else []), *([p.behaviour == behaviour] if behaviour else [])]
    columns = (p.id, s.name, s.street_code, p.behaviour, p.since, p.until, p.done_at, p.done_by, p.note, *week.c, _use_unit())
    statement = (
        select(*columns, *sides.c, _monitored(scope), _known_before(scope, timedelta(days=days)))
        .select_from(publicity.join(sites, s.id == p.site_id).join(week, true()).join(sides, true()))
        .where(week.c.count > 0, *wanted)
        .order_by(p.done_at.is_not(None), p.since.desc(), week.c.count.desc(), p.id)
        .limit(limit)
    )
    return [PublicityRow(*row) for row in tx.rows(statement)]


def exists(scope: Scope, tx: Tx, *, entry_id: int) -> bool:
    """Whether there is such an entry in the scope: one about lifts of the scope."""
    week = _week(scope)
    return bool(tx.rows(select(p.id).select_from(publicity.join(week, true())).where(p.id == entry_id, week.c.count > 0)))


def _week(scope: Scope) -> LateralFromClause:
    """What happened in the entry's week: how often, in how many lifts, mostly in which hour."""
    hour = func.extract("hour", func.timezone("Asia/Shanghai", a.raised_at))
    columns = (
        func.coalesce(func.sum(a.occurrences), 0).label("count"),
        func.count(a.equipment_id.distinct()).label("lifts"),
        cast(within_group(func.mode(), hour), Integer).label("hour"),
    )
    return _happened(scope, columns, p.since, p.until).lateral("week")


def _sides(scope: Scope, span: timedelta) -> LateralFromClause:
    """How often it occurred within `span` before publicity was done, and after."""
    columns = (
        func.coalesce(func.sum(a.occurrences).filter(a.raised_at < p.done_at), 0).label("before"),
        func.coalesce(func.sum(a.occurrences).filter(a.raised_at >= p.done_at), 0).label("after"),
    )
    return _happened(scope, columns, p.done_at - span, p.done_at + span).lateral("sides")


def _happened(scope: Scope, columns: tuple[ColumnElement[Any], ...], since: ColumnElement[Any], until: ColumnElement[Any]) -> Select[Any]:
    """Figures over the entry's behaviour at its site in a time; what somebody called false or a drill is left out."""
    counted = or_(a.verdict.is_(None), a.verdict == Verdict.CONFIRMED.value)
    statement = select(*columns).select_from(alarms.join(equipment, e.id == a.equipment_id))
    statement = statement.where(e.site_id == p.site_id, a.family == p.behaviour, a.raised_at >= since, a.raised_at < until, counted)
    return within(scope, statement).correlate(publicity)


def _monitored(scope: Scope) -> ScalarSelect[Any]:
    """How many lifts of the site have a monitor."""
    found = select(func.count()).select_from(equipment).where(e.site_id == p.site_id, e.monitor_vendor.is_not(None))
    return within(scope, found).correlate(publicity).scalar_subquery()


def _known_before(scope: Scope, span: timedelta) -> ColumnElement[bool]:
    """Whether a lift of the site was heard in the week before those days began: else nothing is known of them."""
    until = p.done_at - span
    spoke = within(scope, select(e.id).where(e.site_id == p.site_id))
    return any_row().where(r.equipment_id.in_(spoke), r.since >= until - _KNOWN_BY, r.since < until).correlate(publicity)


def _use_unit() -> ScalarSelect[Any]:
    """The use unit of the site, where its machines have one and the same."""
    named = select(func.min(organizations.c.name)).select_from(equipment.join(organizations, organizations.c.id == e.use_unit_id))
    only = named.where(e.site_id == p.site_id).having(func.count(organizations.c.id.distinct()) == 1)
    return only.correlate(publicity).scalar_subquery()
