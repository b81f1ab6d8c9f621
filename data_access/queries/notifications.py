"""Messages about orders, and copies to streets, as the page of notifications shows them: to each reader his own, to the centre and
the bureau everybody's.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, true, tuple_

from data_access.engine import Tx
from data_access.recipients import masked, reported_by
from data_access.scoping import of_orders
from data_access.tables import (
    accounts,
    equipment,
    notification_messages,
    notifications,
    order_copies,
    organizations,
    response_teams,
    sites,
    streets,
    work_orders,
)
from domain.notices import recipients_of
from domain.outbox import MessageStatus
from domain.scope import Scope

m, n, w, e, c = notification_messages.c, notifications.c, work_orders.c, equipment.c, order_copies.c
Cursor = tuple[datetime, int]
"""(created_at, id) of the last row seen: the next page begins after it."""
_FROM: Final = notification_messages.join(notifications, n.id == m.notification_id).join(work_orders, w.id == n.work_order_id)
_PLACED: Final = _FROM.outerjoin(equipment, e.id == w.equipment_id).outerjoin(sites, sites.c.id == e.site_id)
_NAME: Final = func.coalesce(
    select(organizations.c.name).where(n.recipient == func.concat("unit:", organizations.c.id)).scalar_subquery(),
    select(response_teams.c.name).where(n.recipient == func.concat("team:", response_teams.c.id)).scalar_subquery(),
    select(streets.c.name).where(n.recipient == func.concat("street:", streets.c.code)).scalar_subquery(),
    select(accounts.c.name).where(n.recipient == func.concat("account:", accounts.c.id)).scalar_subquery(),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeFilter:
    """An empty tuple or None does not limit. `drill` True: drills alone; False: without them. `text`: of an order's number."""

    statuses: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    urgent: bool | None = None
    drill: bool | None = None
    since: datetime | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """One message. `name` is the recipient's where it is a unit, a team, a street, a person, or a citizen, of whom it shows the ends;
    `said` are the words that left, None before.
    """

    id: int
    recipient: str
    name: str | None
    channel: str
    template: str
    said: str | None
    urgent: bool
    drill: bool
    status: str
    attempts: int
    error: str | None
    created_at: datetime
    next_at: datetime
    sent_at: datetime | None
    receipt_at: datetime | None
    collapsed_into: int | None
    order_id: int
    number: str
    order_kind: str
    place: str | None


@dataclass(frozen=True, slots=True)
class TallyRow:
    """Messages of one status; `oldest` is when the first of them was queued."""

    status: str
    urgent: bool
    count: int
    oldest: datetime


@dataclass(frozen=True, slots=True)
class CopyRow:
    """One copy of an order to a street, and who has signed for it."""

    order_id: int
    number: str
    cause: str
    order_kind: str
    place: str | None
    street: str
    occasion: str
    copied_at: datetime
    read_at: datetime | None
    read_by: str | None


def page(scope: Scope, tx: Tx, *, wanted: NoticeFilter, before: Cursor | None = None, limit: int) -> list[NoticeRow]:
    """The messages of a filter, newest first."""
    columns = (
        m.id, n.recipient, _NAME, n.channel, m.template, m.said, m.urgent, m.drill, m.status, m.attempts, m.error, m.created_at, m.next_at,
        m.sent_at, m.receipt_at, m.collapsed_into, w.id, w.number, w.kind, func.coalesce(sites.c.name, e.name), reported_by(n.recipient),
    )  # fmt: skip
    statement = _mine(scope, select(*columns).select_from(_PLACED)).where(_matching(wanted))
    if before is not None:
        statement = statement.where(tuple_(m.created_at, m.id) < before)
    rows = tx.rows(statement.order_by(m.created_at.desc(), m.id.desc()).limit(limit))
    return [replace(NoticeRow(*row), name=masked(made_by)) if made_by else NoticeRow(*row) for *row, made_by in rows]


def tallies(scope: Scope, tx: Tx, *, since: datetime, drill: bool | None = False) -> list[TallyRow]:
    """How many messages stand where, of those queued since then and all that still wait or are dead.

    Drills are in no figure; `drill` True: of drills alone; None: of both.
    """
    unsettled = m.status.in_((MessageStatus.QUEUED.value, MessageStatus.FAILED.value, MessageStatus.DEAD.value))
    wanted = and_(or_(m.created_at >= since, unsettled), _matching(NoticeFilter(drill=drill)))
    statement = select(m.status, m.urgent, func.count(), func.min(m.created_at)).select_from(_FROM)
    statement = _mine(scope, statement).where(wanted).group_by(m.status, m.urgent)
    return [TallyRow(*row) for row in tx.rows(statement.order_by(m.status, m.urgent))]


def delay(scope: Scope, tx: Tx, *, since: datetime) -> timedelta | None:
    """Within how long nine in ten urgent messages left, of those sent since then; None where none was."""
    ninth = func.percentile_cont(0.9).within_group(m.sent_at - m.created_at)
    statement = _mine(scope, select(ninth).select_from(_FROM)).where(m.sent_at >= since, m.urgent, ~m.drill)
    found: timedelta | None = tx.scalar(statement)
    return found


def copies(scope: Scope, tx: Tx, *, limit: int) -> list[CopyRow]:
    """Copies to streets: those nobody has signed for first, then the newest."""
    joined = order_copies.join(work_orders, w.id == c.work_order_id).join(streets, streets.c.code == c.street_code)
    joined = joined.outerjoin(equipment, e.id == w.equipment_id).outerjoin(sites, sites.c.id == e.site_id)
    columns = (
        w.id, w.number, w.cause, w.kind, func.coalesce(sites.c.name, e.name), streets.c.name, c.occasion, c.copied_at, c.read_at, c.read_by,
    )  # fmt: skip
    statement = of_orders(scope, select(*columns).select_from(joined)).order_by(c.read_at.is_not(None), c.copied_at.desc(), c.id.desc())
    return [CopyRow(*row) for row in tx.rows(statement.limit(limit))]


def _mine(scope: Scope, statement: Select[Any]) -> Select[Any]:
    """Messages about orders in the scope; those to others are for the centre and the bureau alone."""
    own = recipients_of(scope)
    return of_orders(scope, statement) if own is None else of_orders(scope, statement).where(n.recipient.in_(own))


def _matching(wanted: NoticeFilter) -> ColumnElement[bool]:
    conditions: list[ColumnElement[bool]] = [
        *([m.status.in_(wanted.statuses)] if wanted.statuses else []),
        *([n.channel.in_(wanted.channels)] if wanted.channels else []),
        *([m.urgent.is_(wanted.urgent)] if wanted.urgent is not None else []),
        *([m.drill.is_(wanted.drill)] if wanted.drill is not None else []),
        *([m.created_at >= wanted.since] if wanted.since else []),
        *([w.number.contains(wanted.text, autoescape=True)] if wanted.text else []),
    ]
    return and_(true(), *conditions)
