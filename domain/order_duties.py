"""Who owes the next step of an order: read off the tables of work_orders. Pure."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from domain.work_orders import TABLES, Hand, OrderKind, OrderStatus, Rule, Step

ASIDE: Final = frozenset({Step.TRANSFER, Step.RETURN, Step.REDO, Step.REJECT, Step.FALSE_ALARM, Step.ACCIDENT})
"""Steps that change the status and yet take an order no further on its way."""

Duty = tuple[OrderKind, OrderStatus]


def duties(hand: Hand, *, among: Collection[Step] = frozenset(Step)) -> frozenset[Duty]:
    """In which statuses of which kinds the next step on the way is owed by this hand, as far as it is `among` these steps."""
    return frozenset(
        (kind, status)
        for kind, table in TABLES.items()
        for rule in table
        if hand in rule.who and rule.step in among and _carries_on(rule) and (not rule.kinds or kind in rule.kinds)
        for status in rule.since
    )


def _carries_on(rule: Rule) -> bool:
    """Whether the step takes an order further: to another status, or what was ordered is mended, which the regulator then looks at."""
    return rule.step is Step.RECTIFY or (rule.to is not None and rule.step not in ASIDE)
