"""Work orders (工单) as law: which step leads from where to where, who may take it, and what proof it needs.

An order is what its events make of it: `advance` decides one step, `rebuilt` is the order after all of them. Pure.

    order = opened(OrderKind.RESCUE, level=…)
    order = advance(order, Step.ACCEPT, by=Party(Role.MAINTENANCE_UNIT, unit=7), proof=Proof())
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from domain.errors import Refused
from domain.response import ResponseLevel
from domain.scope import Role


class OrderKind(StrEnum):
    """What an order is about; the locale key is `order_kind.<value>`."""

    RESCUE = "rescue"  # 困人
    REPAIR = "repair"  # 故障
    ANOMALY = "anomaly"  # 异常
    BEHAVIOR = "behavior"  # 行为
    SUPERVISION = "supervision"  # 监管
    FEEDBACK = "feedback"  # 投诉举报评价


class OrderStatus(StrEnum):
    """Where an order stands; the locale key is `order_status.<value>`. The first eight are the city platform's `currentStatus` 1–8."""

    REPORTED = "reported"  # 渠道上报
    CREATED = "created"  # 新建工单
    ACCEPTED = "accepted"  # 已接单
    ON_SITE = "on_site"  # 已签到
    COMPLETED = "completed"  # 已完成
    CONFIRMED = "confirmed"  # 已确认
    FALSE_ALARM = "false_alarm"  # 误报
    ACCIDENT = "accident"  # 事故
    RECEIVED = "received"  # 受理
    VERIFIED = "verified"  # 核查
    ORDERED = "ordered"  # 责令整改
    RECHECKED = "rechecked"  # 复查
    CLOSED = "closed"  # 销号
    REJECTED = "rejected"  # 不予受理


class Step(StrEnum):
    """What somebody does with an order; the locale key is `step.<value>`."""

    DISPATCH = "dispatch"  # 派单
    ACCEPT = "accept"  # 接单
    SIGN_IN = "sign_in"  # 签到
    COMPLETE = "complete"  # 完成
    CONFIRM = "confirm"  # 确认
    REDO = "redo"  # 退回重做
    RETURN = "return"  # 退单
    TRANSFER = "transfer"  # 转派
    ASSIGN = "assign"  # 指定经办人
    SUSPEND = "suspend"  # 挂起
    RESUME = "resume"  # 恢复
    MERGE = "merge"  # 并单
    ESCALATE = "escalate"  # 升级
    FALSE_ALARM = "false_alarm"  # 判为误报
    ACCIDENT = "accident"  # 转为事故
    NOTE = "note"  # 备注
    RATE = "rate"  # 评价
    VERIFY = "verify"  # 核查
    ORDER = "order"  # 责令整改
    RECTIFY = "rectify"  # 提交整改
    RECHECK = "recheck"  # 复查
    CLOSE = "close"  # 销号
    REJECT = "reject"  # 不予受理


class Need(StrEnum):
    """What a step must bring; the locale key is `need.<value>`."""

    SCAN = "scan"  # the machine's code, read on the spot
    POSITION = "position"  # where the person stands
    PHOTO = "photo"
    NOTE = "note"
    REASON = "reason"
    UNIT = "unit"  # the unit that is to act
    ASSIGNEE = "assignee"  # the person who is to act
    MASTER = "master"  # the order that this one repeats
    LEVEL = "level"
    RATING = "rating"  # 1 to 5


class SuspendReason(StrEnum):
    """Why an order may wait: closed lists only, so that nothing waits for nothing. The locale key is `suspend.<value>`."""

    PARTS = "parts"  # 等待配件
    ACCESS = "access"  # 无法进入现场
    FUNDS = "funds"  # 维修资金审批
    INSPECTION = "inspection"  # 等待检验
    WEATHER = "weather"  # 恶劣天气


class OurHand(StrEnum):
    """Who acts that is no role."""

    SYSTEM = "system"  # 系统


SYSTEM: Final = OurHand.SYSTEM
Hand = Role | OurHand


@dataclass(frozen=True, slots=True)
class Party:
    """Who acts: the role (or the system), and the unit the account belongs to."""

    hand: Hand
    unit: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What a step brings. `position` is (lng, lat) in WGS-84 degrees; `photos` are the names of stored files.

    `team` is the team of the unit that is sent, `weighed` what spoke for it and against the others.
    """

    scan: str = ""
    position: tuple[float, float] | None = None
    photos: tuple[str, ...] = ()
    note: str = ""
    reason: str = ""
    unit: int | None = None
    team: int | None = None
    weighed: tuple[Mapping[str, object], ...] = ()
    assignee: int | None = None
    master: int | None = None
    level: ResponseLevel | None = None
    rating: int | None = None

    def has(self, need: Need) -> bool:
        """Whether it brings what is needed."""
        return _PRESENT[need](self)


_PRESENT: Final[Mapping[Need, Callable[[Proof], bool]]] = {
    Need.SCAN: lambda proof: bool(proof.scan),
    Need.POSITION: lambda proof: proof.position is not None,
    Need.PHOTO: lambda proof: bool(proof.photos),
    Need.NOTE: lambda proof: bool(proof.note.strip()),
    Need.REASON: lambda proof: bool(proof.reason.strip()),
    Need.UNIT: lambda proof: proof.unit is not None,
    Need.ASSIGNEE: lambda proof: proof.assignee is not None,
    Need.MASTER: lambda proof: proof.master is not None,
    Need.LEVEL: lambda proof: proof.level is not None,
    Need.RATING: lambda proof: proof.rating is not None and 1 <= proof.rating <= 5,
}


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the table. `to` None: the status stays. `kinds` empty: every kind of the chain.

    Units act on orders that are theirs alone: the maintenance unit on what is assigned to it, the use unit on its own machines.
    """

    step: Step
    since: frozenset[OrderStatus]
    to: OrderStatus | None
    who: frozenset[Hand]
    needs: frozenset[Need] = frozenset()
    kinds: frozenset[OrderKind] = frozenset()


@dataclass(frozen=True, slots=True)
class Order:
    """An order as the law sees it. `unit` is the one that is to act, `use_unit` whose machine it is; `bounced` counts returns."""

    kind: OrderKind
    status: OrderStatus
    level: ResponseLevel | None = None
    use_unit: int | None = None
    unit: int | None = None
    assignee: int | None = None
    master: int | None = None
    suspended: bool = False
    bounced: int = 0
    rating: int | None = None
    completed_by: int | None = None  # the unit that says it is done, which may not confirm it itself

    @property
    def is_open(self) -> bool:
        """Whether anybody still owes a step."""
        return self.status not in ENDED and self.master is None


RESCUE_CHAIN: Final = frozenset({OrderKind.RESCUE, OrderKind.REPAIR, OrderKind.ANOMALY, OrderKind.BEHAVIOR})
SUPERVISION_CHAIN: Final = frozenset({OrderKind.SUPERVISION, OrderKind.FEEDBACK})
ENDED: Final = frozenset({OrderStatus.CONFIRMED, OrderStatus.FALSE_ALARM, OrderStatus.ACCIDENT, OrderStatus.CLOSED, OrderStatus.REJECTED})
"""Statuses that nobody owes a step after."""

_S = OrderStatus
_REPAIRED: Final = frozenset({OrderKind.RESCUE, OrderKind.REPAIR, OrderKind.ANOMALY})
_MAY_WAIT: Final = frozenset({OrderKind.REPAIR, OrderKind.ANOMALY})  # a trapped person never waits
_BEHAVED: Final = frozenset({OrderKind.BEHAVIOR})
_DESK: Final[frozenset[Hand]] = frozenset({Role.OPERATIONS_CENTRE})
_COMMAND: Final[frozenset[Hand]] = frozenset({Role.OPERATIONS_CENTRE, Role.BUREAU, Role.EMERGENCY})
_REGULATOR: Final[frozenset[Hand]] = frozenset({Role.BUREAU, Role.OFFICE})
_UNITS: Final[frozenset[Hand]] = frozenset({Role.USE_UNIT, Role.MAINTENANCE_UNIT})
_MAINTAINER: Final[frozenset[Hand]] = frozenset({Role.MAINTENANCE_UNIT})
_USER: Final[frozenset[Hand]] = frozenset({Role.USE_UNIT})
_SYSTEM: Final[frozenset[Hand]] = frozenset({SYSTEM})
_SPEAKERS: Final[frozenset[Hand]] = _COMMAND | _REGULATOR | _UNITS | {Role.STREET, Role.HOUSING, Role.FIRE, Role.INSPECTION_BODY}
_WAITING: Final = frozenset({_S.REPORTED, _S.CREATED})
_UNDER_WAY: Final = frozenset({_S.ACCEPTED, _S.ON_SITE})
_UNFINISHED: Final = _WAITING | _UNDER_WAY


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
    _rule(Step.DISPATCH, {_S.REPORTED}, _S.CREATED, _DESK | _SYSTEM, Need.UNIT),
    _rule(Step.ACCEPT, {_S.CREATED}, _S.ACCEPTED, _MAINTAINER, kinds=_REPAIRED),
    _rule(Step.ACCEPT, {_S.CREATED}, _S.ACCEPTED, _USER, kinds=_BEHAVED),
    _rule(Step.SIGN_IN, {_S.ACCEPTED}, _S.ON_SITE, _MAINTAINER, Need.SCAN, Need.POSITION, kinds=_REPAIRED),
    _rule(Step.COMPLETE, {_S.ON_SITE}, _S.COMPLETED, _MAINTAINER, Need.NOTE, kinds=_REPAIRED),
    _rule(Step.COMPLETE, {_S.ACCEPTED}, _S.COMPLETED, _USER, Need.NOTE, kinds=_BEHAVED),
    _rule(Step.CONFIRM, {_S.COMPLETED}, _S.CONFIRMED, _USER | _DESK, kinds=_REPAIRED),
    _rule(Step.CONFIRM, {_S.COMPLETED}, _S.CONFIRMED, _DESK | _REGULATOR, kinds=_BEHAVED),
    _rule(Step.REDO, {_S.COMPLETED}, _S.ACCEPTED, _USER | _DESK, Need.REASON, kinds=_REPAIRED),
    _rule(Step.REDO, {_S.COMPLETED}, _S.ACCEPTED, _DESK | _REGULATOR, Need.REASON, kinds=_BEHAVED),
    _rule(Step.RETURN, {_S.CREATED, _S.ACCEPTED}, _S.REPORTED, _MAINTAINER, Need.REASON, kinds=_REPAIRED),
    _rule(Step.RETURN, {_S.CREATED}, _S.REPORTED, _SYSTEM, Need.REASON, kinds=_REPAIRED),  # no answer: the next team
    _rule(Step.RETURN, {_S.CREATED, _S.ACCEPTED}, _S.REPORTED, _USER, Need.REASON, kinds=_BEHAVED),
    _rule(Step.TRANSFER, {_S.CREATED, *_UNDER_WAY}, _S.CREATED, _DESK | {Role.BUREAU}, Need.UNIT, Need.REASON),
    _rule(Step.ASSIGN, _UNFINISHED, None, _DESK | _UNITS, Need.ASSIGNEE),
    _rule(Step.SUSPEND, _UNDER_WAY, None, _MAINTAINER | _DESK, Need.REASON, kinds=_MAY_WAIT),
    _rule(Step.RESUME, _UNDER_WAY, None, _MAINTAINER | _DESK, kinds=_MAY_WAIT),
    _rule(Step.MERGE, _UNFINISHED, None, _DESK | _SYSTEM, Need.MASTER),
    _rule(Step.ESCALATE, {*_UNFINISHED, _S.COMPLETED}, None, _COMMAND | _SYSTEM, Need.LEVEL, Need.REASON),
    _rule(Step.FALSE_ALARM, _UNFINISHED, _S.FALSE_ALARM, _DESK, Need.NOTE),
    _rule(Step.FALSE_ALARM, {_S.ON_SITE}, _S.FALSE_ALARM, _MAINTAINER, Need.NOTE, kinds=_REPAIRED),
    _rule(Step.ACCIDENT, {*_UNFINISHED, _S.COMPLETED}, _S.ACCIDENT, _COMMAND, Need.NOTE),
    _rule(Step.NOTE, {*_UNFINISHED, _S.COMPLETED, *ENDED}, None, _SPEAKERS | _SYSTEM, Need.NOTE),
    _rule(Step.RATE, {_S.CONFIRMED}, None, _USER, Need.RATING, kinds=_REPAIRED),
)
"""困人、故障、异常、行为: the city platform's chain 上报 → 新建 → 接单 → 签到 → 完成 → 确认, with 误报 and 事故 aside."""

_BEFORE_ORDER: Final = frozenset({_S.RECEIVED, _S.VERIFIED})
_OWED: Final = _BEFORE_ORDER | {_S.ORDERED, _S.RECHECKED}
SUPERVISION_TABLE: Final = (
    _rule(Step.VERIFY, {_S.RECEIVED}, _S.VERIFIED, _REGULATOR, Need.NOTE),
    _rule(Step.REJECT, _BEFORE_ORDER, _S.REJECTED, _REGULATOR, Need.REASON),
    _rule(Step.ORDER, {_S.VERIFIED}, _S.ORDERED, _REGULATOR, Need.NOTE),
    _rule(Step.RECTIFY, {_S.ORDERED}, None, _UNITS, Need.NOTE),
    _rule(Step.RECHECK, {_S.ORDERED}, _S.RECHECKED, _REGULATOR, Need.NOTE),
    _rule(Step.REDO, {_S.RECHECKED}, _S.ORDERED, _REGULATOR, Need.REASON),
    _rule(Step.CLOSE, {_S.RECHECKED}, _S.CLOSED, _REGULATOR, Need.NOTE),
    _rule(Step.CLOSE, _OWED, _S.CLOSED, _SYSTEM, Need.REASON),  # the cause is gone
    _rule(Step.ASSIGN, _OWED, None, _REGULATOR, Need.ASSIGNEE),
    _rule(Step.SUSPEND, _BEFORE_ORDER | {_S.ORDERED}, None, _REGULATOR, Need.REASON),
    _rule(Step.RESUME, _BEFORE_ORDER | {_S.ORDERED}, None, _REGULATOR),
    _rule(Step.MERGE, _OWED, None, _REGULATOR | _SYSTEM, Need.MASTER),
    _rule(Step.NOTE, {*_OWED, _S.CLOSED, _S.REJECTED}, None, _SPEAKERS | _SYSTEM, Need.NOTE),
    _rule(Step.RATE, {_S.CLOSED}, None, _USER, Need.RATING, kinds=frozenset({OrderKind.FEEDBACK})),
)
"""监管、投诉举报评价: 受理 → 核查 → 责令整改 → 复查 → 销号."""

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
        raise Refused(reason="needs", step=step.value, needs=missing)
    _check(order, step, by, proof)
    return _after(order, rule, by, proof)


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
        raise Refused(reason="merged", step=step.value, master=order.master)
    mine = [rule for rule in lines if by.hand in rule.who]
    if not mine:
        raise Refused(reason="not_yours", step=step.value)
    now = [rule for rule in mine if order.status in rule.since]
    if not now:
        raise Refused(reason="not_now", step=step.value, status=order.status.value)
    if by.hand in _UNITS and by.unit not in _concerned(order, by.hand):
        raise Refused(reason="not_yours", step=step.value)
    if order.suspended and step not in WHILE_SUSPENDED:
        raise Refused(reason="suspended", step=step.value)
    if (step is Step.SUSPEND and order.suspended) or (step is Step.RESUME and not order.suspended):
        raise Refused(reason="not_now", step=step.value, status=order.status.value)
    if step is Step.CONFIRM and by.unit is not None and by.unit == order.completed_by:
        raise Refused(reason="own_work", step=step.value)
    if step is Step.RATE and order.rating is not None:
        raise Refused(reason="not_now", step=step.value, status=order.status.value)
    return now[0]


WHILE_SUSPENDED: Final = frozenset(
    {Step.RESUME, Step.NOTE, Step.MERGE, Step.FALSE_ALARM, Step.ACCIDENT, Step.ASSIGN, Step.ESCALATE, Step.CLOSE}
)


def _concerned(order: Order, hand: Hand) -> frozenset[int | None]:
    """The units of this role that the order is a matter of; None, no unit at all, never is."""
    known = {order.unit, order.use_unit} if hand is Role.USE_UNIT else {order.unit}
    return frozenset(known - {None})


def _of_kind(rule: Rule, kind: OrderKind) -> bool:
    return not rule.kinds or kind in rule.kinds


def _check(order: Order, step: Step, by: Party, proof: Proof) -> None:
    """What the table cannot say."""
    if step is Step.ESCALATE and proof.level is not None and order.level is not None and proof.level.rank <= order.level.rank:
        raise Refused(reason="level_falls", step=step.value)
    if step is Step.SUSPEND and proof.reason not in set(SuspendReason):
        raise Refused(reason="needs", step=step.value, needs=[Need.REASON.value])
    if step is Step.TRANSFER and proof.unit == order.unit:
        raise Refused(reason="same_unit", step=step.value)


def _after(order: Order, rule: Rule, by: Party, proof: Proof) -> Order:
    status = order.status if rule.to is None else rule.to
    order = replace(order, status=status)
    match rule.step:
        case Step.DISPATCH | Step.TRANSFER:
            return replace(order, unit=proof.unit, assignee=None, suspended=False)
        case Step.RETURN:
            return replace(order, unit=None, assignee=None, suspended=False, bounced=order.bounced + 1)
        case Step.COMPLETE:
            return replace(order, completed_by=by.unit)
        case Step.REDO:
            return replace(order, completed_by=None, bounced=order.bounced + 1)
        case Step.ASSIGN:
            return replace(order, assignee=proof.assignee)
        case Step.SUSPEND | Step.RESUME:
            return replace(order, suspended=rule.step is Step.SUSPEND)
        case Step.MERGE:
            return replace(order, master=proof.master, suspended=False)
        case Step.ESCALATE:
            return replace(order, level=proof.level)
        case Step.RATE:
            return replace(order, rating=proof.rating)
        case Step.FALSE_ALARM | Step.ACCIDENT | Step.CLOSE:
            return replace(order, suspended=False)
    return order
