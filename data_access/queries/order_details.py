"""What stands beside one work order: who reported it, who was told, copies, the plan's tasks, voice prompts, doubles, and choices."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, func, or_, select, true

from data_access.engine import Tx
from data_access.order_rows import OrderRow
from data_access.recipients import masked, reported_by
from data_access.scoping import is_whole, of_orders
from data_access.tables import (
    accounts,
    device_commands,
    incident_groups,
    incident_sources,
    notification_messages,
    notifications,
    order_copies,
    organizations,
    response_teams,
    streets,
    work_orders,
)
from domain.notices import recipients_of
from domain.response import ResponseLevel
from domain.scope import Role, Scope
from domain.work_orders import RESCUE_CHAIN, SUPERVISION_CHAIN

w = work_orders.c
MOST: Final = 100
MAINTAINER: Final = "maintenance_unit"


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One report of an order, whole: `domain.discretion` says what of the reporter somebody may see."""

    channel: str
    source: str
    alarm_id: int | None
    reporter: str
    phone: str
    words: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ToldRow:
    """Who was told, by which channel, and how that went with the newest message; of a citizen `name` shows the ends."""

    recipient: str
    channel: str
    status: str
    unit: str | None
    created_at: datetime
    sent_at: datetime | None
    receipt_at: datetime | None
    error: str | None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class CopyRow:
    """A copy to a street, and whether it was read."""

    street_code: str
    street: str
    occasion: str
    copied_at: datetime
    read_at: datetime | None
    read_by: str | None


@dataclass(frozen=True, slots=True)
class PromptRow:
    """A voice prompt to the machine, and its answers as they came."""

    prompt: str
    status: str
    created_at: datetime
    sent_at: datetime | None
    acknowledged_at: datetime | None
    answer: list[dict[str, Any]] | None


@dataclass(frozen=True, slots=True)
class RelatedRow:
    """Another order: one that repeats this one, its master, one of its group, or an open one that it might repeat."""

    id: int
    number: str
    kind: str
    status: str
    master_id: int | None
    group_id: int | None
    equipment_id: int | None
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class GroupRow:
    """The incident that an order is part of."""

    id: int
    cause: str
    name: str
    opened_at: datetime
    last_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class UnitRow:
    """A unit that may be sent, and one of its teams if it has any, with the team's place in degrees."""

    unit_id: int
    unit: str
    team_id: int | None
    team: str | None
    lng: float | None
    lat: float | None


@dataclass(frozen=True, slots=True)
class PersonRow:
    """An account that may be given an order."""

    id: int
    name: str
    role: str


def sources(scope: Scope, tx: Tx, *, order_id: int) -> list[SourceRow]:
    """Every report of an order, oldest first."""
    s = incident_sources.c
    columns = select(s.channel, s.source, s.alarm_id, s.reporter, s.phone, s.words, s.at)
    statement = columns.select_from(incident_sources.join(work_orders, w.id == s.work_order_id)).where(s.work_order_id == order_id)
    return [SourceRow(*row) for row in tx.rows(of_orders(scope, statement.order_by(s.at, s.id).limit(MOST)))]


def told(scope: Scope, tx: Tx, *, order_id: int) -> list[ToldRow]:
    """Who was told of an order, in the order in which they were, each with his newest message; the centre and the bureau see all of
    them and what gateways answered, everybody else his own.
    """
    n, m = notifications.c, notification_messages.c
    newest = (
        select(m.sent_at, m.receipt_at, m.error).where(m.notification_id == n.id).order_by(m.id.desc()).limit(1).correlate(notifications)
    ).lateral("newest")
    named = (("unit:", organizations.c), ("team:", response_teams.c))
    unit = func.coalesce(*(select(o.name).where(n.recipient == func.concat(kind, o.id)).scalar_subquery() for kind, o in named))
    made_by = reported_by(n.recipient)
    columns = (n.recipient, n.channel, n.status, unit, n.created_at, newest.c.sent_at, newest.c.receipt_at, newest.c.error, made_by)
    joined = notifications.join(work_orders, w.id == n.work_order_id).outerjoin(newest, n.id.is_not(None))
    statement = select(*columns).select_from(joined).where(n.work_order_id == order_id).order_by(n.created_at, n.id).limit(MOST)
    own = recipients_of(scope)
    rows = tx.rows(of_orders(scope, statement if own is None else statement.where(n.recipient.in_(own))))
    told = [replace(ToldRow(*row), name=masked(by)) for *row, by in rows]
    return told if own is None else [replace(row, error=None) for row in told]


def copies(scope: Scope, tx: Tx, *, order_id: int) -> list[CopyRow]:
    """The copies of an order to streets."""
    c, s = order_copies.c, streets.c
    joined = order_copies.join(work_orders, w.id == c.work_order_id).join(streets, s.code == c.street_code)
    statement = select(c.street_code, s.name, c.occasion, c.copied_at, c.read_at, c.read_by).select_from(joined)
    statement = statement.where(c.work_order_id == order_id).order_by(c.copied_at, c.id)
    return [CopyRow(*row) for row in tx.rows(of_orders(scope, statement))]


def prompts(scope: Scope, tx: Tx, *, order_id: int) -> list[PromptRow]:
    """The voice prompts that were played because of an order, newest first."""
    c = device_commands.c
    statement = select(c.prompt, c.status, c.created_at, c.sent_at, c.acknowledged_at, c.answer)
    statement = statement.select_from(device_commands.join(work_orders, w.id == c.work_order_id)).where(c.work_order_id == order_id)
    return [PromptRow(*row) for row in tx.rows(of_orders(scope, statement.order_by(c.id.desc()).limit(MOST)))]


def related(scope: Scope, tx: Tx, *, order_id: int, master_id: int | None, group_id: int | None) -> list[RelatedRow]:
    """The orders that repeat this one, the one it repeats, and the others of its incident."""
    about = w.master_id == order_id
    if master_id is not None:
        about |= w.id == master_id
    if group_id is not None:
        about |= (w.group_id == group_id) & (w.id != order_id)
    return _related(scope, tx, _orders().where(about).order_by(w.opened_at, w.id).limit(MOST))


def masters(scope: Scope, tx: Tx, *, order: OrderRow, limit: int = 20) -> list[RelatedRow]:
    """The open orders that one may go on as: of its own machine or of none, of its chain, no less grave or urgent, a drill for a drill."""
    chain = next(kinds for kinds in (RESCUE_CHAIN, SUPERVISION_CHAIN) if order.kind in kinds)
    as_grave = [level.value for level in ResponseLevel if order.level and level.rank >= ResponseLevel(order.level).rank]
    conditions = [
        w.id != order.id, w.closed_at.is_(None), w.master_id.is_(None), w.drill.is_(order.drill), w.kind.in_(sorted(chain)),
        true() if order.equipment_id is None else or_(w.equipment_id == order.equipment_id, w.equipment_id.is_(None)),
        true() if order.level is None else w.level.in_(as_grave), w.urgent if order.urgent else true(),
    ]  # fmt: skip
    nearest = ((w.equipment_id == order.equipment_id).desc().nulls_last(), w.opened_at.desc(), w.id.desc())
    return _related(scope, tx, _orders().where(*conditions).order_by(*nearest).limit(limit))


def group(scope: Scope, tx: Tx, *, group_id: int) -> GroupRow | None:
    """The incident of some order in the scope."""
    g = incident_groups.c
    statement = select(g.id, g.cause, g.name, g.opened_at, g.last_at, g.closed_at).where(g.id == group_id)
    mine = of_orders(scope, select(w.group_id).where(w.group_id == group_id))
    row = tx.execute(statement.where(g.id.in_(mine))).one_or_none()
    return None if row is None else GroupRow(*tuple(row))


def units(scope: Scope, tx: Tx, *, kind: str = MAINTAINER) -> list[UnitRow]:
    """Every unit of a kind with its teams, by pinyin: whom an authority may send. A unit sends nobody but itself."""
    o, t = organizations.c, response_teams.c
    joined = organizations.outerjoin(response_teams, (t.organization_id == o.id) & t.closed_at.is_(None))
    statement = select(o.id, o.name, t.id, t.name, t.lng, t.lat).select_from(joined).where(o.kind == kind)
    if scope.organization is not None:
        statement = statement.where(o.id == scope.organization)
    return [UnitRow(*row) for row in tx.rows(statement.order_by(o.pinyin, o.id, t.name))]


def people(scope: Scope, tx: Tx, *, unit_id: int | None) -> list[PersonRow]:
    """Whom an order may be given to: the accounts of the reader's own unit; for an authority, those of its role and of the acting unit."""
    a = accounts.c
    statement = select(a.id, a.name, a.role).where(~a.disabled).order_by(a.role, a.name, a.id)
    if scope.organization is not None:
        return [PersonRow(*row) for row in tx.rows(statement.where(a.organization_id == scope.organization))]
    whose = a.role == scope.role.value
    if scope.role in (Role.OPERATIONS_CENTRE, Role.BUREAU) and is_whole(scope) and unit_id is not None:
        whose |= a.organization_id == unit_id
    return [PersonRow(*row) for row in tx.rows(statement.where(whose))]


def names(
    scope: Scope,
    tx: Tx,
    *,
    units: Collection[int] = (),
    teams: Collection[int] = (),
    persons: Collection[int] = (),
    orders: Collection[int] = (),
) -> dict[str, str]:
    """What the numbers in a visible order's log stand for: "unit:3", "team:1", "person:7" or "order:12" → its name."""
    o, t, a = organizations.c, response_teams.c, accounts.c
    asked: tuple[tuple[str, Collection[int], Select[Any]], ...] = (
        ("unit", units, select(o.id, o.name).where(o.id.in_(units))),
        ("team", teams, select(t.id, t.name).where(t.id.in_(teams))),
        ("person", persons, select(a.id, a.name).where(a.id.in_(persons))),
        ("order", orders, of_orders(scope, select(w.id, w.number).where(w.id.in_(orders)))),
    )
    return {f"{what}:{row[0]}": row[1] for what, wanted, statement in asked if wanted for row in tx.rows(statement)}


def _orders() -> Select[Any]:
    return select(w.id, w.number, w.kind, w.status, w.master_id, w.group_id, w.equipment_id, w.opened_at)


def _related(scope: Scope, tx: Tx, statement: Select[Any]) -> list[RelatedRow]:
    return [RelatedRow(*row) for row in tx.rows(of_orders(scope, statement))]
