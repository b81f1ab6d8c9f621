"""What time does to the duty seat: a call that nobody answered in time goes to the leader on duty, once (E2)."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Final

from data_access.engine import Store, Tx
from data_access.repositories import seats
from data_access.repositories import work_orders as orders
from data_access.repositories.work_orders import StoredOrder
from domain.notices import Notice, of_account, of_role
from domain.scope import Role
from domain.seats import UNANSWERED
from domain.work_orders import Proof, Step
from services import notices, work_orders

log = logging.getLogger(__name__)

TOGETHER: Final = 200  # calls that one turn tells of; the rest follows in the next
OTHERS: Final = (Role.OPERATIONS_CENTRE, Role.BUREAU)
"""Who is told besides, so that a roster without a leader leaves nobody alone."""


def unanswered(store: Store, at: datetime) -> int:
    """Tell of every call whose time has run out; how many. Raises StoreUnavailable."""
    with store.transaction() as tx:
        waiting = sorted(seats.overdue(tx, at=at, limit=TOGETHER))
        late = [order for number in waiting if (order := _late(tx, number, at)) is not None]
        recipients = _recipients(tx, at) if late else []
        for order in late:
            told = [Notice(UNANSWERED, recipient, urgent=True, insider=True) for recipient in recipients]
            noted = work_orders.advance_by_system(tx, order, Step.NOTE, Proof(note=UNANSWERED), at=at)
            notices.tell(tx, noted, told, occasion=f"{UNANSWERED}:{noted.seq}", at=at)
    if late:
        log.warning("seat_unanswered", extra={"orders": [order.number for order in late]})
    return len(late)


def _late(tx: Tx, order_id: int, at: datetime) -> StoredOrder | None:
    """The order, locked, if its call is unanswered still."""
    order = orders.locked(tx, order_id)
    return order if seats.escalate(tx, order_id, at=at) else None


def _recipients(tx: Tx, at: datetime) -> list[str]:
    return [*map(of_account, seats.leaders(tx, at=at)), *map(of_role, OTHERS)]
