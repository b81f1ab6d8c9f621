"""Many work orders at once (批量派生): what `services.work_orders` does with one, in statements whose number does not grow with theirs.

The gravest are sent to a team at once; of the others `services.redispatch` finds teams within seconds, people first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from data_access.engine import Tx
from data_access.repositories import many_orders
from data_access.repositories.work_orders import Event, Opening, Source, StoredOrder
from domain.response import ResponseLevel
from domain.work_orders import SYSTEM, OrderStatus, Party, Proof, Step
from services import followers, work_orders

SENT_AT_ONCE: Final = 20  # orders of one batch: more would keep the worker from its messages
_US: Final = Party(SYSTEM)


def open_(tx: Tx, openings: Sequence[Opening], *, at: datetime) -> list[StoredOrder]:
    """Open an order for each cause that has none; those that are new, the gravest of them with a team."""
    if not openings:
        return []
    many_orders.make_room(tx, [opening.cause_key for opening in openings])
    event = Event(action="open", from_status=None, to_status=OrderStatus.REPORTED.value, hand=SYSTEM.value, at=at)
    opened = many_orders.open_(tx, openings, event)
    followers.opened_all(tx, opened, at=at)
    first = sorted(opened, key=_gravity)[:SENT_AT_ONCE]
    sent = {order.id: work_orders.send(tx, order, at=at) for order in first}
    return [sent.get(order.id, order) for order in opened]


def report(tx: Tx, reports: Sequence[tuple[StoredOrder, Source]], *, new: Iterable[int] = (), at: datetime) -> None:
    """Add reports to their orders; of another report of an order that is not among the `new` ones people are told."""
    added = many_orders.add_sources(tx, [(order.id, source) for order, source in reports])
    told = added - set(new)
    followers.repeated_all(tx, [(order, source) for order, source in reports if order.id in told], at=at)
    followers.reported(tx, [order for order, source in reports if source.phone], at=at)


def advance(tx: Tx, steps: Sequence[tuple[StoredOrder, Step, Proof]], *, at: datetime) -> list[StoredOrder]:
    """Take one step with each of some locked orders, because time or a machine says so; the orders as they are now. Raises Refused."""
    decided = [(order, *work_orders.decided(order, step, _US, proof, at=at)) for order, step, proof in steps]
    moved = many_orders.move(tx, decided)
    followers.moved_all(tx, [(before, after, step, proof) for (before, step, proof), after in zip(steps, moved, strict=True)], at=at)
    return moved


def _gravity(order: StoredOrder) -> tuple[int, bool, int]:
    """People first, then what is urgent, then what was first."""
    return -ResponseLevel(order.level).rank, not order.urgent, order.id
