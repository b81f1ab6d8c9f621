"""Alarms that live readings show while a backlog is worked off: opened at once, put right by the law, by whichever worker."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

from data_access.engine import Store
from ingest.client import Broker, Client
from ingest.decode import Decoder, Message
from ingest.lookout import Post
from services.leases import LeaseLost
from services.lookout import Lookout
from services.telemetry import ORDINARY, Rite
from services.telemetry_memory import Memory, recall
from tests.integration.ingest.district import Rows, say, state, wait_for, working
from tests.mqtt_fixture import Account, speak

ALARMS: Final = "SELECT rule, source, raised_at, occurrences, cleared_at IS NULL FROM alarms ORDER BY id"
BROKEN: Final = {"Safety_circuit": True}


def looked(lookout: Lookout, store: Store, memory: Memory, *messages: tuple[str, bytes], at: datetime, rite: Rite | None = None) -> int:
    batch = Decoder(memory.register).read_all([Message(topic, payload, at) for topic, payload in messages])
    return lookout.look(store, batch, at=at) if rite is None else lookout.look(store, batch, at=at, rite=rite)


def broken(now: datetime, seconds: range) -> list[tuple[str, bytes]]:
    return [state(0, now + timedelta(seconds=second), **BROKEN) for second in seconds]


def test_what_live_readings_show_is_an_alarm_before_the_backlog_is_judged(store: Store, memory: Memory, rows: Rows, now: datetime) -> None:
    lookout, begin = Lookout(memory), now - timedelta(seconds=60)

    opened = looked(lookout, store, memory, *broken(begin, range(50, 56)), at=now)

    assert opened == 1
    assert rows(ALARMS) == [("safety_circuit_open", "ahead", begin + timedelta(seconds=55), 1, True)]
    assert rows("SELECT count(*) FROM readings") == [(0,)]

    say(store, memory, *broken(begin, range(40, 56)), at=now)

    assert rows(ALARMS) == [("safety_circuit_open", "rule", begin + timedelta(seconds=45), 1, True)]
    assert rows("SELECT count(*) FROM readings") == [(16,)]


def test_the_alarm_ends_with_what_was_said_after_it(store: Store, memory: Memory, rows: Rows, now: datetime) -> None:
    begin = now - timedelta(seconds=60)
    looked(Lookout(memory), store, memory, *broken(begin, range(50, 56)), at=now)
    well = [state(0, begin + timedelta(seconds=second), Safety_circuit=False) for second in (*range(30, 40), *range(56, 60))]

    say(store, memory, *well[:10], *broken(begin, range(40, 56)), at=now)
    assert [row[-1] for row in rows(ALARMS)] == [True]

    say(store, memory, *well[10:], state(0, begin + timedelta(seconds=62), Safety_circuit=False), at=now)
    assert [row[-1] for row in rows(ALARMS)] == [False]


def test_a_worker_that_starts_meanwhile_settles_it_as_well(store: Store, memory: Memory, rows: Rows, now: datetime) -> None:
    begin = now - timedelta(seconds=60)
    looked(Lookout(memory), store, memory, *broken(begin, range(50, 56)), at=now)

    say(store, recall(store, at=now), *broken(begin, range(40, 56)), at=now)

    assert rows(ALARMS) == [("safety_circuit_open", "rule", begin + timedelta(seconds=45), 1, True)]


def test_readings_in_any_order_and_twice_are_seen_once(store: Store, memory: Memory, rows: Rows, now: datetime) -> None:
    lookout, said = Lookout(memory), broken(now - timedelta(seconds=60), range(50, 60))

    assert looked(lookout, store, memory, *reversed(said), *said, at=now) == 1
    assert looked(lookout, store, memory, *said, at=now) == 0
    assert rows("SELECT occurrences FROM alarms") == [(1,)]


def test_who_may_not_write_any_more_opens_nothing(store: Store, memory: Memory, rows: Rows, now: datetime) -> None:
    def gone(_tx: object) -> None:
        raise LeaseLost

    lookout, said = Lookout(memory), broken(now - timedelta(seconds=60), range(50, 60))

    with pytest.raises(LeaseLost):
        looked(lookout, store, memory, *said, at=now, rite=Rite(begin=gone))

    assert rows(ALARMS) == []
    assert looked(lookout, store, memory, *said, at=now) == 1


@pytest.fixture
def xzl(services: dict[str, Any]) -> Account:
    """The first vendor's account."""
    return next(Account(services["mqtt_url"], v["username"], v["password"]) for v in services["vendors"] if v["name"] == "xzl")


@pytest.fixture(params=[False, True], ids=["stock", "fast"])
def fast(request: pytest.FixtureRequest) -> bool:
    """Both ways of reading."""
    return bool(request.param)


def test_the_post_is_manned_while_the_worker_is_behind(
    mqtt_url: str, store: Store, memory: Memory, rows: Rows, now: datetime, xzl: Account, fast: bool
) -> None:
    client, decoder = Client(Broker(mqtt_url, f"ingest-post-{fast}", fast=fast)), Decoder(memory.register)
    post = Post(client, store, rite=ORDINARY, clock=lambda: datetime.now(UTC))

    post.note(memory, lag=3600, full=False)
    assert not client.looks_out
    post.note(memory, lag=3600, full=True)
    assert client.looks_out
    with speak(xzl, client_id=f"xzl-post-{fast}") as speaker:
        seconds = iter(range(60))

        def said() -> int:
            """The lift says it again, until the post listens and has seen enough."""
            speaker.publish(*state(0, now + timedelta(seconds=next(seconds)), **BROKEN))
            return post.look(memory, decoder)

        wait_for(said, 1)
    post.note(memory, lag=3, full=True)
    assert client.looks_out
    post.note(memory, lag=1, full=True)
    assert not client.looks_out

    assert [row[:2] for row in rows(ALARMS)] == [("safety_circuit_open", "ahead")]


def test_a_lookout_that_fails_leaves_its_post_and_stops_nobody(
    mqtt_url: str, store: Store, memory: Memory, rows: Rows, now: datetime, xzl: Account, fast: bool, caplog: pytest.LogCaptureFixture
) -> None:
    def broken_rite(_tx: object) -> None:
        raise ValueError("nobody thought of this")

    client, decoder = Client(Broker(mqtt_url, f"ingest-fails-{fast}", fast=fast)), Decoder(memory.register)
    post = Post(client, store, rite=Rite(begin=broken_rite), clock=lambda: datetime.now(UTC))
    post.man(memory)
    with speak(xzl, client_id=f"xzl-fails-{fast}") as speaker:
        seconds = iter(range(60))

        def left() -> bool:
            """The lift says it again, until the lookout has seen enough to fail."""
            speaker.publish(*state(0, now + timedelta(seconds=next(seconds)), **BROKEN))
            assert post.look(memory, decoder) == 0
            return not client.looks_out

        wait_for(left, True)

    assert "lookout_failed" in caplog.messages
    assert rows(ALARMS) == []


def test_a_worker_that_comes_back_to_a_backlog_knows_it_and_ends_with_one_alarm(
    url: str, mqtt_url: str, rows: Rows, now: datetime, xzl: Account, fast: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """What queued while nobody listened is an hour old; while it is worked off one lift breaks."""
    name = f"ingest-lookout-{fast}"
    caplog.set_level("INFO", logger="ingest.lookout")
    with working(url, mqtt_url, name, fast=fast):
        pass
    with speak(xzl, client_id=f"xzl-lookout-{fast}") as speaker:
        for turn in range(900):
            for number in range(0, 40, 2):
                speaker.publish(*state(number, now - timedelta(seconds=3600 - turn)), wait=False)
        speaker.settle()
        with working(url, mqtt_url, name, fast=fast):
            wait_for(lambda: "backlog_found" in caplog.messages, True)
            for second in range(7):
                speaker.publish(*state(0, now + timedelta(seconds=second), **BROKEN))
            wait_for(lambda: rows("SELECT count(*) FROM readings"), [(18_007,)])
            wait_for(lambda: "backlog_worked_off" in caplog.messages, True)

    assert [(row[1], row[3]) for row in rows(ALARMS)] == [("rule", 1)]
