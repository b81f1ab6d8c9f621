"""The duty seat: what calls for it, who answered, and whom an unanswered call is told to (E2).

`opened` and `moved` are followers of an order, `answer` is the officer's key; what time does is services/seat_watch.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

from data_access.engine import Store, Tx
from data_access.queries import work_orders as queries
from data_access.repositories import alarms, audit, rule_settings, seats
from data_access.repositories import work_orders as orders
from data_access.repositories.audit import Entry
from data_access.repositories.work_orders import StoredOrder
from domain.errors import Conflict, NotFound
from domain.order_words import OrderKind
from domain.response import ResponseLevel
from domain.scope import GRANTS, Action, Actor, Role
from domain.seats import ANSWER_WITHIN, calls_again, calls_for

SEAT: Final = Role.OPERATIONS_CENTRE.value


def opened(tx: Tx, opened: Sequence[StoredOrder], *, at: datetime) -> None:
    """Ring for those new orders that call for the seat."""
    _ring(tx, [order.id for order in opened if calls_for(OrderKind(order.kind), _level(order), urgent=order.urgent)], at)


def moved(tx: Tx, before: StoredOrder, after: StoredOrder, *, at: datetime) -> None:
    """A step at the seat answers its call, an end drops it, and a level that rises rings once more."""
    if not calls_for(OrderKind(after.kind), _level(after), urgent=after.urgent):
        return
    if after.closed_at is not None or after.master_id is not None:
        seats.drop(tx, after.id, at=at)
        return
    newest = orders.log(tx, after.id, after=after.seq - 1)[-1]
    if newest.hand == SEAT:
        seats.answer(tx, after.id, account_id=newest.account_id, name=newest.actor, at=at)
    elif calls_again(_level(before), _level(after)):
        _ring(tx, [after.id], at)


def answer(actor: Actor, store: Store, order_id: int, *, at: datetime) -> None:
    """Take a call at the seat: the siren falls silent, and the alarms behind the order are acknowledged in the officer's name.

    Raises NotPermitted, NotFound, Conflict(by, at) when somebody has it already.
    """
    actor.require(Action.ANSWER_SEAT)
    with store.transaction() as tx:
        if queries.by_id(actor.scope, tx, order_id=order_id) is None or orders.locked(tx, order_id) is None:
            raise NotFound(order=order_id)
        if not seats.answer(tx, order_id, account_id=actor.account_id, name=actor.name, at=at):
            call = seats.newest(tx, order_id)
            raise Conflict(by=call and call.answered_by, at=call and call.answered_at)
        for alarm_id in seats.unheard_alarms(tx, order_id):
            with suppress(Conflict):  # somebody was first with the alarm: then it is silent already
                alarms.acknowledge(tx, alarm_id, name=actor.name, account_id=actor.account_id, note="", at=at)
        entry = Entry(
            account_id=actor.account_id,
            username=actor.username,
            action=Action.ANSWER_SEAT.value,
            object=f"work_order:{order_id}",
            address=actor.address,
        )
        audit.append(tx, entry, at)


def heard(actor: Actor, tx: Tx, alarm_id: int, *, at: datetime) -> None:
    """Who acknowledges an alarm at the seat has the calls about it too."""
    if Action.ANSWER_SEAT in GRANTS.get(actor.scope.role, frozenset()):
        for order_id in seats.orders_of_alarm(tx, alarm_id):
            seats.answer(tx, order_id, account_id=actor.account_id, name=actor.name, at=at)


def _ring(tx: Tx, order_ids: Sequence[int], at: datetime) -> None:
    if order_ids:
        within = timedelta(seconds=ANSWER_WITHIN.of(rule_settings.current(tx)))
        seats.call(tx, order_ids, due_at=at + within, at=at)


def _level(order: StoredOrder) -> ResponseLevel | None:
    return None if order.level is None else ResponseLevel(order.level)
