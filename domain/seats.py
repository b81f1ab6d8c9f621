"""The duty seat (值班席位) of the command centre: which orders call for it, and how long it may leave a call unanswered. Pure."""

from __future__ import annotations

from typing import Final

from domain.equipment.kind import seconds
from domain.order_words import OrderKind
from domain.response import ResponseLevel

ANSWER_WITHIN: Final = seconds("seat.answer_seconds", 60)  # then the leader on duty is told (E2)
RINGING: Final = frozenset({OrderKind.RESCUE, OrderKind.REPAIR, OrderKind.ANOMALY})
UNANSWERED: Final = "seat_unanswered"
"""The message to the leader, and what the order's log says."""


def calls_for(kind: OrderKind, level: ResponseLevel | None, *, urgent: bool) -> bool:
    """Whether an order rings at the seat: people inside, level two or three, or a grave fault."""
    grave = urgent and kind in RINGING  # dangerous behaviour is answered by the car, and a late inspection waits for the morning
    return kind is OrderKind.RESCUE or grave or (level is not None and level is not ResponseLevel.MINOR_FAULT)


def calls_again(before: ResponseLevel | None, after: ResponseLevel | None) -> bool:
    """Whether an order that was answered rings once more: its level rose."""
    return after is not None and (0 if before is None else before.rank) < after.rank
