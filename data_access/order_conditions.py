"""What a filter of work orders means in SQL: list, board, figures and file go through it, so that they cannot differ."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, or_, select, true, union_all

from data_access.conditions import NO_STREET
from data_access.tables import (
    deadlines,
    equipment,
    incident_sources,
    order_copies,
    organizations,
    plan_tasks,
    rule_settings,
    sites,
    work_order_events,
    work_orders,
)
from data_access.words import search_pattern
from domain.deadlines import BOUNCES, UNOWNED_FOR
from domain.equipment.kind import Threshold
from domain.order_duties import duties
from domain.scope import ALL, Role, Scope
from domain.work_orders import OVERSEEING, RESCUE_CHAIN, Step

w, d, v = work_orders.c, deadlines.c, work_order_events.c
ACTING_STEPS: Final = frozenset(Step) - OVERSEEING
_RESCUE_CHAIN: Final = tuple(sorted(kind.value for kind in RESCUE_CHAIN))
_UNITS: Final = (Role.USE_UNIT, Role.MAINTENANCE_UNIT)
_machines = equipment.alias("found_machines")  # the list joins equipment too
_sites = sites.alias("found_order_sites")


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFilter:
    """Which orders; an empty tuple, None or False does not limit. `mine` are those whose next step the reader's role owes."""

    ids: tuple[int, ...] = ()
    kinds: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    causes: tuple[str, ...] = ()
    streets: tuple[str, ...] = ()  # NO_STREET among them: or in none
    machines: tuple[str, ...] = ()  # their codes
    alarms: tuple[int, ...] = ()
    groups: tuple[int, ...] = ()
    units: tuple[int, ...] = ()  # who is to act
    assignees: tuple[int, ...] = ()
    open: bool | None = None
    urgent: bool | None = None
    suspended: bool | None = None
    drill: bool | None = None
    mine: bool = False
    unassigned: bool = False
    overdue: bool = False
    circling: bool = False
    reached: tuple[str, ...] = ()  # steps of which somebody has taken one
    merged: bool | None = False  # an order that repeats another one stands beside it, not in the list
    since: datetime | None = None
    text: str = ""


EVERY: Final = OrderFilter()


def meeting(scope: Scope, wanted: OrderFilter, *, at: datetime) -> ColumnElement[bool]:
    """The condition of a filter, for statements over work orders."""
    return and_(true(), *_listed(wanted), *_flags(wanted), *_duties(scope, wanted, at), *_found(wanted))


def is_overdue(at: datetime) -> ColumnElement[bool]:
    """One of its clocks has run out, and still nobody has done what it is about."""
    return exists().where(
        d.work_order_id == w.id, d.met_at.is_(None), d.dropped_at.is_(None), d.paused_at.is_(None), d.due_at <= at, w.closed_at.is_(None)
    )


def is_circling(at: datetime) -> ColumnElement[bool]:
    """It goes round in circles (N10), by the thresholds in force: given back twice, whatever its kind; or, of the rescue chain,
    without anybody for ten minutes. The bureau's own orders have working days, and are nobody's for longer without any harm.
    """
    waited = func.extract("epoch", at - w.unowned_since)
    lonely = and_(w.kind.in_(_RESCUE_CHAIN), waited >= _in_force(UNOWNED_FOR))
    return and_(w.closed_at.is_(None), or_(w.bounced >= _in_force(BOUNCES), lonely))


def is_unassigned() -> ColumnElement[bool]:
    """An open order that no unit and no person has taken or been given."""
    return and_(w.closed_at.is_(None), w.unit_id.is_(None), w.assignee_id.is_(None))


def is_mine(scope: Scope) -> ColumnElement[bool]:
    """Open, and the next step is owed by the reader's role: by the tables of the law or a task of the plan; or a copy is to be read,
    which says of an order that is closed or goes on as another one that it was handled.
    """
    waiting = and_(w.closed_at.is_(None), w.master_id.is_(None), ~w.suspended)
    if scope.role in _UNITS:
        return and_(waiting, _of_unit(scope.role, scope.organization))
    steps = select(w.id).where(waiting, _owed(scope.role)).correlate(None)
    return w.id.in_(union_all(steps, *_awaited(scope)))


def _awaited(scope: Scope) -> Iterator[Select[tuple[int]]]:
    """The orders, open or over, of which the reader owes a task or is to read a copy. Each is found by an index of its own, and not by
    asking this of every order there ever was.
    """
    t, c = plan_tasks.c, order_copies.c
    yield select(t.work_order_id).where(t.owner == scope.role.value, t.done_at.is_(None), t.dropped_at.is_(None))
    if scope.role is Role.STREET and scope.streets != ALL:
        yield select(c.work_order_id).where(c.street_code.in_(scope.streets), c.read_at.is_(None))


def _of_unit(role: Role, unit: int | None) -> ColumnElement[bool]:
    """What a unit owes: what it was sent to, and its word on its own machines, but not on what it did itself."""
    sent = and_(w.unit_id == unit, _owed(role, ACTING_STEPS))
    concerned = w.unit_id == unit if role is Role.MAINTENANCE_UNIT else or_(w.unit_id == unit, w.use_unit_id == unit)
    return or_(sent, and_(concerned, w.completed_by_id.is_distinct_from(unit), _owed(role, OVERSEEING)))


def _owed(role: Role, among: Collection[Step] = frozenset(Step)) -> ColumnElement[bool]:
    return or_(false(), *(and_(w.kind == kind.value, w.status == status.value) for kind, status in sorted(duties(role, among=among))))


def _in_force(threshold: Threshold) -> ColumnElement[float]:
    """A threshold's value, asked for by the statement itself."""
    r = rule_settings.c
    newest = select(r.value).where(r.key == threshold.key).order_by(r.version.desc()).limit(1).scalar_subquery()
    return func.coalesce(newest, threshold.default)


def _listed(wanted: OrderFilter) -> list[ColumnElement[bool]]:
    columns: tuple[tuple[Collection[Any], Any], ...] = (
        (wanted.ids, w.id), (wanted.kinds, w.kind), (wanted.statuses, w.status), (wanted.levels, w.level), (wanted.causes, w.cause),
        (wanted.groups, w.group_id), (wanted.units, w.unit_id), (wanted.assignees, w.assignee_id),
    )  # fmt: skip
    conditions = [column.in_(values) for values, column in columns if values]
    if wanted.streets:
        known = [street for street in wanted.streets if street != NO_STREET]
        nowhere = w.street_code.is_(None) if NO_STREET in wanted.streets else false()
        conditions.append(or_(w.street_code.in_(known), nowhere))
    return conditions


def _flags(wanted: OrderFilter) -> list[ColumnElement[bool]]:
    flags: tuple[tuple[bool | None, ColumnElement[bool]], ...] = (
        (wanted.open, w.closed_at.is_(None)),
        (wanted.urgent, w.urgent),
        (wanted.suspended, w.suspended),
        (wanted.drill, w.drill),
        (wanted.merged, w.master_id.is_not(None)),
    )
    return [condition if asked else ~condition for asked, condition in flags if asked is not None]


def _duties(scope: Scope, wanted: OrderFilter, at: datetime) -> list[ColumnElement[bool]]:
    return [
        *([is_mine(scope)] if wanted.mine else []),
        *([is_unassigned()] if wanted.unassigned else []),
        *([is_overdue(at)] if wanted.overdue else []),
        *([is_circling(at)] if wanted.circling else []),
    ]


def _found(wanted: OrderFilter) -> list[ColumnElement[bool]]:
    m, s = _machines.c, incident_sources.c
    conditions: list[ColumnElement[bool]] = []
    if wanted.since is not None:
        conditions.append(w.opened_at >= wanted.since)
    if wanted.reached:
        conditions.append(exists().where(v.work_order_id == w.id, v.action.in_(wanted.reached)))
    if wanted.machines:
        conditions.append(w.equipment_id.in_(select(m.id).where(m.code.in_(wanted.machines))))
    if wanted.alarms:
        reported = select(s.work_order_id).where(s.alarm_id.in_(wanted.alarms))
        conditions.append(or_(w.alarm_id.in_(wanted.alarms), w.id.in_(reported)))
    if wanted.text.strip():
        conditions.append(_speaks_of(wanted.text))
    return conditions


def _speaks_of(text: str) -> ColumnElement[bool]:
    """The order's number, its machine's code, name or address, its site, or the unit that is to act."""
    pattern, m = search_pattern(text), _machines.c
    at_site = select(_sites.c.id).where(_sites.c.search_key.like(pattern, escape="\\"))
    machines = select(m.id).where(or_(m.search_key.like(pattern, escape="\\"), m.site_id.in_(at_site)))
    units = select(organizations.c.id).where(organizations.c.name.like(f"%{_literal(text)}%", escape="\\"))
    number = func.lower(w.number).like(f"%{_literal(text.casefold())}%", escape="\\")
    return or_(number, w.equipment_id.in_(machines), w.unit_id.in_(units))


def _literal(text: str) -> str:
    """Text as LIKE takes it for itself."""
    return text.strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
