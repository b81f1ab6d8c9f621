"""Nothing is lost and nothing doubled when the worker, the database or the broker dies under load."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from threading import Event, Thread
from typing import Any

import psycopg
import pytest
from psycopg import sql

from ingest.bulk import Published
from ingest.link import Link
from stack.home import PROJECT
from tests.integration.ingest.district import LIFTS, Rows, event, just_now, state, wait_for, working
from tests.mqtt_fixture import Account, Speaker, speak
from tests.stack_fixture import free_of_settings

ROUNDS = 60  # readings per lift


@pytest.fixture
def rows(url: str) -> Rows:
    def look(statement: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(url, autocommit=True) as connection:
            return connection.execute(statement).fetchall()

    return look


@pytest.fixture
def vendors(services: dict[str, Any]) -> Iterator[dict[str, Speaker]]:
    accounts = {v["name"]: Account(services["mqtt_url"], v["username"], v["password"]) for v in services["vendors"]}
    with speak(accounts["xzl"], client_id="xzl-outage") as xzl, speak(accounts["htk"], client_id="htk-outage") as htk:
        yield {"xzl": xzl, "htk": htk}


@pytest.fixture
def load(vendors: dict[str, Speaker]) -> Callable[[], Thread]:
    """Starts a stream of numbered readings of all lifts, every second of the last minute once, and an entrapment of each."""

    def publish(begin: datetime) -> None:
        for second in range(ROUNDS):
            for number in range(LIFTS):
                vendor, moment = ("xzl", "htk")[number % 2], begin + timedelta(seconds=second)
                vendors[vendor].publish(*state(number, moment, Speed=second / 100), wait=False)
                if second == ROUNDS // 2:
                    vendors[vendor].publish(*event(number, moment, f"{vendor}-{number}"), wait=False)
            Event().wait(0.05)
        for speaker in vendors.values():
            speaker.settle()

    def start() -> Thread:
        thread = Thread(target=publish, args=(just_now(ROUNDS),), name="load")
        thread.start()
        return thread

    return start


def everything_once(rows: Rows) -> None:
    """Every reading and event of the load is there, once, and each lift has its one alarm."""
    wait_for(lambda: rows("SELECT count(*) FROM readings"), [(LIFTS * ROUNDS,)])
    wait_for(lambda: rows("SELECT count(*) FROM events"), [(LIFTS,)])
    assert rows("SELECT count(*), count(DISTINCT equipment_id), max(occurrences) FROM alarms WHERE family = 'entrapment'") == [
        (LIFTS, LIFTS, 1)
    ]
    assert rows("SELECT count(*) FROM quarantine") == [(0,)]


def test_a_database_that_ends_every_connection_loses_and_doubles_nothing(
    url: str, rows: Rows, mqtt_url: str, load: Callable[[], Thread]
) -> None:
    name = url.rpartition("/")[2]
    with working(url, mqtt_url, "ingest-database-outage"):
        wait_for(lambda: rows("SELECT count(*) FROM ingest_marks"), [(1,)])
        sending = load()
        for _ in range(3):
            wait_for(lambda: sending.is_alive(), True)
            with psycopg.connect(url.replace(name, "postgres"), autocommit=True) as admin:
                database = sql.Identifier(name)
                admin.execute(sql.SQL("ALTER DATABASE {} WITH ALLOW_CONNECTIONS false").format(database))
                admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))
                Event().wait(0.7)
                admin.execute(sql.SQL("ALTER DATABASE {} WITH ALLOW_CONNECTIONS true").format(database))
            Event().wait(0.7)
        sending.join()
        everything_once(rows)


def test_a_worker_killed_again_and_again_loses_and_doubles_nothing(
    url: str, rows: Rows, mqtt_url: str, redis_url: str, load: Callable[[], Thread]
) -> None:
    environment = free_of_settings(os.environ) | {"DATABASE_URL": url, "MQTT_URL": mqtt_url, "REDIS_URL": redis_url}
    command = [sys.executable, "-m", "ingest", "--client-id", "ingest-killed"]

    def start() -> subprocess.Popen[bytes]:
        before = rows("SELECT max(committed_at) FROM ingest_marks")
        process = subprocess.Popen(command, cwd=PROJECT, env=environment, stderr=subprocess.DEVNULL)
        wait_for(lambda: rows("SELECT max(committed_at) FROM ingest_marks") != before, True)
        return process

    process = start()
    sending = load()
    for pause in (0.2, 0.5, 0.9):
        time.sleep(pause)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process = start()
    sending.join()
    everything_once(rows)

    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0


def test_one_poison_reading_is_quarantined_and_its_neighbours_are_stored(
    url: str, rows: Rows, mqtt_url: str, vendors: dict[str, Speaker]
) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN IF NEW.event_id = 'poison' THEN RAISE data_exception; END IF; RETURN NEW; END $$"
        )
        connection.execute("CREATE TRIGGER refuse BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION refuse()")
    at = just_now()
    with working(url, mqtt_url, "ingest-poison"):
        wait_for(lambda: rows("SELECT count(*) FROM ingest_marks"), [(1,)])
        for number in range(0, LIFTS, 2):
            vendors["xzl"].publish(*state(number, at), wait=False)
            vendors["xzl"].publish(*event(number, at, "poison" if number == 20 else f"good-{number}"), wait=False)
        vendors["xzl"].settle()

        wait_for(lambda: rows("SELECT count(*) FROM events"), [(LIFTS // 2 - 1,)])
        wait_for(lambda: rows("SELECT reason, equipment_code FROM quarantine"), [("bad_value", state(20, at)[0].split("/")[4])])
        wait_for(lambda: rows("SELECT count(*) FROM readings"), [(LIFTS // 2,)])


def test_a_connection_that_failed_in_our_own_hands_is_made_anew_and_its_message_comes_again(
    url: str, rows: Rows, mqtt_url: str, vendors: dict[str, Speaker], monkeypatch: pytest.MonkeyPatch
) -> None:
    hear, failures = Link._hear, []

    def fail_once(link: Link, published: list[Published]) -> None:
        if not failures:
            failures.append(published)
            raise RuntimeError("nobody thought of this")
        hear(link, published)

    monkeypatch.setattr(Link, "_hear", fail_once)
    with working(url, mqtt_url, "ingest-deaf"):
        vendors["xzl"].publish(*state(0, just_now()))

        wait_for(lambda: rows("SELECT count(*) FROM readings"), [(1,)])
        assert failures
