"""The district plan (应急预案) of a level-three order: the departments' tasks, each with owner and clock."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from data_access.engine import Store, Tx
from data_access.queries import plans as queries
from data_access.repositories import audit, plans, rule_settings
from data_access.repositories.audit import Entry
from data_access.repositories.plans import Owed
from data_access.repositories.work_orders import StoredOrder
from domain.district_plan import PLAN, Task, may_finish
from domain.errors import Conflict, Invalid, NotFound, NotPermitted, Refused
from domain.response import ResponseLevel
from domain.scope import Action, Actor
from domain.work_orders import Proof, Refusal, Step

NOTE_LIMIT: Final = 500  # characters


def opened(tx: Tx, order: StoredOrder, *, at: datetime) -> None:
    """Open the checklist of an order that begins at level three."""
    opened_all(tx, [order], at=at)


def moved(tx: Tx, before: StoredOrder, after: StoredOrder, step: Step, *, at: datetime) -> None:
    """Open the checklist of an order that rises to level three."""
    if step is Step.ESCALATE:
        opened_all(tx, [after], at=at)


def opened_all(tx: Tx, orders: Iterable[StoredOrder], *, at: datetime) -> None:
    """Open the checklists of those orders that are at level three and share none with their group."""
    grave = [order for order in orders if order.level == ResponseLevel.EMERGENCY.value]
    if grave:
        settings = rule_settings.current(tx)
        due = {duty: at + timedelta(minutes=duty.minutes.of(settings)) for duty in PLAN}
        plans.open_(tx, [Owed(order.id, duty.task.value, duty.owner.value, due[duty]) for order in grave for duty in PLAN])


def moved_all(tx: Tx, steps: Iterable[tuple[StoredOrder, StoredOrder, Step, Proof]], *, at: datetime) -> None:
    """Open the checklists of orders that have risen to level three."""
    opened_all(tx, (after for _, after, step, _ in steps if step is Step.ESCALATE), at=at)


def finish(actor: Actor, store: Store, task_id: int, *, note: str = "", at: datetime) -> None:
    """Say that a task of the plan is done: its department, or the centre in its name.

    Raises NotPermitted, NotFound, Conflict(by, at) when it was done before, Refused when nobody owes it any more, Invalid(field=note).
    """
    actor.require(Action.WORK_ORDERS)
    if len(note) > NOTE_LIMIT:
        raise Invalid(field="note", reason="too_long")
    with store.transaction() as tx:
        task = plans.locked(tx, task_id)
        if task is None or not queries.may_see(actor.scope, tx, task_id=task_id):
            raise NotFound(task=task_id)
        if not may_finish(Task(task.task), actor.scope.role):
            raise NotPermitted(action=Action.WORK_ORDERS.value, role=actor.scope.role.value)
        if task.done_at is not None:
            raise Conflict(by=task.done_by, at=task.done_at)
        if task.dropped_at is not None:
            raise Refused(reason=Refusal.NOT_NOW.value)
        plans.finish(tx, task, account_id=actor.account_id, name=actor.name, note=note.strip(), at=at)
        entry = Entry(
            account_id=actor.account_id,
            username=actor.username,
            action=Action.WORK_ORDERS.value,
            object=f"plan_task:{task_id}",
            after={"order": task.work_order_id, "task": task.task},
            reason=note.strip() or None,
            address=actor.address,
        )
        audit.append(tx, entry, at)
