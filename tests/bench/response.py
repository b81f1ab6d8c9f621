"""How long after an event the right parties have been told, while the whole district reports.

    ./run --data DIR --devices 14315 --period 5 --no-responders
    .venv/bin/python -m tests.bench.response --data DIR

200 events by the broker with the vendors' own accounts: people trapped (both units), grave faults in empty cars (the use unit and the
bureau, then the maintenance unit), electric bicycles (the car speaks, the use unit, the street). Told is when the first message to each
had left the house, by the outbox's own note; the car, when its answer was stored. Beside them stand some lifts that the simulator leaves
alone, with somebody inside of whom nobody tells: those are counted from the moment the rule's seconds are full. Exits 1 when a goal is
missed.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psycopg

from data_access.engine import connect
from tests.bench.callers import EBIKE, GRAVE, TRAPPED, Lift, Vendors, reporting_lifts, table, vendors
from tests.bench.screen import quantile, services
from tests.bench.standing import Stood, bind, stand
from tests.bench.told import FOUND, reaction

GOAL_P99: Final = {TRAPPED: 10.0, FOUND: 10.0, GRAVE: 10.0, EBIKE: 5.0}  # seconds
WORDS: Final = {TRAPPED: "trapped", FOUND: "trapped, by readings alone", GRAVE: "grave fault, empty car", EBIKE: "electric bicycle"}
MIX: Final = (TRAPPED, TRAPPED, TRAPPED, GRAVE, EBIKE)
LATEST_S: Final = 45  # the simulator delays some readings by up to 40 s
_ORDER: Final = "SELECT id FROM work_orders WHERE equipment_id = %s AND opened_at >= to_timestamp(%s) ORDER BY id LIMIT 1"
_STORED: Final = (
    "SELECT count(*), count(DISTINCT equipment_id) FROM readings "
    "WHERE sampled_at BETWEEN to_timestamp(%(since)s) AND to_timestamp(%(until)s)"
)


@dataclass(frozen=True, slots=True)
class Injection:
    """One event: where, of which sort, and when it was published, or the rule could first have found it (epoch seconds)."""

    lift: Lift
    sort: str
    at: float


def main() -> int:
    """Inject, wait, print the table; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("var"))
    parser.add_argument("--events", type=int, default=200)
    parser.add_argument("--every", type=float, default=1.5, help="seconds between two events")
    parser.add_argument("--found", type=int, default=8, help="entrapments that no vendor tells of, at most one a site")
    asked = parser.parse_args()
    found = services(asked.data)
    with (
        psycopg.connect(found["database_url"], autocommit=True) as database,
        vendors(found, name="bench-response") as told,
        ThreadPoolExecutor(1) as beside,
    ):
        begun = time.time()
        standing = beside.submit(stood, found, told, wanted=asked.found)
        injections = inject(told, database, events=asked.events, every=asked.every)
        injections += [Injection(each.lift, FOUND, each.full) for each in standing.result()]
        time.sleep(2 * max(GOAL_P99.values()))  # what has not left by then has missed its goal by far
        ended = time.time()
        time.sleep(LATEST_S)
        print(rate(database, begun, ended))
        return report(database, injections, wanted=asked.found)


def stood(found: dict[str, Any], told: Vendors, *, wanted: int) -> list[Stood]:
    """Let so many lifts stand with somebody inside; fewer where the simulator has left fewer alone."""
    store = connect(found["database_url"], name="bench-response")
    try:
        with psycopg.connect(found["database_url"], autocommit=True) as database:
            lifts = bind(store, database, sorted(told.names), wanted=wanted)
            return stand(told, store, database, lifts)
    finally:
        store.close()


def inject(told: Vendors, database: psycopg.Connection[Any], *, events: int, every: float) -> list[Injection]:
    """Publish the events, no two at one site."""
    chance = random.Random(7)
    lifts = reporting_lifts(database, one_a_site=True)
    chance.shuffle(lifts)
    done = []
    for number, lift in enumerate(lifts[:events]):
        begun, code = time.time(), MIX[number % len(MIX)]
        told.tell(lift, code, f"response-{time.time_ns()}", person=code != GRAVE).wait_for_publish(10)
        done.append(Injection(lift, code, begun))
        time.sleep(max(every - (time.time() - begun), 0))
    return done


def rate(database: psycopg.Connection[Any], begun: float, ended: float) -> str:
    """At which rate the district reported meanwhile: what is stored of it."""
    stored, devices = database.execute(_STORED, {"since": begun, "until": ended}).fetchone() or (0, 0)
    seconds = ended - begun
    return f"readings stored meanwhile  {stored} in {seconds:.0f} s, {stored / seconds:.0f} a second, of {devices} devices"


def report(database: psycopg.Connection[Any], injections: Sequence[Injection], *, wanted: int) -> int:
    """The table; 0 when every event was answered, and in time."""
    rows: list[tuple[str, object]] = []
    missed = wanted - sum(injection.sort == FOUND for injection in injections)
    if missed:
        print(f"{missed} lifts fewer than wanted could stand: let ./run simulate fewer devices")
    for sort, goal in GOAL_P99.items():
        mine = [injection for injection in injections if injection.sort == sort]
        delays = [delay for injection in mine if (delay := delay_of(database, injection)) is not None]
        missed += len(mine) - len(delays) + (quantile(delays, 0.99) > goal if delays else 0)
        spread = "  ".join(
            f"{name} {quantile(delays, share):.2f}" for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99), ("max", 1))
        )
        rows.append((WORDS[sort], f"{len(mine)} events, {len(mine) - len(delays)} not told   {spread} s   (goal p99 {goal:g})"))
    print(table(rows))
    return 1 if missed else 0


def delay_of(database: psycopg.Connection[Any], injection: Injection) -> float | None:
    """Seconds from the event until each of its parties was told; None where one was not."""
    order = database.execute(_ORDER, (injection.lift.id, injection.at - 1)).fetchone()
    return None if order is None else reaction(database, order[0], injection.sort, since=injection.at)


if __name__ == "__main__":
    sys.exit(main())
