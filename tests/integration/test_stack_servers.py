"""The embedded servers as a vendor, a tester and an unlucky operator meet them."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
import redis
from paho.mqtt.enums import MQTTProtocolVersion

from stack import broker
from stack.broker import MESSAGE_LIMIT_BYTES
from stack.home import PROJECT, Home
from stack.sessions import sessions
from tests.mqtt_fixture import Account, speak
from tests.stack_fixture import free_of_settings

STATE = "pt/v1/{}/elevator/31010700000000000001/state"
COMMAND = "pt/v1/{}/elevator/31010700000000000001/command"
GOODBYE_S = 30


@pytest.fixture
def vendor(services: dict[str, Any]) -> Callable[[str], Account]:
    known = {entry["name"]: Account(services["mqtt_url"], entry["username"], entry["password"]) for entry in services["vendors"]}
    return known.__getitem__


@pytest.fixture
def ingest(services: dict[str, Any]) -> Account:
    return Account.of(services["mqtt_url"])


class TestBroker:
    def test_a_vendor_speaks_below_its_own_name(self, vendor: Callable[[str], Account], ingest: Account) -> None:
        with speak(ingest) as listener, speak(vendor("xzl")) as sender:
            listener.subscribe("pt/v1/#")
            assert sender.publish(STATE.format("xzl"), b"{}").is_failure is False

            assert listener.next() == (STATE.format("xzl"), b"{}")

    def test_a_vendor_is_refused_another_vendors_topic(self, vendor: Callable[[str], Account], ingest: Account) -> None:
        with speak(ingest) as listener, speak(vendor("xzl")) as sender:
            listener.subscribe("pt/v1/#")
            assert sender.publish(STATE.format("htk"), b"{}").getName() == "Not authorized"
            sender.publish(STATE.format("xzl"), b"mine")

            assert listener.next() == (STATE.format("xzl"), b"mine")

    def test_a_vendor_hears_commands_to_its_own_devices_only(self, vendor: Callable[[str], Account], ingest: Account) -> None:
        with speak(vendor("xzl")) as listener, speak(ingest) as sender:
            listener.subscribe("pt/v1/#")
            for topic in (STATE.format("xzl"), COMMAND.format("htk"), COMMAND.format("xzl")):
                sender.publish(topic, b"voice")

            assert listener.next() == (COMMAND.format("xzl"), b"voice")

    def test_nobody_connects_without_an_account(self, services: dict[str, Any]) -> None:
        account = Account.of(services["mqtt_url"])

        for stranger in (Account(account.url, None, None), Account(account.url, "xzl", "guessed")):
            with pytest.raises(ConnectionRefusedError), speak(stranger):
                pytest.fail("connected")

    def test_a_payload_of_one_megabyte_arrives_and_a_larger_one_is_dropped(self, vendor: Callable[[str], Account], ingest: Account) -> None:
        # MQTT 3.1.1: to MQTT 5 the broker answers a reason code that paho does not know.
        with speak(ingest) as listener, speak(vendor("xzl"), protocol=MQTTProtocolVersion.MQTTv311) as sender:
            listener.subscribe("pt/v1/#")
            sender.publish(STATE.format("xzl"), b"x" * (MESSAGE_LIMIT_BYTES + 1))
            sender.publish(STATE.format("xzl"), b"y" * 1_048_576)

            assert listener.next() == (STATE.format("xzl"), b"y" * 1_048_576)

    def test_messages_wait_for_an_absent_worker(self, vendor: Callable[[str], Account], ingest: Account) -> None:
        many = 3_000
        with speak(ingest, client_id="waits", expiry_s=3_600) as worker:
            worker.subscribe("pt/v1/xzl/#")
        with speak(vendor("xzl")) as sender:
            for number in range(many):
                sender.publish(STATE.format("xzl"), str(number).encode(), wait=False)
            sender.settle()

        with speak(ingest, client_id="waits", clean=False) as worker:
            assert [int(worker.next()[1]) for _ in range(many)] == list(range(many))


class Stack:
    """`python -m stack servers` in a folder, to be killed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        command = [sys.executable, "-m", "stack", "servers", "--unsafe", "--data", str(folder)]
        self._log = (folder.parent / "stack.log").open("ab")
        self.process = subprocess.Popen(
            command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=self._log, text=True, env=free_of_settings(os.environ)
        )
        assert self.process.stdout is not None
        assert self.process.stdout.readline().startswith("SERVERS")

    @property
    def services(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / "run" / "services.json").read_text("utf-8"))
        return found

    @property
    def family(self) -> list[psutil.Process]:
        """Every process below the supervisor, PostgreSQL's own children too."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def end(self, how: signal.Signals) -> int:
        self.process.send_signal(how)
        code = self.process.wait(GOODBYE_S)
        assert self.process.stdout is not None
        self.process.stdout.close()
        self._log.close()
        return code


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Callable[[], Stack]]:
    started: list[Stack] = []

    def start() -> Stack:
        started.append(Stack(tmp_path / "data"))
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            one.end(signal.SIGTERM)


def test_killing_the_supervisor_leaves_no_orphan_and_the_next_start_has_the_data(stack: Callable[[], Stack]) -> None:
    killed = stack()
    url, family = killed.services["database_url"], killed.family
    with psycopg.connect(url) as connection:
        connection.execute("create table kept as select 42 as answer")
    assert len(family) > 3  # PostgreSQL has children of its own

    killed.end(signal.SIGKILL)
    _, orphans = psutil.wait_procs(family, timeout=GOODBYE_S)
    again = stack()

    assert orphans == []
    assert again.services["database_url"] == url
    with psycopg.connect(url) as connection:
        assert connection.execute("select answer from kept").fetchone() == (42,)


def test_a_start_right_after_a_kill_waits_for_the_old_servers_and_keeps_the_ports(stack: Callable[[], Stack]) -> None:
    killed = stack()
    before = {name: killed.services[name] for name in ("database_url", "redis_url", "mqtt_url")}
    killed.end(signal.SIGKILL)

    again = stack()

    assert {name: again.services[name] for name in before} == before


def test_a_server_that_dies_is_replaced_and_the_file_says_so(stack: Callable[[], Stack]) -> None:
    running = stack()
    cache_url, old = running.services["redis_url"], running.services["processes"]["valkey"]

    psutil.Process(old).kill()
    with redis.Redis.from_url(cache_url, retry=redis.retry.Retry(redis.backoff.ConstantBackoff(0.1), 100)) as client:
        assert client.ping()

    assert running.services["processes"]["valkey"] != old
    assert psutil.pid_exists(running.services["processes"]["valkey"])


def test_a_taken_port_is_replaced(stack: Callable[[], Stack]) -> None:
    first = stack()
    taken = int(first.services["redis_url"].rpartition(":")[2].partition("/")[0])
    first.end(signal.SIGTERM)

    with socket.socket() as stranger:
        stranger.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        stranger.bind(("127.0.0.1", taken))
        stranger.listen()
        again = stack()

    assert f":{taken}/" not in again.services["redis_url"]
    with redis.Redis.from_url(again.services["redis_url"]) as client:
        assert client.ping()


def test_an_abandoned_session_is_listed_with_what_waits_in_it_and_can_be_removed(stack: Callable[[], Stack]) -> None:
    running = stack()
    found = running.services
    xzl = next(entry for entry in found["vendors"] if entry["name"] == "xzl")
    with speak(Account.of(found["mqtt_url"]), client_id="left behind", clean=False, expiry_s=3_600) as worker:
        worker.subscribe("pt/v1/#")
    with speak(Account(found["mqtt_url"], xzl["username"], xzl["password"])) as sender:
        for _ in range(3):
            sender.publish(STATE.format("xzl"), b"{}")
    running.end(signal.SIGTERM)  # the broker writes its store

    kept = sessions(running.folder / "mosquitto" / "mosquitto.db")
    assert [(session.client_id, session.username, session.waiting) for session in kept] == [("left behind", "ingest", 3)]
    assert kept[0].expires_at is not None
    assert datetime.now(UTC) < kept[0].expires_at < datetime.now(UTC) + timedelta(hours=1)

    again = stack()
    assert broker.forget(Home.at(again.folder), "left behind")
    again.end(signal.SIGTERM)
    assert sessions(again.folder / "mosquitto" / "mosquitto.db") == []


def test_ctrl_c_stops_everything_and_is_no_failure(stack: Callable[[], Stack]) -> None:
    running = stack()
    family = running.family

    assert running.end(signal.SIGINT) == 0
    assert [process for process in family if process.is_running()] == []


def test_a_second_start_in_the_same_folder_is_refused_in_one_sentence(stack: Callable[[], Stack]) -> None:
    running = stack()

    second = subprocess.run(
        [sys.executable, "-m", "stack", "servers", "--data", str(running.folder)], cwd=PROJECT, capture_output=True, text=True, check=False
    )

    assert second.returncode == 1
    assert second.stderr.strip().count("\n") == 0
    assert str(running.folder) in second.stderr


def test_what_the_stack_writes_down_is_private(stack: Callable[[], Stack]) -> None:
    folder = stack().folder / "run"

    assert {path.name for path in folder.iterdir() if path.is_file() and path.stat().st_mode & 0o077} == {"lock"}
    assert folder.stat().st_mode & 0o077 == 0
