"""What the readings of an hour or a day come to, for any kind of equipment: the range of each number, the time in each state.

A reading is taken to hold until the next one, until its hour ends, and no longer than HELD. An hour is judged by itself: a state
that changes between the last reading of one hour and the first of the next is not counted as a change.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final

from domain.telemetry import BEIJING

HELD: Final = timedelta(minutes=5)  # beyond it nobody knows what a silent machine did


class Span(StrEnum):
    """How much time one roll-up covers. Days are Shanghai's."""

    HOUR = "hour"
    DAY = "day"


@dataclass(frozen=True, slots=True)
class Range:
    """What a number did. `travel` is the integral of its absolute value over the time it held: km/h·s, m/s·s = m."""

    readings: int
    low: float
    mean: float
    high: float
    travel: float


@dataclass(frozen=True, slots=True)
class Spell:
    """How long a state held, in seconds, and how many times it began."""

    seconds: float
    times: int


@dataclass(frozen=True, slots=True)
class Rollup:
    """The readings of one machine and span. `seconds` is the time they account for; states are by field and word, flags by true, false."""

    readings: int
    first_at: datetime
    last_at: datetime
    seconds: float
    ranges: Mapping[str, Range]
    spells: Mapping[str, Mapping[str, Spell]]

    def share(self, field: str, word: str) -> float | None:
        """The share of the known time that a field held a word, such as car_status, running; None where it never spoke."""
        spells = self.spells.get(field, {})
        known = sum(spell.seconds for spell in spells.values())
        return spells[word].seconds / known if known and word in spells else 0.0 if known else None

    def times(self, field: str, word: str) -> int:
        """How often a field began to hold a word: starts are car_status, running; door cycles are door_status, open."""
        spell = self.spells.get(field, {}).get(word)
        return spell.times if spell else 0


def day_of(hour: datetime) -> datetime:
    """The beginning of the Shanghai day an instant lies in."""
    return _midnight(hour.astimezone(BEIJING).date())


def next_day(day: datetime) -> datetime:
    """The beginning of the Shanghai day after."""
    return _midnight(day.astimezone(BEIJING).date() + timedelta(days=1))


def together(parts: Sequence[Rollup]) -> Rollup:
    """The roll-up of a longer span from those of its parts, of which there is one at least."""
    fields = dict.fromkeys(key for part in parts for key in part.ranges)
    states = dict.fromkeys(key for part in parts for key in part.spells)
    return Rollup(
        readings=sum(part.readings for part in parts),
        first_at=min(part.first_at for part in parts),
        last_at=max(part.last_at for part in parts),
        seconds=sum(part.seconds for part in parts),
        ranges={key: _range([part.ranges[key] for part in parts if key in part.ranges]) for key in fields},
        spells={key: _spells(part.spells[key] for part in parts if key in part.spells) for key in states},
    )


def _range(ranges: Sequence[Range]) -> Range:
    readings = sum(one.readings for one in ranges)
    mean = sum(one.mean * one.readings for one in ranges) / readings
    return Range(readings, min(one.low for one in ranges), mean, max(one.high for one in ranges), sum(one.travel for one in ranges))


def _spells(several: Iterable[Mapping[str, Spell]]) -> dict[str, Spell]:
    spells: dict[str, Spell] = {}
    for one in several:
        for word, spell in one.items():
            known = spells.get(word, Spell(0.0, 0))
            spells[word] = Spell(known.seconds + spell.seconds, known.times + spell.times)
    return spells


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), BEIJING)
