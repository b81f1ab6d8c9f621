"""`python -m tests.bench.endurance [--minutes 60]`: a working day's pace for an hour, and whether anything grows.

14,415 lifts speak every five seconds (2,883 readings a second) to a durable stack with a worker and the schedule. Every ten seconds
are noted: memory, open files and connections of each process, dead rows and bytes of the hot tables. The first third is warming up;
over the rest a straight line is laid through each figure. Prints the figures, PASS or FAIL by each, and exits with 1 on a FAIL.
Needs about 3 GB of disk for an hour.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psutil
import psycopg

from stack.home import PROJECT
from tests.bench.faults.stand import Stand, standing
from tests.stack_fixture import free_of_settings

LIFTS: Final = 14_415
PERIOD_S: Final = 5
EVERY_S: Final = 10.0
WARMING: Final = 1 / 3
DRAIN_S: Final = 30.0
KIB: Final = 1 << 10
MIB: Final = 1 << 20
HOT: Final = ("equipment_states", "data_versions", "ingest_marks", "vendors")  # tables whose rows change all the time
_DEAD: Final = "SELECT relname, n_live_tup, n_dead_tup FROM pg_stat_user_tables WHERE relname = ANY(%s)"
_SIZES: Final = "SELECT relname, pg_total_relation_size(oid)::float8 / 1048576 FROM pg_class WHERE relname = ANY(%s)"
_CONNECTIONS: Final = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"
_STORED: Final = "SELECT coalesce(sum((counters ->> 'stored')::bigint), 0), max(committed_at) FROM ingest_marks"
_INDEX: Final = (
    "SELECT sum(pg_indexes_size(c.oid))::float8 / nullif(sum(s.n_live_tup), 0) FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid "
    "JOIN pg_stat_user_tables s ON s.relid = c.oid WHERE i.inhparent = 'readings'::regclass AND s.n_live_tup > 100000"
)


@dataclass(frozen=True, slots=True)
class Limit:
    """How much a figure may have grown by the end of the run: an amount, or a share of what it was."""

    amount: float
    share: float = 0.0

    def allows(self, growth: float, level: float) -> bool:
        """Whether such a growth from such a level is flat."""
        return growth <= max(self.amount, self.share * level)


LIMITS: Final[Mapping[str, Limit]] = {
    "worker MiB": Limit(8, 0.10),
    "schedule MiB": Limit(8, 0.10),
    "mosquitto MiB": Limit(16, 0.20),
    "valkey MiB": Limit(16, 0.20),
    "postgres private MiB": Limit(48, 0.25),
    "worker files": Limit(2),
    "schedule files": Limit(2),
    "mosquitto files": Limit(2),
    "connections": Limit(2),
    **{f"{table} dead rows": Limit(5_000, 0.5) for table in HOT},
    **{f"{table} MiB": Limit(2, 0.25) for table in HOT},
    "readings index B/row": Limit(8),
    "not yet stored": Limit(3_000),  # about a second; while more waits, the broker's memory says nothing
}


def main() -> int:
    """Run, print, judge."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.endurance", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0)
    chosen = parser.parse_args()
    notes: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)
    with standing(lifts=LIFTS, period=PERIOD_S, journal=Path(os.devnull)) as stand, _schedule(stand) as schedule:
        worker = stand.start_worker()
        stand.feed.tell("go")
        begun = time.monotonic()
        while (passed := time.monotonic() - begun) < chosen.minutes * 60:
            for name, value in _figures(stand, worker.pid, schedule.pid).items():
                notes[name].append((passed, value))
            time.sleep(max(0.0, EVERY_S - (time.monotonic() - begun - passed)))
        stand.feed.tell("pause")
        sent = int(stand.feed.tell("count"))
        stored = _stored(stand, sent)
    flat = _report(notes)
    rate = sent / (chosen.minutes * 60)
    print(f"\n{sent:,} readings sent ({rate:,.0f}/s), {stored:,} stored: {_word(sent == stored)}")
    return 0 if flat and sent == stored else 1


def _figures(stand: Stand, worker: int, schedule: int) -> dict[str, float]:
    pids = stand.services["processes"] | {"worker": worker, "schedule": schedule}
    found: dict[str, float] = {}
    for name in ("worker", "schedule", "mosquitto", "valkey"):
        process = psutil.Process(pids[name])
        found[f"{name} MiB"] = process.memory_info().rss / MIB
        found[f"{name} files"] = process.num_fds()
    found["postgres private MiB"] = sum(_private(process) for process in psutil.Process(pids["postgres"]).children()) / MIB
    with stand.database as database:
        found["connections"] = _one(database, _CONNECTIONS) - 1  # not ours
        for table, live, dead in database.execute(_DEAD, (list(HOT),)):
            found[f"{table} rows"], found[f"{table} dead rows"] = live, dead
        for table, size in database.execute(_SIZES, (list(HOT),)):
            found[f"{table} MiB"] = size
        per_row = _one(database, _INDEX)
        if per_row is not None:
            found["readings index B/row"] = float(per_row)
        stored = float(_one(database, _STORED))
        found |= {"stored": stored, "not yet stored": int(stand.feed.tell("count")) - stored}
    return found


def _private(process: psutil.Process) -> float:
    """Bytes of its own: the pages of shared_buffers that it alone has touched so far are not."""
    with suppress(FileNotFoundError, ProcessLookupError):
        lines = Path(f"/proc/{process.pid}/status").read_text("utf-8").splitlines()
        return sum(int(line.split()[1]) * KIB for line in lines if line.startswith("RssAnon:"))
    return 0.0


def _one(database: psycopg.Connection[Any], statement: str) -> Any:
    row = database.execute(statement).fetchone()
    return None if row is None else row[0]


def _stored(stand: Stand, sent: int) -> int:
    deadline, stored = time.monotonic() + DRAIN_S, -1
    while stored < sent and time.monotonic() < deadline:
        with stand.database as database:
            stored = int(_one(database, _STORED))
        time.sleep(1.0)
    return stored


def _report(notes: Mapping[str, list[tuple[float, float]]]) -> bool:
    """The table; whether every figure with a limit is flat."""
    print(f"{'figure':<30}{'first':>12}{'last':>12}{'most':>12}{'per hour':>12}{'grew':>10}")
    flat = True
    for name, noted in notes.items():
        steady = noted[int(len(noted) * WARMING) :]
        times, values = [at for at, _ in steady], [value for _, value in steady]
        slope = statistics.linear_regression(times, values).slope if len(set(times)) > 1 else 0.0
        growth = slope * (times[-1] - times[0])
        limit = LIMITS.get(name)
        fine = limit is None or limit.allows(growth, statistics.fmean(values))
        flat &= fine
        verdict = "" if limit is None else _word(fine)
        print(f"{name:<30}{values[0]:>12,.1f}{values[-1]:>12,.1f}{max(values):>12,.1f}{slope * 3600:>12,.1f}{growth:>10,.1f}  {verdict}")
    return flat


def _word(fine: bool) -> str:
    return "PASS" if fine else "FAIL"


@contextmanager
def _schedule(stand: Stand) -> Iterator[subprocess.Popen[bytes]]:
    with (stand.folder / "log" / "schedule.log").open("ab") as log:
        environment = free_of_settings(os.environ) | stand.urls
        process = subprocess.Popen([sys.executable, "-m", "ingest.schedule"], cwd=PROJECT, env=environment, stderr=log)
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    sys.exit(main())
