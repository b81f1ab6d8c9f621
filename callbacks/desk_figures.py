"""What the duty officer's desk and the wall's panels of orders ask of the store. Numbers and words of enums only; no language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from callbacks.figures import Rows, street_names
from callbacks.order_figures import permitted
from data_access.conditions import midnight
from data_access.engine import Tx
from data_access.queries import desk as queries
from data_access.queries import drills, order_legs, order_lists, work_orders
from data_access.queries.desk import Line
from data_access.queries.order_lists import Clock
from data_access.queries.work_orders import OrderRow
from domain.deadlines import DeadlineKind
from domain.scope import GRANTS, Action, Scope

LINES: Final = 60
DRILL_LINES: Final = 20
RESCUES: Final = 3
RADAR: Final = 12


def desk(scope: Scope, tx: Tx, *, at: datetime) -> Rows:
    """Everything that is open now with what rings, runs and comes next; the figures over it; the drill."""
    live, drill = queries.lines(scope, tx, limit=LINES), queries.lines(scope, tx, drill=True, limit=DRILL_LINES)
    told = _told(scope, tx, [*live, *drill])
    granted = GRANTS.get(scope.role, frozenset())
    return {
        "figures": queries.counts(scope, tx, at=at),
        "lines": told[: len(live)],
        "drill_lines": told[len(live) :],
        "drill": drills.going_on(scope, tx),
        "streets": street_names(scope, tx),
        "may_answer": Action.ANSWER_SEAT in granted,
        "may_drill": Action.RUN_DRILLS in granted,
    }


def radar(scope: Scope, tx: Tx, *, at: datetime) -> Rows:
    """Orders that go round in circles."""
    count = queries.circling_count(scope, tx, at=at)
    return {"orders": queries.circling(scope, tx, limit=RADAR, at=at), "count": count, "streets": street_names(scope, tx)}


def rescue_clock(scope: Scope, tx: Tx, *, at: datetime) -> Rows:
    """The rescues that go on, each with its clock."""
    found = queries.rescues(scope, tx, limit=RESCUES)
    clocks = _rescue_clocks(scope, tx, [row.id for row in found])
    orders = [asdict(row) | {"clock": clocks.get(row.id)} for row in found]
    return {"orders": orders, "count": queries.rescue_count(scope, tx), "streets": street_names(scope, tx)}


def rescue_course(scope: Scope, tx: Tx, *, at: datetime) -> Rows:
    """The gravest rescue that goes on, or the last one, with its log."""
    order = queries.latest_rescue(scope, tx)
    log = [] if order is None else work_orders.log(scope, tx, order_id=order.id)
    return {"order": order, "log": log, "streets": street_names(scope, tx)}


def funnel(scope: Scope, tx: Tx, *, at: datetime) -> Rows:
    """How far today's orders came."""
    return order_legs.funnel(scope, tx, since=midnight(at))


def _told(scope: Scope, tx: Tx, lines: Sequence[Line]) -> list[dict[str, Any]]:
    """Each line with its call, the clock that runs out next, where it was reported, and what its reader may do."""
    numbers = [line.order.id for line in lines]
    calls = {call.work_order_id: call for call in queries.calls(scope, tx, order_ids=numbers)}
    origins = queries.origins(scope, tx, order_ids=numbers)
    clocks = order_lists.running(scope, tx, order_ids=numbers)
    return [
        {
            "order": line.order,
            "members": line.members,
            "call": calls.get(line.order.id),
            "clock": clocks.get(line.order.id),
            "origins": origins.get(line.order.id, []),
            "steps": _steps(scope, line.order),
        }
        for line in lines
    ]


def _rescue_clocks(scope: Scope, tx: Tx, order_ids: Sequence[int]) -> dict[int, Clock]:
    """Of each order the last clock of its rescue, in time or not."""
    found = order_lists.clocks(scope, tx, order_ids=order_ids)
    return {clock.work_order_id: clock for clock in found if clock.kind == DeadlineKind.RESCUE.value and clock.dropped_at is None}


def _steps(scope: Scope, order: OrderRow) -> list[str]:
    return [rule.step.value for rule in permitted(scope, order)]
