"""Copies of orders to streets (抄送): one an order, street and occasion, and who has signed for it."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import select, text

from data_access.engine import Tx
from data_access.tables import order_copies
from data_access.watches import Watch
from domain.scope import ALL, All

_COPY: Final = text(
    "INSERT INTO order_copies (work_order_id, street_code, occasion, copied_at) VALUES (:order_id, :street, :occasion, :at) "
    "ON CONFLICT (work_order_id, street_code, occasion) DO NOTHING"
)
_READ: Final = text(
    "UPDATE order_copies SET read_at = :at, read_account_id = :account_id, read_by = :name "
    "WHERE work_order_id = :order_id AND read_at IS NULL AND (:everywhere OR street_code = ANY(CAST(:streets AS text[]))) "
    "RETURNING street_code"
)
_READ_MESSAGES: Final = text(
    "WITH seen AS (UPDATE notification_messages m SET status = 'read', receipt_at = :at FROM notifications n "
    "WHERE n.id = m.notification_id AND n.work_order_id = :order_id AND n.recipient = ANY(CAST(:recipients AS text[])) "
    "AND (m.status IN ('sent', 'delivered') OR (m.status IN ('queued', 'failed') AND NOT m.urgent)) RETURNING m.notification_id) "
    "UPDATE notifications SET status = 'read' WHERE id IN (SELECT notification_id FROM seen) AND status <> 'dead'"
)


def copy(tx: Tx, order_id: int, *, street: str, occasion: str, at: datetime) -> bool:
    """Copy an order to a street; False when it was copied for that occasion before."""
    made = bool(tx.execute(_COPY, {"order_id": order_id, "street": street, "occasion": occasion, "at": at}).rowcount)
    if made:
        tx.touch(Watch.NOTIFICATIONS)
    return made


def streets_with(tx: Tx, order_id: int, occasion: str) -> list[str]:
    """The streets that got a copy of this order on that occasion."""
    c = order_copies.c
    return list(tx.scalars(select(c.street_code).where(c.work_order_id == order_id, c.occasion == occasion).order_by(c.street_code)))


def read(tx: Tx, order_id: int, *, streets: tuple[str, ...] | All, account_id: int, name: str, at: datetime) -> list[str]:
    """Sign for the copies of an order that nobody has signed for, in these streets; which streets they were of."""
    known = [] if streets == ALL else list(streets)
    said = {"order_id": order_id, "everywhere": streets == ALL, "streets": known, "account_id": account_id, "name": name, "at": at}
    signed = list(tx.scalars(_READ, said))
    if signed:
        tx.touch(Watch.NOTIFICATIONS)
    return signed


def read_messages(tx: Tx, order_id: int, *, recipients: tuple[str, ...], at: datetime) -> None:
    """The recipients have seen what they were sent about an order, or were to be sent at leisure: that need not leave any more."""
    if tx.execute(_READ_MESSAGES, {"order_id": order_id, "recipients": list(recipients), "at": at}).rowcount:
        tx.touch(Watch.NOTIFICATIONS)
