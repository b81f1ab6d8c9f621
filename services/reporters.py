"""Whoever reported something is told of it (告知反映人), by the number he left; domain/reporters.py has the tables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from data_access.engine import Tx
from data_access.repositories import notifications
from data_access.repositories import reporters as stored
from data_access.repositories.notifications import Message
from data_access.repositories.work_orders import StoredOrder
from domain.notices import Line, Notice, notices
from domain.outbox import Channel
from domain.reporters import RECEIVED, TOLD, WITH_LINK, mobile
from domain.work_orders import Step
from services.notices import matter_of, message

RATE: Final = "rate"
"""Of a message's words: the number of the report that may be rated by its link."""


def received_all(tx: Tx, orders: Sequence[StoredOrder], *, at: datetime) -> None:
    """Give everybody who reported these orders the number of his matter; who has it already is told nothing, and so is whoever
    reported what was merged into one of them: he has the number of that.
    """
    reached = _reached(tx, orders, merged=False)
    _tell(tx, ((order, RECEIVED, reached[order.id], "received") for order in orders), at=at)


def moved_all(tx: Tx, steps: Iterable[tuple[StoredOrder, Step]], *, at: datetime) -> None:
    """Tell of those steps that are news to somebody outside, each with the order after it: of one taken again after something was
    given back or redone nobody hears twice.
    """
    news = [(order, step) for order, step in steps if step in TOLD]
    reached = _reached(tx, [order for order, _ in news], merged=True)
    _tell(tx, ((order, TOLD[step], reached[order.id], f"told:{step.value}") for order, step in news), at=at)


def _reached(tx: Tx, orders: Sequence[StoredOrder], *, merged: bool) -> defaultdict[int, list[int]]:
    """The reports of each order whose maker can be sent a message; those of what was merged into it too, or its own alone."""
    found: defaultdict[int, list[int]] = defaultdict(list)
    for each in stored.reporters(tx, [order.id for order in orders]):
        if (merged or each.own) and mobile(each.phone):
            found[each.order_id].append(each.source_id)
    return found


def _tell(tx: Tx, news: Iterable[tuple[StoredOrder, Sequence[Line], Sequence[int], str]], *, at: datetime) -> None:
    notifications.queue(tx, (each for told in news for each in _messages(*told)), at=at)


def _messages(order: StoredOrder, lines: Sequence[Line], sources: Sequence[int], occasion: str) -> Iterator[Message]:
    for source in sources:
        matter = replace(matter_of(order), reporters=(source,))
        yield from (_message(order, notice, source, occasion) for notice in notices(lines, matter))


def _message(order: StoredOrder, notice: Notice, source: int, occasion: str) -> Message:
    made = message(order, notice, occasion, {RATE: source} if notice.template in WITH_LINK else {})
    return replace(made, channel=made.channel or Channel.SMS.value)
