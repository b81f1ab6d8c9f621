"""What time does to orders: clocks warn, run out, and have their consequences, each once, however late anybody looks.

What is due is asked of the rows and never of a timer, so that a restart, a killed schedule or a clock that jumps changes only when it
is noticed. Warnings that were missed together are given as one, the newest; none is given of what is over.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from data_access.engine import Store, Tx
from data_access.repositories import deadlines as rows
from data_access.repositories import rule_settings
from data_access.repositories import work_orders as orders
from data_access.repositories.deadlines import StoredDeadline
from data_access.repositories.work_orders import StoredOrder
from domain.deadline_notices import BREACHED, WARNED
from domain.deadlines import CLOCKS, DeadlineKind, warned_by
from domain.equipment.kind import Settings
from domain.errors import StoreUnavailable
from domain.notices import notices
from domain.response import ResponseLevel, ResponseReason
from domain.work_orders import Proof, Step
from services import triggers, work_orders
from services.notices import matter_of, tell

log = logging.getLogger(__name__)

MOST: Final = 500  # orders that one turn looks at, rescues first; the rest follows in the next
ACCIDENT_CANDIDATE: Final = "accident_candidate"

Consequence = Callable[[Tx, StoredOrder, datetime], StoredOrder]
"""What follows from a breach beside the messages; the order as it is then."""


def due(store: Store, at: datetime) -> int:
    """Look at every order of which a clock is due, each by itself; how many were looked at. Raises StoreUnavailable."""
    with store.reading() as tx:
        order_ids = rows.orders_due(tx, at=at, limit=MOST)
        settings = rule_settings.current(tx) if order_ids else {}
    return sum(_looked_at(store, order_id, settings, at) for order_id in order_ids)


def _looked_at(store: Store, order_id: int, settings: Settings, at: datetime) -> bool:
    """One order's turn. One that fails is said, and keeps nobody else waiting."""
    try:
        with store.transaction() as tx:
            return _look(tx, order_id, settings, at)
    except StoreUnavailable:
        raise
    except Exception:
        log.exception("deadline_failed", extra={"order": order_id})
        return False


def _look(tx: Tx, order_id: int, settings: Settings, at: datetime) -> bool:
    order = rows.free_order(tx, order_id)
    if order is None:  # somebody is just taking a step with it
        return False
    for row in rows.due_of_order(tx, order_id, at=at):
        order = _breach(tx, order, row, at) if row.due_at <= at else _warn(tx, order, row, settings, at)
    rows.announce(tx, order.street_code)
    return True


def _warn(tx: Tx, order: StoredOrder, row: StoredDeadline, settings: Settings, at: datetime) -> StoredOrder:
    kind = DeadlineKind(row.kind)
    warned, next_at = warned_by(CLOCKS[kind], row.started_at, settings, at=at)
    rows.warn(tx, row.id, warned=warned, next_at=next_at)
    if warned > row.warned:
        _tell(tx, order, row, f"warning:{warned}", at)
    return order


def _breach(tx: Tx, order: StoredOrder, row: StoredDeadline, at: datetime) -> StoredOrder:
    rows.breach(tx, [row.id], at=at)
    log.info("deadline_breached", extra={"order": order.number, "deadline": row.kind, "turn": row.turn})
    _tell(tx, order, row, "breach", at)
    consequence = CONSEQUENCES.get(DeadlineKind(row.kind))
    return order if consequence is None else consequence(tx, order, at)


def _tell(tx: Tx, order: StoredOrder, row: StoredDeadline, occasion: str, at: datetime) -> None:
    kind = DeadlineKind(row.kind)
    lines = BREACHED[kind] if occasion == "breach" else WARNED.get(kind, ())
    words = {"deadline": kind.value, "minutes": int((at - row.started_at).total_seconds() // 60)}
    tell(tx, order, notices(lines, matter_of(order)), occasion=f"{kind.value}:{row.turn}:{occasion}", words=words, at=at)


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
