"""The tasks of the district plan, which all orders of an incident share: whoever may see one of them sees the plan."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select

from data_access.engine import Tx
from data_access.scoping import of_orders
from data_access.tables import plan_tasks, work_orders
from domain.scope import Scope

w, t = work_orders.c, plan_tasks.c
_holders = work_orders.alias("plan_holders")  # the orders that tasks hang on
h = _holders.c


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A task of the district plan; `order_id` and `number` are of the order it hangs on, which may be another one of the incident."""

    id: int
    task: str
    owner: str
    due_at: datetime
    done_at: datetime | None
    done_by: str | None
    note: str
    breached_at: datetime | None
    dropped_at: datetime | None
    order_id: int
    number: str


def tasks(scope: Scope, tx: Tx, *, order_id: int) -> list[TaskRow]:
    """The plan's tasks for an order, its own and those of its incident, those that are due first at the beginning."""
    columns = (t.id, t.task, t.owner, t.due_at, t.done_at, t.done_by, t.note, t.breached_at, t.dropped_at, h.id, h.number)
    statement = _shared(select(*columns)).where(w.id == order_id)
    return [TaskRow(*row) for row in tx.rows(of_orders(scope, statement.order_by(t.due_at, t.id)))]


def may_see(scope: Scope, tx: Tx, *, task_id: int) -> bool:
    """Whether some order in the scope is of the incident that a task belongs to."""
    return bool(tx.rows(of_orders(scope, _shared(select(t.id)).where(t.id == task_id).limit(1))))


def _shared(columns: Select[Any]) -> Select[Any]:
    return columns.select_from(plan_tasks.join(_holders, h.id == t.work_order_id).join(work_orders, _is_of_the_plan()))


def _is_of_the_plan() -> ColumnElement[bool]:
    return or_(h.id == w.id, and_(h.group_id == w.group_id, t.dropped_at.is_(None)))
