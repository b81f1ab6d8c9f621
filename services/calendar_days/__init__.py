"""Working days: keep the table of exceptions up to what is announced, or put a file of the centre's in its place.

Whenever the table changes, clocks that count working days and still run get the end that the new table gives them.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from data_access.engine import Store, Tx
from data_access.repositories import audit, calendar, deadlines
from data_access.repositories.audit import Entry
from domain.calendar import Calendar, Day, DayBasis, shanghai_day
from domain.deadlines import IN_DAYS
from services.calendar_days.tables import announced, presumed, read
from services.clocks import ends_by

log = logging.getLogger(__name__)

LOOKED_BACK: Final = timedelta(days=400)  # years before are no matter of any clock that runs

Years = Mapping[int, Sequence[Day]]


@dataclass(frozen=True, slots=True)
class Changed:
    """What a new table changed: years that are other now, and clocks that end at another time."""

    years: tuple[int, ...] = ()
    clocks: int = 0


def keep(store: Store, at: datetime) -> Changed:
    """Bring the table up to what is announced, and to what is presumed where nothing is; years that were imported stay.

    Changes nothing when it is so already. Raises StoreUnavailable.
    """
    first = shanghai_day(at - LOOKED_BACK).year
    known = _by_year(day for day in announced() if day.day.year >= first)
    wanted = _by_year(day for day in presumed() if day.day.year >= first) | known
    with store.transaction() as tx:
        stored = _by_year(calendar.current(tx).table.values())
        other = {year: days for year, days in wanted.items() if not _imported(stored.get(year, ())) and days != stored.get(year)}
        changed = _replace(tx, other) if other else Changed()
    if changed.years:
        log.info("calendar_changed", extra={"years": changed.years, "clocks": changed.clocks})
    return changed


def bring_in(store: Store, path: Path, *, by: str, at: datetime) -> Changed:
    """Put the days of a file in the place of whatever is known of their years. Raises Invalid, StoreUnavailable."""
    years = _by_year(read(path))
    with store.transaction() as tx:
        changed = _replace(tx, years)
        after = {"years": list(changed.years), "days": sum(map(len, years.values())), "clocks": changed.clocks}
        audit.append(tx, Entry(account_id=None, username=by, action="import_calendar", object="calendar_days", after=after), at)
    return changed


def table(store: Store) -> Calendar:
    """The table in force. Raises StoreUnavailable."""
    with store.reading() as tx:
        return calendar.current(tx)


def _replace(tx: Tx, years: Years) -> Changed:
    calendar.replace_years(tx, [day for days in years.values() for day in days])
    ends = ends_by(calendar.current(tx), deadlines.counted_in_days(tx, IN_DAYS))
    deadlines.end_later(tx, ends)
    return Changed(tuple(sorted(years)), len(ends))


def _by_year(days: Iterable[Day]) -> dict[int, list[Day]]:
    years: defaultdict[int, list[Day]] = defaultdict(list)
    for day in sorted(days, key=lambda each: each.day):
        years[day.day.year].append(day)
    return dict(years)


def _imported(days: Sequence[Day]) -> bool:
    return any(day.basis is DayBasis.IMPORTED for day in days)
