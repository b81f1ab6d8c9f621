"""How the limits of an order that count working days were reckoned: which holidays were left out, which make-up days counted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from data_access.engine import Tx
from data_access.repositories import calendar
from data_access.scoping import of_orders
from data_access.tables import deadlines, work_orders
from domain.calendar import Day, Reckoning, reckon
from domain.deadlines import IN_DAYS
from domain.scope import Scope

d, w = deadlines.c, work_orders.c


@dataclass(frozen=True, slots=True)
class DayRow:
    """A day that came in. `basis` is a domain.calendar.DayBasis."""

    day: date
    name: str
    basis: str


@dataclass(frozen=True, slots=True)
class ReckoningRow:
    """One limit in working days by the calendar in force. `presumed`: it touches a year that is not announced yet."""

    kind: str
    turn: int
    working_days: int
    suspended_days: int
    due_at: datetime
    holidays: tuple[DayRow, ...]
    make_ups: tuple[DayRow, ...]
    presumed: bool


def reckonings(scope: Scope, tx: Tx, *, order_id: int) -> list[ReckoningRow]:
    """The limits of an order that are counted in working days, as they were begun; empty outside the scope.

    One that was met or over before the calendar changed keeps the end it had: where the present calendar does not lead there, nothing
    is explained by it.
    """
    columns = (d.kind, d.turn, d.started_at, d.span, d.paused_days, d.due_at)
    statement = select(*columns).join(work_orders, w.id == d.work_order_id).where(d.work_order_id == order_id, d.kind.in_(IN_DAYS))
    found = tx.execute(of_orders(scope, statement).order_by(d.id)).all()
    if not found:
        return []
    days = calendar.current(tx)
    counted = [(row, reckon(days, row.started_at, row.span + row.paused_days)) for row in found]
    return [_row(row.kind, row.turn, row.span, row.paused_days, how) for row, how in counted if how.due_at == row.due_at]


def _row(kind: str, turn: int, span: int, paused: int, reckoned: Reckoning) -> ReckoningRow:
    return ReckoningRow(kind, turn, span, paused, reckoned.due_at, _days(reckoned.holidays), _days(reckoned.make_ups), reckoned.presumed)


def _days(days: tuple[Day, ...]) -> tuple[DayRow, ...]:
    return tuple(DayRow(each.day, each.name, each.basis.value) for each in days)
