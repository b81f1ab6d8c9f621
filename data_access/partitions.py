"""Hourly partitions of readings: made ahead, dropped when old; and the default one, for hours that have none."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import text

from data_access.engine import Tx

HOUR: Final = timedelta(hours=1)
PREFIX: Final = "readings_"
FORM: Final = "%Y%m%d%H"

_FORGET: Final = text("DELETE FROM readings_default WHERE sampled_at < :before AND received_at < :before")
_PRESENT: Final = text("SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'readings'::regclass")


def missing(tx: Tx, at: datetime, *, hours_ahead: int = 48) -> list[datetime]:
    """The hours from the one before `at` to `hours_ahead` after it that have no partition, in order."""
    present = set(tx.scalars(_PRESENT))
    return [hour for hour in _hours(at - HOUR, at + hours_ahead * HOUR) if name_of(hour) not in present]


def ensure(tx: Tx, at: datetime, *, hours_ahead: int = 48) -> list[str]:
    """Make the partitions that are missing; the names of the new ones."""
    hours = missing(tx, at, hours_ahead=hours_ahead)
    for hour in hours:
        _create(tx, hour)
    return [name_of(hour) for hour in hours]


def drop_before(tx: Tx, before: datetime) -> list[str]:
    """Drop the partitions that end at or before `before`; their names."""
    names = sorted(name for name in tx.scalars(_PRESENT) if name[len(PREFIX) :].isdigit() and hour_of(name) + HOUR <= before)
    for name in names:
        tx.execute(text(f"DROP TABLE {name}"))
    return names


def forget_before(tx: Tx, before: datetime) -> int:
    """Delete readings of hours that have no partition, taken and received before `before`; their number.

    One that came long after its hour stays as long as one that came in time.
    """
    return tx.execute(_FORGET, {"before": before}).rowcount


def name_of(hour: datetime) -> str:
    """readings_2026112014"""
    return PREFIX + hour.astimezone(UTC).strftime(FORM)


def hour_of(name: str) -> datetime:
    """The first moment of a partition."""
    return datetime.strptime(name[len(PREFIX) :], FORM).replace(tzinfo=UTC)


def _hours(since: datetime, until: datetime) -> Iterator[datetime]:
    hour = since.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    while hour <= until:
        yield hour
        hour += HOUR


def _create(tx: Tx, hour: datetime) -> None:
    """A table of its own first: rows of the hour that already lie in the default partition must move before it is attached."""
    name, since, until = name_of(hour), hour.isoformat(), (hour + HOUR).isoformat()
    tx.execute(text(f"CREATE TABLE {name} (LIKE readings INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES)"))
    tx.execute(
        text(
            "WITH moved AS (DELETE FROM readings_default WHERE sampled_at >= :since AND sampled_at < :until RETURNING *) "
            f"INSERT INTO {name} SELECT * FROM moved"
        ),
        {"since": hour, "until": hour + HOUR},
    )
    tx.execute(text(f"ALTER TABLE readings ATTACH PARTITION {name} FOR VALUES FROM ('{since}') TO ('{until}')"))
