"""Nothing a vendor publishes stops the worker, loses a neighbour's message, or stays in memory."""

from __future__ import annotations

import csv
import json
import os
import random
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
import psutil
import psycopg
import pytest

from data_access.engine import connect
from domain.telemetry import Reject
from ingest.decode import Decoder, Message
from services.batches import Batch
from services.telemetry_memory import Register, recall
from stack.home import PROJECT
from tests.integration.ingest.district import CALM, Rows, beijing, event, just_now, lift, settle, state, wait_for
from tests.integration.ingest.json_suite import ACCEPTED, REFUSED
from tests.integration.ingest.naughty import hostile, mutations
from tests.mqtt_fixture import Account, Speaker, speak
from tests.stack_fixture import free_of_settings

WORKER = "ingest-hostile"
GOOD, BAD = range(0, 20, 2), range(20, 40, 2)  # lifts of one vendor
EVERY = 20  # messages between two good ones
MUTATIONS = 20_000
GROWTH_BYTES = 50 << 20
START_S = 120
BEATS = f"pt/v1/ingest/{WORKER}/beat"


@dataclass(slots=True)
class Running:
    """A worker's process, its log, and the beats that came round."""

    process: subprocess.Popen[bytes]
    log: Path
    beats: Speaker

    @property
    def resident(self) -> int:
        """Bytes of memory."""
        return int(psutil.Process(self.process.pid).memory_info().rss)

    def words(self) -> list[str]:
        """What it logged, event by event."""
        return [json.loads(line).get("event", "") for line in self.log.read_text("utf-8").splitlines() if line.startswith("{")]

    def beats_again(self) -> None:
        """Its loop goes round: a heartbeat that was sent from now on came to the broker and back."""
        self.beats.next()
        assert self.process.poll() is None


@pytest.fixture(scope="module")
def url(fresh_database: Callable[[], str]) -> str:
    made = fresh_database()
    settle(made)
    return made


@pytest.fixture(scope="module")
def worker(url: str, mqtt_url: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    log = tmp_path_factory.mktemp("hostile") / "worker.log"
    environment = free_of_settings(os.environ) | {"DATABASE_URL": url, "MQTT_URL": mqtt_url, "REDIS_URL": redis_url}
    with log.open("wb") as sink, speak(Account.of(mqtt_url), client_id="beats") as beats:
        beats.subscribe(BEATS)
        process = subprocess.Popen([sys.executable, "-m", "ingest", "--client-id", WORKER], cwd=PROJECT, env=environment, stderr=sink)
        running = Running(process, log, beats)
        wait_for(lambda: "broker_connected" in running.words(), True, patience=START_S)
        running.beats_again()
        yield running
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0


@pytest.fixture
def rows(url: str, worker: Running) -> Iterator[Rows]:
    with psycopg.connect(url, autocommit=True) as connection:
        yield lambda statement: connection.execute(statement).fetchall()


@pytest.fixture(scope="module")
def account(services: dict[str, Any]) -> Account:
    found = next(entry for entry in services["vendors"] if entry["name"] == "xzl")
    return Account(services["mqtt_url"], found["username"], found["password"])


@pytest.fixture(scope="module")
def xzl(account: Account, worker: Running) -> Iterator[Speaker]:
    with speak(account, client_id="xzl-hostile") as speaker:
        yield speaker


@pytest.fixture(scope="module")
def register(url: str) -> Iterator[Register]:
    store = connect(url)
    yield recall(store, at=just_now()).register
    store.close()


class Among:
    """Publishes hostile messages with a good one after every so many. The good ones are seconds of an hour of the past, each once."""

    _hours = count(1)

    def __init__(self, speaker: Speaker, rows: Rows) -> None:
        self._speaker = speaker
        self._rows = rows
        self._since = just_now(3600 * next(self._hours))
        self._good: set[tuple[str, datetime]] = set()
        self._count = 0

    def send(self, topic: str, payload: bytes) -> None:
        """One hostile message, and perhaps a good one."""
        self._speaker.publish(topic, payload, wait=False)
        self._count += 1
        if self._count % EVERY == 0:
            self.send_good()

    def send_good(self) -> None:
        """A good one."""
        number = GOOD[len(self._good) % len(GOOD)]
        at = self._since + timedelta(seconds=len(self._good) // len(GOOD))
        self._good.add((lift(number), at))
        self._speaker.publish(*state(number, at), wait=False)

    def all_stored_once(self) -> None:
        """The good ones are there, each once, and nothing else of their lifts."""
        self.send_good()
        self._speaker.settle()
        codes = ", ".join(f"'{lift(number)}'" for number in GOOD)
        until = self._since + timedelta(minutes=50)
        mine = (
            f"FROM readings r JOIN equipment e ON e.id = r.equipment_id WHERE e.code IN ({codes}) "
            f"AND r.sampled_at >= '{self._since}' AND r.sampled_at < '{until}'"
        )
        wait_for(lambda: self._rows(f"SELECT count(*) {mine}")[0][0], len(self._good))
        assert set(self._rows(f"SELECT e.code, r.sampled_at {mine}")) == self._good


def valid_messages(at: datetime) -> list[bytes]:
    """One of each kind, of lifts that are not the good ones."""
    body = {"registerNumber": lift(BAD[0]), "samplingTime": beijing(at), **CALM}
    return [
        state(BAD[0], at)[1],
        event(BAD[1], at, "hostile-1", eventDesc="困人", statusDetails=[{"paramCode": "Passenger_Status", "paramValue": "1"}])[1],
        json.dumps([body | {"type": kind} for kind in ("state", "statistics")]).encode(),
        b'{"online": true}',
    ]


@pytest.mark.parametrize("name", ACCEPTED)
def test_valid_json_is_read_and_refused_for_what_it_says(register: Register, name: str) -> None:
    assert reasons(register, ACCEPTED[name])[0] not in {Reject.NOT_JSON, Reject.TOO_DEEP}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_json_is_refused_as_that(register: Register, name: str) -> None:
    assert reasons(register, REFUSED[name])[0] in {Reject.NOT_JSON, Reject.TOO_DEEP, Reject.TOO_LARGE}


def reasons(register: Register, payload: bytes) -> list[Reject]:
    batch = Batch()
    Decoder(register).read(Message(state(BAD[0], just_now())[0], payload, just_now()), batch)
    return [refusal.reason for refusal in batch.refusals]


def test_hostile_messages_stop_nothing_and_good_ones_in_between_are_stored_once(rows: Rows, xzl: Speaker, worker: Running) -> None:
    at = just_now()
    among = Among(xzl, rows)

    for channel in ("state", "event", "statistics", "online"):
        for payload in hostile(state(BAD[2], at)[1]):
            among.send(f"pt/v1/xzl/elevator/{lift(BAD[2])}/{channel}", payload)
    for payload in hostile(state(BAD[2], at)[1]):
        among.send("pt/v1/xzl/elevator/batch", payload)
        among.send("pt/v1/xzl/online", payload)

    among.all_stored_once()
    worker.beats_again()
    assert "broker_silent" not in worker.words()


def test_foreign_vendors_messages_are_refused_and_stop_nothing(rows: Rows, xzl: Speaker, worker: Running, samples: Path) -> None:
    with (samples / "telematics" / "jt808_owntracks.csv").open(newline="") as file:
        foreign = [bytes.fromhex(row["message"]) if row["kind"] == "binary" else row["message"].encode() for row in csv.DictReader(file)]
    among = Among(xzl, rows)

    for payload in foreign * 5:
        among.send(state(BAD[3], just_now())[0], payload)
        among.send("pt/v1/xzl/elevator/batch", payload)

    among.all_stored_once()
    worker.beats_again()


def test_twenty_thousand_damaged_messages_leave_the_worker_as_it_was(rows: Rows, xzl: Speaker, worker: Running) -> None:
    at, rng = just_now(), random.Random(3)
    valid = valid_messages(at)
    topics = [
        f"pt/v1/xzl/elevator/{lift(BAD[0])}/state",
        f"pt/v1/xzl/elevator/{lift(BAD[1])}/event",
        f"pt/v1/xzl/elevator/{lift(BAD[1])}/statistics",
        "pt/v1/xzl/elevator/batch",
        "pt/v1/xzl/online",
        "pt/v1/xzl/elevator",
        "pt/v1/xzl/提升机/'; --/state",
        f"pt/v1/xzl/forklift/{lift(BAD[0])}/state",
    ]
    among = Among(xzl, rows)
    before, connected = 0, worker.words().count("broker_connected")

    for number, payload in enumerate(mutations(valid, MUTATIONS, rng)):
        among.send(rng.choice(topics), payload)
        if number == MUTATIONS // 10:
            xzl.settle()
            worker.beats_again()
            before = worker.resident

    among.all_stored_once()
    worker.beats_again()
    assert worker.resident - before < GROWTH_BYTES
    assert worker.words().count("broker_connected") == connected


def test_retained_messages_are_taken_once_however_often_the_worker_subscribes(
    rows: Rows, account: Account, mqtt_url: str, worker: Running, xzl: Speaker
) -> None:
    at, number = just_now(), 38
    topic = state(number, at)[0]
    client = _vendor(account, "xzl-retaining")
    client.loop_start()
    kept = [state(number, at), (topic.replace("/state", "/event"), event(number, at, "retained-1")[1]), (f"{topic}/broken", b"{retained")]
    for where, payload in kept:
        client.publish(where, payload, qos=1, retain=True).wait_for_publish(30)

    looks = f"SELECT count(*) FROM readings r JOIN equipment e ON e.id = r.equipment_id WHERE e.code = '{lift(number)}'"
    wait_for(lambda: rows(looks), [(1,)])
    for _ in range(2):
        connected = worker.words().count("broker_connected")
        _throw_out(WORKER, mqtt_url)
        wait_for(_connected_since(worker, connected), True)
        Among(xzl, rows).all_stored_once()
    for where, _ in kept:
        client.publish(where, b"", qos=1, retain=True).wait_for_publish(30)
    client.disconnect()
    client.loop_stop()

    assert rows(looks) == [(1,)]
    assert rows("SELECT count(*) FROM events WHERE event_id = 'retained-1'") == [(1,)]
    found = (
        "SELECT count(*), max(occurrences) FROM alarms a JOIN equipment e ON e.id = a.equipment_id WHERE family = 'entrapment' AND e.code"
    )
    assert rows(f"{found} = '{lift(number)}'") == [(1, 1)]


@pytest.mark.parametrize(
    "will", [b'{"online": false}', b"\x7e\x00\x02\x7e", b"[" * 10_000, b""], ids=["offline", "binary", "deep", "empty"]
)
def test_a_will_is_a_message_like_another(rows: Rows, account: Account, xzl: Speaker, worker: Running, will: bytes) -> None:
    client = _vendor(account, "xzl-dying")
    client.will_set("pt/v1/xzl/online", will, qos=1, retain=False)
    client.connect(*_address(account))
    client.loop_start()
    wait_for(client.is_connected, True)
    link = client.socket()
    assert isinstance(link, socket.socket)
    link.shutdown(socket.SHUT_RDWR)  # the broker sees a client that did not say goodbye
    client.loop_stop()

    Among(xzl, rows).all_stored_once()
    worker.beats_again()


def _connected_since(worker: Running, before: int) -> Callable[[], bool]:
    return lambda: worker.words().count("broker_connected") > before


def _throw_out(client_id: str, url: str) -> None:
    """Take a client's session for a moment: it connects and subscribes again."""
    with speak(Account.of(url), client_id=client_id, clean=False, expiry_s=3600):
        pass


def _vendor(account: Account, client_id: str) -> mqtt.Client:
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id)
    client.username_pw_set(account.username, account.password)
    if client_id != "xzl-dying":
        client.connect(*_address(account))
    return client


def _address(account: Account) -> tuple[str, int]:
    host, _, port = account.url.rpartition("@")[2].partition(":")
    return host, int(port.split("/")[0])
