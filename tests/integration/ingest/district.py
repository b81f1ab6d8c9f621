"""A small district for the worker's tests: some lifts of two vendors, a truck, and ways to look behind the product's back."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from threading import Event, Thread
from typing import Any

import psycopg

from data_access.engine import Store, connect
from data_access.partitions import ensure
from domain.telemetry import BEIJING
from ingest.client import Broker, Client
from ingest.decode import Decoder, Message
from ingest.worker import Worker
from services.batches import Accepted
from services.telemetry import accept
from services.telemetry_memory import Memory

Rows = Callable[[str], list[tuple[Any, ...]]]
"""A statement → its rows, past the product."""

VENDORS = ("xzl", "htk", "ydw", "shy", "ckt")
LIFTS = 40
PATIENCE_S = 30
TRUCK = "51103101072020030001"
CALM = {
    "Service_Mode": 1,
    "Car_Status": 0,
    "Car_Direction": 0,
    "Car_Position": "1",
    "Door_Zone": True,
    "Door_Status": 2,
    "Door_Close_Status": True,
    "Passenger_Status": False,
    "Speed": 0,
}
_ADD = (
    "INSERT INTO equipment (code, kind, name, pinyin, sort_key, search_key, street_code, monitor_vendor, rated_speed) "
    "VALUES (%s, %s, %s, '', '', '', %s, %s, 1.75) RETURNING id"
)


def lift(number: int) -> str:
    """注册代码 of an invented lift; even ones are bound to xzl, odd ones to htk."""
    return f"3110310107201905{number:04d}"


def vendor(number: int) -> str:
    """The vendor of a lift."""
    return "xzl" if number % 2 == 0 else "htk"


def settle(database_url: str) -> dict[str, int]:
    """Fill an empty database with the small district; code → id."""
    store = connect(database_url)
    with store.transaction() as tx:
        ensure(tx, datetime.now(UTC), hours_ahead=2)
    store.close()
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("INSERT INTO streets VALUES ('310107005', '春申', 'street', 'chun shen', 121.4, 31.2, 1, '{}')")
        for name in VENDORS:
            connection.execute("INSERT INTO vendors (name, title) VALUES (%s, %s)", (name, name))
        machines = [(lift(n), "elevator", f"{n}号梯", "310107005" if n % 3 else None, vendor(n)) for n in range(LIFTS)]
        machines.append((TRUCK, "forklift", "叉车", None, "ckt"))
        return {machine[0]: connection.execute(_ADD, machine).fetchone()[0] for machine in machines}


def beijing(moment: datetime) -> str:
    """As the platform writes times."""
    return moment.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S")


def state(number: int, at: datetime, **changes: object) -> tuple[str, bytes]:
    """A lift's state message: topic and payload."""
    body = {"registerNumber": lift(number), "samplingTime": beijing(at), **CALM, **changes}
    return f"pt/v1/{vendor(number)}/elevator/{lift(number)}/state", json.dumps(body).encode()


def event(number: int, at: datetime, event_id: str, *, code: str = "09", phase: str = "add", **changes: object) -> tuple[str, bytes]:
    """A lift's event message: topic and payload."""
    body = {"registerNumber": lift(number), "alarmId": event_id, "occurTime": beijing(at), "failureCode": code, "phase": phase, **changes}
    return f"pt/v1/{vendor(number)}/elevator/{lift(number)}/event", json.dumps(body).encode()


def say(store: Store, memory: Memory, *messages: tuple[str, bytes], at: datetime, again: bool = False) -> Accepted:
    """Offer one batch to the service, as a worker would; `again` as the broker marks what it has sent before."""
    told = [Message(topic, payload, at, again=again) for topic, payload in messages]
    return accept(store, Decoder(memory.register).read_all(told), memory, at=at)


@contextmanager
def working(
    database_url: str,
    mqtt_url: str,
    client_id: str,
    *,
    fast: bool = False,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Iterator[Client]:
    """A worker in a thread of this process; `clock` is the one its client reads."""
    client, store, stop = Client(Broker(mqtt_url, client_id, fast=fast), clock=clock), connect(database_url), Event()
    thread = Thread(target=Worker(client, store, name=client_id).run, args=(stop,), name=f"worker-{client_id}")
    thread.start()
    wait_for(lambda: client.listening, True)
    try:
        yield client
    finally:
        stop.set()
        thread.join(PATIENCE_S)
        store.close()
        assert not thread.is_alive()


def wait_for(look: Callable[[], Any], wanted: Any, *, patience: float = PATIENCE_S) -> None:
    """Look until the answer is the wanted one; the last answer when it never was."""
    deadline = time.monotonic() + patience
    while (found := look()) != wanted and time.monotonic() < deadline:
        time.sleep(0.05)
    assert found == wanted


def just_now(seconds: float = 0.0) -> datetime:
    """A whole second, so many seconds ago."""
    return datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=seconds)
