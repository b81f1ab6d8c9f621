"""Teams, who is on duty, and licences, as screens show them."""

from __future__ import annotations

from datetime import datetime

from data_access.engine import Tx
from data_access.queries import work_orders
from data_access.repositories import dispatch
from domain.dispatch import said
from domain.scope import Scope


def candidates(scope: Scope, tx: Tx, *, order_id: int, at: datetime) -> list[dict[str, object]]:
    """Who could be sent to an order: the teams of the machine's unit, then the nearest others, with what speaks against each.

    The first that nothing speaks against stands first. Empty for an order outside the scope or about no machine.
    """
    order = work_orders.by_id(scope, tx, order_id=order_id)
    if order is None or order.equipment_id is None:
        return []
    found = dispatch.candidates(tx, order, at=at, contracted_only=False)
    ranked = sorted(found, key=lambda one: (bool(one.against), not one.contracted, one.weight))
    return list(said(ranked, most=len(ranked)))
