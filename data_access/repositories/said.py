"""What was said of orders long ago: messages to people and prompts to devices, and how they go."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import text

from data_access.engine import Tx

_MESSAGES: Final = text(
    "DELETE FROM notification_messages WHERE id IN (SELECT m.id FROM notification_messages m "
    "JOIN notifications n ON n.id = m.notification_id JOIN work_orders w ON w.id = n.work_order_id "
    "WHERE m.created_at < :before AND w.closed_at < :before AND m.status NOT IN ('queued', 'failed') "
    "ORDER BY m.created_at LIMIT :most FOR UPDATE OF m SKIP LOCKED) RETURNING notification_id"
)
_EMPTIED: Final = text(
    "DELETE FROM notifications n WHERE n.id = ANY(CAST(:ids AS int8[])) "
    "AND NOT EXISTS (SELECT FROM notification_messages m WHERE m.notification_id = n.id)"
)
# The oldest row stands first: where it is young enough, nothing else is looked at.
_PROMPTS: Final = text(
    "DELETE FROM device_commands WHERE id IN (SELECT d.id FROM device_commands d LEFT JOIN work_orders w ON w.id = d.work_order_id "
    "WHERE (SELECT created_at FROM device_commands ORDER BY id LIMIT 1) < :before "
    "AND d.created_at < :before AND (w.id IS NULL OR w.closed_at < :before) "
    "ORDER BY d.id LIMIT :most FOR UPDATE OF d SKIP LOCKED)"
)


def forget_messages(tx: Tx, *, before: datetime, most: int) -> int:
    """Drop messages that are older than `before` and whose orders were closed before it, the oldest first; how many.

    A recipient of whom nothing is left goes too.
    """
    emptied = list(tx.scalars(_MESSAGES, {"before": before, "most": most}))
    if emptied:
        tx.execute(_EMPTIED, {"ids": sorted(set(emptied))})
    return len(emptied)


def forget_prompts(tx: Tx, *, before: datetime, most: int) -> int:
    """Drop prompts to devices of the same age; how many."""
    return tx.execute(_PROMPTS, {"before": before, "most": most}).rowcount
