"""Two closed hours of a few machines, and ways to look at them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import text

from data_access import partitions
from data_access.queries import readings as queries
from data_access.repositories import chunks
from tests.integration.data_access.district import AT, DISTRICT, reading
from tests.readings_fixture import append_readings

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
FIRST = AT - 5 * HOUR - timedelta(minutes=30)  # 01:00, closed and due
LIFTS = range(1, 6)


def two_hours(number, rng):
    """One lift's readings: jittered, with gaps, some vendors changing midway."""
    for n in range(0, 7200, 20):
        if rng.random() < 0.9:
            at = FIRST + n * SECOND + timedelta(microseconds=rng.randrange(10**6))
            vendor = "xzl" if n < 4000 or number % 2 else "htk"
            said = reading(
                number, at, vendor=vendor, speed=rng.randrange(200) / 100, floor=rng.choice(("B1", "12", None)), car_status=n // 600 % 2
            )
            yield replace(said, received_at=at + timedelta(microseconds=rng.randrange(10**6)))


def told(store, since=FIRST - 40 * timedelta(days=1), until=AT + HOUR, **more):
    """Every reading of every machine, as the one history tells it."""
    with store.reading() as tx:
        return {n: queries.history_rows(DISTRICT, tx, equipment_id=n, since=since, until=until, **more) for n in (*LIFTS, 9)}


def count(store, statement):
    """A figure, past the product."""
    with store.reading() as tx:
        return tx.scalar(text(statement))


def present(store):
    """The hours of `filled` that still have their partition."""
    with store.reading() as tx:
        return chunks.closed_hours(tx, FIRST + 2 * HOUR)


def say(store, *said):
    """Store readings as a worker does."""
    with store.transaction() as tx:
        return append_readings(tx, said)


def chunked(store):
    """How many readings lie in chunks."""
    return count(store, "SELECT coalesce(sum(n), 0) FROM reading_chunks")


def hours_there(store):
    """All hours with a partition."""
    with store.reading() as tx:
        return {partitions.READINGS.begins(name) for name in partitions.READINGS.present(tx)}
