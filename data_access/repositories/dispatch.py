"""Teams, rosters and licences: who could be sent to an order, and how they are kept."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, tuple_
from sqlalchemy.dialects.postgresql import array

from data_access.engine import Tx
from data_access.tables import duty_shifts, equipment, licences, response_teams, work_order_events, work_orders
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
NEAREST: Final = 20  # teams of other units that are looked at


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

    A grave order (a person is inside) stands in the way of a grave one alone: minor faults wait for people.
    """
    joined = equipment.join(response_teams, and_(t.closed_at.is_(None), t.organization_id == e.maintenance_unit_id))
    if not contracted_only:
        joined = equipment.join(response_teams, t.closed_at.is_(None))
    columns = (
        t.id, t.organization_id, t.name, t.lng, t.lat, t.capacity,
        e.lng.label("machine_lng"), e.lat.label("machine_lat"),
        _contracted(at).label("contracted"), _licensed(at).label("licensed"), _on_duty(at).label("on_duty"),
        _load(grave=order.level in GRAVE, except_order=order.id).label("load"), _tried(order.id).label("tried"),
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
    begun_anew = exists().where(later.c.work_order_id == w.id, later.c.seq > v.seq, later.c.action.in_(BACK))
    told = exists().where(v.work_order_id == w.id, v.action == Step.NOTE.value, v.reason == Why.NOBODY_LEFT.value, ~begun_anew)
    pressing = or_(w.kind == OrderKind.RESCUE.value, w.urgent, w.level.in_(GRAVE), w.bounced > 0, w.opened_at <= opened_before)
    statement = select(w.id).where(*_unsent(RESCUE_CHAIN), pressing, ~told).order_by(w.level.in_(GRAVE).desc(), w.opened_at, w.id)
    return list(tx.scalars(statement.limit(limit)))


def sendable(tx: Tx, *, at: datetime, limit: int) -> list[int]:
    """Orders that nobody has given back yet, about machines whose maintenance unit has a team free for them now."""
    free = _free(tx, at)
    if not free:
        return []
    until = e.maintenance_contract_until
    contracted = or_(until.is_(None), until >= at.astimezone(BEIJING).date())
    joined = work_orders.join(equipment, e.id == w.equipment_id)
    theirs = tuple_(e.maintenance_unit_id, e.kind).in_(free)
    statement = select(w.id).select_from(joined).where(*_unsent(ANSWERED), w.bounced == 0, contracted, theirs)
    return list(tx.scalars(statement.order_by(w.level.in_(GRAVE).desc(), w.opened_at, w.id).limit(limit)))


def _free(tx: Tx, at: datetime) -> list[tuple[int, str]]:
    """(unit, kind of machine) for which somebody on duty is licensed and has room: asked once, not order by order."""
    today = at.astimezone(BEIJING).date()
    busy = select(w.team_id, func.count().label("load")).where(w.team_id.is_not(None), *_at_work()).group_by(w.team_id).subquery()
    joined = response_teams.outerjoin(busy, busy.c.team_id == t.id).join(licences, c.organization_id == t.organization_id)
    room = (t.closed_at.is_(None), _on_duty(at), func.coalesce(busy.c.load, 0) < t.capacity, c.valid_from <= today, c.valid_until >= today)
    statement = select(t.organization_id, func.unnest(c.kinds)).select_from(joined).where(*room).distinct()
    return [(unit, kind) for unit, kind in tx.rows(statement)]


def last_sent_at(tx: Tx, order_id: int) -> datetime | None:
    """When the order was last sent to somebody."""
    moment: datetime | None = tx.scalar(select(func.max(v.at)).where(v.work_order_id == order_id, v.action.in_(SENDING)))
    return moment


def whereabouts(tx: Tx, equipment_id: int) -> Whereabouts:
    """What somebody reads on a machine, and where it stands."""
    row = tx.execute(select(e.code, e.lng, e.lat).where(e.id == equipment_id)).one()
    return Whereabouts(row.code, _point(row.lng, row.lat))


def maintainer(tx: Tx, equipment_id: int | None) -> int | None:
    """The unit that maintains a machine."""
    found = tx.scalar(select(e.maintenance_unit_id).where(e.id == equipment_id))
    return None if found is None else int(found)


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


def _load(*, grave: bool, except_order: int) -> ColumnElement[int]:
    mine = [w.team_id == t.id, w.id != except_order, *_at_work(), *([w.level.in_(GRAVE)] if grave else [])]
    return select(func.count()).select_from(work_orders).where(*mine).scalar_subquery()


def _at_work() -> tuple[ColumnElement[bool], ...]:
    """What keeps a team busy: what it has completed waits for others."""
    return w.closed_at.is_(None), w.status != OrderStatus.COMPLETED.value


def _tried(order_id: int) -> ColumnElement[bool]:
    """Whether the team was sent to this order before."""
    return exists().where(v.work_order_id == order_id, v.proof["team"].as_integer() == t.id)
