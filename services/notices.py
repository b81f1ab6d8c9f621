"""Who is told of what: messages into the outbox, in the transaction of what they are about. domain/notices.py has the tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from data_access.engine import Tx
from data_access.repositories import notifications
from data_access.repositories.notifications import Message
from data_access.repositories.work_orders import Source, StoredOrder
from domain.notices import MOVED, OPENED, REPEATED, Matter, Notice, notices
from domain.outbox import Channel
from domain.response import ResponseLevel
from domain.work_orders import OrderKind, Proof, Step


def opened_all(tx: Tx, orders: Iterable[StoredOrder], *, at: datetime) -> None:
    """Tell of new orders."""
    told = ((order, notice) for order in orders for notice in notices(OPENED, matter_of(order)))
    notifications.queue(tx, (message(order, notice, "opened", {"reason": order.reason}) for order, notice in told), at=at)


def repeated(tx: Tx, order: StoredOrder, source: Source, *, at: datetime) -> None:
    """Tell of another report of an open order; what machines repeat is no news."""
    if source.alarm_id is None:
        occasion = f"repeated:{source.source}:{source.at.isoformat()}"
        words = {"source": source.source, "words": source.words}
        tell(tx, order, notices(REPEATED, matter_of(order)), occasion=occasion, words=words, at=at)


def moved_all(tx: Tx, steps: Iterable[tuple[StoredOrder, StoredOrder, Step, Proof]], *, at: datetime) -> None:
    """Tell of steps: each the order before, the order after, the step and its proof."""
    messages = (
        message(after, notice, f"step:{after.seq}", {"reason": proof.reason, "note": proof.note})
        for before, after, step, proof in steps
        for notice in notices(MOVED.get(step, ()), replace(matter_of(after), former=before.unit_id, former_team=before.team_id))
    )
    notifications.queue(tx, messages, at=at)


def tell(
    tx: Tx, order: StoredOrder, told: Iterable[Notice], *, occasion: str, words: Mapping[str, Any] | None = None, at: datetime
) -> None:
    """Queue messages about an order. The same `occasion` of an order is told once a recipient ("warning:rescue:2"), however often
    this is called. In a drill those outside the house are told nothing: what they would have heard stays on the platform.
    """
    notifications.queue(tx, (message(order, notice, occasion, words or {}) for notice in told), at=at)


def message(order: StoredOrder, notice: Notice, occasion: str, words: Mapping[str, Any]) -> Message:
    """One message as the outbox holds it; for those who queue messages of many orders at once."""
    facts = {"level": order.level, "unit": order.unit_id, **words}
    return Message(
        order_id=order.id,
        recipient=notice.recipient,
        key=f"{order.number}:{notice.recipient}:{occasion}",
        template=notice.template,
        urgent=notice.urgent,
        drill=order.drill,
        channel=Channel.DRILL.value if order.drill and not notice.leaves_in_a_drill else None,
        words={name: value for name, value in facts.items() if value not in (None, "")},
    )


def matter_of(order: StoredOrder) -> Matter:
    """What of an order decides who is told."""
    return Matter(
        kind=OrderKind(order.kind),
        cause=order.cause,
        level=None if order.level is None else ResponseLevel(order.level),
        urgent=order.urgent,
        use_unit=order.use_unit_id,
        unit=order.unit_id,
        team=order.team_id,
        assignee=order.assignee_id,
        street=order.street_code,
    )
