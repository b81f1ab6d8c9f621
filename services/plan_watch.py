"""What time does to the district plan: a task that runs out is told of once, and tasks of an order that ended find another one."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Final

from data_access.engine import Store, Tx
from data_access.repositories import plans
from data_access.repositories.deadlines import free_orders
from data_access.repositories.plans import StoredTask
from data_access.repositories.work_orders import StoredOrder
from domain.district_plan import LATE, Task
from domain.notices import notices
from domain.work_orders import Proof, Step
from services import work_orders
from services.notices import matter_of, tell

log = logging.getLogger(__name__)

TOGETHER: Final = 200  # orders of one turn; the rest follows in the next
LATE_NOTE: Final = "plan_late"


def ended(store: Store, at: datetime) -> int:
    """Let the tasks of orders that ended go on with an open order of the same incident, or drop them; how many orders ended.

    An accident ends its order and not its plan. Raises StoreUnavailable.
    """
    with store.reading() as tx:
        left = plans.of_ended_orders(tx, limit=TOGETHER)
    for order in left:
        with store.transaction() as tx:
            plans.move_or_drop(tx, order, at=at)
    return len(left)


def late(store: Store, at: datetime) -> int:
    """Tell the department and the centre of every task that ran out, and note it in the order's log; how many.

    Raises StoreUnavailable.
    """
    with store.transaction() as tx:
        held = {order.id: order for order in free_orders(tx, plans.orders_late(tx, at=at, limit=TOGETHER))}
        tasks = plans.breach(tx, list(held), at=at)
        for task in tasks:
            held[task.work_order_id] = _tell(tx, held[task.work_order_id], task, at)
    for task in tasks:
        log.warning("plan_task_late", extra={"order": held[task.work_order_id].number, "task": task.task, "owner": task.owner})
    return len(tasks)


def _tell(tx: Tx, order: StoredOrder, task: StoredTask, at: datetime) -> StoredOrder:
    noted = work_orders.advance_by_system(tx, order, Step.NOTE, Proof(note=f"{LATE_NOTE}_{task.task}"), at=at)
    words = {"task": task.task}
    tell(tx, noted, notices(LATE[Task(task.task)], matter_of(noted)), occasion=f"{LATE_NOTE}:{task.id}", words=words, at=at)
    return noted
