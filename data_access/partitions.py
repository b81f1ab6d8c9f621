"""Partitions by time, made ahead and dropped whole: readings by the hour; their chunks and roll-ups by the month.

Each table has a default partition as well, for what lies outside: nothing is refused for want of a partition.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from data_access.engine import Tx

HOUR: Final = timedelta(hours=1)
DAYS_AHEAD: Final = 8  # a schedule that stands still for a week leaves no hour without its partition
MONTHS_AHEAD: Final = 2
FENCE_AHEAD: Final = timedelta(hours=4)  # beyond it nothing is accepted, not even by a worker whose clock is two hours ahead
LARGE: Final = 64 * 1024**2  # bytes of a default partition that nobody should wait to be searched
MOVED_MOST: Final = 20_000  # rows that leave a default partition while writers wait; more stay until they are compacted

FENCE: Final = "readings_default_fence"

_PRESENT: Final = text(
    "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = CAST(:parent AS regclass)"
)


@dataclass(frozen=True, slots=True)
class Series:
    """A table in partitions of one length, each named after its beginning."""

    table: str
    column: str
    form: str
    begin: Callable[[datetime], datetime]
    following: Callable[[datetime], datetime]

    def name(self, moment: datetime) -> str:
        """The partition an instant belongs to: readings_2026112014, reading_chunks_202611."""
        return f"{self.table}_{self.begin(moment).strftime(self.form)}"

    def begins(self, name: str) -> datetime:
        """The first moment of a partition."""
        return datetime.strptime(name.removeprefix(f"{self.table}_"), self.form).replace(tzinfo=UTC)

    def present(self, tx: Tx) -> list[str]:
        """The partitions there are, but for the default one, by time."""
        return sorted(name for name in tx.scalars(_PRESENT, {"parent": self.table}) if not name.endswith("_default"))

    def ended(self, tx: Tx, before: datetime) -> list[str]:
        """The partitions that end at or before a moment, the oldest first."""
        return [name for name in self.present(tx) if self.following(self.begins(name)) <= before]


def hour_of(moment: datetime) -> datetime:
    """The beginning of the hour an instant lies in."""
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def month_of(moment: datetime) -> datetime:
    """The beginning of the month, of UTC."""
    return hour_of(moment).replace(day=1, hour=0)


def next_month(moment: datetime) -> datetime:
    """The beginning of the next one."""
    return month_of(month_of(moment) + timedelta(days=31))


READINGS: Final = Series("readings", "sampled_at", "%Y%m%d%H", hour_of, lambda moment: hour_of(moment) + HOUR)
CHUNKS: Final = Series("reading_chunks", "hour", "%Y%m", month_of, next_month)
ROLLUPS: Final = Series("reading_rollups", "since", "%Y%m", month_of, next_month)


def missing(tx: Tx, at: datetime, *, hours_ahead: int = 24 * DAYS_AHEAD) -> list[datetime]:
    """The hours from the one before `at` to `hours_ahead` after it that have no partition, in order."""
    present = set(READINGS.present(tx))
    return [hour for hour in _each(READINGS, at - HOUR, at + hours_ahead * HOUR) if READINGS.name(hour) not in present]


def ensure(tx: Tx, at: datetime, *, hours_ahead: int = 24 * DAYS_AHEAD) -> list[str]:
    """Make the hours that are missing; the names of the new ones. One of which the default partition holds much is left to it."""
    return [READINGS.name(hour) for hour in missing(tx, at, hours_ahead=hours_ahead) if make(tx, READINGS, hour)]


def ensure_months(tx: Tx, series: Series, at: datetime) -> list[str]:
    """Make the months from the one before `at` to MONTHS_AHEAD after it that are missing; the names of the new ones."""
    present = set(series.present(tx))
    months = _each(series, month_of(at) - HOUR, at + MONTHS_AHEAD * timedelta(days=31))
    return [series.name(month) for month in months if series.name(month) not in present and make(tx, series, month)]


def make(tx: Tx, series: Series, begin: datetime) -> bool:
    """Make one partition and move its rows out of the default one; False, and nothing is done, where they are too many to wait for."""
    name, end = series.name(begin), series.following(begin)
    inside = f"FROM {series.table}_default WHERE {series.column} >= :since AND {series.column} < :until"
    span = {"since": begin, "until": end}
    if int(tx.scalar(text(f"SELECT count(*) FROM (SELECT {inside} LIMIT {MOVED_MOST + 1}) r"), span)) > MOVED_MOST:
        return False
    tx.execute(
        text(f"CREATE TABLE {name} (LIKE {series.table} INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES INCLUDING STORAGE)")
    )
    tx.execute(text(f"WITH moved AS (DELETE {inside} RETURNING *) INSERT INTO {name} SELECT * FROM moved"), span)
    bounds = f"FROM ('{begin.isoformat()}') TO ('{end.isoformat()}')"
    tx.execute(text(f"ALTER TABLE {series.table} ATTACH PARTITION {name} FOR VALUES {bounds}"))
    return True


def crowded(tx: Tx) -> bool:
    """Whether the default partition of readings is too large to attach one beside it while writers wait."""
    return int(tx.scalar(text("SELECT pg_relation_size('readings_default')"))) > LARGE


def fence(tx: Tx, since: datetime) -> None:
    """Let the default partition promise, once `prove_fence` has looked, that it holds nothing from `since` on: nobody need search it."""
    tx.execute(text(f"ALTER TABLE readings_default ADD CONSTRAINT {FENCE} CHECK (sampled_at < '{since.isoformat()}') NOT VALID"))


def prove_fence(tx: Tx) -> bool:
    """Search the default partition while others write; False where it holds something beyond the fence. Takes as long as it takes."""
    tx.execute(text("SET LOCAL statement_timeout = 0"))
    try:
        tx.execute(text(f"ALTER TABLE readings_default VALIDATE CONSTRAINT {FENCE}"))
    except IntegrityError:
        return False
    return True


def fenced(tx: Tx) -> bool:
    """Whether there is a fence."""
    return tx.scalar(text("SELECT 1 FROM pg_constraint WHERE conname = :name"), {"name": FENCE}) is not None


def unfence(tx: Tx) -> None:
    """Take the fence away."""
    tx.execute(text(f"ALTER TABLE readings_default DROP CONSTRAINT {FENCE}"))


def drop_before(tx: Tx, series: Series, before: datetime) -> list[str]:
    """Drop the partitions that end at or before `before`; their names."""
    names = series.ended(tx, before)
    for name in names:
        tx.execute(text(f"DROP TABLE {name}"))
    return names


def forget_before(tx: Tx, series: Series, before: datetime) -> int:
    """Delete the rows from before `before` that lie in no partition of their own; their number."""
    return tx.execute(text(f"DELETE FROM {series.table}_default WHERE {series.column} < :before"), {"before": before}).rowcount


def _each(series: Series, since: datetime, until: datetime) -> Iterator[datetime]:
    moment = series.begin(since)
    while moment <= until:
        yield moment
        moment = series.following(moment)
