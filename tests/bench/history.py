"""What any span of one machine's history costs as the archive grows: `python -m tests.bench.history [--millions 1 10 100]`.

The archive is made of the demonstration's own hours, moved through time, encoded and stored by the product's code, hour by hour for
all machines, as a schedule would; each size has as many machines as it needs for thirty days of a reading every five seconds, and
from ten million on one machine with thirteen months. It stands in a throw-away PostgreSQL (or the one DATABASE_URL names) and is
removed at the end: a hundred million readings take about a gigabyte while it runs.
"""

from __future__ import annotations

import argparse
import gc
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import perf_counter, process_time

import numpy as np
import psycopg
from sqlalchemy import text

from data_access import partitions
from data_access.chunks import Block, block, micros
from data_access.engine import Store, connect
from data_access.queries import readings
from data_access.readings_codec import pack
from data_access.repositories import chunks, equipment
from domain.scope import ALL, Role, Scope
from domain.telemetry import Reading
from tests.bench.compacted import cpu_seconds
from tests.bench.plausible import devices, hour
from tests.bench.storage import database

END = datetime(2026, 11, 20, tzinfo=UTC)
HOUR = timedelta(hours=1)
PATTERNS = 24  # machines whose hours are used over and over, each shifted in time
PERIOD_S = 5
A_DAY = 86_400 // PERIOD_S
DAYS, LONG_DAYS = 30, 396
LONG = 1_000_000  # the number of the machine with the long history
POINTS = 1500  # of a chart
ASKED = 30
DISTRICT = Scope(Role.BUREAU, ALL, None, ALL)


@dataclass(frozen=True, slots=True)
class Question:
    """A span that ends somewhere in a machine's history, and how it is thinned."""

    name: str
    span: timedelta
    points: int | None = None
    long: bool = False

    @property
    def every_seconds(self) -> float | None:
        """The step of the thinning."""
        return self.span.total_seconds() / self.points if self.points else None


QUESTIONS = (
    Question("1 h, every reading", HOUR),
    Question("24 h, every reading", timedelta(days=1)),
    Question("24 h, 1,500 points", timedelta(days=1), POINTS),
    Question("7 d, 1,500 points", timedelta(days=7), POINTS),
    Question("30 d, 1,500 points", timedelta(days=DAYS), POINTS),
    Question("30 d, first 20,000", timedelta(days=DAYS)),
    Question("13 months, 1,500 points", timedelta(days=LONG_DAYS), POINTS, long=True),
)


def block_of(said: Sequence[Reading]) -> Block:
    """One machine's readings as a block."""
    packed = [pack(one.kind, one.values) for one in said]
    columns = ([micros(one.sampled_at) for one in said], [micros(one.received_at) for one in said])
    sampled, received = (np.array(column, ">i8").tobytes() for column in columns)
    return block(sampled, received, [said[0].vendor], np.array([len(data) for data in packed], ">u2").tobytes(), b"".join(packed))


def patterns() -> list[Block]:
    """An hour of some lifts."""
    chosen = [device for device in devices(2 * PATTERNS, END) if device.kind == "elevator"][:PATTERNS]
    said: dict[int, list[Reading]] = {}
    for one in hour(chosen, END, period=PERIOD_S):
        said.setdefault(one.equipment_id, []).append(one)
    return [block_of(rows) for rows in said.values()]


def shifted(one: Block, by: timedelta) -> Block:
    """The same readings at another time."""
    offset = by // timedelta(microseconds=1)
    return Block(one.sampled + offset, one.received + offset, one.vendor, one.vendors, one.size, one.data)


def grow(store: Store, forms: Sequence[Block], before: range, machines: range, *, days: int) -> None:
    """Give the machines of `machines` that are not in `before` so many days of history."""
    fresh = [number for number in machines if number not in before]
    rows = [
        {"id": n, "code": f"bench-{n}", "kind": "elevator", "name": f"台架{n}号", "address": "", "lng": 121.4, "lat": 31.2} for n in fresh
    ]
    with store.transaction() as tx:
        equipment.add_all(tx, rows)
    for number, begin in enumerate(_hours(days)):
        with store.transaction() as tx:
            chunks.put(tx, {(n, begin): shifted(forms[(n + number) % len(forms)], begin - END) for n in fresh})


def _hours(days: int) -> Iterator[datetime]:
    begin = END - timedelta(days=days)
    while begin < END:
        yield begin
        begin += HOUR


@dataclass(frozen=True, slots=True)
class Answered:
    """What one question took, in seconds: by the clock, of our processor time, and of the database's."""

    waited: float
    ours: float
    database: float
    rows: int

    @property
    def cpu(self) -> float:
        """What it takes on a machine that does nothing else."""
        return self.ours + self.database


def ask(store: Store, question: Question, machines: Sequence[int], days: int, rng: random.Random) -> list[Answered]:
    """Ask about one machine and span after another."""
    room = timedelta(days=days) - question.span
    answers: list[Answered] = []
    for _ in range(ASKED):
        since = END - timedelta(days=days) + room * rng.random()
        number = rng.choice(machines)
        with store.reading() as tx:
            backend = int(tx.scalar(text("SELECT pg_backend_pid()")))
            clocks = (perf_counter(), process_time(), cpu_seconds(backend))
            found = readings.history(
                DISTRICT, tx, equipment_id=number, since=since, until=since + question.span, every_seconds=question.every_seconds
            )
            after = (perf_counter(), process_time(), cpu_seconds(backend))
        waited, ours, database = (end - begin for begin, end in zip(clocks, after, strict=True))
        answers.append(Answered(waited, ours, database, len(found)))
    return answers


def percentile(seconds: Sequence[float], share: float) -> float:
    """In milliseconds."""
    return 1000 * sorted(seconds)[min(len(seconds) - 1, int(share * len(seconds)))]


def report(store: Store, server: psycopg.Connection, stored: int, machines: range, long: bool) -> None:
    """Ask every question and print a table."""
    taken = server.execute(
        "SELECT sum(pg_total_relation_size(inhrelid)) FROM pg_inherits WHERE inhparent = 'reading_chunks'::regclass"
    ).fetchone()
    assert taken is not None
    size = float(taken[0])
    print(f"\n{stored / 1e6:,.0f} million readings of {len(machines)} machines, {size / 1e6:,.0f} MB, {size / stored:.2f} B a reading")
    print(f"{'':26}{'rows':>8}{'p50':>8}{'p95':>8}{'max':>8}   ms waited{'p50':>8}{'p95':>8}{'max':>8}   ms of CPU")
    rng = random.Random(1)
    for question in QUESTIONS:
        if question.long and not long:
            continue
        answers = ask(store, question, [LONG] if question.long else list(machines), LONG_DAYS if question.long else DAYS, rng)
        waited, cpu = ([getattr(one, name) for one in answers] for name in ("waited", "cpu"))
        figures = [percentile(column, share) for column in (waited, cpu) for share in (0.5, 0.95, 1)]
        print(
            f"{question.name:26}{max(one.rows for one in answers):8,}"
            + "{:8.1f}{:8.1f}{:8.1f}            {:8.1f}{:8.1f}{:8.1f}".format(*figures)
        )


def main() -> None:
    """Grow the archive from size to size and ask the same questions at each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--millions", type=int, nargs="+", default=[1, 10, 100])
    sizes = sorted(parser.parse_args().millions)
    forms = patterns()
    gc.collect()
    gc.freeze()  # the district the patterns come from is no part of a question, and no web process carries it
    with database() as url, psycopg.connect(url, autocommit=True) as server:
        store = connect(url, name="bench")
        with store.transaction() as tx:
            for back in range(15):
                partitions.ensure_months(tx, partitions.CHUNKS, END - back * timedelta(days=30))
        machines, long = range(1, 1), False
        for size in sizes:
            if size >= 10 and not long:
                grow(store, forms, range(0), range(LONG, LONG + 1), days=LONG_DAYS)
                long = True
            wanted = range(1, 1 + round((size * 1e6 - long * LONG_DAYS * A_DAY) / (DAYS * A_DAY)))
            began = perf_counter()
            grow(store, forms, machines, wanted, days=DAYS)
            machines = wanted
            server.execute("VACUUM ANALYZE reading_chunks")
            stored = (len(machines) * DAYS + long * LONG_DAYS) * A_DAY
            print(f"made in {perf_counter() - began:,.0f} s")
            report(store, server, stored, machines, long)
        store.close()


if __name__ == "__main__":
    main()
