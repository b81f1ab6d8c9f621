"""One worker a session: the second stands by, takes over at once from the dead and in time from the hanging, and shuts them out."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from sqlalchemy import text

from data_access.engine import Store, connect
from domain.errors import StoreUnavailable
from ingest import topics
from services import leases, telemetry
from services.batches import Batch
from services.leases import Lease, LeaseLost
from services.telemetry import Rite
from services.telemetry_memory import Memory
from stack.home import PROJECT
from tests.integration.ingest.district import Rows, just_now, state, wait_for
from tests.mqtt_fixture import Account, speak
from tests.stack_fixture import free_of_settings

HOLDER = "SELECT holder FROM ingest_leases WHERE name = 'ingest-lease'"


@pytest.fixture
def other(url: str) -> Iterator[Store]:
    """The connections of another process."""
    store = connect(url, name="other")
    store.ping()
    yield store
    store.close()


@pytest.fixture
def mine(url: str) -> Iterator[Store]:
    """Our own."""
    store = connect(url, name="mine")
    store.ping()
    yield store
    store.close()


def test_a_lease_is_had_by_one(mine: Store, other: Store) -> None:
    ours, theirs = Lease(mine, "lease-1", holder="mine"), Lease(other, "lease-1", holder="other")

    assert (ours.take(), theirs.take()) == (True, False)
    ours.leave()
    assert theirs.take()
    assert (ours.epoch, theirs.epoch) == (1, 2)


def test_a_transaction_that_stands_still_is_ended_before_its_lease_has_run_out(mine: Store) -> None:
    lease = Lease(mine, "lease-still", holder="mine")
    assert lease.take()

    with mine.transaction() as tx:
        lease.hold(tx)
        limit = tx.scalar(text("SELECT setting::int FROM pg_settings WHERE name = 'idle_in_transaction_session_timeout'"))

    assert 0 < limit < 1000 * leases.LEASE_SECONDS


def test_whoever_is_gone_is_not_waited_for(mine: Store, other: Store) -> None:
    ours, theirs = Lease(mine, "lease-2", holder="mine"), Lease(other, "lease-2", holder="other")
    assert ours.take()

    mine.close()

    wait_for(theirs.take, True)


def test_whoever_hangs_is_shut_out(mine: Store, other: Store, memory: Memory, rows: Rows, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "LEASE_SECONDS", 0.2)
    ours, theirs = Lease(mine, "lease-3", holder="mine"), Lease(other, "lease-3", holder="other")
    assert ours.take()
    wait_for(theirs.take, True)

    with pytest.raises(LeaseLost):
        ours.renew()
    with pytest.raises(LeaseLost):
        telemetry.accept(mine, Batch(), memory, at=just_now(), rite=Rite(begin=ours.hold))
    telemetry.accept(other, Batch(), memory, at=just_now(), rite=Rite(begin=theirs.hold))


def test_nobody_takes_a_lease_in_the_middle_of_a_batch(mine: Store, other: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "LEASE_SECONDS", 0.0)
    ours, theirs = Lease(mine, "lease-4", holder="mine"), Lease(other, "lease-4", holder="other")
    assert ours.take()

    with mine.transaction() as tx:
        ours.hold(tx)
        with pytest.raises(StoreUnavailable):  # it waits for the batch, until its lock's time is over
            theirs.take()


def test_the_same_filters_have_one_session_whatever_the_name(mine: Store, other: Store) -> None:
    filters = ("pt/v1/same/#", "pt/v1/other/#")
    ours = Lease(mine, "lease-5", holder="mine", filters=filters, overlap=topics.overlap)
    theirs = Lease(other, "lease-6", holder="other", filters=filters[::-1], overlap=topics.overlap)

    assert (ours.take(), theirs.take()) == (True, False)
    ours.leave()
    assert theirs.take()
    assert (theirs.name, theirs.epoch) == ("lease-5", 2)


def test_filters_that_overlap_wait_and_others_do_not(mine: Store, other: Store) -> None:
    ours = Lease(mine, "lease-7", holder="mine", filters=("pt/v1/+/elevator/#",), overlap=topics.overlap)
    overlapping = Lease(other, "lease-8", holder="other", filters=("pt/v1/seventh/#",), overlap=topics.overlap)
    apart = Lease(other, "lease-9", holder="other", filters=("pt/v1/+/forklift/#",), overlap=topics.overlap)

    assert (ours.take(), overlapping.take(), apart.take()) == (True, False, True)
    ours.leave()
    apart.leave()
    assert overlapping.take()


@contextmanager
def worker(services: dict[str, Any], url: str) -> Iterator[subprocess.Popen[bytes]]:
    """An ingest worker of the session "ingest-lease"."""
    settings = {"DATABASE_URL": url, "MQTT_URL": services["mqtt_url"], "REDIS_URL": services["redis_url"]}
    command = [sys.executable, "-m", "ingest", "--client-id", "ingest-lease", "--filter", "pt/v1/xzl/#"]
    process = subprocess.Popen(command, cwd=PROJECT, env=free_of_settings(os.environ) | settings)
    try:
        yield process
    finally:
        process.kill()
        process.wait(10)


def test_a_standby_takes_over_from_a_killed_worker(services: dict[str, Any], url: str, rows: Rows) -> None:
    xzl = next(Account(services["mqtt_url"], v["username"], v["password"]) for v in services["vendors"] if v["name"] == "xzl")
    with worker(services, url) as first, speak(xzl, client_id="xzl-lease") as speaker:
        wait_for(lambda: bool(rows(HOLDER)), True)
        holder = rows(HOLDER)
        wait_for(lambda: rows("SELECT count(*) FROM ingest_marks WHERE worker = 'ingest-lease'"), [(1,)])
        with worker(services, url):
            speaker.publish(*state(0, just_now()))
            wait_for(lambda: rows("SELECT count(*) FROM readings"), [(1,)])
            assert rows(HOLDER) == holder

            first.send_signal(signal.SIGKILL)
            killed = time.monotonic()
            speaker.publish(*state(2, just_now()))

            wait_for(lambda: rows("SELECT count(*) FROM readings"), [(2,)])
            assert time.monotonic() - killed < 30
            assert rows(HOLDER) != holder
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT epoch FROM ingest_leases WHERE name = 'ingest-lease'").fetchone() == (2,)
