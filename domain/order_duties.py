"""Who owes the next step of an order, and which orders go round in circles: read off the tables of work_orders. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from domain.work_orders import TABLES, Hand, OrderKind, OrderStatus, Step

ASIDE: Final = frozenset({Step.TRANSFER, Step.RETURN, Step.REDO, Step.REJECT, Step.FALSE_ALARM, Step.ACCIDENT})
"""Steps that change the status and yet take an order no further on its way."""
BOUNCES: Final = 2  # an order given back so often goes round in circles
UNOWNED: Final = timedelta(minutes=10)  # and so does one that nobody has had for so long

Duty = tuple[OrderKind, OrderStatus]


def duties(hand: Hand) -> frozenset[Duty]:
    """In which statuses of which kinds the next step on the way is owed by this hand."""
    return frozenset(
        (kind, status)
        for kind, table in TABLES.items()
        for rule in table
        if hand in rule.who and rule.to is not None and rule.step not in ASIDE and (not rule.kinds or kind in rule.kinds)
        for status in rule.since
    )


def circling(*, bounced: int, unowned_since: datetime | None, at: datetime) -> bool:
    """Whether an open order goes round in circles: given back twice, or without anybody for ten minutes."""
    return bounced >= BOUNCES or (unowned_since is not None and at - unowned_since >= UNOWNED)
