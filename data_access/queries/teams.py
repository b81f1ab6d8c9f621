"""Teams (维保班组) as screens show them: where they stand, who is on duty, what they are licensed for, and who could be sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Text, exists, func, or_, select, true
from sqlalchemy.dialects.postgresql import array

from data_access.engine import Tx
from data_access.queries import work_orders as orders
from data_access.repositories import dispatch
from data_access.scoping import is_whole, within
from data_access.tables import duty_shifts, equipment, licences, organizations, response_teams, work_orders
from domain.dispatch import rank, said
from domain.scope import Scope
from domain.telemetry import BEIJING

t, s, c, o, w = response_teams.c, duty_shifts.c, licences.c, organizations.c, work_orders.c


@dataclass(frozen=True, slots=True)
class TeamRow:
    """One team. `on_duty` are the people of the present shifts, with their telephone; `load` is the number of real
    orders it is at work on.

    `licensed_until` is the last day of its unit's latest licence, None where it has none.
    """

    id: int
    unit_id: int
    unit: str
    name: str
    lng: float | None
    lat: float | None
    phone: str
    capacity: int
    load: int
    on_duty: list[str]
    relieved_at: datetime | None
    licensed_until: date | None
    licensed: bool


def every(scope: Scope, tx: Tx, *, at: datetime) -> list[TeamRow]:
    """The teams of the units that maintain machines of the scope, by unit and name."""
    now = (s.team_id == t.id, s.starts_at <= at, s.ends_at > at)
    today = at.astimezone(BEIJING).date()
    load = select(func.count()).select_from(work_orders).where(w.team_id == t.id, *dispatch.at_work(drill=False)).scalar_subquery()
    named = select(func.array_agg(func.concat_ws(" ", s.name, func.nullif(s.phone, "")))).where(*now).scalar_subquery()
    people = func.coalesce(named, array([], type_=Text))
    relieved = select(func.max(s.ends_at)).where(*now).scalar_subquery()
    until = select(func.max(c.valid_until)).where(c.organization_id == t.organization_id).scalar_subquery()
    valid = exists().where(c.organization_id == t.organization_id, c.valid_from <= today, c.valid_until >= today)
    columns = (t.id, o.id, o.name, t.name, t.lng, t.lat, t.phone, t.capacity, load, people, relieved, until, valid)
    statement = select(*columns).select_from(response_teams.join(organizations, o.id == t.organization_id))
    rows = tx.rows(statement.where(t.closed_at.is_(None), _visible(scope)).order_by(o.pinyin, o.id, t.name))
    return [TeamRow(*row) for row in rows]


def units(scope: Scope, tx: Tx) -> list[tuple[int, str]]:
    """The maintenance units a reader may see teams of: (id, name), by pinyin."""
    mine = or_(o.kind == "maintenance_unit", o.id.in_(select(t.organization_id)))
    statement = select(o.id, o.name).where(mine, _of_unit(scope, o.id)).order_by(o.pinyin, o.id)
    return [(number, name) for number, name in tx.rows(statement)]


def candidates(scope: Scope, tx: Tx, *, order_id: int, at: datetime) -> list[dict[str, object]]:
    """Who could be sent to an order: the teams of the machine's unit, then the nearest others, with what speaks against each.

    The first that nothing speaks against stands first. Empty for an order outside the scope or about no machine.
    """
    order = orders.by_id(scope, tx, order_id=order_id)
    if order is None or order.equipment_id is None:
        return []
    found = dispatch.candidates(tx, order, at=at, contracted_only=False)
    ranked = rank(found)
    return list(said(ranked, most=len(ranked)))


def _visible(scope: Scope) -> ColumnElement[bool]:
    return _of_unit(scope, t.organization_id)


def _of_unit(scope: Scope, unit: ColumnElement[int]) -> ColumnElement[bool]:
    """A unit's own teams, and those of the units that maintain machines of the scope."""
    if is_whole(scope):
        return true()
    seen = unit.in_(within(scope, select(equipment.c.maintenance_unit_id)))
    return seen if scope.organization is None else or_(seen, unit == scope.organization)
