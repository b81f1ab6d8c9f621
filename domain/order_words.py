"""The words and values of work orders (工单): kinds, statuses, steps, who takes one and what he brings, and an order itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

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
    NAME_UNIT = "name_unit"  # 更正责任单位


class Need(StrEnum):
    """What a step must bring; the locale key is `need.<value>`."""

    SCAN = "scan"  # the machine's code, read on the spot
    POSITION = "position"  # where the person stands
    PHOTO = "photo"
    NOTE = "note"
    EVIDENCE = "evidence"  # a photo, or words where there is nothing to see
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


class EndReason(StrEnum):
    """Why a repair may end without anybody's work: a closed list. The locale key is `order_reason.<value>`."""

    MONITOR_BACK = "monitor_back"  # 监测装置恢复通信


class Refusal(StrEnum):
    """Why a step is refused; the locale key is `refused.<value>`."""

    NOT_NOW = "not_now"  # the order stands elsewhere
    NOT_YOURS = "not_yours"  # another role, or another unit
    NEEDS = "needs"  # something the step must bring is missing
    SUSPENDED = "suspended"
    MERGED = "merged"  # it goes on as its master
    OWN_WORK = "own_work"  # nobody confirms what he did himself
    LEVEL_FALLS = "level_falls"
    TOO_GRAVE = "too_grave"  # to wait
    SAME_UNIT = "same_unit"
    MASTER_CLOSED = "master_closed"
    OTHER_CHAIN = "other_chain"
    URGENT_FALLS = "urgent_falls"  # what is urgent goes on as nothing less
    OTHER_MACHINE = "other_machine"
    CANNOT_ACT = "cannot_act"  # a unit that could not take the next step
    PERSON_CANNOT_ACT = "person_cannot_act"  # somebody who does not see the order, or may take no step
    NOT_OF_UNIT = "not_of_unit"  # a person or a team of somebody else
    WRONG_MACHINE = "wrong_machine"  # the code that was read is another machine's
    TOO_FAR = "too_far"  # the person stands elsewhere
    PHOTO_UNREADABLE = "photo_unreadable"  # no JPEG, PNG or WebP
    PHOTO_TOO_LARGE = "photo_too_large"  # in bytes or pixels
    PHOTO_TOO_MANY = "photo_too_many"
    PHOTO_UNASKED = "photo_unasked"  # of a step that is not proved by photos


class OurHand(StrEnum):
    """Who acts that is no role."""

    SYSTEM = "system"  # 系统
    REPORTER = "reporter"  # whoever reported it, by the link of his message; he has no account


OUT_OF_SERVICE: Final = "out_of_service"
"""Of an order's detail: its machine must not run before the order is closed."""
SYSTEM: Final = OurHand.SYSTEM
REPORTER: Final = OurHand.REPORTER
Hand = Role | OurHand


@dataclass(frozen=True, slots=True)
class Party:
    """Who acts: the role (or the system), and the unit the account belongs to."""

    hand: Hand
    unit: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What a step brings. `position` is (lng, lat) in WGS-84 degrees; `photos` are the digests of stored pictures.

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
    Need.EVIDENCE: lambda proof: bool(proof.photos or proof.note.strip()),
    Need.REASON: lambda proof: bool(proof.reason.strip()),
    Need.UNIT: lambda proof: proof.unit is not None,
    Need.ASSIGNEE: lambda proof: proof.assignee is not None,
    Need.MASTER: lambda proof: proof.master is not None,
    Need.LEVEL: lambda proof: proof.level is not None,
    Need.RATING: lambda proof: proof.rating is not None and 1 <= proof.rating <= 5,
}


ENDED: Final = frozenset({OrderStatus.CONFIRMED, OrderStatus.FALSE_ALARM, OrderStatus.ACCIDENT, OrderStatus.CLOSED, OrderStatus.REJECTED})
"""Statuses that nobody owes a step after."""
WAITING: Final = frozenset({OrderStatus.REPORTED, OrderStatus.CREATED})
"""Statuses before anybody has taken it."""


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
    team: int | None = None  # of the unit

    @property
    def is_open(self) -> bool:
        """Whether anybody still owes a step."""
        return self.status not in ENDED and self.master is None

    @property
    def is_owned(self) -> bool:
        """Whether somebody has taken it, so that nobody else needs to: reported and sent is not taken. What is closed needs nobody."""
        return self.status not in WAITING or self.assignee is not None or not self.is_open
