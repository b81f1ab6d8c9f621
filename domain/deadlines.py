"""The legal clocks of an order (时限): what is owed by when, from when it runs, which step meets it, and what pauses it. Pure.

The texts are `deadline.<kind>` and `article.<kind>` in the locales; an article stands there only where it is sure.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from math import ceil
from typing import Final

from domain.calendar import Calendar, reckon, working_days_between
from domain.equipment.kind import Settings, Threshold, seconds
from domain.order_words import OrderKind, OrderStatus, Step
from domain.response import TRAPPED_LONG, ResponseLevel


class DeadlineKind(StrEnum):
    """What is owed; the locale key is `deadline.<value>`."""

    NOTIFY = "notify"  # 通知维保单位
    ACCEPT = "accept"  # 接单
    OWNER = "owner"  # 明确责任人
    ARRIVE = "arrive"  # 到场
    RESCUE = "rescue"  # 完成解困
    LEVEL_THREE = "level_three"  # 超过此时升为三级响应
    ACCIDENT = "accident"  # 超过此时疑似一般事故
    HANDLE = "handle"  # 处理完成
    VERIFY = "verify"  # 核查
    RECTIFY = "rectify"  # 整改
    RECHECK = "recheck"  # 复查


class Measure(StrEnum):
    """How a limit is counted; the locale key is `measure.<value>`."""

    RUNNING = "running"  # seconds, day and night
    WORKING_DAYS = "working_days"


class Since(StrEnum):
    """From when a clock runs; the locale key is `since.<value>`."""

    REPORT = "report"  # we were told
    STEP = "step"  # the step before was taken
    OCCURRENCE = "occurrence"  # it began, by the word of whoever saw it: for how long a person is inside


OPENING: Final = "open"
"""The first event of every log, beside the steps."""
RAISED: Final = "raised"
"""A person has raised a repair or an anomaly to level two or above: what clocks hear instead of ESCALATE (`heard`)."""
RAISED_THERE: Final = "raised_there"
"""The same, while somebody is on the spot already."""

PLAN: Final = "普陀区特种设备工作方案"
NOTIFY_WITHIN: Final = seconds("deadline.notify_seconds", 300, source="上海市电梯安全管理办法（市政府令第76号）")
ACCEPT_WITHIN: Final = seconds("deadline.accept_seconds", 180)
ARRIVE_WITHIN: Final = seconds("deadline.arrive_seconds", 1800, source="TSG T5002-2017 art. 5(4)")
RESCUE_WITHIN: Final = seconds("deadline.rescue_seconds", 1800, source=PLAN)
ACCIDENT_AFTER: Final = seconds("deadline.accident_seconds", 7200, source="特种设备安全监察条例 art. 61-64")
HANDLE_WITHIN: Final = seconds("deadline.handle_seconds", 86_400)
UNOWNED_FOR: Final = seconds("radar.unowned_seconds", 600)
BOUNCES: Final = Threshold("radar.bounces", 2, "次")
FIRST_WARNING: Final = seconds("deadline.first_warning_seconds", 900)
SECOND_WARNING: Final = seconds("deadline.second_warning_seconds", 1200)
LAST_WARNING: Final = seconds("deadline.last_warning_seconds", 1500)
VERIFY_WITHIN: Final = Threshold("deadline.verify_working_days", 5, "工作日")
RECTIFY_WITHIN: Final = Threshold("deadline.rectify_working_days", 15, "工作日")
RECHECK_WITHIN: Final = Threshold("deadline.recheck_working_days", 5, "工作日")

_RESCUE: Final = frozenset({OrderKind.RESCUE})
_REPAIRED: Final = frozenset({OrderKind.RESCUE, OrderKind.REPAIR, OrderKind.ANOMALY})
_OF_LIFTS: Final = frozenset({OrderKind.RESCUE, OrderKind.REPAIR})  # a truck's anomaly is its use unit's own matter
_RAISABLE: Final = frozenset({OrderKind.REPAIR, OrderKind.ANOMALY})
_HANDLED: Final = frozenset({OrderKind.REPAIR, OrderKind.ANOMALY, OrderKind.BEHAVIOR})
_SUPERVISED: Final = frozenset({OrderKind.SUPERVISION, OrderKind.FEEDBACK})
_OPENING: Final = frozenset({OPENING})
_DONE: Final = frozenset({Step.COMPLETE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """One line of the table. `starts`: the steps (or OPENING) after which it is owed, anew each time unless it is owed already.

    `resumes`: after these it is owed as before, from its first beginning, because what met it was not so. `warnings` count from the start.
    `raised`: what begins it for other orders, of `_RAISABLE`; once begun, it moves with all their steps as it does for its own.
    An order's end drops what is owed still, an accident too: whoever was inside was not out in time.
    """

    kind: DeadlineKind
    orders: frozenset[OrderKind]
    limit: Threshold
    starts: frozenset[str]
    meets: frozenset[Step]
    drops: frozenset[Step] = frozenset()
    resumes: frozenset[Step] = frozenset()
    raised: frozenset[str] = frozenset()
    measure: Measure = Measure.RUNNING
    since: Since = Since.REPORT
    pauses: bool = False  # while the order is suspended
    warnings: tuple[Threshold, ...] = ()


TABLE: Final = (
    Clock(
        kind=DeadlineKind.NOTIFY, orders=_OF_LIFTS, limit=NOTIFY_WITHIN,
        starts=_OPENING, meets=frozenset({Step.ACCEPT}),  # or the gateway's word that it was sent
    ),
    Clock(
        kind=DeadlineKind.ACCEPT, orders=_REPAIRED, limit=ACCEPT_WITHIN, since=Since.STEP,
        starts=frozenset({Step.DISPATCH, Step.TRANSFER}), meets=frozenset({Step.ACCEPT}),
        drops=frozenset({Step.RETURN, Step.TRANSFER}),
    ),
    Clock(
        kind=DeadlineKind.OWNER, orders=_REPAIRED | {OrderKind.BEHAVIOR}, limit=UNOWNED_FOR,
        starts=frozenset({OPENING, Step.RETURN, Step.TRANSFER}), meets=frozenset({Step.ACCEPT, Step.ASSIGN}),
    ),
    Clock(
        kind=DeadlineKind.ARRIVE, orders=_RESCUE, limit=ARRIVE_WITHIN,
        starts=frozenset({OPENING, Step.TRANSFER}), meets=frozenset({Step.SIGN_IN}), drops=_DONE,  # another team has to come
        raised=frozenset({RAISED}),
    ),
    Clock(
        kind=DeadlineKind.RESCUE, orders=_RESCUE, limit=RESCUE_WITHIN,
        starts=_OPENING, meets=_DONE, resumes=frozenset({Step.REDO}),
        raised=frozenset({RAISED, RAISED_THERE}), warnings=(FIRST_WARNING, SECOND_WARNING, LAST_WARNING),
    ),
    Clock(
        kind=DeadlineKind.LEVEL_THREE, orders=_RESCUE, limit=TRAPPED_LONG, since=Since.OCCURRENCE,
        starts=_OPENING, meets=_DONE, resumes=frozenset({Step.REDO}),
    ),
    Clock(
        kind=DeadlineKind.ACCIDENT, orders=_RESCUE, limit=ACCIDENT_AFTER, since=Since.OCCURRENCE,
        starts=_OPENING, meets=_DONE, resumes=frozenset({Step.REDO}),
    ),
    Clock(
        kind=DeadlineKind.HANDLE, orders=_HANDLED, limit=HANDLE_WITHIN,
        starts=frozenset({OPENING, Step.REDO}), meets=_DONE, pauses=True,
    ),
    Clock(
        kind=DeadlineKind.VERIFY, orders=_SUPERVISED, limit=VERIFY_WITHIN, measure=Measure.WORKING_DAYS,
        starts=_OPENING, meets=frozenset({Step.VERIFY, Step.REJECT, Step.CLOSE}), pauses=True,
    ),
    Clock(
        kind=DeadlineKind.RECTIFY, orders=_SUPERVISED, limit=RECTIFY_WITHIN, measure=Measure.WORKING_DAYS, since=Since.STEP,
        starts=frozenset({Step.ORDER, Step.REDO, Step.TRANSFER}), meets=frozenset({Step.RECTIFY, Step.RECHECK, Step.CLOSE}),
        drops=frozenset({Step.TRANSFER}), pauses=True,
    ),
    Clock(
        kind=DeadlineKind.RECHECK, orders=_SUPERVISED, limit=RECHECK_WITHIN, measure=Measure.WORKING_DAYS, since=Since.STEP,
        starts=frozenset({Step.RECTIFY}), meets=frozenset({Step.RECHECK, Step.CLOSE}), drops=frozenset({Step.TRANSFER}), pauses=True,
    ),
)  # fmt: skip
"""接报、派单、到场、解困、核查、整改、复查: every clock there is."""

_UNHEARD: Final = frozenset({Step.NOTE, Step.RATE})
CLOCKS: Final[Mapping[DeadlineKind, Clock]] = {clock.kind: clock for clock in TABLE}
IN_DAYS: Final = frozenset(clock.kind.value for clock in TABLE if clock.measure is Measure.WORKING_DAYS)


@dataclass(frozen=True, slots=True)
class Owed:
    """A deadline as it was stored, as far as the law looks at it."""

    kind: DeadlineKind
    started_at: datetime
    unmet: bool  # owed still, in time or not


@dataclass(frozen=True, slots=True)
class Changes:
    """What a step does. `starts` maps each clock to its number among those of its kind, and when it begins."""

    meets: frozenset[DeadlineKind] = frozenset()
    drops: frozenset[DeadlineKind] = frozenset()
    starts: Mapping[DeadlineKind, tuple[int, datetime]] = field(default_factory=dict)


def heard(step: str, order: OrderKind, *, status: OrderStatus, level: ResponseLevel | None, by_person: bool) -> str | None:
    """What the clocks hear of a step (or OPENING) after which an order stands so; None: nothing.

    Who calls a repair a matter of people inside starts the clocks of a rescue with that step. The system's own raises start none: they
    are about empty lifts, of which a power cut has stopped many, and somebody inside makes a rescue of his own.
    """
    if step != Step.ESCALATE:
        return None if step in _UNHEARD else step
    grave = level is not None and level is not ResponseLevel.MINOR_FAULT
    if not (by_person and grave and order in _RAISABLE) or status is OrderStatus.COMPLETED:
        return None
    return RAISED_THERE if status is OrderStatus.ON_SITE else RAISED


def changes(order: OrderKind, step: str, owed: Collection[Owed], *, is_open: bool, at: datetime) -> Changes:
    """What a step of an order (as it is `heard`) does to its clocks, with all it had so far; `is_open`: whether it is afterwards."""
    had = {each.kind for each in owed}
    clocks = [clock for clock in TABLE if order in clock.orders or clock.kind in had or step in clock.raised]
    unmet = {each.kind for each in owed if each.unmet}
    meets = frozenset(clock.kind for clock in clocks if step in clock.meets) & unmet
    drops = frozenset(clock.kind for clock in clocks if not is_open or step in clock.drops) & unmet - meets
    still = unmet - meets - drops
    due = [clock for clock in clocks if is_open and clock.kind not in still and _begins(clock, step, had)]
    return Changes(meets, drops, {clock.kind: _turn(clock, step, owed, at) for clock in due})


def _begins(clock: Clock, step: str, had: Collection[DeadlineKind]) -> bool:
    """Whether a step makes it owed; a level that rises twice is raised once."""
    return step in clock.starts | clock.resumes or (step in clock.raised and clock.kind not in had)


def _turn(clock: Clock, step: str, owed: Collection[Owed], at: datetime) -> tuple[int, datetime]:
    before = [each for each in owed if each.kind is clock.kind]
    began = min((each.started_at for each in before), default=at) if step in clock.resumes else at
    return len(before) + 1, began


def due_at(clock: Clock, started_at: datetime, span: int, days: Calendar, *, paused_seconds: int = 0, paused_days: int = 0) -> datetime:
    """The end of a limit of `span` seconds or working days, with what it stood still for so far."""
    if clock.measure is Measure.WORKING_DAYS:
        return reckon(days, started_at, span + paused_days).due_at
    return started_at + timedelta(seconds=span + paused_seconds)


def pause_of(clock: Clock, days: Calendar, since: datetime, until: datetime) -> tuple[int, int]:
    """How many seconds a pause lasted, and of a limit in days how many working days. While a clock was set back nothing passed."""
    until = max(since, until)
    waited = working_days_between(days, since, until) if clock.measure is Measure.WORKING_DAYS else 0
    return ceil((until - since).total_seconds()), waited


def warned_by(clock: Clock, started_at: datetime, settings: Settings, *, at: datetime) -> tuple[int, datetime | None]:
    """How many of its warnings have come due, and when the next one does."""
    moments = warning_times(clock, started_at, settings)
    given = sum(moment <= at for moment in moments)
    return given, moments[given] if given < len(moments) else None


def warning_times(clock: Clock, started_at: datetime, settings: Settings) -> Sequence[datetime]:
    """When it warns, in their order; a warning that would come after the limit is none."""
    limit = clock.limit.of(settings)
    return [started_at + timedelta(seconds=after) for after in sorted(each.of(settings) for each in clock.warnings) if after < limit]
