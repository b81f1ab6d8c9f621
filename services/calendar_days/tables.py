"""Where working days are known from: the maintained package, our own presumption for a year it does not know, a file of the centre's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Final

from chinese_calendar.constants import Holiday, holidays, workdays

from domain.calendar import Day, DayBasis
from domain.errors import Invalid
from services.commands import csv_rows

COLUMNS: Final = ("day", "kind", "name")
KINDS: Final = {"holiday": False, "workday": True}  # kind → whether the day is worked
PRESUMED: Final = Path(__file__).with_name("presumed.csv")
LONGEST_NAME: Final = 40  # characters


def announced() -> list[Day]:
    """What the State Council has announced, as far as the package knows it."""
    names = {member.value: member.chinese for member in Holiday}
    rests = [Day(day, False, names[holiday]) for day, holiday in holidays.items()]
    works = [Day(day, True, names[holiday]) for day, holiday in workdays.items()]
    return sorted((*rests, *works), key=lambda each: each.day)


def presumed() -> list[Day]:
    """The statutory holidays of years that are not announced yet, with a day off for each that falls on a weekend.

    Source: 全国年节及纪念日放假办法; make-up days are the State Council's to announce, so there are none.
    """
    return read(PRESUMED, basis=DayBasis.PRESUMED)


def read(path: Path, *, basis: DayBasis = DayBasis.IMPORTED) -> list[Day]:
    """The days of a CSV file with the columns day, kind (holiday or workday) and name. Raises Invalid, which names the line."""
    days = [_day(row, line, path, basis) for line, row in enumerate(csv_rows(path, COLUMNS), 2)]
    twice = [day for day, number in Counter(each.day for each in days).items() if number > 1]
    if not days or twice:
        raise Invalid(field=path.name, reason=f"{twice[0]} stands there twice" if twice else "no days")
    return days


def _day(row: Sequence[str], line: int, path: Path, basis: DayBasis) -> Day:
    text, kind, name = (cell.strip() for cell in row)
    try:
        day = date.fromisoformat(text)
        working = KINDS[kind]
    except (ValueError, KeyError) as exc:
        raise Invalid(field=path.name, reason=f"line {line}: {exc}") from exc
    if not 0 < len(name) <= LONGEST_NAME:
        raise Invalid(field=path.name, reason=f"line {line}: a name of 1 to {LONGEST_NAME} characters")
    return Day(day, working, name, basis)
