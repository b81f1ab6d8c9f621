"""The district plan's tasks of orders: opened once an order or group, and done once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import BigInteger, Row, bindparam, func, select, text, update
from sqlalchemy.dialects.postgresql import JSONB

from data_access.engine import Tx
from data_access.tables import plan_tasks, work_orders
from data_access.watches import Watch, touched

p, w = plan_tasks.c, work_orders.c

# An order of a group that has a plan shares it, and of several that rise together the first has it: five trapped in one street are
# one plan, not five. The plan of an order that has ended is nobody's any more, unless it was an accident.
_OPEN: Final = text(
    "INSERT INTO plan_tasks (work_order_id, task, owner, due_at) SELECT g.order_id, g.task, g.owner, g.due_at FROM ("
    "SELECT t.*, w.group_id, min(w.id) OVER (PARTITION BY w.group_id) AS first_id FROM jsonb_to_recordset(:tasks) "
    "AS t (order_id int8, task text, owner text, due_at timestamptz) JOIN work_orders w ON w.id = t.order_id) g "
    "WHERE g.group_id IS NULL OR g.order_id = g.first_id AND NOT EXISTS (SELECT FROM plan_tasks p "
    "JOIN work_orders x ON x.id = p.work_order_id WHERE x.group_id = g.group_id AND x.id <> g.order_id "
    "AND p.dropped_at IS NULL AND (x.closed_at IS NULL OR x.status = 'accident')) "
    "ORDER BY g.order_id, g.due_at ON CONFLICT (work_order_id, task) DO NOTHING"
).bindparams(bindparam("tasks", type_=JSONB))
_FINISH: Final = text(
    "UPDATE plan_tasks SET done_at = :at, done_account_id = :account, done_by = :name, note = :note WHERE id = :id AND done_at IS NULL"
)
_OF_ENDED: Final = text(
    "SELECT DISTINCT o.id, o.group_id, o.master_id, o.street_code FROM plan_tasks p JOIN work_orders o ON o.id = p.work_order_id "
    "WHERE p.done_at IS NULL AND p.dropped_at IS NULL AND o.closed_at IS NOT NULL AND o.status <> 'accident' ORDER BY o.id LIMIT :limit"
)
_HEIR: Final = text(
    "SELECT x.id FROM work_orders x WHERE x.closed_at IS NULL AND x.level = 'emergency' AND (x.id = :master OR x.group_id = :incident) "
    "AND NOT EXISTS (SELECT FROM plan_tasks q WHERE q.work_order_id = x.id) ORDER BY x.id = :master DESC NULLS LAST, x.id LIMIT 1 "
    "FOR UPDATE"
).bindparams(bindparam("master", type_=BigInteger), bindparam("incident", type_=BigInteger))
_OWED: Final = (p.done_at.is_(None), p.dropped_at.is_(None))
_LATE: Final = (*_OWED, p.breached_at.is_(None))
StoredTask = Row[Any]
"""A row of plan_tasks."""


@dataclass(frozen=True, slots=True)
class Owed:
    """A task that an order owes."""

    order_id: int
    task: str
    owner: str
    due_at: datetime


def open_(tx: Tx, tasks: Sequence[Owed]) -> int:
    """Put the tasks on orders that have no plan yet; how many."""
    wired = [asdict(task) | {"due_at": task.due_at.isoformat()} for task in tasks]
    return int(tx.execute(_OPEN, {"tasks": wired}).rowcount)


def locked(tx: Tx, task_id: int) -> Row[Any] | None:
    """A task with its order's street, for this transaction alone."""
    statement = select(plan_tasks, w.street_code).join(work_orders, w.id == p.work_order_id).where(p.id == task_id)
    return tx.execute(statement.with_for_update(of=plan_tasks)).one_or_none()


def of_ended_orders(tx: Tx, *, limit: int) -> list[Row[Any]]:
    """Orders that ended (an accident aside) and have tasks that somebody still owes: id, group_id, master_id, street_code."""
    return list(tx.execute(_OF_ENDED, {"limit": limit}))


def move_or_drop(tx: Tx, order: Row[Any], *, at: datetime) -> None:
    """Hang the tasks of an order that ended on its master or another open order of its incident that has none; else drop what is owed."""
    heir = tx.scalar(_HEIR, {"master": order.master_id, "incident": order.group_id})
    if heir is None:
        tx.execute(update(plan_tasks).where(p.work_order_id == order.id, *_OWED).values(dropped_at=at))
    else:
        tx.execute(update(plan_tasks).where(p.work_order_id == order.id, p.dropped_at.is_(None)).values(work_order_id=heir))
    tx.touch(*touched(Watch.WORK_ORDERS, {order.street_code}))


def orders_late(tx: Tx, *, at: datetime, limit: int) -> list[int]:
    """Orders with a task that ran out and that nobody was told of, the longest over first."""
    late = select(p.work_order_id).where(*_LATE, p.due_at <= at).group_by(p.work_order_id).order_by(func.min(p.due_at), p.work_order_id)
    return list(tx.scalars(late.limit(limit)))


def breach(tx: Tx, order_ids: Collection[int], *, at: datetime) -> list[StoredTask]:
    """Mark the tasks of these orders that ran out, each once; those that were marked now."""
    statement = update(plan_tasks).where(p.work_order_id.in_(order_ids), *_LATE, p.due_at <= at).values(breached_at=at)
    return sorted(tx.execute(statement.returning(plan_tasks)), key=lambda task: (task.due_at, task.id))


def finish(tx: Tx, task: Row[Any], *, account_id: int, name: str, note: str, at: datetime) -> None:
    """Say that a task is done."""
    tx.execute(_FINISH, {"id": task.id, "at": at, "account": account_id, "name": name, "note": note})
    tx.touch(*touched(Watch.WORK_ORDERS, {task.street_code}))
