"""`python -m tests.bench.ingest_rate`: a worker at the district's full rate, with broker, database and load on one machine.

Prints what was sent and stored, how much of a core each side used, and how long an alarm took from publish to row.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from threading import Event, Thread
from typing import Any

import paho.mqtt.client as mqtt
import psutil
import psycopg

from data_access.engine import connect
from data_access.migrations import upgrade
from data_access.partitions import ensure
from stack.home import PROJECT
from tests.integration.ingest.district import CALM, beijing
from tests.mqtt_fixture import Account, Speaker
from tests.stack_fixture import free_of_settings, running_servers

DEVICES = 14_415
LIFT_VENDORS = ("xzl", "htk", "ydw", "shy")
BURST_S = 0.02
BACKENDS = "SELECT pid FROM pg_stat_activity WHERE starts_with(application_name, 'ingest-bench:')"


def code(number: int) -> str:
    """注册代码 of an invented lift."""
    return f"311031010720{number:08d}"


def prepare(url: str) -> None:
    """A migrated database with the register of the bench."""
    upgrade(url)
    store = connect(url)
    with store.transaction() as tx:
        ensure(tx, datetime.now(UTC), hours_ahead=3)
    store.close()
    with psycopg.connect(url, autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute("INSERT INTO vendors (name, title) SELECT unnest(%s::text[]), ''", ([*LIFT_VENDORS, "ckt"],))
        with cursor.copy("COPY equipment (code, kind, name, pinyin, sort_key, search_key, monitor_vendor, rated_speed) FROM STDIN") as copy:
            for number in range(DEVICES):
                copy.write_row((code(number), "elevator", "", "", "", "", LIFT_VENDORS[number % 4], 1.75))


def state(number: int, at: datetime, rng: random.Random) -> bytes:
    """A state that changes like a lift's."""
    moving = rng.random() < 0.3
    body = {
        "registerNumber": code(number),
        "msgId": f"{number}-{at:%H%M%S}",
        "samplingTime": beijing(at),
        **CALM,
        "Car_Status": int(moving),
        "Car_Direction": int(moving),
        "Car_Position": str(rng.randrange(1, 18)),
        "Door_Zone": not moving,
        "Speed": round(rng.random() * 1.75, 2) if moving else 0,
        "Lift_Car_Drive_Status": 1,
        "Machine_Room_Temperature": round(20 + 10 * rng.random(), 1),
        "Car_Temperature": 22.5,
    }
    return json.dumps(body).encode()


class Load:
    """Publishes at a rate, round robin over all lifts, with an entrapment every second."""

    def __init__(self, speakers: dict[str, Speaker], rate: float) -> None:
        self._speakers = speakers
        self._rate = rate
        self.sent = 0
        self.events: dict[str, float] = {}

    def run(self, seconds: float) -> None:
        """Publish for so long, in bursts of 20 ms, and wait for the broker's last word."""
        rng, begin = random.Random(1), time.monotonic()
        while (elapsed := time.monotonic() - begin) < seconds:
            at = datetime.now(UTC)
            for _ in range(int(elapsed * self._rate) - self.sent):
                number = self.sent % DEVICES
                vendor = LIFT_VENDORS[number % 4]
                self._speakers[vendor].publish(f"pt/v1/{vendor}/elevator/{code(number)}/state", state(number, at, rng), wait=False)
                self.sent += 1
            if elapsed > len(self.events):
                self._event(at)
            time.sleep(BURST_S)
        for speaker in self._speakers.values():
            speaker.settle()

    def _event(self, at: datetime) -> None:
        number = len(self.events) * 97 % DEVICES
        vendor, event_id = LIFT_VENDORS[number % 4], f"bench-{len(self.events)}"
        body = {"registerNumber": code(number), "alarmId": event_id, "occurTime": beijing(at), "failureCode": "09"}
        self.events[event_id] = time.time()
        self._speakers[vendor].publish(f"pt/v1/{vendor}/elevator/{code(number)}/event", json.dumps(body).encode(), wait=False)


def watch_alarms(url: str, seen: dict[str, float], stop: Event) -> None:
    """Note when each alarm's row could first be read."""
    with psycopg.connect(url, autocommit=True) as connection:
        last = 0
        while not stop.wait(0.01):
            rows = connection.execute("SELECT id, evidence ->> 'event_id' FROM alarms WHERE id > %s ORDER BY id", (last,)).fetchall()
            for last, event_id in rows:  # noqa: B007 the next look begins after it
                seen[event_id] = time.time()


@contextmanager
def worker(environment: dict[str, str], profile: str | None) -> Iterator[psutil.Process]:
    """The ingest worker as a process of its own."""
    command = ["-m", "ingest", "--client-id", "ingest-bench"]
    command = [sys.executable, *(["-m", "cProfile", "-o", profile] if profile else []), *command]
    process = subprocess.Popen(command, cwd=PROJECT, env=environment)
    try:
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(30)


def processor_seconds(found: list[psutil.Process]) -> float:
    """User and system time of processes so far."""
    return sum(sum(process.cpu_times()[:2]) for process in found if process.is_running())


def measure(services: dict[str, Any], seconds: float, rate: float, profile: str | None) -> dict[str, object]:
    """One run; the figures."""
    url = services["database_url"]
    prepare(url)
    environment = free_of_settings(os.environ) | {
        "DATABASE_URL": url,
        "MQTT_URL": services["mqtt_url"],
        "REDIS_URL": services["redis_url"],
    }
    accounts = {v["name"]: Account(services["mqtt_url"], v["username"], v["password"]) for v in services["vendors"]}
    seen: dict[str, float] = {}
    stop = Event()
    with worker(environment, profile) as process, psycopg.connect(url, autocommit=True) as connection:
        while not connection.execute("SELECT 1 FROM ingest_marks").fetchone():
            time.sleep(0.1)
        watcher = Thread(target=watch_alarms, args=(url, seen, stop))
        watcher.start()
        speakers = {name: Speaker(accounts[name], f"bench-{name}", clean=True, expiry_s=0, protocol=mqtt.MQTTv5) for name in LIFT_VENDORS}
        load = Load(speakers, rate)
        backends = [psutil.Process(row[0]) for row in connection.execute(BACKENDS)]
        before, backends_before = processor_seconds([process]), processor_seconds(backends)
        load.run(seconds)
        used, backends_used = processor_seconds([process]) - before, processor_seconds(backends) - backends_before
        drained = time.monotonic()
        count = "SELECT count(*) FROM readings"
        while (stored := connection.execute(count).fetchone()[0]) < load.sent and time.monotonic() - drained < 60:  # type: ignore[index]
            time.sleep(0.05)
        lag = time.monotonic() - drained
        stop.set()
        watcher.join()
        for speaker in speakers.values():
            speaker.leave()
    waits = sorted(seen[event_id] - sent for event_id, sent in load.events.items() if event_id in seen)
    return {
        "sent": load.sent,
        "per_second": round(load.sent / seconds),
        "stored": stored,
        "backlog_seconds": round(lag, 2),
        "worker_core_percent": round(100 * used / seconds, 1),
        "worker_us_per_message": round(1e6 * used / load.sent, 1),
        "backend_core_percent": round(100 * backends_used / seconds, 1),
        "alarms": f"{len(waits)} of {len(load.events)}",
        "alarm_p50_ms": round(1000 * statistics.median(waits)),
        "alarm_p95_ms": round(1000 * waits[int(0.95 * len(waits))]),
        "alarm_max_ms": round(1000 * waits[-1]),
    }


def main() -> None:
    """Run once and print the figures as JSON."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.ingest_rate", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--rate", type=float, default=DEVICES / 5, help="messages per second")
    parser.add_argument("--profile", help="write the worker's cProfile here")
    arguments = parser.parse_args()
    with running_servers() as services:
        print(json.dumps(measure(services, arguments.seconds, arguments.rate, arguments.profile), indent=2))


if __name__ == "__main__":
    main()
