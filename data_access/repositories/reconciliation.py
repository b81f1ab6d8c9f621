"""Everything that is stored of work orders, side by side, for whoever compares it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import TextClause, select, text

from data_access.engine import Tx
from data_access.repositories.work_orders import StoredOrder
from data_access.tables import deadlines, notification_messages, notifications, order_copies, seat_calls, work_order_events, work_orders
from domain.district_plan import PLAN

GRACE_S: Final = 120
"""So long a clock may have run out without anybody having looked, which a killed schedule explains."""


@dataclass(frozen=True, slots=True)
class Books:
    """What is stored of one order: its row, its log, its clocks, the keys of the messages about it, its copies (street and occasion),
    and the calls of the seat.
    """

    order: StoredOrder
    log: list[Any]
    deadlines: list[Any]
    keys: set[str]
    copies: set[tuple[str, str]]
    calls: list[Any]


def books(tx: Tx) -> list[Books]:
    """Every order with all that belongs to it, by its number."""
    v, d, n, m, c = work_order_events.c, deadlines.c, notifications.c, notification_messages.c, order_copies.c
    logs = _by_order(tx.execute(select(work_order_events).order_by(v.work_order_id, v.seq)))
    clocks = _by_order(tx.execute(select(deadlines).order_by(d.work_order_id, d.id)))
    keyed = select(n.work_order_id, m.key).join(notifications, n.id == m.notification_id)
    keys: defaultdict[int, set[str]] = defaultdict(set)
    for order_id, key in tx.rows(keyed):
        keys[order_id].add(key)
    copies: defaultdict[int, set[tuple[str, str]]] = defaultdict(set)
    for order_id, street, occasion in tx.rows(select(c.work_order_id, c.street_code, c.occasion)):
        copies[order_id].add((street, occasion))
    calls = _by_order(tx.execute(select(seat_calls).order_by(seat_calls.c.work_order_id, seat_calls.c.turn)))
    orders = tx.execute(select(work_orders).order_by(work_orders.c.id))
    return [Books(each, logs[each.id], clocks[each.id], keys[each.id], copies[each.id], calls[each.id]) for each in orders]


def faults(tx: Tx, *, at: datetime) -> dict[str, list[str]]:
    """What is wrong by itself, without looking at what it should be: the sort of it → the names."""
    return {sort: [str(name) for name in tx.scalars(statement, _values(statement, at))] for sort, statement in _FAULTS.items()}


def unanswered_alarms(tx: Tx, *, since: datetime) -> list[str]:
    """Alarms that we know of since then and no order does."""
    return [str(name) for name in tx.scalars(_UNANSWERED, {"since": since})]


def _by_order(rows: Any) -> defaultdict[int, list[Any]]:
    found: defaultdict[int, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.work_order_id].append(row)
    return found


def _values(statement: TextClause, at: datetime) -> dict[str, object]:
    named: Mapping[str, object] = {"at": at, "grace": GRACE_S, "tasks": len(PLAN)}
    return {name: value for name, value in named.items() if f":{name}" in statement.text}


_UNANSWERED: Final = text(
    "SELECT a.family || ' ' || a.id FROM alarms a WHERE a.detected_at >= :since "
    "AND NOT EXISTS (SELECT FROM incident_sources s WHERE s.alarm_id = a.id) ORDER BY a.id"
)
_FAULTS: Final[Mapping[str, TextClause]] = {
    "causes with two open orders": text("SELECT cause_key FROM work_orders WHERE closed_at IS NULL GROUP BY cause_key HAVING count(*) > 1"),
    "orders that nobody reported": text(
        "SELECT number FROM work_orders w WHERE NOT EXISTS (SELECT FROM incident_sources s WHERE s.work_order_id = w.id)"
    ),
    "alarms told twice to one order": text(
        "SELECT work_order_id FROM incident_sources WHERE alarm_id IS NOT NULL GROUP BY work_order_id, alarm_id HAVING count(*) > 1"
    ),
    "notifications without a message": text(
        "SELECT recipient || ' of ' || work_order_id FROM notifications n "
        "WHERE NOT EXISTS (SELECT FROM notification_messages m WHERE m.notification_id = n.id)"
    ),
    # One that is read need never have left, and one that was refused or is tried again has left before.
    "messages half sent": text("SELECT key FROM notification_messages WHERE status IN ('sent', 'delivered') AND sent_at IS NULL"),
    "warnings that nobody gave": text(
        "SELECT kind || ' of ' || work_order_id FROM deadlines WHERE next_warning_at < CAST(:at AS timestamptz) - :grace * interval '1 s' "
        "AND breached_at IS NULL AND met_at IS NULL AND dropped_at IS NULL AND paused_at IS NULL"
    ),
    "emergencies without the district plan": text(
        "SELECT w.number FROM work_orders w WHERE w.level = 'emergency' AND :tasks > (SELECT count(DISTINCT p.task) "
        "FROM plan_tasks p JOIN work_orders x ON x.id = p.work_order_id WHERE x.id = w.id OR x.group_id = w.group_id)"
    ),
    "clocks that ran out unseen": text(
        "SELECT kind || ' of ' || work_order_id FROM deadlines WHERE due_at < CAST(:at AS timestamptz) - :grace * interval '1 s' "
        "AND breached_at IS NULL AND met_at IS NULL AND dropped_at IS NULL AND paused_at IS NULL"
    ),
    "late rescues without an order at the bureau": text(
        "SELECT w.number FROM deadlines d JOIN work_orders w ON w.id = d.work_order_id WHERE d.kind = 'rescue' "
        "AND d.breached_at IS NOT NULL AND NOT EXISTS (SELECT FROM work_orders t WHERE t.cause = 'rescue_overdue' "
        "AND t.cause_key LIKE '%trigger\\:rescue_overdue\\:' || w.id)"
    ),
    "late rescues with two orders at the bureau": text(
        "SELECT cause_key FROM work_orders WHERE cause = 'rescue_overdue' GROUP BY cause_key HAVING count(*) > 1"
    ),
}
