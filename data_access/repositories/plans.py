"""The district plan's tasks of orders: opened once an order or group, and done once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, bindparam, select, text
from sqlalchemy.dialects.postgresql import JSONB

from data_access.engine import Tx
from data_access.tables import plan_tasks, work_orders
from data_access.watches import Watch, touched

p, w = plan_tasks.c, work_orders.c

# An order of a group that has a plan shares it, and of several that rise together the first has it: five trapped in one street are
# one plan, not five.
_OPEN: Final = text(
    "INSERT INTO plan_tasks (work_order_id, task, owner, due_at) SELECT g.order_id, g.task, g.owner, g.due_at FROM ("
    "SELECT t.*, w.group_id, min(w.id) OVER (PARTITION BY w.group_id) AS first_id FROM jsonb_to_recordset(:tasks) "
    "AS t (order_id int8, task text, owner text, due_at timestamptz) JOIN work_orders w ON w.id = t.order_id) g "
    "WHERE g.group_id IS NULL OR g.order_id = g.first_id AND NOT EXISTS (SELECT FROM plan_tasks p "
    "JOIN work_orders x ON x.id = p.work_order_id WHERE x.group_id = g.group_id AND x.id <> g.order_id) "
    "ORDER BY g.order_id, g.due_at ON CONFLICT (work_order_id, task) DO NOTHING"
).bindparams(bindparam("tasks", type_=JSONB))
_FINISH: Final = text(
    "UPDATE plan_tasks SET done_at = :at, done_account_id = :account, done_by = :name, note = :note WHERE id = :id AND done_at IS NULL"
)


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


def finish(tx: Tx, task: Row[Any], *, account_id: int, name: str, note: str, at: datetime) -> None:
    """Say that a task is done."""
    tx.execute(_FINISH, {"id": task.id, "at": at, "account": account_id, "name": name, "note": note})
    tx.touch(*touched(Watch.WORK_ORDERS, {task.street_code}))
