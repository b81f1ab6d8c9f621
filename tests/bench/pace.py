"""What one ingest worker keeps up with, beside what others do with the same messages, all in one run on one machine.

    .venv/bin/python -m tests.bench.pace --seconds 30 --fast --bounds --peers --scale

Prints markdown: the worker at each rate (at `max`, at most `ON_THE_WAY` readings are between publish and row); a race, as fast as the
broker takes messages, against stock paho that only receives, a bare COPY, and workers as others would write them; and the issue's
goals as PASS or FAIL. Exits 1 when one is missed.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from typing import Any, Final

import psutil
import psycopg

from tests.bench import bounds, peers
from tests.bench.load import Generator, Order, generator
from tests.bench.pace_district import District, district, wait_for, worker
from tests.bench.pace_race import each_us, race, race_worker
from tests.bench.pace_table import FAST, PAHO, STOCK, Bound, Figures, Point, bounds_table, goals, goals_table, points_table, stages_table
from tests.bench.pace_watch import Meter, Table, alarms_watched, peak_mb, stages
from tests.stack_fixture import running_servers

DEVICES: Final = 14_415
CITY: Final = 330_000
RATES: Final = (1_000, 2_883, 3_000, 10_000, 20_000, 0)
SCALE_RATES: Final = (10_000, 0)
MESSAGES: Final = 300_000
ON_THE_WAY: Final = 10_000
EVENTS: Final = 1.0  # a second
TRAPPED: Final = 10.0  # a second
OPTIONS: Final = {STOCK: (), FAST: ("--fast",)}


def measure(where: District, load: Generator, who: str, rate: int, seconds: float, child: psutil.Popen) -> Point:
    """One rate of a worker that already listens."""
    name = _name(who)
    with ExitStack() as closing, where.open() as database:
        table, meter = Table(where), Meter(where, child, name)
        closing.callback(table.close)
        closing.callback(meter.close)
        before = stages(database, name)
        with alarms_watched(where) as sightings:
            order = Order(rate=rate, seconds=seconds, events=EVENTS, trapped=TRAPPED, on_the_way=0 if rate else ON_THE_WAY)
            sent = load.run(order)
            ended = table.await_last(sent)
            sightings.await_rows(sent)
        used = meter.used()
        kept = table.check(sent, ended)
        wait_for(lambda: _marked_since(database, name, ended), child)
        spent = {stage: value - before.get(stage, 0) for stage, value in stages(database, name).items()}
    return Point(
        who=who,
        rate=rate,
        devices=where.devices,
        sent=sent,
        kept=kept,
        rows=sightings.rows(),
        event_waits=sightings.waits(sent.events, "event", where.first_id),
        state_waits=sightings.waits(sent.trapped, "rule", where.first_id),
        processor_us=each_us(used, sent.readings),
        stage_us=each_us(spent, sent.readings),
        memory_mb=peak_mb(child),
    )


def pace(where: District, load: Generator, who: str, rates: Sequence[int], seconds: float) -> list[Point]:
    """All rates, one after the other, of one worker."""
    with worker(where, _name(who), *OPTIONS[who]) as child:
        return [_said(measure(where, load, who, rate, seconds, child)) for rate in rates]


def run(services: dict[str, Any], asked: argparse.Namespace) -> Figures:
    """Everything that was asked for."""
    contestants = [STOCK, FAST] if asked.fast else [STOCK]
    figures = Figures()
    home = district(services, asked.devices)
    with generator(home.setting) as load:
        for who in contestants:
            figures.points += pace(home, load, who, asked.rates, asked.seconds)
        entries: dict[str, Callable[[], Bound]] = {
            who: partial(race_worker, home, load, who, OPTIONS[who], asked.messages) for who in contestants
        }
        if asked.bounds:
            entries |= bounds.receive_only(home, load, asked.messages)
        if asked.peers:
            entries |= peers.races(home, load, asked.messages)
        figures.races = race(entries, asked.repeat)
        if asked.bounds:
            figures.copy = bounds.copy_only(home)
    if asked.scale:
        city = district(services, CITY)
        with generator(city.setting) as load:
            for who in contestants:
                figures.points += pace(city, load, who, SCALE_RATES, asked.seconds)
    return figures


def report(figures: Figures) -> str:
    """The run as markdown."""
    others = [*figures.races.values(), *([figures.copy] if figures.copy else [])]
    base = (figures.races.get(PAHO) or figures.races[STOCK]).per_second
    head = f"{os.cpu_count()} cores, {psutil.virtual_memory().total >> 30} GiB, Python {platform.python_version()}; µs are CPU a reading"
    parts = [head, points_table(figures.points), stages_table(figures.points), bounds_table(others, base), goals_table(goals(figures))]
    return "\n\n".join(part for part in parts if part)


def main() -> int:
    """Run once, print, and say by the exit code whether all goals were met."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.pace", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=10, help="for each rate")
    parser.add_argument("--rates", type=int, nargs="*", default=RATES, help="messages a second; 0 is as fast as they are taken")
    parser.add_argument("--messages", type=int, default=MESSAGES, help="of a race")
    parser.add_argument("--repeat", type=int, default=3, help="races, of which the median counts")
    parser.add_argument("--devices", type=int, default=DEVICES)
    parser.add_argument("--fast", action="store_true", help="also the worker's fast path")
    parser.add_argument("--bounds", action="store_true", help="also paho that only receives, and a bare COPY")
    parser.add_argument("--peers", action="store_true", help="also other people's workers; the first time, npm installs them below var/")
    parser.add_argument("--scale", action="store_true", help=f"also {CITY:,} devices")
    asked = parser.parse_args()
    if asked.peers:
        peers.install()
    with running_servers(durable=True) as services:
        figures = run(services, asked)
    print(report(figures))
    return 0 if all(goal.met for goal in goals(figures)) else 1


def _name(who: str) -> str:
    return f"pace-{who}"


def _marked_since(database: psycopg.Connection, name: str, moment: float) -> bool:
    statement = "SELECT committed_at > to_timestamp(%s) FROM ingest_marks WHERE worker = %s"
    row = database.execute(statement, (moment, name)).fetchone()
    return bool(row and row[0])


def _said(point: Point) -> Point:
    """Also on stderr, as it comes: a run takes minutes."""
    print(points_table([point]).splitlines()[-1], file=sys.stderr, flush=True)
    return point


if __name__ == "__main__":
    sys.exit(main())
