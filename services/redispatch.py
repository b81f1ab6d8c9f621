"""Orders that nobody answers: the next team is sent, and after the last one the centre is told that it must choose."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Final

from data_access.engine import Store, Tx
from data_access.repositories import dispatch, notifications, rule_settings
from data_access.repositories import work_orders as orders
from data_access.repositories.work_orders import StoredOrder
from domain.deadlines import ACCEPT_WITHIN, UNOWNED_FOR
from domain.dispatch import Why
from domain.errors import Refused, StoreUnavailable
from domain.notices import Notice, of_role, of_unit
from domain.response import ResponseLevel
from domain.scope import Role
from domain.work_orders import OrderKind, OrderStatus, Proof, Step
from services import dispatching, notices, work_orders

log = logging.getLogger(__name__)

AT_ONCE: Final = 50  # orders of each sort a tick; the others are due at the next one
SUMMONED_AT_ONCE: Final = 1000  # messages, queued in one statement
NO_ANSWER: Final = Proof(reason=Why.NO_ANSWER.value)
_CENTRE: Final = of_role(Role.OPERATIONS_CENTRE)


def due(store: Store, at: datetime) -> None:
    """Everything that is due: unanswered orders go to the next team, waiting ones to a team that has become free; of those that
    wait on, the maintenance unit hears at once, and the centre where nobody is left. Each step is a transaction of its own. Raises
    StoreUnavailable.
    """
    with store.reading() as tx:
        settings = rule_settings.current(tx)
        within, patience = (timedelta(seconds=limit.of(settings)) for limit in (ACCEPT_WITHIN, UNOWNED_FOR))
        unanswered = [each.id for each in dispatch.unanswered(tx, before=at - within, limit=AT_ONCE)]
    _each(store, unanswered, lambda tx, order: _take_back(tx, order, before=at - within, at=at))
    with store.reading() as tx:
        waiting = dispatch.sendable(tx, at=at, limit=AT_ONCE)
    _each(store, waiting, lambda tx, order: _send(tx, order, at=at))
    _summon(store, at)
    with store.reading() as tx:
        lost = dispatch.unannounced(tx, opened_before=at - patience, limit=AT_ONCE)
    _each(store, lost, lambda tx, order: _hand_over(tx, order, at=at))


def _each(store: Store, numbers: Iterable[int], act: Callable[[Tx, StoredOrder], None]) -> None:
    """Act on every order, each in its own transaction; somebody who was faster is no failure. Raises StoreUnavailable."""
    for number in numbers:
        try:
            with store.transaction() as tx:
                order = orders.locked(tx, number)
                if order is not None:
                    act(tx, order)
        except StoreUnavailable:
            raise
        except Refused as refusal:
            log.info("not_redispatched", extra={"order": number, "reason": refusal.data.get("reason")})
        except Exception:  # the other orders must not wait for this one
            log.exception("redispatch_failed", extra={"order": number})


def _take_back(tx: Tx, order: StoredOrder, *, before: datetime, at: datetime) -> None:
    """Nobody took the order in time: it goes to the next team, by `services.work_orders`, or stays with nobody."""
    sent_at = dispatch.last_sent_at(tx, order.id)
    if order.status != OrderStatus.CREATED.value or sent_at is None or sent_at > before:
        return  # somebody took it, or it was sent anew, since we looked
    taken = work_orders.advance_by_system(tx, order, Step.RETURN, NO_ANSWER, at=at)
    told = Notice("no_answer", _CENTRE, urgent=_wakes(order))
    notices.tell(tx, taken, [told], occasion=f"no_answer:{taken.seq}", words={"team": order.team_id}, at=at)


def _send(tx: Tx, order: StoredOrder, *, at: datetime) -> None:
    if order.status != OrderStatus.REPORTED.value:
        return
    choice = dispatching.choose(tx, order, at=at)
    if choice is not None:
        work_orders.advance_by_system(tx, order, Step.DISPATCH, choice, at=at)


def _hand_over(tx: Tx, order: StoredOrder, *, at: datetime) -> None:
    """The centre must choose: it is told, once until somebody gives the order back again; the log says what spoke against whom."""
    if order.status != OrderStatus.REPORTED.value:
        return
    noted = work_orders.advance_by_system(tx, order, Step.NOTE, dispatching.refused(tx, order, at=at), at=at)
    notices.tell(tx, noted, [Notice("no_team", _CENTRE, urgent=_wakes(order))], occasion=f"no_team:{noted.bounced}", at=at)


def _summon(store: Store, at: datetime) -> None:
    """Whoever maintains a machine hears at once of what waits for a team of his, minor faults too: he was to be told within minutes."""
    with store.transaction() as tx:
        waiting = dispatch.unsummoned(tx, at=at, limit=SUMMONED_AT_ONCE)
        told = (
            notices.message(
                order,
                Notice(dispatch.SUMMONED, of_unit(order.maintainer), urgent=True),
                f"summoned:{order.bounced}",
                {"turn": order.bounced, "unit": order.maintainer},
            )
            for order in waiting
        )
        notifications.queue(tx, told, at=at)


def _wakes(order: StoredOrder) -> bool:
    """Whether somebody may be woken for it: a person is inside, or the fault is grave."""
    grave = order.level not in (None, ResponseLevel.MINOR_FAULT.value)
    return order.kind == OrderKind.RESCUE.value or bool(order.urgent) or grave
