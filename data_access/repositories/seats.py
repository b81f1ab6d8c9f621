"""Calls of the duty seat: one a level of an order, until somebody answers or the order ends."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, Update, or_, select, text, update

from data_access.engine import Tx
from data_access.tables import alarms, duty_shifts, incident_sources, seat_calls, work_orders
from data_access.watches import Watch, touched

c, w, s = seat_calls.c, work_orders.c, duty_shifts.c
LEADER: Final = "leader"  # 值班领导
_waiting = c.answered_at.is_(None) & c.dropped_at.is_(None)

_CALL: Final = text(
    "INSERT INTO seat_calls (work_order_id, turn, called_at, due_at) "
    "SELECT o.id, 1 + coalesce(max(c.turn), 0), :at, :due_at FROM unnest(CAST(:ids AS int8[])) AS o (id) "
    "LEFT JOIN seat_calls c ON c.work_order_id = o.id GROUP BY o.id "
    "HAVING count(*) FILTER (WHERE c.id IS NOT NULL AND c.answered_at IS NULL AND c.dropped_at IS NULL) = 0 ORDER BY o.id"
)


def call(tx: Tx, order_ids: Sequence[int], *, due_at: datetime, at: datetime) -> None:
    """Ring for some orders, for the first time or once more; those that are ringing already ring on."""
    tx.execute(_CALL, {"ids": list(order_ids), "at": at, "due_at": due_at})


def answer(tx: Tx, order_id: int, *, account_id: int | None, name: str, at: datetime) -> bool:
    """Somebody at the seat has it; False when nothing was ringing."""
    return _settle(tx, order_id, update(seat_calls).values(answered_at=at, answered_account_id=account_id, answered_by=name))


def drop(tx: Tx, order_id: int, *, at: datetime) -> bool:
    """Nobody need answer any more; False when nothing was ringing."""
    return _settle(tx, order_id, update(seat_calls).values(dropped_at=at))


def newest(tx: Tx, order_id: int) -> Row[Any] | None:
    """The newest call of an order; None when it never rang."""
    return tx.execute(select(seat_calls).where(c.work_order_id == order_id).order_by(c.turn.desc()).limit(1)).one_or_none()


def overdue(tx: Tx, *, at: datetime, limit: int) -> list[int]:
    """Orders whose call nobody answered in time and nobody was told of, those that wait longest first."""
    late = select(c.work_order_id).where(_waiting, c.escalated_at.is_(None), c.due_at <= at)
    return list(tx.scalars(late.order_by(c.due_at, c.id).limit(limit)))


def escalate(tx: Tx, order_id: int, *, at: datetime) -> bool:
    """Mark a call as told to the leader; False when it was answered, dropped or told meanwhile."""
    statement = update(seat_calls).values(escalated_at=at).where(c.work_order_id == order_id, _waiting)
    return bool(tx.execute(statement.where(c.escalated_at.is_(None), c.due_at <= at)).rowcount)


def leaders(tx: Tx, *, at: datetime) -> list[int]:
    """The accounts of the leaders on duty; empty where the roster names nobody who has one."""
    on_duty = select(s.account_id).where(s.post == LEADER, s.starts_at <= at, s.ends_at > at, s.account_id.is_not(None))
    return list(tx.scalars(on_duty.distinct().order_by(s.account_id)))


def unheard_alarms(tx: Tx, order_id: int) -> list[int]:
    """The alarms behind an order that nobody has acknowledged."""
    i = incident_sources.c
    reported = select(i.alarm_id).where(i.work_order_id == order_id)
    own = select(w.alarm_id).where(w.id == order_id)
    unheard = select(alarms.c.id).where(or_(alarms.c.id.in_(own), alarms.c.id.in_(reported)), alarms.c.acknowledged_at.is_(None))
    return list(tx.scalars(unheard.order_by(alarms.c.id)))


def orders_of_alarm(tx: Tx, alarm_id: int) -> list[int]:
    """The open orders that an alarm is a report of."""
    i = incident_sources.c
    reported = select(i.work_order_id).where(i.alarm_id == alarm_id)
    found = select(w.id).where(w.closed_at.is_(None), or_(w.alarm_id == alarm_id, w.id.in_(reported)))
    return list(tx.scalars(found.order_by(w.id)))


def _settle(tx: Tx, order_id: int, change: Update) -> bool:
    settled = tx.execute(change.where(c.work_order_id == order_id, _waiting)).rowcount
    if settled:
        tx.touch(*touched(Watch.WORK_ORDERS, {tx.scalar(select(w.street_code).where(w.id == order_id))}))
    return bool(settled)
