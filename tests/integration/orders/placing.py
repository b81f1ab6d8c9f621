"""Orders put where a test wants them, and what the law says of each step with them."""

from __future__ import annotations

from dataclasses import replace

from data_access.repositories import work_orders as stored
from data_access.repositories.work_orders import Event
from domain.order_words import Order, OrderStatus, Proof, Step
from domain.scope import GRANTS, Action, Role
from domain.work_orders import ACTING
from tests.order_law import OTHER_MAINTAINER, OTHER_USER, Triple, full
from tests.order_town import CODES, LIFT, PLACE, Town, source


def placed(town: Town, order: Order) -> int:
    """An order that stands there, past the law; its number."""
    with town.store.transaction() as tx:
        event = Event(action="open", from_status=None, to_status=order.status.value, hand="system", at=town.opening(order.kind).opened_at)
        row, _ = stored.open_(tx, replace(town.opening(order.kind), level=order.level and order.level.value), event)
        stored.add_source(tx, row.id, source(row.opened_at))
    closed_at = None if order.is_open else row.opened_at
    town.sql(
        "UPDATE work_orders SET status = %s, unit_id = %s, suspended = %s, closed_at = %s, unowned_since = NULL WHERE id = %s",
        order.status.value, order.unit, order.suspended, closed_at, row.id,
    )  # fmt: skip
    return int(row.id)


def proof_for(town: Town, triple: Triple, master: int) -> Proof:
    """Everything a step could ask for, with names that exist and fit."""
    unit = OTHER_MAINTAINER if Role.MAINTENANCE_UNIT in ACTING[triple.kind] else OTHER_USER
    assignee = town.actors[triple.hand].account_id if isinstance(triple.hand, Role) else None
    return replace(full(triple.step), scan=CODES[LIFT], position=PLACE, unit=unit, assignee=assignee, master=master)


REFUSALS = {"not_now", "not_yours", "suspended"}


def expected(triple: Triple) -> str:
    """The status afterwards; "not_permitted" for roles that have no part in orders."""
    if isinstance(triple.hand, Role) and Action.WORK_ORDERS not in GRANTS.get(triple.hand, frozenset()):
        return "not_permitted"
    if triple.step is Step.RETURN and triple.to is not None:
        return OrderStatus.CREATED.value  # it goes at once to the next, and nobody had these orders before
    return "" if triple.to is None else triple.to.value
