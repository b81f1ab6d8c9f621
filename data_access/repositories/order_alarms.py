"""The alarms behind a work order, those behind the orders that were merged into it among them."""

from __future__ import annotations

from typing import Final

from sqlalchemy import text

from data_access.engine import Tx
from data_access.repositories.work_orders import StoredOrder

# Other faults of the machine that were reported into the order may have been something else: nobody has said what.
_UNJUDGED: Final = text(
    "SELECT DISTINCT a.id FROM work_orders w JOIN incident_sources s ON s.work_order_id = w.id JOIN alarms a ON a.id = s.alarm_id "
    "WHERE (w.id = :order OR w.master_id = :order) AND a.verdict IS NULL "
    "AND (a.id = :alarm OR a.family = :cause OR :kind = 'behavior' OR :kind = 'rescue' AND a.category = 'entrapment') ORDER BY a.id"
)


def unjudged(tx: Tx, order: StoredOrder) -> list[int]:
    """Alarms of what the order is about that nobody has given a verdict on."""
    return list(tx.scalars(_UNJUDGED, {"order": order.id, "alarm": order.alarm_id, "cause": order.cause, "kind": order.kind}))
