"""Copies of orders to streets (抄送), with read receipts.

普陀区特种设备 work plan: 超期未检 and 检验不合格 are copied to the street when found and again when handled (L2); dangerous
behaviour when it is seen (H2).
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from data_access.engine import Store, Tx
from data_access.queries import work_orders as queries
from data_access.repositories import audit
from data_access.repositories import copies as stored
from data_access.repositories.audit import Entry
from data_access.repositories.work_orders import StoredOrder
from domain.behaviour import COPIED as COPIED_BEHAVIOURS
from domain.errors import NotFound, NotPermitted
from domain.notices import Notice, of_street, recipients_of
from domain.scope import Action, Actor, Role
from domain.triggers import COPIED
from domain.work_orders import ENDED, OrderStatus, Step
from services import notices

FOUND: Final = "found"
HANDLED: Final = "handled"
COPIED_CAUSES: Final = COPIED | COPIED_BEHAVIOURS


def opened(tx: Tx, order: StoredOrder, *, at: datetime) -> None:
    """Copy a new order to the street where that is owed."""
    if order.cause in COPIED_CAUSES and order.street_code is not None:
        _copy(tx, order, order.street_code, FOUND, urgent=order.cause in COPIED_BEHAVIOURS, at=at)


def moved(tx: Tx, before: StoredOrder, after: StoredOrder, step: Step, *, at: datetime) -> None:
    """Copy the handling to the street that got the finding."""
    if before.status != after.status and OrderStatus(after.status) in ENDED:
        for street in stored.streets_with(tx, after.id, FOUND):
            _copy(tx, after, street, HANDLED, urgent=False, at=at)


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


def _copy(tx: Tx, order: StoredOrder, street: str, occasion: str, *, urgent: bool, at: datetime) -> None:
    if order.drill:  # streets are outside the house
        return
    if stored.copy(tx, order.id, street=street, occasion=occasion, at=at):
        told = Notice(f"copy_{occasion}", of_street(street), urgent)
        notices.tell(tx, order, [told], occasion=f"copy:{occasion}", at=at)
