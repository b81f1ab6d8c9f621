"""Orders about behaviour: those of a day that are done already, and how often it happened."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import select, text

from data_access.engine import Tx
from data_access.repositories.work_orders import StoredOrder
from data_access.tables import work_orders
from data_access.watches import Watch, touched

w = work_orders.c
_RECOUNT: Final = text(
    "UPDATE work_orders w SET count = c.total, detail = w.detail || jsonb_build_object('counts', c.counts) "
    "FROM (SELECT f.work_order_id, sum(f.number)::int AS total, jsonb_object_agg(f.family, f.number) AS counts "
    "FROM (SELECT s.work_order_id, a.family, sum(a.occurrences) AS number FROM incident_sources s JOIN alarms a ON a.id = s.alarm_id "
    "WHERE s.work_order_id = ANY(CAST(:ids AS int8[])) GROUP BY 1, 2) f GROUP BY 1) c "
    "WHERE w.id = c.work_order_id AND w.detail -> 'counts' IS DISTINCT FROM c.counts RETURNING w.street_code"
)


def closed_order(tx: Tx, cause_key: str) -> StoredOrder | None:
    """The newest order of a cause where that is closed, for this transaction alone; None where one is open, or there is none."""
    newest = tx.execute(select(work_orders).where(w.cause_key == cause_key).order_by(w.id.desc()).limit(1).with_for_update()).one_or_none()
    return None if newest is None or newest.closed_at is None else newest


def recount(tx: Tx, order_ids: Sequence[int]) -> None:
    """Write down how often what these orders are about has happened: together, and by family."""
    if order_ids:
        streets = tx.scalars(_RECOUNT, {"ids": list(order_ids)}).all()
        tx.touch(*touched(Watch.WORK_ORDERS, set(streets)))
