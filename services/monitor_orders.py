"""The order about a silent monitor, once the monitor speaks again: what nobody has taken ends, whoever is on the way is told."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from data_access.engine import Tx
from data_access.repositories import monitor_orders
from data_access.repositories.work_orders import StoredOrder
from domain.alarm_book import OFFLINE
from domain.order_words import WAITING, EndReason, OrderStatus, Proof, Step
from domain.response import ResponseLevel
from services import order_storms

AT_ONCE: Final = 500  # orders of one look; the others are due at the next one
BACK: Final = EndReason.MONITOR_BACK.value


def spoke_again(tx: Tx, heard: Mapping[int, datetime], *, at: datetime) -> int:
    """Monitors that speak (machine → its newest reading, by its own clock): end or note the orders about their silence; how many.

    It rests on the orders and not on the alarms, which end by the reading itself, or together with an outage.
    """
    due = [row.id for row in monitor_orders.about(tx, cause=OFFLINE) if _is_newer(heard.get(row.equipment_id), row.occurred_at)]
    if not due:
        return 0
    steps = [(order, *_step(order)) for order in monitor_orders.held(tx, due, limit=AT_ONCE)]
    return len(order_storms.advance(tx, steps, at=at))


def _is_newer(heard_at: datetime | None, occurred_at: datetime) -> bool:
    return heard_at is not None and heard_at >= occurred_at


def _step(order: StoredOrder) -> tuple[Step, Proof]:
    """What somebody has begun, or has called grave, is left to people."""
    if OrderStatus(order.status) in WAITING and order.level == ResponseLevel.MINOR_FAULT.value:
        return Step.CLOSE, Proof(reason=BACK)
    return Step.NOTE, Proof(note=BACK)
