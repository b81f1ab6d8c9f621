"""When a message leaves (通知发送): quiet hours, limits a person, what a storm becomes, and how often it is tried. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Final

from domain.equipment.kind import Settings, Threshold, seconds
from domain.notices import of_role
from domain.scope import Role
from domain.telemetry import BEIJING

BURST: Final = Threshold("notice.burst", 3, "条")
BURST_WITHIN: Final = seconds("notice.burst_seconds", 60)
URGENT_GAP: Final = seconds("notice.urgent_gap_seconds", 3, source="of dangerous behaviour all are told within 5 s, also in a storm")
GAP: Final = seconds("notice.gap_seconds", 300)
QUIET_FROM: Final = Threshold("notice.quiet_from_hour", 22, "h")
QUIET_UNTIL: Final = Threshold("notice.quiet_until_hour", 7, "h")
TRIES: Final = Threshold("notice.tries", 8, "次")

AWAKE: Final = frozenset({of_role(Role.OPERATIONS_CENTRE)})
"""Recipients whose seats are taken around the clock: no quiet hours."""
LEASE: Final = timedelta(seconds=20)
"""How long whoever took a message has to send it; then it is anybody's again, under the same key."""
FIRST_RETRY: Final = {True: timedelta(seconds=5), False: timedelta(seconds=30)}
LONGEST_RETRY: Final = {True: timedelta(minutes=2), False: timedelta(hours=1)}
FARTHEST: Final = {True: timedelta(minutes=3), False: timedelta(hours=25)}
"""No message waits longer than that for its next attempt; one that says so was put off by a clock that was wrong."""


class MessageStatus(StrEnum):
    """Where a message stands; the locale key is `message_status.<value>`."""

    QUEUED = "queued"  # 待发送
    SENT = "sent"  # 已发送
    DELIVERED = "delivered"  # 已送达
    READ = "read"  # 已阅
    FAILED = "failed"  # 将重试
    DEAD = "dead"  # 死信
    COLLAPSED = "collapsed"  # 已合并


class Channel(StrEnum):
    """By what a message goes; the locale key is `channel.<value>`."""

    CONSOLE = "console"  # the demonstration's: a line of the log
    DRILL = "drill"  # nowhere: what an outsider would have been told in a drill
    SMS = "sms"
    WECOM = "wecom"
    DINGTALK = "dingtalk"
    EMAIL = "email"
    WEBHOOK = "webhook"


class Pace(StrEnum):
    """What becomes of the messages that wait for one person."""

    EACH = "each"
    DIGEST = "digest"
    LATER = "later"


@dataclass(frozen=True, slots=True)
class Lately:
    """What a person was told of late: how many messages within the burst's time, those in digests each, and when the newest left."""

    count: int = 0
    newest: datetime | None = None


def pace(waiting: int, lately: Lately, settings: Settings, *, urgent: bool, at: datetime) -> Pace:
    """A few go one by one; more become one message, and the next one leaves no sooner than the gap. Urgent ones wait seconds at most."""
    if lately.count + waiting <= BURST.of(settings):
        return Pace.EACH
    gap = timedelta(seconds=(URGENT_GAP if urgent else GAP).of(settings))
    if lately.newest is not None and at - lately.newest < gap:
        return Pace.LATER
    return Pace.EACH if waiting == 1 else Pace.DIGEST


def quiet_until(settings: Settings, *, at: datetime) -> datetime | None:
    """When the night ends for what may wait, in Shanghai; None by day."""
    begins, ends = (time(int(hour.of(settings)) % 24) for hour in (QUIET_FROM, QUIET_UNTIL))
    here = at.astimezone(BEIJING)
    now, morning = here.time(), datetime.combine(here.date(), ends, BEIJING)
    if begins <= ends:
        return morning if begins <= now < ends else None
    if now >= begins:
        return morning + timedelta(days=1)
    return morning if now < ends else None


def again_after(attempts: int, *, urgent: bool) -> timedelta:
    """The pause after so many attempts that failed: twice as long each time, up to a bound."""
    return min(FIRST_RETRY[urgent] * (1 << min(attempts - 1, 20)), LONGEST_RETRY[urgent])


def is_dead(attempts: int, settings: Settings) -> bool:
    """Whether it was tried often enough: somebody must look."""
    return attempts >= TRIES.of(settings)
