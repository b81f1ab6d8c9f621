"""What time does to orders: clocks warn, run out, and have their consequences, each once, however late anybody looks.

What is due is asked of the rows and never of a timer, so that a restart, a killed schedule or a clock that jumps changes only when it
is noticed. Warnings that were missed together are given as one, the newest; none is given of what is over.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from data_access.engine import Store, Tx
from data_access.repositories import deadlines as rows
from data_access.repositories import dispatch, notifications, rule_settings
from data_access.repositories import work_orders as orders
from data_access.repositories.deadlines import StoredDeadline
from data_access.repositories.notifications import Message
from data_access.repositories.work_orders import StoredOrder
from domain.deadline_notices import BREACHED, MAINTAINED, WARNED
from domain.deadlines import CLOCKS, DeadlineKind, warned_by
from domain.equipment.kind import Settings
from domain.errors import StoreUnavailable
from domain.notices import Line, notices
from domain.response import ResponseLevel, ResponseReason
from domain.work_orders import OrderKind, Proof, Step
from services import triggers, work_orders
from services.notices import matter_of, message

log = logging.getLogger(__name__)

MOST: Final = 1000  # orders that one turn looks at, rescues first; the rest follows in the next
TOGETHER: Final = 50  # of them in one transaction
ACCIDENT_CANDIDATE: Final = "accident_candidate"

Lines = Mapping[DeadlineKind, tuple[Line, ...]]
Consequence = Callable[[Tx, StoredOrder, datetime], StoredOrder]
"""What follows from a breach beside the messages; the order as it is then."""


def due(store: Store, at: datetime) -> int:
    """Look at every order of which a clock is due; how many were looked at. Raises StoreUnavailable."""
    with store.reading() as tx:
        order_ids = rows.orders_due(tx, at=at, limit=MOST)
        settings = rule_settings.current(tx) if order_ids else {}
    parts = [order_ids[first : first + TOGETHER] for first in range(0, len(order_ids), TOGETHER)]
    return sum(_looked_at(store, part, settings, at) for part in parts)


def _looked_at(store: Store, order_ids: Sequence[int], settings: Settings, at: datetime) -> int:
    """Some orders' turn, in one transaction; where one of them fails, each by itself, so that it keeps nobody else waiting."""
    try:
        with store.transaction() as tx:
            return _look(tx, order_ids, settings, at)
    except StoreUnavailable:
        raise
    except Exception:
        if len(order_ids) > 1:
            return sum(_looked_at(store, [each], settings, at) for each in order_ids)
        log.exception("deadline_failed", extra={"order": order_ids[0]})
        return 0


def _look(tx: Tx, order_ids: Sequence[int], settings: Settings, at: datetime) -> int:
    held = {order.id: order for order in rows.free_orders(tx, order_ids)}  # the others come next time: somebody just takes a step
    due_now = rows.due_of_orders(tx, list(held), at=at)
    over = [row for row in due_now if row.due_at <= at]
    warning = [(row, *_warned(row, settings, at)) for row in due_now if row.due_at > at]
    rows.breach(tx, [row.id for row in over], at=at)
    for row, warned, next_at in warning:
        rows.warn(tx, row.id, warned=warned, next_at=next_at)
    given = [(row, f"warning:{warned}", WARNED) for row, warned, _ in warning if warned > row.warned]
    told = [(row, "breach", BREACHED) for row in over] + given
    units = _units(tx, [held[row.work_order_id] for row, _, _ in told])
    messages = [each for row, what, table in told for each in _messages(held[row.work_order_id], units, row, what, table, at)]
    notifications.queue(tx, messages, at=at)
    for row in over:
        held[row.work_order_id] = _follow(tx, held[row.work_order_id], row, at)
    rows.announce(tx, {order.street_code for order in held.values()})
    return len(held)


def _warned(row: StoredDeadline, settings: Settings, at: datetime) -> tuple[int, datetime | None]:
    return warned_by(CLOCKS[DeadlineKind(row.kind)], row.started_at, settings, at=at)


def _follow(tx: Tx, order: StoredOrder, row: StoredDeadline, at: datetime) -> StoredOrder:
    log.info("deadline_breached", extra={"order": order.number, "deadline": row.kind, "turn": row.turn})
    consequence = CONSEQUENCES.get(DeadlineKind(row.kind))
    return order if consequence is None else consequence(tx, order, at)


def _messages(
    order: StoredOrder, units: Mapping[int, int | None], row: StoredDeadline, what: str, table: Lines, at: datetime
) -> Iterator[Message]:
    kind = DeadlineKind(row.kind)
    words = {"deadline": kind.value, "minutes": int((at - row.started_at).total_seconds() // 60)}
    for notice in notices(table.get(kind, ()), replace(matter_of(order), unit=units[order.id])):
        yield message(order, notice, f"{kind.value}:{row.turn}:{what}", words)


def _units(tx: Tx, concerned: Sequence[StoredOrder]) -> dict[int, int | None]:
    """The unit that hears of each order's clocks: of what it sees to and nobody is sent to, whoever maintains the machine."""
    maintained = dispatch.maintainers(tx, [order.equipment_id for order in concerned if _is_unsent(order)])
    return {order.id: maintained.get(order.equipment_id) if _is_unsent(order) else order.unit_id for order in concerned}


def _is_unsent(order: StoredOrder) -> bool:
    return order.unit_id is None and OrderKind(order.kind) in MAINTAINED


def _rescue_overdue(tx: Tx, order: StoredOrder, at: datetime) -> StoredOrder:
    """The bureau gets an order about the rescue that is late (超时救援); the rescue itself goes on."""
    triggers.rescue_overdue(tx, order, at=at)
    return order


def _level_three(tx: Tx, order: StoredOrder, at: datetime) -> StoredOrder:
    """Who is inside for so long is an emergency; one that somebody called so before stays as it is, and so does one that is over."""
    held = ResponseLevel(order.level) if order.level is not None else None
    if order.closed_at is not None or held is ResponseLevel.EMERGENCY:
        return order
    proof = Proof(level=ResponseLevel.EMERGENCY, reason=ResponseReason.TRAPPED_LONG.value)
    return work_orders.advance_by_system(tx, order, Step.ESCALATE, proof, at=at)


def _accident_candidate(tx: Tx, order: StoredOrder, at: datetime) -> StoredOrder:
    """Two hours inside are a general accident by law (一般事故) once people say so: the order is marked, and nothing closes by itself."""
    orders.describe(tx, order.id, **{ACCIDENT_CANDIDATE: True})
    return work_orders.advance_by_system(tx, order, Step.NOTE, Proof(note=ACCIDENT_CANDIDATE), at=at)


CONSEQUENCES: Final[Mapping[DeadlineKind, Consequence]] = {
    DeadlineKind.RESCUE: _rescue_overdue,
    DeadlineKind.LEVEL_THREE: _level_three,
    DeadlineKind.ACCIDENT: _accident_candidate,
}
