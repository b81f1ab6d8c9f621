"""A race: the same number of messages, as fast as the broker takes them, to whoever listens; from the first publish to the last row.

A contestant that is not our worker is a program that prints READY when it is subscribed and then `DONE <number>` as it gets on:
how many readings it has stored (or, where it only receives, received).
"""

from __future__ import annotations

import queue
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from threading import Thread
from typing import Final

import psutil

from stack.home import PROJECT
from tests.bench.load import Generator, Order
from tests.bench.pace_district import PATIENCE_S, District, process, worker
from tests.bench.pace_table import Bound
from tests.bench.pace_watch import Meter, Table, peak_mb

SESSION: Final = "bench-peer"  # application_name of a contestant's database sessions


class Lines:
    """What a child prints, without waiting longer than is worth it."""

    def __init__(self, child: psutil.Popen) -> None:
        self._lines: queue.Queue[str] = queue.Queue()
        Thread(target=self._read, args=(child,), daemon=True).start()

    def await_line(self, first: str) -> str:
        """The rest of the next line that begins so. Raises queue.Empty when none comes."""
        while True:
            line = self._lines.get(timeout=PATIENCE_S)
            if line.startswith(first):
                return line.removeprefix(first).strip()

    def _read(self, child: psutil.Popen) -> None:
        for line in child.stdout or ():
            self._lines.put(line)


def race(entries: Mapping[str, Callable[[], Bound]], repeat: int) -> dict[str, Bound]:
    """Everybody once, then everybody again: the machine's mood meets all alike. The run of the median rate of each."""
    runs = [{who: _said(run()) for who, run in entries.items()} for _ in range(repeat)]
    return {who: sorted((each[who] for each in runs), key=lambda bound: bound.per_second)[repeat // 2] for who in entries}


def race_worker(where: District, load: Generator, who: str, options: Sequence[str], messages: int) -> Bound:
    """Our worker, started for the race."""
    name = f"race-{who}"
    with worker(where, name, *options) as child:
        table, meter = Table(where), Meter(where, child, name)
        sent = load.run(Order(messages=messages))
        ended = table.await_last(sent)
        used, memory = meter.used(), peak_mb(child)
        kept = table.check(sent, ended)
        for each in (table, meter):
            each.close()
    note = f"lost {kept.lost}, doubled {kept.doubled}; {memory:.0f} MB"
    return Bound(who, kept.stored / (ended - sent.began), each_us(used, sent.readings), note, kept.lost + kept.doubled)


def race_other(
    where: District,
    load: Generator,
    who: str,
    command: list[str],
    environment: Mapping[str, str],
    messages: int,
    *,
    note: str,
    folder: Path = PROJECT,
) -> Bound:
    """Another program. What it loses makes this fail: it has until `PATIENCE_S` after the last thing it said."""
    with process(command, {**where.environment, **environment}, folder=folder) as child:
        lines = Lines(child)
        lines.await_line("READY")
        meter = Meter(where, child, SESSION)
        sent = load.run(Order(messages=messages))
        while int(lines.await_line("DONE ")) < sent.readings:
            pass
        ended = time.time()
        used, memory = meter.used(), peak_mb(child)
        meter.close()
    return Bound(who, sent.readings / (ended - sent.began), each_us(used, sent.readings), f"{note}; {memory:.0f} MB")


def each_us(seconds: Mapping[str, float], readings: int) -> dict[str, float]:
    """Microseconds a reading."""
    return {name: 1e6 * value / readings for name, value in seconds.items()}


def _said(bound: Bound) -> Bound:
    """Also on stderr, as it comes."""
    print(f"{bound.who}: {bound.per_second:,.0f}/s", bound.processor_us, bound.note, file=sys.stderr, flush=True)
    return bound
