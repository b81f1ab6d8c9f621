"""The duty officer's desk: everything that is open now, gravest first, whom it rang for, and the figures over it.

Orders of one incident that endanger nobody stand as one line; drills stand apart, and are in no figure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.dialects.postgresql import distinct_on

from data_access.conditions import midnight
from data_access.engine import Tx
from data_access.order_conditions import is_circling, is_overdue
from data_access.order_rows import OrderRow, rows_of
from data_access.scoping import of_orders
from data_access.tables import incident_sources, seat_calls, work_orders
from domain.order_words import OrderKind
from domain.response import ResponseLevel
from domain.scope import Scope
from domain.work_orders import RESCUE_CHAIN

w, c, i = work_orders.c, seat_calls.c, incident_sources.c
KINDS: Final = tuple(sorted(kind.value for kind in RESCUE_CHAIN))
"""What the desk handles; the supervision chain is the bureau's."""
_RESCUE: Final = w.kind == OrderKind.RESCUE.value
_GRAVE: Final = w.level.in_((ResponseLevel.ENTRAPMENT.value, ResponseLevel.EMERGENCY.value))
_STANDING: Final = and_(w.closed_at.is_(None), w.master_id.is_(None))
_OPEN: Final = and_(_STANDING, w.kind.in_(KINDS))
_LIVE: Final = and_(_OPEN, ~w.drill)
_RINGING: Final = and_(c.answered_at.is_(None), c.dropped_at.is_(None))


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the desk: an order, and how many of its incident it stands for."""

    order: OrderRow
    members: int


@dataclass(frozen=True, slots=True)
class Call:
    """The newest call of the seat about an order."""

    work_order_id: int
    turn: int
    called_at: datetime
    due_at: datetime
    answered_at: datetime | None
    answered_by: str | None
    escalated_at: datetime | None
    dropped_at: datetime | None


@dataclass(frozen=True, slots=True)
class DeskCounts:
    """Figures about live orders; `today` and `ended_today` since midnight in Shanghai."""

    open: int
    trapped: int
    unanswered: int
    overdue: int
    circling: int
    today: int
    ended_today: int


def lines(scope: Scope, tx: Tx, *, drill: bool = False, limit: int = 60) -> list[Line]:
    """What is open now, people in danger first."""
    folded = case((and_(w.group_id.is_not(None), ~_RESCUE), w.group_id), else_=-w.id)
    ranked = of_orders(
        scope,
        select(
            w.id,
            func.row_number().over(partition_by=folded, order_by=_gravest_first()).label("place"),
            func.count().over(partition_by=folded).label("members"),
        ).where(_OPEN, w.drill if drill else ~w.drill),
    ).subquery()
    statement = rows_of(scope, ranked.c.place == 1).join(ranked, ranked.c.id == w.id).add_columns(ranked.c.members)
    return [Line(OrderRow(*row[:-1]), row[-1]) for row in tx.rows(statement.order_by(*_gravest_first()).limit(limit))]


def rescues(scope: Scope, tx: Tx, *, limit: int = 3) -> list[OrderRow]:
    """Who is being rescued now, the gravest and longest first; no drills."""
    return [OrderRow(*row) for row in tx.rows(rows_of(scope, _LIVE, _RESCUE).order_by(*_gravest_first()).limit(limit))]


def rescue_count(scope: Scope, tx: Tx) -> int:
    """How many rescues go on; no drills."""
    return int(tx.scalar(of_orders(scope, select(func.count()).select_from(work_orders).where(_LIVE, _RESCUE))))


def latest_rescue(scope: Scope, tx: Tx) -> OrderRow | None:
    """The rescue that goes on, else the one that ended last; None when there never was one."""
    running = rescues(scope, tx, limit=1)
    if running:
        return running[0]
    ended = rows_of(scope, _RESCUE, ~w.drill, w.closed_at.is_not(None)).order_by(w.closed_at.desc(), w.id.desc()).limit(1)
    return next((OrderRow(*row) for row in tx.rows(ended)), None)


def circling(scope: Scope, tx: Tx, *, limit: int = 12, at: datetime) -> list[OrderRow]:
    """The radar (N10): orders of every kind that were given back twice, and those of the rescue chain that have nobody for ten
    minutes; longest without anybody first, no drills.
    """
    statement = rows_of(scope, _STANDING, ~w.drill, is_circling(at))
    return [OrderRow(*row) for row in tx.rows(statement.order_by(w.unowned_since.asc().nulls_last(), w.id).limit(limit))]


def circling_count(scope: Scope, tx: Tx, *, at: datetime) -> int:
    """How many orders are on the radar."""
    on_radar = select(func.count()).select_from(work_orders).where(_STANDING, ~w.drill, is_circling(at))
    return int(tx.scalar(of_orders(scope, on_radar)))


def calls(scope: Scope, tx: Tx, *, order_ids: Sequence[int]) -> list[Call]:
    """The newest call about each of some orders."""
    if not order_ids:
        return []
    columns = (c.work_order_id, c.turn, c.called_at, c.due_at, c.answered_at, c.answered_by, c.escalated_at, c.dropped_at)
    statement = select(*columns).select_from(seat_calls.join(work_orders, w.id == c.work_order_id)).where(w.id.in_(order_ids))
    newest = of_orders(scope, statement.ext(distinct_on(c.work_order_id)).order_by(c.work_order_id, c.turn.desc()))
    return [Call(*row) for row in tx.rows(newest)]


def ringing(scope: Scope, tx: Tx, *, limit: int = 50) -> list[tuple[int, int | None]]:
    """The orders about people in danger that ring at the seat unanswered, with their machines; no drills."""
    return _ringing(scope, tx, _GRAVE, limit=limit)


def ringing_faults(scope: Scope, tx: Tx, *, limit: int = 50) -> list[tuple[int, int | None]]:
    """The orders about grave faults with nobody inside that ring at the seat unanswered, with their machines; no drills."""
    return _ringing(scope, tx, ~_GRAVE, limit=limit)


def origins(scope: Scope, tx: Tx, *, order_ids: Sequence[int]) -> dict[int, list[str]]:
    """From where some orders were reported, each source once: order id → sources."""
    if not order_ids:
        return {}
    statement = select(i.work_order_id, i.source).select_from(incident_sources.join(work_orders, w.id == i.work_order_id))
    found: dict[int, list[str]] = {}
    for order, source in tx.rows(
        of_orders(scope, statement.where(w.id.in_(order_ids)).group_by(i.work_order_id, i.source).order_by(func.min(i.at)))
    ):
        found.setdefault(order, []).append(source)
    return found


def counts(scope: Scope, tx: Tx, *, at: datetime) -> DeskCounts:
    """The desk's figures."""
    unanswered = select(func.count()).select_from(seat_calls.join(work_orders, w.id == c.work_order_id)).where(_LIVE, _RINGING)
    now = select(
        func.count(),
        func.count().filter(_RESCUE),
        func.count().filter(is_overdue(at)),
    ).where(_LIVE)
    since = midnight(at)
    day = select(func.count(), func.count().filter(w.closed_at.is_not(None))).where(w.opened_at >= since, ~w.drill, w.kind.in_(KINDS))
    [(open_, trapped, overdue)] = tx.rows(of_orders(scope, now.select_from(work_orders)))
    [(today, ended)] = tx.rows(of_orders(scope, day.select_from(work_orders)))
    rings, circles = int(tx.scalar(of_orders(scope, unanswered))), circling_count(scope, tx, at=at)
    return DeskCounts(open_, trapped, rings, overdue, circles, today, ended)


def _ringing(scope: Scope, tx: Tx, *conditions: ColumnElement[bool], limit: int) -> list[tuple[int, int | None]]:
    statement = select(w.id, w.equipment_id).select_from(seat_calls.join(work_orders, w.id == c.work_order_id))
    found = tx.rows(of_orders(scope, statement.where(_RINGING, ~w.drill, *conditions)).order_by(c.called_at, w.id).limit(limit))
    return [(order, machine) for order, machine in found]


def _gravest_first() -> tuple[ColumnElement[Any], ...]:
    """People in danger before machines, an incident of its own before one of many, what is urgent before what is not; the oldest first."""
    emergency = w.level == ResponseLevel.EMERGENCY.value
    tiers = (
        and_(_RESCUE, emergency),
        and_(emergency, w.group_id.is_(None)),
        _RESCUE,
        _GRAVE,
        w.urgent,
    )
    return (case(*((tier, place) for place, tier in enumerate(tiers)), else_=len(tiers)), w.occurred_at, w.id)
