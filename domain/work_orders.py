"""Work orders (工单) as law: which step leads from where to where, who may take it, and what proof it needs.

An order is what its events make of it: `advance` decides one step, `rebuilt` is the order after all of them. Pure.

    order = opened(OrderKind.RESCUE, level=…)
    order = advance(order, Step.ACCEPT, by=Party(Role.MAINTENANCE_UNIT, unit=7), proof=Proof())
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from domain.errors import Refused
from domain.order_effects import after, check, rank, refusal
from domain.order_words import (
    ENDED,
    REPORTER,
    SYSTEM,
    WAITING,
    EndReason,
    Hand,
    Need,
    Order,
    OrderKind,
    OrderStatus,
    OurHand,
    Party,
    Proof,
    Refusal,
    Step,
    SuspendReason,
)
from domain.response import ResponseLevel
from domain.scope import Role

__all__ = [
    "ACTING", "ENDED", "FIRST", "OVERSEEING", "PHOTOGRAPHED", "REPORTER", "RESCUE_CHAIN", "RESCUE_TABLE", "SUPERVISION_CHAIN",
    "SUPERVISION_TABLE", "SYSTEM", "TABLES", "WELCOME", "WHILE_SUSPENDED", "EndReason", "Hand", "Need", "Order", "OrderKind", "OrderStatus",
    "OurHand", "Party", "Proof", "Refusal", "Rule", "Step", "SuspendReason", "advance", "allowed", "check_merge", "opened", "rebuilt",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the table. `to` None: the status stays. `kinds` empty: every kind of the chain.

    A unit acts on what it was sent to alone; a use unit also says its word (`OVERSEEING`) on whatever is about its own machines.
    """

    step: Step
    since: frozenset[OrderStatus]
    to: OrderStatus | None
    who: frozenset[Hand]
    needs: frozenset[Need] = frozenset()
    kinds: frozenset[OrderKind] = frozenset()


RESCUE_CHAIN: Final = frozenset({OrderKind.RESCUE, OrderKind.REPAIR, OrderKind.ANOMALY, OrderKind.BEHAVIOR})
SUPERVISION_CHAIN: Final = frozenset({OrderKind.SUPERVISION, OrderKind.FEEDBACK})
_S = OrderStatus
_REPAIRED: Final = frozenset({OrderKind.RESCUE, OrderKind.REPAIR, OrderKind.ANOMALY})  # what a maintenance unit sees to
_MAY_WAIT: Final = frozenset({OrderKind.REPAIR, OrderKind.ANOMALY})  # a trapped person never waits
_ENDS_BY_ITSELF: Final = frozenset({OrderKind.REPAIR})  # a silent monitor that speaks again, while nobody is on the way (EndReason)
_BEHAVED: Final = frozenset({OrderKind.BEHAVIOR})
_SAID: Final = frozenset({OrderKind.FEEDBACK})  # by citizens, who rate it: the unit complained about has no word in that
_USED: Final = frozenset({OrderKind.ANOMALY, OrderKind.BEHAVIOR})  # what a use unit sees to by itself: trucks have no maintainer
_DESK: Final[frozenset[Hand]] = frozenset({Role.OPERATIONS_CENTRE})
_COMMAND: Final[frozenset[Hand]] = frozenset({Role.OPERATIONS_CENTRE, Role.BUREAU, Role.EMERGENCY})
_REGULATOR: Final[frozenset[Hand]] = frozenset({Role.BUREAU, Role.OFFICE})
_UNITS: Final[frozenset[Hand]] = frozenset({Role.USE_UNIT, Role.MAINTENANCE_UNIT})
_MAINTAINER: Final[frozenset[Hand]] = frozenset({Role.MAINTENANCE_UNIT})
_USER: Final[frozenset[Hand]] = frozenset({Role.USE_UNIT})
_SYSTEM: Final[frozenset[Hand]] = frozenset({SYSTEM})
_REPORTER: Final[frozenset[Hand]] = frozenset({REPORTER})
_SPEAKERS: Final[frozenset[Hand]] = _COMMAND | _REGULATOR | _UNITS | {Role.STREET, Role.HOUSING, Role.FIRE, Role.INSPECTION_BODY}
_UNDER_WAY: Final = frozenset({_S.ACCEPTED, _S.ON_SITE})
_SENT: Final = _UNDER_WAY | {_S.CREATED}
_RESCUED: Final = frozenset({_S.CONFIRMED, _S.FALSE_ALARM, _S.ACCIDENT})
_UNFINISHED: Final = WAITING | _UNDER_WAY


def _rule(
    step: Step,
    since: Iterable[OrderStatus],
    to: OrderStatus | None,
    who: Iterable[Hand],
    *needs: Need,
    kinds: frozenset[OrderKind] = frozenset(),
) -> Rule:
    return Rule(step, frozenset(since), to, frozenset(who), frozenset(needs), kinds)


RESCUE_TABLE: Final = (
    _rule(Step.DISPATCH, {_S.REPORTED}, _S.CREATED, _SYSTEM, Need.UNIT),
    _rule(Step.DISPATCH, {_S.REPORTED}, _S.CREATED, _DESK, Need.UNIT, Need.REASON),  # by hand: why this one
    _rule(Step.ACCEPT, {_S.CREATED}, _S.ACCEPTED, _MAINTAINER, kinds=_REPAIRED),
    _rule(Step.ACCEPT, {_S.CREATED}, _S.ACCEPTED, _USER, kinds=_USED),
    _rule(Step.SIGN_IN, {_S.ACCEPTED}, _S.ON_SITE, _MAINTAINER, Need.SCAN, Need.POSITION, kinds=_REPAIRED),
    _rule(Step.COMPLETE, {_S.ON_SITE}, _S.COMPLETED, _MAINTAINER, Need.NOTE, kinds=_REPAIRED),
    _rule(Step.COMPLETE, {_S.ACCEPTED}, _S.COMPLETED, _USER, Need.NOTE, kinds=_USED),
    _rule(Step.CONFIRM, {_S.COMPLETED}, _S.CONFIRMED, _USER | _DESK, kinds=_REPAIRED),
    _rule(Step.CONFIRM, {_S.COMPLETED}, _S.CONFIRMED, _DESK | _REGULATOR, kinds=_BEHAVED),
    _rule(Step.REDO, {_S.COMPLETED}, _S.ACCEPTED, _USER | _DESK, Need.REASON, kinds=_REPAIRED),
    _rule(Step.REDO, {_S.COMPLETED}, _S.ACCEPTED, _DESK | _REGULATOR, Need.REASON, kinds=_BEHAVED),
    _rule(Step.RETURN, {_S.CREATED, _S.ACCEPTED}, _S.REPORTED, _MAINTAINER, Need.REASON, kinds=_REPAIRED),
    _rule(Step.RETURN, {_S.CREATED}, _S.REPORTED, _SYSTEM, Need.REASON, kinds=_REPAIRED),  # no answer: the next team
    _rule(Step.RETURN, {_S.CREATED, _S.ACCEPTED}, _S.REPORTED, _USER, Need.REASON, kinds=_USED),
    _rule(Step.TRANSFER, _SENT, _S.CREATED, _DESK | {Role.BUREAU}, Need.UNIT, Need.REASON),
    _rule(Step.ASSIGN, _UNFINISHED, None, _DESK, Need.ASSIGNEE),
    _rule(Step.ASSIGN, _SENT, None, _MAINTAINER, Need.ASSIGNEE, kinds=_REPAIRED),
    _rule(Step.ASSIGN, {_S.CREATED, _S.ACCEPTED}, None, _USER, Need.ASSIGNEE, kinds=_USED),
    _rule(Step.SUSPEND, _UNDER_WAY, None, _MAINTAINER | _DESK, Need.REASON, kinds=_MAY_WAIT),
    _rule(Step.SUSPEND, {_S.ACCEPTED}, None, _USER, Need.REASON, kinds=_MAY_WAIT & _USED),
    _rule(Step.RESUME, _UNDER_WAY, None, _MAINTAINER | _DESK, kinds=_MAY_WAIT),
    _rule(Step.RESUME, {_S.ACCEPTED}, None, _USER, kinds=_MAY_WAIT & _USED),
    _rule(Step.MERGE, _UNFINISHED, None, _DESK | _SYSTEM, Need.MASTER),
    _rule(Step.ESCALATE, {*_UNFINISHED, _S.COMPLETED}, None, _COMMAND | _SYSTEM, Need.LEVEL, Need.REASON),
    _rule(Step.FALSE_ALARM, {*_UNFINISHED, _S.COMPLETED}, _S.FALSE_ALARM, _DESK, Need.NOTE),
    _rule(Step.FALSE_ALARM, {_S.ON_SITE}, _S.FALSE_ALARM, _MAINTAINER, Need.NOTE, kinds=_MAY_WAIT),  # nobody ends a rescue alone
    _rule(Step.ACCIDENT, {*_UNFINISHED, _S.COMPLETED}, _S.ACCIDENT, _COMMAND, Need.NOTE),
    _rule(Step.CLOSE, WAITING, _S.CONFIRMED, _SYSTEM, Need.REASON, kinds=_ENDS_BY_ITSELF),
    _rule(Step.NOTE, {*_UNFINISHED, _S.COMPLETED, *_RESCUED}, None, _SPEAKERS | _SYSTEM, Need.NOTE),
    _rule(Step.RATE, {_S.CONFIRMED}, None, _USER, Need.RATING, kinds=_REPAIRED),
    _rule(Step.RATE, {_S.COMPLETED, _S.CONFIRMED}, None, _REPORTER, Need.RATING, kinds=_REPAIRED),
)
"""困人、故障、异常、行为: the city platform's chain 上报 → 新建 → 接单 → 签到 → 完成 → 确认, with 误报 and 事故 aside."""

_BEFORE_ORDER: Final = frozenset({_S.RECEIVED, _S.VERIFIED})
_OWED: Final = _BEFORE_ORDER | {_S.ORDERED, _S.RECHECKED}
SUPERVISION_TABLE: Final = (
    _rule(Step.VERIFY, {_S.RECEIVED}, _S.VERIFIED, _REGULATOR, Need.NOTE),
    _rule(Step.REJECT, _BEFORE_ORDER, _S.REJECTED, _REGULATOR, Need.REASON),
    _rule(Step.ORDER, {_S.VERIFIED}, _S.ORDERED, _REGULATOR, Need.NOTE),
    _rule(Step.RECTIFY, {_S.ORDERED}, None, _UNITS, Need.EVIDENCE),
    _rule(Step.NAME_UNIT, _BEFORE_ORDER, None, _SYSTEM, Need.UNIT, Need.REASON),  # the register names another, who was told nothing yet
    _rule(Step.TRANSFER, {_S.ORDERED}, None, _REGULATOR, Need.UNIT, Need.REASON),  # another unit has to mend it
    _rule(Step.RECHECK, {_S.ORDERED}, _S.RECHECKED, _REGULATOR, Need.NOTE),
    _rule(Step.REDO, {_S.RECHECKED}, _S.ORDERED, _REGULATOR, Need.REASON),
    _rule(Step.CLOSE, {_S.RECHECKED}, _S.CLOSED, _REGULATOR, Need.NOTE),
    _rule(Step.CLOSE, _OWED, _S.CLOSED, _SYSTEM, Need.REASON),  # the cause is gone
    _rule(Step.ASSIGN, _OWED, None, _REGULATOR, Need.ASSIGNEE),
    _rule(Step.SUSPEND, _BEFORE_ORDER | {_S.ORDERED}, None, _REGULATOR, Need.REASON),
    _rule(Step.RESUME, _BEFORE_ORDER | {_S.ORDERED}, None, _REGULATOR),
    _rule(Step.MERGE, _OWED, None, _REGULATOR | _SYSTEM, Need.MASTER),
    _rule(Step.NOTE, {*_OWED, _S.CLOSED, _S.REJECTED}, None, _SPEAKERS | _SYSTEM, Need.NOTE),
    _rule(Step.RATE, {_S.CLOSED}, None, _REPORTER, Need.RATING, kinds=_SAID),
    _rule(Step.RATE, {_S.CLOSED}, None, _REGULATOR | _DESK, Need.RATING, Need.NOTE, kinds=_SAID),  # who was called, and when
)
"""监管、投诉举报评价: 受理 → 核查 → 责令整改 → 复查 → 销号."""

OVERSEEING: Final = frozenset({Step.CONFIRM, Step.REDO, Step.RATE, Step.NOTE})
"""What a use unit may do about its own machines whoever was sent: to say that it is mended is the word of whoever was ordered to."""
_OF_MINOR_ONES: Final = frozenset({*((Step.SUSPEND, kind) for kind in OrderKind), *((Step.CLOSE, kind) for kind in _ENDS_BY_ITSELF)})
PHOTOGRAPHED: Final = frozenset({Step.SIGN_IN, Step.COMPLETE, Step.FALSE_ALARM, Step.VERIFY, Step.RECTIFY, Step.RECHECK, Step.NOTE})
"""Steps on the spot, which photos may prove whether the table needs any or not."""
WELCOME: Final[Mapping[Step, frozenset[Need]]] = {
    Step.ACCEPT: frozenset({Need.POSITION}),
    Step.SIGN_IN: frozenset({Need.NOTE}),
    Step.COMPLETE: frozenset({Need.POSITION}),
    Step.RETURN: frozenset({Need.POSITION}),
    Step.RECTIFY: frozenset({Need.POSITION}),
    Step.CONFIRM: frozenset({Need.NOTE}),
    Step.RATE: frozenset({Need.NOTE}),
    Step.ORDER: frozenset({Need.UNIT}),
}
"""What a step may bring beside what it needs. Where somebody stood is kept with his word, and stops nobody who cannot say it."""
WHILE_SUSPENDED: Final = frozenset(
    {Step.RESUME, Step.NOTE, Step.MERGE, Step.FALSE_ALARM, Step.ACCIDENT, Step.ASSIGN, Step.ESCALATE, Step.CLOSE, Step.NAME_UNIT}
)
ACTING: Final[Mapping[OrderKind, frozenset[Role]]] = {
    OrderKind.RESCUE: frozenset({Role.MAINTENANCE_UNIT}),
    OrderKind.REPAIR: frozenset({Role.MAINTENANCE_UNIT}),
    OrderKind.ANOMALY: frozenset({Role.MAINTENANCE_UNIT, Role.USE_UNIT}),
    OrderKind.BEHAVIOR: frozenset({Role.USE_UNIT}),
    OrderKind.SUPERVISION: frozenset({Role.MAINTENANCE_UNIT, Role.USE_UNIT}),
    OrderKind.FEEDBACK: frozenset({Role.MAINTENANCE_UNIT, Role.USE_UNIT}),
}
"""As what a unit is sent: one that could not take the next step would leave the order without an owner."""
TABLES: Final[Mapping[OrderKind, tuple[Rule, ...]]] = {
    **dict.fromkeys(RESCUE_CHAIN, RESCUE_TABLE),
    **dict.fromkeys(SUPERVISION_CHAIN, SUPERVISION_TABLE),
}
FIRST: Final[Mapping[OrderKind, OrderStatus]] = {
    **dict.fromkeys(RESCUE_CHAIN, OrderStatus.REPORTED),
    **dict.fromkeys(SUPERVISION_CHAIN, OrderStatus.RECEIVED),
}


def opened(kind: OrderKind, *, level: ResponseLevel | None = None, use_unit: int | None = None, unit: int | None = None) -> Order:
    """A new order. Whose machine it is and, of the supervision chain, who is to mend it are known from the first day."""
    return Order(kind, FIRST[kind], level, use_unit, unit)


def advance(order: Order, step: Step, *, by: Party, proof: Proof) -> Order:
    """The order after one step. Raises Refused, whose `reason` says why: not_now, not_yours, suspended, needs, level_falls, …"""
    rule = _applying(order, step, by)
    missing = sorted(need.value for need in rule.needs if not proof.has(need))
    if missing:
        raise refusal(Refusal.NEEDS, step, needs=missing)
    check(order, step, proof)
    return after(order, step, rule.to, by, proof)


def check_merge(order: Order, master: Order) -> None:
    """Raises Refused where `order` cannot go on as `master`: it would lose its owner, or its level would fall.

    reason: master_closed, other_chain, level_falls.
    """
    if not master.is_open:
        raise refusal(Refusal.MASTER_CLOSED, Step.MERGE)
    if TABLES[order.kind] is not TABLES[master.kind]:
        raise refusal(Refusal.OTHER_CHAIN, Step.MERGE)
    if rank(master.level) < rank(order.level):
        raise refusal(Refusal.LEVEL_FALLS, Step.MERGE)


def allowed(order: Order, by: Party) -> tuple[Rule, ...]:
    """What this party may do now, in the order of the table: the only buttons a screen shows."""
    found = []
    for step in dict.fromkeys(rule.step for rule in TABLES[order.kind]):
        with suppress(Refused):
            found.append(_applying(order, step, by))
    return tuple(found)


def rebuilt(first: Order, steps: Iterable[tuple[Step, Party, Proof]]) -> Order:
    """The order as its log tells it."""
    for step, by, proof in steps:
        first = advance(first, step, by=by, proof=proof)
    return first


def _applying(order: Order, step: Step, by: Party) -> Rule:
    """The line of the table that lets this party take the step now. Raises Refused."""
    lines = [rule for rule in TABLES[order.kind] if rule.step is step and _of_kind(rule, order.kind)]
    if order.master is not None and step is not Step.NOTE:
        raise refusal(Refusal.MERGED, step, master=order.master)
    mine = [rule for rule in lines if by.hand in rule.who]
    if not mine:
        raise refusal(Refusal.NOT_YOURS, step)
    now = [rule for rule in mine if order.status in rule.since]
    if not now:
        raise refusal(Refusal.NOT_NOW, step, status=order.status.value)
    if by.hand in _UNITS and by.unit not in _concerned(order, by.hand, step):
        raise refusal(Refusal.NOT_YOURS, step)
    if order.suspended and step not in WHILE_SUSPENDED:
        raise refusal(Refusal.SUSPENDED, step)
    if (step is Step.SUSPEND and order.suspended) or (step is Step.RESUME and not order.suspended):
        raise refusal(Refusal.NOT_NOW, step, status=order.status.value)
    if (step, order.kind) in _OF_MINOR_ONES and rank(order.level) > ResponseLevel.MINOR_FAULT.rank:
        raise refusal(Refusal.TOO_GRAVE, step)
    if step is Step.CONFIRM and by.unit is not None and by.unit == order.completed_by:
        raise refusal(Refusal.OWN_WORK, step)
    if step is Step.RATE and order.rating is not None:
        raise refusal(Refusal.NOT_NOW, step, status=order.status.value)
    return now[0]


def _concerned(order: Order, hand: Hand, step: Step) -> frozenset[int | None]:
    """The units of this role that may take the step; None, no unit at all, never is one."""
    oversees = hand is Role.USE_UNIT and step in OVERSEEING
    return frozenset({order.unit, order.use_unit if oversees else None} - {None})


def _of_kind(rule: Rule, kind: OrderKind) -> bool:
    return not rule.kinds or kind in rule.kinds
