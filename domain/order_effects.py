"""What a step makes of an order, and what speaks against it that no table can say. Pure; `domain.work_orders` has the tables."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from domain.errors import Refused
from domain.order_words import EndReason, Need, Order, OrderKind, OrderStatus, Party, Proof, Refusal, Step, SuspendReason
from domain.response import ResponseLevel

_NOBODYS_WORK: Final = frozenset({OrderKind.REPAIR})
"""Kinds whose system CLOSE ends what nobody had begun; that of the supervision chain says why in words of its own."""


def refusal(reason: Refusal, step: Step, **data: object) -> Refused:
    """A refusal of the law."""
    return Refused(reason=reason.value, step=step.value, **data)


def rank(level: ResponseLevel | None) -> int:
    """1 to 3; 0 for orders that have no level."""
    return 0 if level is None else level.rank


def check(order: Order, step: Step, proof: Proof) -> None:
    """Raises Refused for what the step says of itself: a level that falls, a reason of no list, a unit that is there already."""
    if step is Step.ESCALATE and rank(proof.level) <= rank(order.level):
        raise refusal(Refusal.LEVEL_FALLS, step)
    if step is Step.SUSPEND and proof.reason not in set(SuspendReason):
        raise refusal(Refusal.NEEDS, step, needs=[Need.REASON.value])
    if step is Step.CLOSE and order.kind in _NOBODYS_WORK and proof.reason not in set(EndReason):
        raise refusal(Refusal.NEEDS, step, needs=[Need.REASON.value])
    if step is Step.TRANSFER and (proof.unit, proof.team) == (order.unit, order.team):
        raise refusal(Refusal.SAME_UNIT, step)
    if step is Step.ORDER and _who_mends(order, proof) is None:
        raise refusal(Refusal.NEEDS, step, needs=[Need.UNIT.value])


def after(order: Order, step: Step, to: OrderStatus | None, by: Party, proof: Proof) -> Order:
    """The order after a step that leads `to` a status (None: it stays where it is)."""
    order = order if to is None else replace(order, status=to)
    match step:
        case Step.DISPATCH | Step.TRANSFER:
            return replace(order, unit=proof.unit, team=proof.team, assignee=None, suspended=False)
        case Step.RETURN:
            return replace(order, unit=None, team=None, assignee=None, suspended=False, bounced=order.bounced + 1)
        case Step.NAME_UNIT:
            return replace(order, unit=proof.unit)
        case Step.ORDER:
            return replace(order, unit=_who_mends(order, proof))
        case Step.COMPLETE:
            return replace(order, completed_by=by.unit)
        case Step.REDO:
            return replace(order, completed_by=None, bounced=order.bounced + 1)
        case Step.ASSIGN:
            return replace(order, assignee=proof.assignee)
        case Step.SUSPEND | Step.RESUME:
            return replace(order, suspended=step is Step.SUSPEND)
        case Step.MERGE:
            return replace(order, master=proof.master, suspended=False)
        case Step.ESCALATE:
            return replace(order, level=proof.level, suspended=False)  # what has become grave waits for nothing
        case Step.RATE:
            return replace(order, rating=proof.rating)
        case Step.FALSE_ALARM | Step.ACCIDENT | Step.CLOSE:
            return replace(order, suspended=False)
    return order


def _who_mends(order: Order, proof: Proof) -> int | None:
    """The unit that an order to rectify goes to: the one it names, else the one the case is about, else whose machine it is."""
    return next((unit for unit in (proof.unit, order.unit, order.use_unit) if unit is not None), None)
