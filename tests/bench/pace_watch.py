"""The watching side: when alarms become visible, what each process used, and whether everything is stored once."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Any, Final

import psutil
import psycopg

from tests.bench.load import Sent
from tests.bench.pace_district import LOOK_S, District

ALARM_LOOK_S: Final = 0.005
STORED_S: Final = 120.0  # how long after the last publish a reading may come before it counts as lost
COUNT_S: Final = 0.25  # between two counts, which read the whole table
SETTLE_S: Final = 5.0  # the last reading of each vendor is there, and what was sent with it comes
_ALARMS: Final = (
    "SELECT id, equipment_id, CASE source WHEN 'ahead' THEN 'rule' ELSE source END FROM alarms "
    "WHERE id > %s AND family = 'entrapment' AND equipment_id <> %s ORDER BY id"
)
_LAST: Final = (
    "SELECT count(*) FROM unnest(%b::int4[], %b::float8[]) AS k (equipment_id, second) "
    "JOIN readings r ON r.equipment_id = k.equipment_id AND r.sampled_at = to_timestamp(k.second)"
)
_BACKENDS: Final = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND starts_with(application_name, %s)"


@dataclass(slots=True)
class Sightings:
    """When the row of each entrapment could first be read, by lift; sources apart."""

    seen: dict[tuple[str, int], list[float]] = field(default_factory=lambda: defaultdict(list))

    def waits(self, published: Iterable[tuple[int, float]], source: str, first_id: int) -> list[float]:
        """Seconds from publish to row, sorted; one that never came is missing."""
        found = ((self.seen.get((source, first_id + number)), at) for number, at in published)
        return sorted(rows[0] - at for rows, at in found if rows)

    def rows(self) -> int:
        """How many rows there were."""
        return sum(map(len, list(self.seen.values())))

    def await_rows(self, sent: Sent) -> None:
        """Wait for a row for each entrapment, as long as one that is not lost may take."""
        until = time.time() + SETTLE_S
        while self.rows() < len(sent.events) + len(sent.trapped) and time.time() < until:
            time.sleep(LOOK_S)


@contextmanager
def alarms_watched(where: District) -> Iterator[Sightings]:
    """A poller that knows nothing but the table."""
    sightings, stop = Sightings(), Event()

    def watch() -> None:
        with where.open() as database:
            last = (database.execute("SELECT coalesce(max(id), 0) FROM alarms").fetchone() or (0,))[0]
            ready.set()
            while not stop.wait(ALARM_LOOK_S):
                rows = database.execute(_ALARMS, (last, where.aside_id), prepare=True).fetchall()
                now = time.time()
                for last, equipment_id, source in rows:  # noqa: B007 the next look begins after it
                    sightings.seen[source, equipment_id].append(now)

    ready = Event()
    thread = Thread(target=watch, name="alarm-watch")
    thread.start()
    ready.wait()
    try:
        yield sightings
    finally:
        stop.set()
        thread.join()


class Meter:
    """Processor seconds of the parties since it was made: the worker (or a peer), its database sessions, the broker."""

    def __init__(self, where: District, child: psutil.Process, session: str) -> None:
        self._database = where.open()
        self._broker = psutil.Process(where.services["processes"]["mosquitto"])
        self._child = child
        self._session = session
        self._before = self._now()

    def used(self) -> dict[str, float]:
        """Seconds by party."""
        now = self._now()
        return {party: sum(at - self._before[party].get(pid, 0.0) for pid, at in now[party].items()) for party in now}

    def close(self) -> None:
        """End its session."""
        self._database.close()

    def _now(self) -> dict[str, dict[int, float]]:
        backends = [psutil.Process(row[0]) for row in self._database.execute(_BACKENDS, (self._session,))]
        parties = {"worker": [self._child, *self._child.children(recursive=True)], "database": backends, "broker": [self._broker]}
        return {party: {process.pid: processor_seconds(process) for process in found} for party, found in parties.items()}


@dataclass(frozen=True, slots=True)
class Kept:
    """What the table holds of what was sent."""

    stored: int
    lost: int
    doubled: int
    after_s: float  # from the last publish to the last row


class Table:
    """The readings of everybody but the lift that stands aside, and how many there were before."""

    def __init__(self, where: District) -> None:
        self._database = where.open()
        self._counted = f"readings WHERE equipment_id <> {where.aside_id}"
        self._before = self._count()

    def await_last(self, sent: Sent, *, patience: float = STORED_S) -> float:
        """Wait for the last reading of every vendor; epoch seconds when they all were there, or when patience ended."""
        ids, seconds = [i for i, _ in sent.last], [float(s) for _, s in sent.last]
        until = time.time() + patience
        while self._one(_LAST, (ids, seconds)) < len(ids) and time.time() < until:
            time.sleep(LOOK_S)
        return time.time()

    def grown(self) -> bool:
        """Whether there are more by now."""
        return self._count() > self._before

    def check(self, sent: Sent, ended: float) -> Kept:
        """Compare with what was sent."""
        until = time.time() + SETTLE_S
        while (stored := self._count() - self._before) < sent.readings and time.time() < until:
            time.sleep(COUNT_S)
        self._database.execute("SET work_mem = '1GB'")  # else millions of identities are sorted on disk
        identities = self._one(f"SELECT count(*) FROM (SELECT DISTINCT equipment_id, sampled_at FROM {self._counted}) AS i")
        return Kept(stored, max(sent.readings - stored, 0), self._before + stored - identities, ended - sent.ended)

    def close(self) -> None:
        """End its session."""
        self._database.close()

    def _count(self) -> int:
        return self._one(f"SELECT count(*) FROM {self._counted}")

    def _one(self, statement: str, values: Sequence[Any] = ()) -> int:
        row = self._database.execute(statement, values).fetchone()
        assert row is not None
        return int(row[0])


def processor_seconds(process: psutil.Process) -> float:
    """User and system time so far; 0 for one that has gone."""
    try:
        return sum(process.cpu_times()[:2])
    except psutil.NoSuchProcess:
        return 0.0


def peak_mb(process: psutil.Process) -> float:
    """The most memory a process ever had, with its children's: VmHWM in MB."""
    return sum(_high_water(each.pid) for each in [process, *process.children(recursive=True)]) / 1024


def stages(database: psycopg.Connection, worker: str) -> dict[str, float]:
    """CPU seconds by stage, where the worker writes them into its mark."""
    row = database.execute("SELECT counters -> 'stages' FROM ingest_marks WHERE worker = %s", (worker,)).fetchone()
    return {name: entry["cpu_seconds"] for name, entry in ((row and row[0]) or {}).items() if "cpu_seconds" in entry}


def quantile_ms(waits: Sequence[float], part: float) -> float:
    """The part-quantile of sorted seconds, in ms; infinite where there is none."""
    return 1000 * waits[min(int(part * len(waits)), len(waits) - 1)] if waits else float("inf")


def _high_water(pid: int) -> int:
    """kB."""
    with open(f"/proc/{pid}/status") as status:
        return next((int(line.split()[1]) for line in status if line.startswith("VmHWM")), 0)
