"""How far alarms can be trusted: precision and recall with their uncertainty, and what they cost those who watch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from math import sqrt
from typing import Final

from domain.equipment.kind import Threshold

BUDGET: Final = Threshold("alarm.budget_per_seat_hour", 6, "/h", "ANSI/ISA-18.2-2016, EEMUA 191: about 6 an hour are acceptable")
MOST: Final = Threshold("alarm.maximum_per_seat_hour", 12, "/h", "ANSI/ISA-18.2-2016, EEMUA 191: 12 an hour are the most one can manage")
SEATS: Final = Threshold("alarm.seats", 1, "seats")

FEW: Final = 20  # judged cases; below it a share says too little (assumed)
CERTAINTY: Final = 1.959964  # standard deviations of a normal distribution on both sides of 95 %
FLEETING: Final = timedelta(minutes=1)  # raised and cleared within (ISA-18.2 16.5.5)
CHATTER: Final = timedelta(minutes=10)
CHATTER_TIMES: Final = 3  # alarms of one family of one machine within CHATTER
STALE: Final = timedelta(hours=24)  # open for longer (ISA-18.2 16.5.6)
EARLY: Final = timedelta(seconds=5)  # a vendor's clock and ours may differ by so much
AFTERWARDS: Final = timedelta(seconds=90)  # the last evidence of what just ended may arrive so late
NEAR: Final = timedelta(minutes=30)  # an alarm so near to an occurrence that somebody reports did report it


class Verdict(StrEnum):
    """What an alarm turned out to be; the value is the database text and the locale key `verdict.<value>`."""

    CONFIRMED = "confirmed"  # 属实
    FALSE = "false"  # 误报
    DRILL = "drill"  # 演练: neither for nor against the rule


class Nature(StrEnum):
    """Alarms that cost attention without saying much; locale key `nature.<value>`."""

    FLEETING = "fleeting"  # 瞬时
    CHATTERING = "chattering"  # 反复
    STALE = "stale"  # 滞留


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of alarms by verdict, and of occurrences that no alarm reported. `detected` are occurrences known from elsewhere than
    from an alarm, which one did report: of the simulator's mishaps.
    """

    confirmed: int = 0
    false: int = 0
    drill: int = 0
    unjudged: int = 0
    missed: int = 0
    detected: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.confirmed + other.confirmed,
            self.false + other.false,
            self.drill + other.drill,
            self.unjudged + other.unjudged,
            self.missed + other.missed,
            self.detected + other.detected,
        )

    @property
    def alarms(self) -> int:
        """Every alarm, judged or not."""
        return self.confirmed + self.false + self.drill + self.unjudged

    @property
    def judged(self) -> int:
        """Alarms with a verdict."""
        return self.alarms - self.unjudged

    @property
    def expected(self) -> float:
        """Alarms that were right: those confirmed, and of those nobody has judged the same share as of those judged."""
        return self.confirmed * self.alarms / self.judged if self.judged else 0.0


@dataclass(frozen=True, slots=True)
class Share:
    """A share of `of` cases with the bounds of its 95 % interval (Wilson); `few` when the cases say too little."""

    value: float
    low: float
    high: float
    of: int

    @property
    def few(self) -> bool:
        """Whether the figure should not be relied on."""
        return self.of < FEW


@dataclass(frozen=True, slots=True)
class Load:
    """Alarms per seat and hour; `over` and `unmanageable` are shares of all hours."""

    hours: int
    mean: float
    worst: float
    over: float
    unmanageable: float


def precision(tally: Tally) -> Share | None:
    """Of the alarms judged, how many were right. Drills and alarms nobody has judged count neither way; None without any."""
    return wilson(tally.confirmed, tally.confirmed + tally.false)


def recall(tally: Tally) -> Share | None:
    """Of what happened, how much an alarm reported. Alarms nobody has judged count by the share of those judged, so that judging
    a sample does not look like missing the rest; the interval counts what was looked at alone. None when nothing is known.
    """
    looked_at = tally.confirmed + tally.missed
    happened = tally.expected + tally.missed
    return wilson(looked_at * tally.expected / happened, looked_at) if looked_at else None


def known_recall(tally: Tally) -> Share | None:
    """The same where every occurrence is known, reported or not."""
    return wilson(tally.detected, tally.detected + tally.missed)


def wilson(found: float, of: int) -> Share | None:
    """The share `found / of` with its score interval, which is honest for few cases and near 0 and 1 (Wilson 1927)."""
    if of <= 0:
        return None
    share, z2 = found / of, CERTAINTY**2
    middle = (share + z2 / (2 * of)) / (1 + z2 / of)
    half = CERTAINTY * sqrt(share * (1 - share) / of + z2 / (4 * of * of)) / (1 + z2 / of)
    return Share(share, max(middle - half, 0.0), min(middle + half, 1.0), of)


def load(by_hour: Iterable[int], *, hours: int, settings: Mapping[str, float]) -> Load:
    """The load of `hours` hours, of which `by_hour` holds the number of alarms of those that had any."""
    seats, counts = SEATS.of(settings), list(by_hour)
    hours = max(hours, len(counts), 1)
    per_seat = [count / seats for count in counts]
    return Load(
        hours=hours,
        mean=sum(per_seat) / hours,
        worst=max(per_seat, default=0.0),
        over=sum(count > BUDGET.of(settings) for count in per_seat) / hours,
        unmanageable=sum(count > MOST.of(settings) for count in per_seat) / hours,
    )
