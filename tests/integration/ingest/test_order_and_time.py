"""When a reading counts: late, out of order, told twice, of the future, of 1970, without a time; and whose clock decides.

The rules are the table "Order and time" in docs/architecture.md.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest

from data_access.engine import Store
from services.telemetry_memory import Memory, recall
from stack.home import PROJECT
from tests.integration.ingest.district import Rows, event, just_now, say, state, wait_for
from tests.mqtt_fixture import Account, Speaker, speak
from tests.stack_fixture import free_of_settings

PRESENT = "SELECT sampled_at FROM equipment_states"
STORED = "SELECT sampled_at FROM readings ORDER BY sampled_at"
REFUSED = "SELECT reason FROM quarantine ORDER BY id"
OPEN = "SELECT family FROM alarms WHERE cleared_at IS NULL ORDER BY family"
START_S = 120
LATE = "SELECT late_count FROM equipment_states"
HOURS = pytest.mark.parametrize("hours", [1, 5, 30], ids=lambda hours: f"{hours} h")


def trapped(number: int, until: datetime, *, seconds: int = 70) -> list[tuple[str, bytes]]:
    """A lift that stands with its doors shut and somebody inside."""
    return [state(number, until - timedelta(seconds=back), Passenger_Status=True) for back in range(seconds, -1, -5)]


def door_open(number: int, at: datetime) -> tuple[str, bytes]:
    """What ends an entrapment."""
    return state(number, at, Door_Status=4, Door_Close_Status=False)


@HOURS
def test_a_late_reading_is_history_and_counted_and_moves_nothing(
    store: Store, memory: Memory, rows: Rows, now: datetime, hours: int
) -> None:
    late = now - timedelta(hours=hours)
    say(store, memory, state(0, now), at=now)

    accepted = say(store, memory, state(0, late, Speed=3.0), at=now)

    assert (accepted.stored, accepted.late) == (1, 1)
    assert rows(STORED) == [(late,), (now,)]
    assert (rows(PRESENT), rows(LATE)) == ([(now,)], [(1,)])


@HOURS
@pytest.mark.parametrize("restarted", [False, True], ids=["same worker", "after a restart"])
def test_a_late_reading_neither_raises_nor_clears(
    store: Store, memory: Memory, rows: Rows, now: datetime, hours: int, restarted: bool
) -> None:
    say(store, memory, *trapped(0, now), state(2, now), at=now)
    assert rows(OPEN) == [("entrapment",)]
    if restarted:
        memory = recall(store, at=now)

    say(store, memory, door_open(0, now - timedelta(hours=hours)), *trapped(2, now - timedelta(hours=hours)), at=now)

    assert rows(OPEN) == [("entrapment",)]
    assert rows("SELECT count(*) FROM alarms") == [(1,)]


def test_one_second_late_is_late_and_one_second_on_is_the_present(store: Store, memory: Memory, rows: Rows, now: datetime) -> None:
    say(store, memory, *trapped(0, now), at=now)

    say(store, memory, door_open(0, now - timedelta(seconds=1)), at=now)
    before = rows(OPEN)
    say(store, memory, door_open(0, now + timedelta(seconds=1)), at=now)

    assert (before, rows(OPEN)) == ([("entrapment",)], [])


def test_readings_of_one_batch_are_judged_in_the_order_of_the_machines_clock(
    store: Store, memory: Memory, rows: Rows, now: datetime
) -> None:
    shuffled = [*trapped(0, now), door_open(0, now + timedelta(seconds=5))]
    random.Random(4).shuffle(shuffled)

    say(store, memory, *shuffled, at=now)

    assert rows("SELECT raised_at, cleared_at FROM alarms") == [(now - timedelta(seconds=10), now + timedelta(seconds=5))]
    assert rows(LATE) == [(0,)]


def test_what_is_told_twice_counts_once_and_what_contradicts_it_is_refused(store: Store, memory: Memory, rows: Rows, now: datetime) -> None:
    say(store, memory, *trapped(0, now), event(0, now, "e-1"), at=now)
    occurred = rows("SELECT occurrences FROM alarms")

    again = say(store, memory, *trapped(0, now), event(0, now, "e-1"), at=now + timedelta(hours=2))
    other = say(store, memory, state(0, now, Speed=1.0), at=now + timedelta(hours=2))

    assert (again.stored, again.events, other.conflicts) == (0, 0, 1)
    assert rows("SELECT occurrences FROM alarms") == occurred
    assert rows(REFUSED) == [("conflict",)]


@pytest.mark.parametrize(("ahead", "refused"), [(599, []), (600, []), (601, [("future",)]), (7200, [("future",)])])
def test_a_reading_of_the_future_is_taken_within_ten_minutes(
    store: Store, memory: Memory, rows: Rows, now: datetime, ahead: int, refused: list[tuple[str]]
) -> None:
    then = now + timedelta(seconds=10)  # a state that changes again at once is written a little later
    said_at = then + timedelta(seconds=ahead)
    say(store, memory, state(0, now), at=now)

    say(store, memory, state(0, said_at), at=then)

    assert rows(REFUSED) == refused
    assert rows(PRESENT) == [(now if refused else said_at,)]


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("1970-01-01 08:00:00", "too_old"),
        (0, "no_time"),
        ("2014-12-31 23:59:59", "too_old"),
        (None, "no_time"),
        ("", "no_time"),
        ("2026-11-20", "bad_time"),
        ("soon", "bad_time"),
        (True, "bad_time"),
        ("9999-12-31 23:59:59", "future"),
    ],
    ids=str,
)
def test_a_time_that_cannot_be_is_refused_with_its_reason_and_moves_nothing(
    store: Store, memory: Memory, rows: Rows, now: datetime, said: object, reason: str
) -> None:
    say(store, memory, *trapped(0, now), at=now)

    say(store, memory, state(0, now, samplingTime=said, Door_Status=4, Door_Close_Status=False), at=now)

    assert rows(REFUSED) == [(reason,)]
    assert (rows(PRESENT), rows(OPEN)) == ([(now,)], [("entrapment",)])


def test_the_beginning_of_1970_in_milliseconds_is_no_time_at_all_for_ts(store: Store, memory: Memory, rows: Rows, now: datetime) -> None:
    say(store, memory, state(0, now, samplingTime=None, ts=1000), at=now)

    assert rows(REFUSED) == [("too_old",)]


@HOURS
def test_the_late_end_of_an_earlier_fault_does_not_end_the_present_one(
    store: Store, memory: Memory, rows: Rows, now: datetime, hours: int
) -> None:
    earlier = now - timedelta(hours=hours)
    say(store, memory, event(0, now, "now"), at=now)

    say(store, memory, event(0, earlier, "then", phase="disappear"), at=now)

    assert rows(OPEN) == [("entrapment",)]


def test_an_event_that_began_hours_ago_is_an_alarm_of_its_own_time(store: Store, memory: Memory, rows: Rows, now: datetime) -> None:
    began = now - timedelta(hours=5)
    say(store, memory, state(0, now), at=now)

    say(store, memory, event(0, began, "long-ago"), at=now)

    assert rows("SELECT family, raised_at, cleared_at FROM alarms") == [("entrapment", began, None)]


def test_an_end_that_overtook_its_beginning_leaves_nothing_open(store: Store, memory: Memory, rows: Rows, now: datetime) -> None:
    say(store, memory, event(0, now - timedelta(minutes=1), "e-1", code="14", phase="disappear"), at=now)

    say(store, memory, event(0, now - timedelta(minutes=9), "e-1", code="14"), at=now + timedelta(seconds=5))

    assert rows("SELECT count(*) FROM events") == [(2,)]
    assert rows(OPEN) == []


def test_what_follows_a_reading_that_was_ahead_is_late_until_the_clock_has_passed_it(
    store: Store, memory: Memory, rows: Rows, now: datetime
) -> None:
    say(store, memory, state(0, now + timedelta(minutes=9)), at=now)

    before = say(store, memory, state(0, now + timedelta(minutes=8)), at=now + timedelta(minutes=8))
    after = say(store, memory, state(0, now + timedelta(minutes=10)), at=now + timedelta(minutes=10))
    alarm = say(store, memory, event(0, now + timedelta(minutes=8), "meanwhile"), at=now + timedelta(minutes=8))

    assert (before.late, after.late, alarm.alarms) == (1, 0, 1)


@pytest.fixture
def xzl(services: dict[str, Any]) -> Iterator[Speaker]:
    found = next(entry for entry in services["vendors"] if entry["name"] == "xzl")
    with speak(Account(services["mqtt_url"], found["username"], found["password"]), client_id="xzl-time") as speaker:
        yield speaker


@contextmanager
def wrong_clock(seconds: float, *, url: str, mqtt_url: str, redis_url: str, client_id: str) -> Iterator[None]:
    """A worker's process whose machine has the wrong time."""
    environment = free_of_settings(os.environ) | {"DATABASE_URL": url, "MQTT_URL": mqtt_url, "REDIS_URL": redis_url}
    command = [sys.executable, "-m", "tests.bench.faults.sabotage", "--clock", str(seconds), "--", "--client-id", client_id]
    process = subprocess.Popen(command, cwd=PROJECT, env=environment, stderr=subprocess.DEVNULL)
    try:
        with psycopg.connect(url, autocommit=True) as connection:
            wait_for(lambda: connection.execute("SELECT count(*) FROM ingest_marks").fetchone(), (1,), patience=START_S)
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


@pytest.mark.parametrize("hours", [-2, 2])
def test_a_worker_whose_own_clock_is_wrong_suppresses_nothing(
    url: str, mqtt_url: str, redis_url: str, rows: Rows, xzl: Speaker, hours: int
) -> None:
    at = just_now()
    trapping = trapped(0, at)
    with wrong_clock(hours * 3600, url=url, mqtt_url=mqtt_url, redis_url=redis_url, client_id=f"ingest-clock{hours}"):
        for topic, payload in (*trapping, event(2, at, f"clock-{hours}")):
            xzl.publish(topic, payload, wait=False)
        xzl.settle()

        wait_for(lambda: rows("SELECT count(*) FROM readings"), [(len(trapping),)])
        wait_for(lambda: rows(OPEN), [("entrapment",), ("entrapment",)])
        wait_for(lambda: rows("SELECT presence, count(*) FROM equipment_states GROUP BY 1"), [("online", 1)])
        xzl.publish(*state(4, at + timedelta(hours=1)))

        wait_for(lambda: rows(REFUSED), [("future",)])
    assert rows("SELECT max(abs(extract(epoch FROM received_at - now()))) < 60 FROM readings") == [(True,)]
    assert rows("SELECT bool_and(abs(extract(epoch FROM raised_at - now())) < 120) FROM alarms") == [(True,)]
