"""A schedule that stood still loses nothing, and nobody waits for it when it is back; what is too old goes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from data_access import partitions
from services import compaction
from services.compaction import keep
from tests.integration.compaction.hours import HOUR, LIFTS, SECOND, chunked, count, hours_there, say, told
from tests.integration.data_access.district import AT, reading


def test_a_schedule_that_stood_still_for_a_week_loses_nothing(filled):
    while keep(filled, {}, AT).made:  # as many a tick as a tick may make
        pass
    days = [AT + timedelta(days=day) for day in range(1, 8)]
    said = [reading(n, day + minute * 60 * SECOND, speed=1.0) for n in LIFTS for day in days for minute in range(30)]

    say(filled, *said)
    assert count(filled, "SELECT count(*) FROM readings_default") == 0
    everything = told(filled, until=days[-1] + HOUR)

    done = keep(filled, {}, days[-1] + 12 * HOUR)
    assert done.compacted == len(said)
    assert told(filled, until=days[-1] + HOUR) == everything


def test_hours_nobody_made_a_partition_for_are_compacted_out_of_the_default_one(filled, monkeypatch):
    """After more than eight days; what is too much to move while writers wait stays until its hour is closed."""
    monkeypatch.setattr(partitions, "MOVED_MOST", 20)
    monkeypatch.setattr(compaction, "BATCH", 100)
    later = AT + timedelta(days=20)
    said = [reading(n, later + minute * 60 * SECOND, speed=1.0) for n in LIFTS for minute in range(-120, 1, 2)]
    say(filled, *said)
    everything = told(filled, until=later + HOUR)

    keep(filled, {}, later)
    now_in = partitions.READINGS.name(later)
    assert count(filled, f"SELECT count(*) FROM pg_class WHERE relname = '{now_in}'") == 0
    assert count(filled, f"SELECT count(*) FROM pg_class WHERE relname = '{partitions.READINGS.name(later + HOUR)}'") == 1
    done = keep(filled, {}, later + 6 * HOUR)

    assert done.merged == len(said)
    assert told(filled, until=later + HOUR) == everything
    assert count(filled, "SELECT count(*) FROM readings_default") == 0


def test_beside_a_large_default_partition_hours_are_made_where_it_surely_holds_nothing(filled, monkeypatch):
    """PostgreSQL would search it for every new hour while writers wait."""
    later = AT + timedelta(days=20)
    say(filled, *(reading(n, later, speed=1.0) for n in LIFTS))
    monkeypatch.setattr(partitions, "LARGE", 0)

    with monkeypatch.context() as dying:
        dying.setattr(partitions, "prove_fence", lambda tx: 1 / 0)
        dying.setattr(partitions, "unfence", lambda tx: None)
        with pytest.raises(ZeroDivisionError):
            keep(filled, {}, later)
    keep(filled, {}, later)

    hours = {hour for hour in hours_there(filled) if hour > later - HOUR}
    assert min(hours) == partitions.hour_of(later) + 4 * HOUR
    assert len(hours) > 24 * 7
    say(filled, reading(1, later + 5 * HOUR), reading(2, later + timedelta(days=60)))
    assert count(filled, "SELECT count(*) FROM readings_default") == len(LIFTS) + 1


def test_where_the_default_partition_holds_readings_from_the_future_it_is_left_alone(filled, monkeypatch):
    say(filled, reading(1, AT + timedelta(days=3), speed=1.0))
    monkeypatch.setattr(partitions, "LARGE", 0)
    before = hours_there(filled)

    keep(filled, {}, AT)

    assert hours_there(filled) <= before
    say(filled, reading(1, AT + timedelta(days=30)))


def test_what_is_too_old_goes_by_the_month(filled):
    keep(filled, {}, AT)
    expected = chunked(filled)

    keep(filled, {}, AT + timedelta(days=396 + 10))  # the last day of November is kept, and so is the month
    assert chunked(filled) == expected
    keep(filled, {}, AT + timedelta(days=396 + 11))

    assert chunked(filled) == 0
    assert count(filled, "SELECT count(*) FROM reading_rollups") == (2 + 1) * 6
    keep(filled, {}, AT + timedelta(days=1826 + 11))
    assert count(filled, "SELECT count(*) FROM reading_rollups") == 0
