"""Which days are working days (工作日), and when a time limit in working days ends. Weekdays, but for a table of exceptions. Pure.

Days are Shanghai days. The first day does not count, and a limit ends with the last counted day, at midnight.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final

from domain.telemetry import BEIJING

SATURDAY: Final = 5
ONE_DAY: Final = timedelta(days=1)


class DayBasis(StrEnum):
    """What a day of the table rests on."""

    ANNOUNCED = "announced"  # 国务院办公厅通知, as the maintained package has it
    IMPORTED = "imported"  # a table that the centre brought in itself
    PRESUMED = "presumed"  # the holidays the law names, while their year is not announced yet: no make-up days


@dataclass(frozen=True, slots=True)
class Day:
    """A day that is not what its weekday says, or a holiday that falls on a weekend. `name` is the holiday's, in Chinese."""

    day: date
    working: bool
    name: str
    basis: DayBasis = DayBasis.ANNOUNCED

    @property
    def is_exception(self) -> bool:
        """Whether the table changes anything about this day."""
        return self.working == (self.day.weekday() >= SATURDAY)


@dataclass(frozen=True, slots=True)
class Calendar:
    """The table of exceptions, by day."""

    table: Mapping[date, Day] = field(default_factory=dict)

    def is_working(self, day: date) -> bool:
        """Whether the public service works on this day."""
        known = self.table.get(day)
        return day.weekday() < SATURDAY if known is None else known.working

    def is_settled(self, year: int) -> bool:
        """Whether the year's holidays are announced, and not presumed or unknown."""
        bases = {known.basis for day, known in self.table.items() if day.year == year}
        return bool(bases) and DayBasis.PRESUMED not in bases


@dataclass(frozen=True, slots=True)
class Reckoning:
    """When a limit ends, and why then: weekdays that were holidays, weekend days that were worked."""

    due_at: datetime
    holidays: tuple[Day, ...] = ()
    make_ups: tuple[Day, ...] = ()
    presumed: bool = False  # a year on the way is not announced yet, so the end may move


def reckon(calendar: Calendar, started_at: datetime, working_days: int) -> Reckoning:
    """The end of a limit of some working days (1 at least): midnight after the last of them. Raises ValueError."""
    if working_days < 1:
        raise ValueError(working_days)
    first, left, last = shanghai_day(started_at), working_days, None
    exceptions: list[Day] = []
    for day in _after(first):
        known = calendar.table.get(day)
        if known is not None and known.is_exception:
            exceptions.append(known)
        left -= calendar.is_working(day)
        if not left:
            last = day
            break
    assert last is not None
    return Reckoning(
        due_at=end_of(last),
        holidays=tuple(each for each in exceptions if not each.working),
        make_ups=tuple(each for each in exceptions if each.working),
        presumed=not all(calendar.is_settled(year) for year in range(first.year, last.year + 1)),
    )


def working_days_between(calendar: Calendar, since: datetime, until: datetime) -> int:
    """The working days of a pause: its first day counts, the day on which it ends does not."""
    day, last = shanghai_day(since), shanghai_day(until)
    return sum(calendar.is_working(day + n * ONE_DAY) for n in range((last - day).days))


def shanghai_day(moment: datetime) -> date:
    """The day that it is in Shanghai."""
    return moment.astimezone(BEIJING).date()


def end_of(day: date) -> datetime:
    """The midnight that ends a day."""
    return datetime.combine(day + ONE_DAY, time(), BEIJING)


def _after(day: date) -> Iterator[date]:
    while True:
        day += ONE_DAY
        yield day
