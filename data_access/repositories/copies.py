"""Copies of orders to streets (抄送): one an order, street and occasion, and who has signed for it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import select, text

from data_access.engine import Tx
from data_access.tables import order_copies
from data_access.watches import Watch, touched
from domain.scope import ALL, All

c = order_copies.c
Copy = tuple[int, str]
"""The number of an order, and the code of the street that gets it."""

_COPY: Final = text(
    "INSERT INTO order_copies (work_order_id, street_code, occasion, copied_at) "
    "SELECT order_id, street, :occasion, :at FROM unnest(CAST(:order_ids AS bigint[]), CAST(:streets AS text[])) AS r (order_id, street) "
    "ON CONFLICT (work_order_id, street_code, occasion) DO NOTHING RETURNING work_order_id, street_code"
)
_STREETS: Final = text("SELECT DISTINCT street_code FROM work_orders WHERE id = ANY(CAST(:order_ids AS bigint[]))")
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

_SEE_MESSAGES: Final = text(
    "WITH seen AS (UPDATE notification_messages m SET status = 'read', receipt_at = :at FROM notifications n "
    "WHERE n.id = m.notification_id AND n.work_order_id = :order_id AND n.recipient = ANY(CAST(:recipients AS text[])) "
    "AND m.status IN ('sent', 'delivered') AND NOT m.template = ANY(CAST(:but AS text[])) RETURNING m.id, m.notification_id), "
    "newest AS (SELECT notification_id, max(id) AS id FROM notification_messages "
    "WHERE notification_id IN (SELECT notification_id FROM seen) GROUP BY notification_id), "
    "marked AS (UPDATE notifications n SET status = 'read' FROM newest JOIN seen ON seen.id = newest.id "
    "WHERE n.id = newest.notification_id) SELECT count(*) FROM seen"
)


def copy(tx: Tx, owed: Sequence[Copy], *, occasion: str, at: datetime) -> list[Copy]:
    """Copy orders to streets; those that were not copied there for that occasion before."""
    if not owed:
        return []
    said = {"order_ids": [order_id for order_id, _ in owed], "streets": [street for _, street in owed], "occasion": occasion, "at": at}
    made: list[Copy] = [(row.work_order_id, row.street_code) for row in tx.execute(_COPY, said)]
    _touch(tx, made)
    return made


def made(tx: Tx, order_ids: Sequence[int], *, occasion: str) -> list[Copy]:
    """The copies of these orders that streets got on that occasion."""
    if not order_ids:
        return []
    found = select(c.work_order_id, c.street_code).where(c.work_order_id.in_(order_ids), c.occasion == occasion)
    return [(order_id, street) for order_id, street in tx.rows(found.order_by(c.work_order_id, c.street_code))]


def read(tx: Tx, order_id: int, *, streets: tuple[str, ...] | All, account_id: int, name: str, at: datetime) -> list[str]:
    """Sign for the copies of an order that nobody has signed for, in these streets; which streets they were of."""
    known = [] if streets == ALL else list(streets)
    said = {"order_id": order_id, "everywhere": streets == ALL, "streets": known, "account_id": account_id, "name": name, "at": at}
    signed = list(tx.scalars(_READ, said))
    _touch(tx, [(order_id, street) for street in signed])
    return signed


def read_messages(tx: Tx, order_id: int, *, recipients: tuple[str, ...], at: datetime) -> None:
    """The recipients have seen what they were sent about an order, or were to be sent at leisure: that need not leave any more."""
    if tx.execute(_READ_MESSAGES, {"order_id": order_id, "recipients": list(recipients), "at": at}).rowcount:
        tx.touch(Watch.NOTIFICATIONS)


def _touch(tx: Tx, changed: Sequence[Copy]) -> None:
    """Who lists the copies, and who looks at their orders: whoever the order's own street is, and the streets that got them."""
    if changed:
        of_orders = tx.scalars(_STREETS, {"order_ids": [order_id for order_id, _ in changed]})
        tx.touch(Watch.NOTIFICATIONS, *touched(Watch.WORK_ORDERS, {*of_orders, *(street for _, street in changed)}))


def see_messages(tx: Tx, order_id: int, *, recipients: Sequence[str], but: Collection[str], at: datetime) -> int:
    """The recipients have seen what reached them about an order, except for messages of the templates `but`; how many."""
    said = {"order_id": order_id, "recipients": list(recipients), "but": sorted(but), "at": at}
    count = int(tx.scalar(_SEE_MESSAGES, said))
    if count:
        tx.touch(Watch.NOTIFICATIONS)
    return count
