"""The district of the pace benches: its databases and register, its worker as a process, and who hears from the broker."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import psutil
import psycopg
from psycopg import sql

from data_access.engine import connect
from data_access.migrations import upgrade
from data_access.partitions import ensure
from stack.broker import answers
from stack.home import PROJECT
from tests.bench.load_packets import STAGE, STEPS, VENDORS, beijing, code, vendor_of
from tests.bench.load_wire import Setting
from tests.mqtt_fixture import Account, speak
from tests.stack_fixture import free_of_settings

STREETS: Final = tuple(f"3101079{number:02d}" for number in range(10))  # invented
SUFFIXES: Final = ("", "-urgent")  # what a worker adds to its client id for each of its sessions
PATIENCE_S: Final = 60.0
PROBES_S: Final = 120  # probes are sampled so long ago: nothing else of that lift is
LOOK_S: Final = 0.02
PROBE_EVERY_S: Final = 0.25
ROUND_MEMORY: Final = 1_500_000  # readings that may be kept rendered: a step of a large fleet takes 200 MB


@dataclass(frozen=True, slots=True)
class District:
    """A prepared database and how to reach everything around it."""

    services: dict[str, Any]
    url: str
    devices: int
    first_id: int

    @property
    def aside(self) -> int:
        """The last lift of the stage, which has no part there: it is spoken for when nothing should be counted."""
        return self.devices + STAGE - 1

    @property
    def aside_id(self) -> int:
        """The same in the database."""
        return self.first_id + self.aside

    @property
    def setting(self) -> Setting:
        """What the load generator has to know."""
        accounts = {v["name"]: (v["username"], v["password"]) for v in self.services["vendors"]}
        steps = max(2, min(STEPS, ROUND_MEMORY // self.devices))
        return Setting(self.services["mqtt_url"], self.url, accounts, self.devices, self.first_id, steps)

    @property
    def environment(self) -> dict[str, str]:
        """The environment of our own processes."""
        urls = {"DATABASE_URL": self.url, "MQTT_URL": self.services["mqtt_url"], "REDIS_URL": self.services["redis_url"]}
        return free_of_settings(os.environ) | urls

    def open(self) -> psycopg.Connection:
        """A session beside the worker's."""
        return psycopg.connect(self.url, autocommit=True, application_name="bench-watch")


def district(services: dict[str, Any], devices: int) -> District:
    """A fresh migrated database on the running server, with so many lifts and the stage."""
    base, _, _ = services["database_url"].rpartition("/")
    name = f"pace_{devices}_{time.time_ns()}"
    with psycopg.connect(f"{base}/postgres", autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    url = f"{base}/{name}"
    upgrade(url)
    store = connect(url)
    with store.transaction() as tx:
        ensure(tx, datetime.now(UTC), hours_ahead=3)
    store.close()
    return District(services, url, devices, _register(url, devices))


def _register(url: str, devices: int) -> int:
    """Vendors, streets and lifts; the database's id of lift 0, which the others follow without a gap."""
    with psycopg.connect(url, autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute("INSERT INTO vendors (name, title) SELECT unnest(%s::text[]), ''", ([*VENDORS, "ckt"],))
        cursor.execute("INSERT INTO streets SELECT unnest(%s::text[]), '', 'street', '', 121.4, 31.2, 1, '{}'", (list(STREETS),))
        columns = "code, kind, name, pinyin, sort_key, search_key, street_code, monitor_vendor, rated_speed"
        with cursor.copy(f"COPY equipment ({columns}) FROM STDIN") as copy:
            for number in range(devices + STAGE):
                copy.write_row((code(number), "elevator", "", "", "", "", STREETS[number % len(STREETS)], vendor_of(number), 1.75))
        cursor.execute("VACUUM ANALYZE equipment")
        first, last = cursor.execute("SELECT min(id), max(id) FROM equipment").fetchone() or (0, 0)
        assert last - first == devices + STAGE - 1
        return first


@contextmanager
def process(command: list[str], environment: dict[str, str], *, folder: Path = PROJECT) -> Iterator[psutil.Popen]:
    """A contestant: ended by SIGTERM, and waited for."""
    child = psutil.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        yield child
    finally:
        if child.is_running():
            child.send_signal(signal.SIGTERM)
        child.wait(PATIENCE_S)
        assert child.stdout is not None
        child.stdout.close()


@contextmanager
def worker(where: District, name: str, *options: str) -> Iterator[psutil.Popen]:
    """An ingest worker that listens on all its sessions; they end with it, and so does its lease."""
    command = worker_command(name, *options)
    with forgotten_sessions(where, *sessions(name)), _forgotten_leases(where), process(command, where.environment) as child:
        until_heard(where, child)
        yield child


def worker_command(name: str, *options: str) -> list[str]:
    """How a worker of this name is started."""
    return [sys.executable, "-m", "ingest", "--client-id", name, *options]


def sessions(name: str) -> list[str]:
    """The broker sessions of the worker of this name."""
    return [name + suffix for suffix in SUFFIXES]


def until_heard(where: District, child: psutil.Popen) -> None:
    """Speak for the lift that stands aside until a reading and an event of it are stored."""
    number = where.aside
    vendor = vendor_of(number)
    account = Account(where.services["mqtt_url"], *where.setting.accounts[vendor])
    with speak(account) as speaker, where.open() as database:
        topic = f"pt/v1/{vendor}/elevator/{code(number)}"

        def heard() -> bool:
            at = beijing(int(time.time()) - PROBES_S).decode()
            speaker.publish(f"{topic}/state", json.dumps({"samplingTime": at, "Car_Status": 0}).encode())
            name = f"probe-{time.time_ns()}"
            speaker.publish(f"{topic}/event", json.dumps({"alarmId": name, "occurTime": at, "failureCode": "09"}).encode())
            found = "SELECT count(*) FROM ({}) AS t".format(
                " UNION ALL ".join(
                    f"(SELECT 1 FROM {table} WHERE equipment_id = %s AND received_at > %s LIMIT 1)" for table in ("readings", "events")
                )
            )
            row = database.execute(found, (where.aside_id, began) * 2).fetchone()
            return row is not None and row[0] == 2

        began = datetime.now(UTC)
        wait_for(heard, child, every=PROBE_EVERY_S)


@contextmanager
def _forgotten_leases(where: District) -> Iterator[None]:
    """Leases are dropped at the end: the next worker of these filters would be given the name that is in them, and its session."""
    try:
        yield
    finally:
        with where.open() as database:
            database.execute("DELETE FROM ingest_leases")


@contextmanager
def forgotten_sessions(where: District, *client_ids: str) -> Iterator[None]:
    """What the broker keeps for these clients is dropped at the end: an abandoned queue would slow everybody after it."""
    try:
        yield
    finally:
        admin = Account.of(where.services["mqtt_admin_url"])
        port = int(where.services["mqtt_url"].rpartition(":")[2])
        for client_id in client_ids:
            answers(port, admin.username or "", admin.password or "", client_id=client_id)


def wait_for(look: Callable[[], object], child: psutil.Popen | None = None, *, patience: float = PATIENCE_S, every: float = LOOK_S) -> None:
    """Look until the answer is true. Raises TimeoutError, or RuntimeError when the process it depends on has died."""
    deadline = time.monotonic() + patience
    while not look():
        if child is not None and child.poll() is not None:
            raise RuntimeError(f"{child.args} ended with {child.returncode}")
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(every)
