"""Whoever reported what orders are about and left a number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import text

from data_access.engine import Tx


@dataclass(frozen=True, slots=True)
class Reporter:
    """Somebody's report of an order, or of one that goes on as it."""

    order_id: int
    source_id: int
    phone: str
    own: bool  # of this order itself


_REPORTERS: Final = text(
    "WITH RECURSIVE whole AS (SELECT id AS order_id, id AS part FROM work_orders WHERE id = ANY(CAST(:ids AS bigint[])) "
    "UNION SELECT whole.order_id, w.id FROM whole JOIN work_orders w ON w.master_id = whole.part) "
    "SELECT whole.order_id, s.id, s.phone, whole.part = whole.order_id FROM whole JOIN incident_sources s ON s.work_order_id = whole.part "
    "WHERE s.phone <> '' ORDER BY whole.order_id, s.id"
)


def reporters(tx: Tx, order_ids: Sequence[int]) -> list[Reporter]:
    """Who reported these orders, or what was merged into them, and left a number."""
    return [Reporter(*tuple(row)) for row in tx.execute(_REPORTERS, {"ids": list(order_ids)})] if order_ids else []
