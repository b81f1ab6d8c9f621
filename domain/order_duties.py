"""Who owes the next step of an order: read off the tables of work_orders. Pure."""

from __future__ import annotations

from typing import Final

from domain.work_orders import TABLES, Hand, OrderKind, OrderStatus, Step

ASIDE: Final = frozenset({Step.TRANSFER, Step.RETURN, Step.REDO, Step.REJECT, Step.FALSE_ALARM, Step.ACCIDENT})
"""Steps that change the status and yet take an order no further on its way."""

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
