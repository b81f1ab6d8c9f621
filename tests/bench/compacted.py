"""What readings take once they are compacted, and the disk of a day that follows: the second half of `python -m tests.bench.storage`.

Each material goes the product's way: bulk insert in the order of arrival into its hour's partition, then the schedule's own
compaction, which reads back what it wrote and drops the partition.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from time import process_time

import psycopg
from sqlalchemy import text

from data_access import partitions
from data_access.columns import columns_of
from data_access.engine import Store
from data_access.repositories import equipment, telemetry
from domain.equipment.kind import Values
from domain.telemetry import Reading
from domain.thresholds import READINGS_HOT
from services.compaction import Kept, compact
from tests.bench.plausible import devices, hour

FIRST = datetime(2026, 11, 20, 0, tzinfo=UTC)  # eight in the morning in Shanghai: the lifts are busy
HOUR = timedelta(hours=1)
BATCH = 600
FLEETS = (14_415, 100_000, 330_000)
STANDING_HOURS = READINGS_HOT.default + 1.5  # open, closed and not yet due, and being compacted
KEPT_DAYS = 396
ROLLUPS_AN_HOUR = 1 + 1 / 24  # the hour's own, and a share of the day's
GB = 1e9


@dataclass(frozen=True, slots=True)
class Material:
    """Readings of an hour: so many machines, each every so many seconds."""

    name: str
    machines: int
    period: int
    readings: Callable[[Material, datetime], Iterable[Reading]]


@dataclass(frozen=True, slots=True)
class Room:
    """What a reading took, in bytes: hot with its index, as a part of a chunk with its row and index, of roll-ups, of log."""

    material: Material
    rows: int
    hot: float
    compacted: float
    rolled: float
    logged: float  # by the insert
    relogged: float  # by the compaction
    cpu: float  # µs of ours to compact one
    database_cpu: float


def simulated(material: Material, since: datetime) -> Iterable[Reading]:
    """What the demonstration's machines say in an hour."""
    return hour(devices(material.machines, since), since, period=material.period)


def scattered(state: Callable[[random.Random], Values]) -> Callable[[Material, datetime], Iterable[Reading]]:
    """Values that have nothing to do with the ones before them: no machine is like that, and nothing compresses worse."""

    def said(material: Material, since: datetime) -> Iterable[Reading]:
        rng = random.Random(material.period)
        for second in range(0, 3600, material.period):
            for number in range(1, material.machines + 1):
                at = since + timedelta(seconds=second, milliseconds=rng.randrange(1000))
                yield Reading(number, "elevator", "xzl", at, at + timedelta(microseconds=rng.randrange(10**6)), state(rng))

    return said


def measure(store: Store, server: psycopg.Connection, materials: Sequence[Material]) -> list[Room]:
    """Store and compact an hour of each."""
    known: set[int] = set()
    with store.transaction() as tx:
        partitions.ensure(tx, FIRST + HOUR, hours_ahead=len(materials))
        for series in (partitions.CHUNKS, partitions.ROLLUPS):
            partitions.ensure_months(tx, series, FIRST)
    return [_measured(store, server, material, FIRST + number * HOUR, known) for number, material in enumerate(materials)]


def _measured(store: Store, server: psycopg.Connection, material: Material, since: datetime, known: set[int]) -> Room:
    said = list(material.readings(material, since))
    kinds = {one.equipment_id: one.kind for one in said if one.equipment_id not in known}
    rows = [
        {"id": n, "code": f"bench-{n}", "kind": kind, "name": "台架", "address": "", "lng": 121.4, "lat": 31.2} for n, kind in kinds.items()
    ]
    known |= set(kinds)
    with store.transaction() as tx:
        equipment.add_all(tx, rows)
        backend = int(tx.scalar(text("SELECT pg_backend_pid()")))
    begun = _log(server)
    turn = iter(said)
    while batch := list(islice(turn, BATCH)):
        with store.transaction() as tx:
            for kind in {one.kind for one in batch}:
                telemetry.copy_columns(tx, columns_of([one for one in batch if one.kind == kind]))
    hot = _figure(server, f"SELECT pg_total_relation_size('{partitions.READINGS.name(since)}')")
    stored, chunks = _log(server), _size(server, "reading_chunks")
    clocks = (process_time(), cpu_seconds(backend))
    done = Kept()
    compact(store, since + HOUR, done)
    ours, database = process_time() - clocks[0], cpu_seconds(backend) - clocks[1]
    assert (done.compacted, done.dropped) == (len(said), 1)
    chunks, relogged = _size(server, "reading_chunks") - chunks, _log(server) - stored
    machines = len({one.equipment_id for one in said})
    rolled = machines * ROLLUPS_AN_HOUR * _size(server, "reading_rollups") / _figure(server, "SELECT count(*) FROM reading_rollups")
    figures = (hot, chunks, rolled, stored - begun, relogged, 1e6 * ours, 1e6 * database)
    return Room(material, len(said), *(figure / len(said) for figure in figures))


def cpu_seconds(process: int) -> float:
    """The processor time a process of this machine has used."""
    return int(Path(f"/proc/{process}/schedstat").read_text().split()[0]) / 1e9


def _log(server: psycopg.Connection) -> float:
    return _figure(server, "SELECT pg_current_wal_lsn() - '0/0'::pg_lsn")


def _size(server: psycopg.Connection, table: str) -> float:
    return _figure(server, f"SELECT sum(pg_total_relation_size(inhrelid)) FROM pg_inherits WHERE inhparent = '{table}'::regclass")


def _figure(server: psycopg.Connection, statement: str) -> float:
    row = server.execute(statement.encode()).fetchone()
    assert row is not None
    return float(row[0])


def show(rooms: Sequence[Room]) -> None:
    """What was measured, and what a day of it takes for fleets of the district's, a large and the city's size."""
    print(f"\n{'':30}{'':>9}{'bytes a reading':^51}{'µs to compact it':^18}")
    print(f"{'':30}{'readings':>9}{'hot':>8}{'chunk':>8}{'roll-up':>9}{'log in':>9}{'log after':>11}      {'ours':>9}{'database':>9}")
    for one in rooms:
        taken = f"{one.hot:8.1f}{one.compacted:8.2f}{one.rolled:9.2f}{one.logged:9.0f}{one.relogged:11.1f}"
        print(f"{one.material.name:30}{one.rows:9,}{taken}      {one.cpu:9.2f}{one.database_cpu:9.2f}")
    print(f"\n{'':31}{'GB':^56}")
    print(f"{'machines':>9}{'every':>7}{'million a day':>15}{'hot':>8}{'a day':>8}{'roll-ups':>10}{'13 months':>11}{'log a day':>11}")
    for machines in FLEETS:
        for one in rooms:
            if one.material.readings is simulated:
                print(_line(machines, one))


def _line(machines: int, one: Room) -> str:
    day = machines * 86_400 / one.material.period
    hot = day / 24 * STANDING_HOURS * one.hot
    figures = [
        hot,
        day * one.compacted,
        day * one.rolled,
        hot + KEPT_DAYS * day * (one.compacted + one.rolled),
        day * (one.logged + one.relogged),
    ]
    widths = (8, 8, 10, 11, 11)
    columns = "".join(f"{figure / GB:{width},.1f}" for figure, width in zip(figures, widths, strict=True))
    return f"{machines:9,}{one.material.period:5} s{day / 1e6:15,.0f}{columns}"
