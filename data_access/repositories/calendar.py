"""Working days as rows: a table of exceptions, year by year."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date

from sqlalchemy import delete, insert, select

from data_access.engine import Tx
from data_access.tables import calendar_days
from domain.calendar import Calendar, Day, DayBasis

c = calendar_days.c


def current(tx: Tx) -> Calendar:
    """The table in force."""
    rows = tx.rows(select(c.day, c.working, c.name, c.source))
    return Calendar({day: Day(day, working, name, DayBasis(source)) for day, working, name, source in rows})


def replace_years(tx: Tx, days: Sequence[Day]) -> None:
    """Put these days in the place of whatever the table says of their years."""
    for year in sorted({each.day.year for each in days}):
        tx.execute(delete(calendar_days).where(c.day.between(date(year, 1, 1), date(year, 12, 31))))
    if days:
        tx.execute(
            insert(calendar_days),
            [{("source" if name == "basis" else name): value for name, value in asdict(each).items()} for each in days],
        )
