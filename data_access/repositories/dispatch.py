"""Teams, rosters and licences: who could be sent to an order, and how they are kept."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Boolean, ColumnElement, Row, and_, case, column, exists, false, func, or_, select, true, tuple_, values
from sqlalchemy.dialects.postgresql import array

from data_access.engine import Tx
from data_access.tables import (
    duty_shifts,
    equipment,
    licences,
    notification_messages,
    notifications,
    response_teams,
    work_order_events,
    work_orders,
)
from domain.coordinates import Point
from domain.dispatch import Candidate, Why, metres_between
from domain.response import ResponseLevel
from domain.telemetry import BEIJING
from domain.work_orders import RESCUE_CHAIN, OrderKind, OrderStatus, Step

e, t, s, c, v, w = equipment.c, response_teams.c, duty_shifts.c, licences.c, work_order_events.c, work_orders.c
GRAVE: Final = (ResponseLevel.ENTRAPMENT.value, ResponseLevel.EMERGENCY.value)
OPENING: Final = "open"
ANSWERED: Final = (OrderKind.RESCUE, OrderKind.REPAIR, OrderKind.ANOMALY)
"""Kinds that a team answers for."""
SENDING: Final = (Step.DISPATCH.value, Step.TRANSFER.value)
BACK: Final = (OPENING, Step.RETURN.value)
"""What leaves an order with nobody."""
NEAREST: Final = 100  # teams of other units that are looked at
SUMMONED: Final = "summoned"  # the message to a maintenance unit none of whose teams can be sent
_MAINTAINED: Final = work_orders.join(equipment, e.id == w.equipment_id)
_SORT: Final = values(column("drill", Boolean), column("grave", Boolean), name="sort").data(
    [(drill, grave) for drill in (False, True) for grave in (False, True)]
)
"""The sorts of orders that are in the way of their like alone."""


@dataclass(frozen=True, slots=True)
class Unanswered:
    """An order that a unit was sent and nobody has taken since `sent_at`."""

    id: int
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """The code of a machine, and its position where it is known."""

    code: str
    point: Point | None


def candidates(tx: Tx, order: Any, *, at: datetime, contracted_only: bool = True) -> list[Candidate]:
    """The teams of the unit that maintains the order's machine, weighed; with all others too where `contracted_only` is false.

    A grave order (a person is inside) stands in the way of a grave one alone: minor faults wait for people; and a drill of a drill.
    """
    joined = equipment.join(response_teams, and_(t.closed_at.is_(None), t.organization_id == e.maintenance_unit_id))
    if not contracted_only:
        joined = equipment.join(response_teams, t.closed_at.is_(None))
    columns = (
        t.id, t.organization_id, t.name, t.lng, t.lat, t.capacity,
        e.lng.label("machine_lng"), e.lat.label("machine_lat"),
        _contracted(at).label("contracted"), _licensed(at).label("licensed"), _on_duty(at).label("on_duty"),
        _load(order).label("load"), _tried(order.id).label("tried"),
    )  # fmt: skip
    rows = tx.execute(select(*columns).select_from(joined).where(e.id == order.equipment_id).order_by(t.id))
    found = [_candidate(row) for row in rows]
    return found if contracted_only else sorted(found, key=lambda one: (not one.contracted, one.weight))[:NEAREST]


def was_sent(tx: Tx, order_id: int, *, unit: int) -> bool:
    """Whether the order was sent to this unit before."""
    sent = exists().where(v.work_order_id == order_id, v.action.in_(SENDING), v.proof["unit"].as_integer() == unit)
    return bool(tx.scalar(select(sent)))


def unanswered(tx: Tx, *, before: datetime, limit: int) -> list[Unanswered]:
    """Orders sent at `before` or earlier that no unit has taken, people first, then the longest wait."""
    sent_at = select(func.max(v.at)).where(v.work_order_id == w.id, v.action.in_(SENDING)).scalar_subquery()
    waiting = (
        w.closed_at.is_(None),
        w.master_id.is_(None),
        w.status == OrderStatus.CREATED.value,
        w.kind.in_([kind.value for kind in ANSWERED]),
    )
    statement = select(w.id, sent_at).where(*waiting, sent_at <= before).order_by(w.level.in_(GRAVE).desc(), sent_at, w.id)
    return [Unanswered(*row) for row in tx.rows(statement.limit(limit))]


def unannounced(tx: Tx, *, opened_before: datetime, limit: int) -> list[int]:
    """Orders that nobody could be found for and that the centre has not been told of since, people first, then the oldest.

    A minor fault that nobody has had yet may wait for a team until it was opened before that moment.
    """
    later = work_order_events.alias("later")
    begun_anew = exists().where(later.c.work_order_id == v.work_order_id, later.c.seq > v.seq, later.c.action.in_(BACK))
    told = exists().where(v.work_order_id == w.id, v.action == Step.NOTE.value, v.reason == Why.NOBODY_LEFT.value, ~begun_anew)
    pressing = or_(w.kind == OrderKind.RESCUE.value, w.urgent, w.level.in_(GRAVE), w.bounced > 0, w.opened_at <= opened_before)
    statement = select(w.id).where(*_unsent(RESCUE_CHAIN), pressing, ~told).order_by(w.level.in_(GRAVE).desc(), w.opened_at, w.id)
    return list(tx.scalars(statement.limit(limit)))


def sendable(tx: Tx, *, at: datetime, limit: int) -> list[int]:
    """Orders that nobody has given back yet, about machines whose maintenance unit has a team free for them now."""
    free = _free(tx, at)
    if not free:
        return []
    statement = select(w.id).select_from(_MAINTAINED).where(*_unsent(ANSWERED), w.bounced == 0, _served_by(free, at))
    return list(tx.scalars(statement.order_by(w.level.in_(GRAVE).desc(), w.drill, w.opened_at, w.id).limit(limit)))


def unsummoned(tx: Tx, *, at: datetime, limit: int) -> list[Row[Any]]:
    """Orders that wait for a team while none is free, as rows of work_orders with their machine's `maintainer`, who has not been told yet.

    Told is told since the order was last given back; people first, then the oldest.
    """
    n, m = notifications.c, notification_messages.c
    told = (
        exists()
        .where(n.work_order_id == w.id, m.notification_id == n.id)
        .where(m.template == SUMMONED, m.words["turn"].as_integer() == w.bounced)
    )
    soon = and_(w.bounced == 0, _served_by(_free(tx, at), at))
    statement = select(work_orders, e.maintenance_unit_id.label("maintainer")).select_from(_MAINTAINED)
    waiting = statement.where(*_unsent(ANSWERED), e.maintenance_unit_id.is_not(None), ~soon, ~told)
    return list(tx.execute(waiting.order_by(w.level.in_(GRAVE).desc(), w.opened_at, w.id).limit(limit)))


def _free(tx: Tx, at: datetime) -> list[tuple[int, str, bool, bool]]:
    """(unit, kind of machine, drill, grave): for orders of which sort somebody on duty is licensed and has room; asked once for all."""
    today = at.astimezone(BEIJING).date()
    grave = func.count().filter(w.level.in_(GRAVE)).label("grave")
    counted = select(w.team_id, w.drill, func.count().label("load"), grave).where(w.team_id.is_not(None), *_at_work())
    busy = counted.group_by(w.team_id, w.drill).subquery()
    in_the_way = func.coalesce(case((_SORT.c.grave, busy.c.grave), else_=busy.c.load), 0)
    joined = (
        response_teams.join(_SORT, true())
        .outerjoin(busy, and_(busy.c.team_id == t.id, busy.c.drill == _SORT.c.drill))
        .join(licences, c.organization_id == t.organization_id)
    )
    room = (t.closed_at.is_(None), _on_duty(at), in_the_way < t.capacity, c.valid_from <= today, c.valid_until >= today)
    columns = (t.organization_id, func.unnest(c.kinds), _SORT.c.drill, _SORT.c.grave)
    return [tuple(row) for row in tx.execute(select(*columns).select_from(joined).where(*room).distinct())]


def _served_by(free: Collection[tuple[int, str, bool, bool]], at: datetime) -> ColumnElement[bool]:
    """Whether the unit with the contract for the order's machine is among those that have somebody for an order of its sort."""
    until = e.maintenance_contract_until
    contracted = or_(until.is_(None), until >= at.astimezone(BEIJING).date())
    sort = tuple_(e.maintenance_unit_id, e.kind, w.drill, func.coalesce(w.level.in_(GRAVE), false()))
    return and_(contracted, func.coalesce(sort.in_(list(free)), false()))


def last_sent_at(tx: Tx, order_id: int) -> datetime | None:
    """When the order was last sent to somebody."""
    moment: datetime | None = tx.scalar(select(func.max(v.at)).where(v.work_order_id == order_id, v.action.in_(SENDING)))
    return moment


def whereabouts(tx: Tx, equipment_id: int) -> Whereabouts:
    """What somebody reads on a machine, and where it stands."""
    row = tx.execute(select(e.code, e.lng, e.lat).where(e.id == equipment_id)).one()
    return Whereabouts(row.code, _point(row.lng, row.lat))


def maintainers(tx: Tx, machines: Iterable[int | None]) -> dict[int, int]:
    """The unit that maintains each of some machines; those that nobody does are left out."""
    wanted = sorted({machine for machine in machines if machine is not None})
    if not wanted:
        return {}
    found = select(e.id, e.maintenance_unit_id).where(e.id.in_(wanted), e.maintenance_unit_id.is_not(None))
    return dict(tx.rows(found))


def _candidate(row: Any) -> Candidate:
    return Candidate(
        team=row.id,
        unit=row.organization_id,
        name=row.name,
        metres=metres_between(_point(row.machine_lng, row.machine_lat), _point(row.lng, row.lat)),
        load=row.load,
        capacity=row.capacity,
        contracted=row.contracted,
        licensed=row.licensed,
        on_duty=row.on_duty,
        tried=row.tried,
    )


def _point(lng: float | None, lat: float | None) -> Point | None:
    return None if lng is None or lat is None else Point(lng, lat)


def _unsent(kinds: Iterable[OrderKind]) -> tuple[ColumnElement[bool], ...]:
    return w.closed_at.is_(None), w.master_id.is_(None), w.status == OrderStatus.REPORTED.value, w.kind.in_([kind.value for kind in kinds])


def _contracted(at: datetime) -> ColumnElement[bool]:
    """Whether the team's unit maintains the machine today; a contract whose end no register states is one without an end."""
    until = e.maintenance_contract_until
    in_force = or_(until.is_(None), until >= at.astimezone(BEIJING).date())
    return func.coalesce(and_(t.organization_id == e.maintenance_unit_id, in_force), False)


def _licensed(at: datetime) -> ColumnElement[bool]:
    today = at.astimezone(BEIJING).date()
    in_force = and_(c.organization_id == t.organization_id, c.valid_from <= today, c.valid_until >= today)
    return exists().where(in_force, c.kinds.contains(array([e.kind])))


def _on_duty(at: datetime) -> ColumnElement[bool]:
    return exists().where(s.team_id == t.id, s.starts_at <= at, s.ends_at > at)


def _load(order: Any) -> ColumnElement[int]:
    grave = [w.level.in_(GRAVE)] if order.level in GRAVE else []
    mine = (w.team_id == t.id, w.id != order.id, *at_work(drill=order.drill), *grave)
    return select(func.count()).select_from(work_orders).where(*mine).scalar_subquery()


def at_work(*, drill: bool) -> tuple[ColumnElement[bool], ...]:
    """What keeps a team busy for real, or in a drill: neither takes people from the other."""
    return *_at_work(), w.drill.is_(drill)


def _at_work() -> tuple[ColumnElement[bool], ...]:
    """Orders that somebody is busy with: what was completed waits for others."""
    return w.closed_at.is_(None), w.status != OrderStatus.COMPLETED.value


def _tried(order_id: int) -> ColumnElement[bool]:
    """Whether the team was sent to this order before."""
    return exists().where(v.work_order_id == order_id, v.proof["team"].as_integer() == t.id)
