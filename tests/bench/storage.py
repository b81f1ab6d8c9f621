"""How many bytes a stored reading takes, hot and compacted, beside other ways: `python -m tests.bench.storage [--rows 400000]`.

The readings go the product's way (codec, bulk insert, hourly partition, arrival shuffled among 14,415 machines) into a
throw-away PostgreSQL, or into the server that DATABASE_URL names. Then hours of the demonstration's own machines, and one of
chance alone, are stored and compacted (tests.bench.compacted).
"""

from __future__ import annotations

import argparse
import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import perf_counter, process_time

import orjson
import psycopg

from data_access import partitions
from data_access.engine import Store, connect
from data_access.readings_codec import pack
from domain.equipment import KINDS
from domain.equipment.kind import Values
from domain.telemetry import Reading
from tests.bench.compacted import Material, measure, scattered, show, simulated
from tests.readings_fixture import append_readings
from tests.stack_fixture import Databases, running_servers

HOUR = datetime(2026, 11, 20, 6, tzinfo=UTC)
DEVICES = 14_415
BATCH = 600
OTHERS = 20  # the alternatives are loaded with one reading in so many

JSON_TABLE = """CREATE TABLE as_json (
    equipment_id int4, sampled_at timestamptz, received_at timestamptz, vendor text, data jsonb, PRIMARY KEY (equipment_id, sampled_at)
)"""
PAIRS_TABLE = """CREATE TABLE as_pairs (
    equipment_id int4, key text, sampled_at timestamptz, number float8, word text, PRIMARY KEY (equipment_id, key, sampled_at)
)"""


MATERIALS = (
    Material("demonstration, every second", 100, 1, simulated),
    Material("demonstration, every 5 s", 555, 5, simulated),
    Material("demonstration, every 60 s", 3_000, 60, simulated),
    Material("demonstration, every 240 s", 3_000, 240, simulated),
)


@dataclass(frozen=True, slots=True)
class Taken:
    """What a table takes, in bytes per reading."""

    name: str
    heap: float
    index: float

    @property
    def total(self) -> float:
        """Heap and index."""
        return self.heap + self.index


def elevator(rng: random.Random) -> Values:
    """The state of a lift as most vendors send it: fifteen of the twenty-one keys."""
    running = rng.random() < 0.3
    said = {
        "service_mode": 1,
        "car_status": int(running),
        "direction": rng.choice((1, 2)) if running else 0,
        "floor": str(rng.randint(-2, 33)),
        "door_zone": not running,
        "door_status": 2 if running else rng.choice((1, 2, 3, 4)),
        "door_closed": running,
        "hoistway_door": True,
        "passenger": rng.random() < 0.4,
        "people": rng.randint(0, 8),
        "overload": False,
        "drive_status": int(running),
        "activity": 0,
        "speed": round(rng.uniform(-1.75, 1.75), 3) if running else 0.0,
        "machine_room_temperature": round(rng.uniform(18, 35), 1),
    }
    return tuple(said.get(field.key) for field in KINDS["elevator"].fields)


def arrivals(rows: int, rng: random.Random) -> Iterator[list[Reading]]:
    """Batches of one hour, in the order of arrival: every machine once a round, each round shuffled anew."""
    rounds = -(-rows // DEVICES)
    readings: list[Reading] = []
    for turn in range(rounds):
        begins = HOUR + turn * timedelta(hours=1) / rounds
        for number in rng.sample(range(1, DEVICES + 1), min(DEVICES, rows - turn * DEVICES)):
            at = begins + timedelta(milliseconds=rng.randrange(4_000))
            readings.append(Reading(number, "elevator", "xzl", at, at + timedelta(milliseconds=rng.randrange(900)), elevator(rng)))
            if len(readings) == BATCH:
                yield readings
                readings = []
    if readings:
        yield readings


def fill(store: Store, rows: int, server: psycopg.Connection) -> tuple[float, float, list[Reading]]:
    """Store the readings; (client CPU µs a reading, readings a second, those the alternatives get)."""
    rng = random.Random(20251120)
    batches = list(arrivals(rows, rng))
    with store.transaction() as tx:
        partitions.ensure(tx, HOUR, hours_ahead=1)
    began, cpu = perf_counter(), process_time()
    for batch in batches:
        with store.transaction() as tx:
            assert len(append_readings(tx, batch).stored) == len(batch)
    seconds, cpu = perf_counter() - began, process_time() - cpu
    server.execute("VACUUM (FREEZE) readings")
    everything = [reading for batch in batches for reading in batch]
    return 1e6 * cpu / rows, rows / seconds, everything[::OTHERS]


def fill_others(server: psycopg.Connection, readings: list[Reading]) -> None:
    """The same readings as a document each, and as a row for each key."""
    keys = [field.wire for field in KINDS["elevator"].fields]
    server.execute(JSON_TABLE)
    server.execute(PAIRS_TABLE)
    with server.cursor().copy("COPY as_json FROM STDIN") as copy:
        for r in readings:
            said = {key: value for key, value in zip(keys, r.values, strict=True) if value is not None}
            document = said | {"registerNumber": f"3110310107{r.equipment_id:010}", "samplingTime": r.sampled_at.isoformat()}
            copy.write_row((r.equipment_id, r.sampled_at, r.received_at, r.vendor, orjson.dumps(document).decode()))
    with server.cursor().copy("COPY as_pairs FROM STDIN") as copy:
        for r in readings:
            for key, value in zip(keys, r.values, strict=True):
                if value is not None:
                    word = value if isinstance(value, str) else None
                    copy.write_row((r.equipment_id, key, r.sampled_at, None if word else float(value), word))


def taken(server: psycopg.Connection, name: str, table: str, rows: int) -> Taken:
    """The size of a table by the database's own account."""
    found = server.execute("SELECT pg_table_size(%s::regclass), pg_indexes_size(%s::regclass)", (table, table)).fetchone()
    assert found is not None
    return Taken(name, found[0] / rows, found[1] / rows)


@contextmanager
def database() -> Iterator[str]:
    """An empty, migrated database, removed at the end."""
    with running_servers() if "DATABASE_URL" not in os.environ else _named() as services:
        databases = Databases(services["database_url"])
        try:
            yield databases.fresh()
        finally:
            databases.drop_all()


@contextmanager
def _named() -> Iterator[dict[str, str]]:
    yield {"database_url": os.environ["DATABASE_URL"]}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=400_000)
    rows = parser.parse_args().rows
    with database() as url, psycopg.connect(url, autocommit=True) as server:
        store = connect(url, name="bench", pool_size=1)
        cpu, rate, some = fill(store, rows, server)
        fill_others(server, some)
        rooms = measure(store, server, (*MATERIALS, Material("values of chance, every 5 s", 555, 5, scattered(elevator))))
        store.close()
        found = [
            taken(server, "bytea by the hour (ours)", partitions.READINGS.name(HOUR), rows),
            taken(server, "JSONB document", "as_json", len(some)),
            taken(server, "row per key and value", "as_pairs", len(some)),
        ]
    print(f"{rows:,} readings of {DEVICES:,} lifts, {len(pack('elevator', some[0].values))} bytes of data each")
    print(f"{'':26}{'heap':>9}{'index':>9}{'total':>9}   bytes a reading")
    for one in found:
        print(f"{one.name:26}{one.heap:9.1f}{one.index:9.1f}{one.total:9.1f}")
    print(f"append_readings: {cpu:.1f} µs of client CPU a reading, {rate:,.0f} readings/s in batches of {BATCH}")
    show(rooms)


if __name__ == "__main__":
    main()
