"""Copies of orders to streets (抄送), with read receipts.

普陀区特种设备 work plan: 超期未检 and 检验不合格 are copied to the street when found and again when handled (L2); dangerous
behaviour when it is seen (H2).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from data_access.engine import Store, Tx
from data_access.queries import work_orders as queries
from data_access.repositories import audit, notifications
from data_access.repositories import copies as stored
from data_access.repositories.audit import Entry
from data_access.repositories.copies import Copy
from data_access.repositories.notifications import Message
from data_access.repositories.work_orders import StoredOrder
from domain.behaviour import COPIED as COPIED_BEHAVIOURS
from domain.errors import NotFound, NotPermitted
from domain.notices import Notice, of_street, recipients_of
from domain.scope import Action, Actor, Role
from domain.triggers import COPIED
from domain.work_orders import ENDED, OrderStatus
from services import notices

FOUND: Final = "found"
HANDLED: Final = "handled"
COPIED_CAUSES: Final = COPIED | COPIED_BEHAVIOURS


def opened_all(tx: Tx, orders: Sequence[StoredOrder], *, at: datetime) -> None:
    """Copy new orders to the street where that is owed."""
    owed = [order for order in orders if order.cause in COPIED_CAUSES and order.street_code is not None and not order.drill]
    _copy(tx, owed, [(order.id, order.street_code) for order in owed], FOUND, at=at)


def moved_all(tx: Tx, steps: Sequence[tuple[StoredOrder, StoredOrder]], *, at: datetime) -> None:
    """Copy the handling to the streets that got the finding: of each step the order before and after it. One that goes on as
    another is handled for them, too.
    """
    ended = [after for before, after in steps if _is_handled(before, after)]
    _copy(tx, ended, stored.made(tx, [order.id for order in ended], occasion=FOUND), HANDLED, at=at)


def read(actor: Actor, store: Store, order_id: int, *, at: datetime) -> int:
    """A street's official signs for the copies of an order (签阅); how many. Raises NotPermitted, NotFound."""
    actor.require(Action.WORK_ORDERS)
    if actor.scope.role is not Role.STREET:
        raise NotPermitted(action=Action.WORK_ORDERS.value, role=actor.scope.role.value)
    with store.transaction() as tx:
        if queries.by_id(actor.scope, tx, order_id=order_id) is None:
            raise NotFound(order=order_id)
        signed = stored.read(tx, order_id, streets=actor.scope.streets, account_id=actor.account_id, name=actor.name, at=at)
        stored.read_messages(tx, order_id, recipients=recipients_of(actor.scope) or (), at=at)
        if signed:
            entry = Entry(
                account_id=actor.account_id,
                username=actor.username,
                action=Action.WORK_ORDERS.value,
                object=f"work_order:{order_id}",
                after={"copies_read": signed},
                address=actor.address,
            )
            audit.append(tx, entry, at)
    return len(signed)


def _is_handled(before: StoredOrder, after: StoredOrder) -> bool:
    ended = before.status != after.status and OrderStatus(after.status) in ENDED
    return ended or (before.master_id is None and after.master_id is not None)


def _copy(tx: Tx, orders: Iterable[StoredOrder], owed: Sequence[Copy], occasion: str, *, at: datetime) -> None:
    by_id = {order.id: order for order in orders}
    told = [(by_id[order_id], street) for order_id, street in stored.copy(tx, owed, occasion=occasion, at=at)]
    notifications.queue(tx, (_message(order, street, occasion) for order, street in told), at=at)


def _message(order: StoredOrder, street: str, occasion: str) -> Message:
    urgent = occasion == FOUND and order.cause in COPIED_BEHAVIOURS
    return notices.message(order, Notice(f"copy_{occasion}", of_street(street), urgent), f"copy:{occasion}", {})
