"""How far the orders of a day came, and how long each leg took (E4): the funnel of the closed loop."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import extract, func, select

from data_access.engine import Tx
from data_access.scoping import of_orders
from data_access.tables import work_order_events, work_orders
from domain.order_words import OrderKind, Step
from domain.scope import Scope

w, v = work_orders.c, work_order_events.c
KINDS: Final = tuple(kind.value for kind in (OrderKind.RESCUE, OrderKind.REPAIR, OrderKind.ANOMALY))
"""Those that somebody must go to: the whole chain 派单 → 接单 → 到场 → 完成 → 确认."""
LEGS: Final = (Step.DISPATCH, Step.ACCEPT, Step.SIGN_IN, Step.COMPLETE, Step.CONFIRM)


@dataclass(frozen=True, slots=True)
class Leg:
    """One step: how many orders took it, and after how many seconds from their opening on average (None: nobody did)."""

    step: str
    count: int
    seconds: float | None


@dataclass(frozen=True, slots=True)
class Funnel:
    """The orders that were opened, how many of them have ended, in whichever way, and the legs in their order."""

    opened: int
    ended: int
    legs: tuple[Leg, ...]


def funnel(scope: Scope, tx: Tx, *, since: datetime) -> Funnel:
    """The orders opened since then; one that repeats another, or belongs to a drill, is none of them."""
    first = {step: func.min(v.at).filter(v.action == step.value).label(step.value) for step in LEGS}
    joined = work_orders.join(work_order_events, v.work_order_id == w.id)
    statement = select(w.opened_at, w.closed_at, *first.values()).select_from(joined)
    statement = statement.where(w.opened_at >= since, w.kind.in_(KINDS), ~w.drill, w.master_id.is_(None))
    taken = of_orders(scope, statement).group_by(w.id).subquery().c
    figures = [
        figure
        for step in LEGS
        for figure in (func.count(taken[step.value]), func.avg(extract("epoch", taken[step.value] - taken.opened_at)))
    ]
    [(opened, ended, *legs)] = tx.rows(select(func.count(), func.count(taken.closed_at), *figures))
    pairs = zip(LEGS, legs[::2], legs[1::2], strict=True)
    return Funnel(opened, ended, tuple(Leg(step.value, count, None if after is None else float(after)) for step, count, after in pairs))
