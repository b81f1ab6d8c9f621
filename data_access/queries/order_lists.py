"""Lists of work orders: the page and the board, their figures, the clocks beside them, and the orders of machines and alarms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, func, select, union_all

from data_access.conditions import is_critical
from data_access.engine import Tx
from data_access.order_conditions import EVERY, OrderFilter, is_circling, is_overdue, is_unassigned, meeting
from data_access.order_rows import OrderRow, gravest_first, rows_of
from data_access.scoping import of_orders
from data_access.tables import deadlines, equipment, incident_sources, work_orders
from domain.scope import Scope

w, d = work_orders.c, deadlines.c
_REAL: Final = (w.closed_at.is_(None), w.master_id.is_(None), ~w.drill)
# The board's columns: who has the next word, over both chains.
LANES: Final[dict[str, tuple[str, ...]]] = {
    "waiting": ("reported", "received"),
    "sent": ("created", "verified"),
    "taken": ("accepted", "ordered"),
    "on_site": ("on_site",),
    "to_confirm": ("completed", "rechecked"),
}


@dataclass(frozen=True, slots=True)
class Clock:
    """One legal clock of an order. `warned` counts the warnings that were given."""

    work_order_id: int
    kind: str
    turn: int
    started_at: datetime
    due_at: datetime
    warned: int
    paused_at: datetime | None
    paused_seconds: int
    met_at: datetime | None
    breached_at: datetime | None
    dropped_at: datetime | None


@dataclass(frozen=True, slots=True)
class OrderCounts:
    """How many orders stand behind each tab."""

    open: int
    mine: int
    unassigned: int
    overdue: int
    circling: int


def page(
    scope: Scope, tx: Tx, *, wanted: OrderFilter = EVERY, gravest: bool = False, offset: int = 0, limit: int = 50, at: datetime
) -> list[OrderRow]:
    """The orders of a filter, newest first, or those that weigh most."""
    order = gravest_first() if gravest else (w.opened_at.desc(), w.id.desc())
    statement = rows_of(scope, meeting(scope, wanted, at=at)).order_by(*order).offset(offset).limit(limit)
    return [OrderRow(*row) for row in tx.rows(statement)]


def board(scope: Scope, tx: Tx, *, wanted: OrderFilter = EVERY, limit: int = 30, at: datetime) -> dict[str, list[OrderRow]]:
    """The open orders of a filter by lane, in each the gravest first, and of these the oldest."""
    return {
        lane: [OrderRow(*row) for row in tx.rows(_lane(scope, wanted, statuses, at).order_by(*gravest_first()).limit(limit))]
        for lane, statuses in LANES.items()
    }


def lane_counts(scope: Scope, tx: Tx, *, wanted: OrderFilter = EVERY, at: datetime) -> dict[str, int]:
    """How many orders of a filter are in each lane, whatever their number."""
    shown = replace(wanted, open=True)
    statement = select(w.status, func.count()).where(meeting(scope, shown, at=at)).group_by(w.status).order_by(w.status)
    by_status = {row[0]: row[1] for row in tx.rows(of_orders(scope, statement))}
    return {lane: sum(by_status.get(status, 0) for status in statuses) for lane, statuses in LANES.items()}


def counts(scope: Scope, tx: Tx, *, wanted: OrderFilter = EVERY, at: datetime) -> OrderCounts:
    """The figures of the tabs for the other words of a filter."""
    tabs = (is_unassigned(), is_overdue(at), is_circling(at))
    shown = replace(wanted, open=True, mine=False, unassigned=False, overdue=False, circling=False)
    statement = select(func.count(), *(func.count().filter(tab) for tab in tabs)).where(meeting(scope, shown, at=at))
    own = select(func.count()).where(meeting(scope, replace(shown, open=None, merged=None, mine=True), at=at))
    [(open_, *others)] = tx.rows(of_orders(scope, statement.select_from(work_orders)))
    return OrderCounts(open_, int(tx.scalar(of_orders(scope, own.select_from(work_orders)))), *others)


def clocks(scope: Scope, tx: Tx, *, order_ids: Sequence[int]) -> list[Clock]:
    """The clocks of some orders, those that run out first at the beginning."""
    if not order_ids:
        return []
    names = (d.work_order_id, d.kind, d.turn, d.started_at, d.due_at, d.warned, d.paused_at, d.paused_seconds, d.met_at)
    statement = select(*names, d.breached_at, d.dropped_at).select_from(deadlines.join(work_orders, w.id == d.work_order_id))
    statement = statement.where(d.work_order_id.in_(order_ids)).order_by(d.due_at, d.id)
    return [Clock(*row) for row in tx.rows(of_orders(scope, statement))]


def running(scope: Scope, tx: Tx, *, order_ids: Sequence[int]) -> dict[int, Clock]:
    """Of each of some orders the clock that runs out next; an order without one is not there."""
    found: dict[int, Clock] = {}
    for clock in clocks(scope, tx, order_ids=order_ids):
        if clock.met_at is None and clock.dropped_at is None:
            found.setdefault(clock.work_order_id, clock)
    return found


def circling(scope: Scope, tx: Tx, *, order_ids: Sequence[int], at: datetime) -> frozenset[int]:
    """Which of some orders go round in circles."""
    if not order_ids:
        return frozenset()
    return frozenset(row[0] for row in tx.rows(of_orders(scope, select(w.id).where(w.id.in_(order_ids), is_circling(at)))))


def of_equipment(scope: Scope, tx: Tx, *, equipment_id: int, limit: int = 50) -> list[OrderRow]:
    """The orders of one machine, newest first."""
    statement = rows_of(scope, w.equipment_id == equipment_id).order_by(w.opened_at.desc(), w.id.desc()).limit(limit)
    return [OrderRow(*row) for row in tx.rows(statement)]


def on_map(scope: Scope, tx: Tx, *, limit: int = 200) -> list[OrderRow]:
    """The open orders that make a machine with a place critical, gravest first; no drills."""
    statement = rows_of(scope, is_critical(), equipment.c.lng.is_not(None), equipment.c.lat.is_not(None))
    return [OrderRow(*row) for row in tx.rows(statement.order_by(*gravest_first()).limit(limit))]


def gravest_of(scope: Scope, tx: Tx, *, equipment_id: int) -> OrderRow | None:
    """The gravest open order of one machine; a drill is none of its own."""
    statement = rows_of(scope, w.equipment_id == equipment_id, *_REAL).order_by(*gravest_first()).limit(1)
    return next((OrderRow(*row) for row in tx.rows(statement)), None)


def of_alarms(scope: Scope, tx: Tx, *, alarm_ids: Sequence[int]) -> dict[int, tuple[int, str]]:
    """The order that each alarm belongs to, the newest where there are several: alarm id → (order id, number)."""
    if not alarm_ids:
        return {}
    s = incident_sources.c
    own = select(w.alarm_id.label("alarm_id"), w.id, w.number).where(w.alarm_id.in_(alarm_ids))
    joined = incident_sources.join(work_orders, w.id == s.work_order_id)
    reported = select(s.alarm_id, w.id, w.number).select_from(joined).where(s.alarm_id.in_(alarm_ids))
    found = union_all(of_orders(scope, own), of_orders(scope, reported)).subquery().c
    return {row[0]: (row[1], row[2]) for row in tx.rows(select(found.alarm_id, found.id, found.number).order_by(found.id))}


def of_machines(scope: Scope, tx: Tx, *, codes: Sequence[str]) -> dict[str, tuple[int, str]]:
    """The gravest open order of each of some machines, drills apart: code → (order id, number)."""
    joined = work_orders.join(equipment, equipment.c.id == w.equipment_id)
    statement = select(equipment.c.code, w.id, w.number).select_from(joined).where(equipment.c.code.in_(codes), *_REAL)
    ranked = tx.rows(of_orders(scope, statement.order_by(*gravest_first())))
    found: dict[str, tuple[int, str]] = {}
    for code, number, name in ranked:
        found.setdefault(code, (number, name))
    return found


def _lane(scope: Scope, wanted: OrderFilter, statuses: tuple[str, ...], at: datetime) -> Select[Any]:
    return rows_of(scope, meeting(scope, replace(wanted, open=True), at=at)).where(w.status.in_(statuses))
