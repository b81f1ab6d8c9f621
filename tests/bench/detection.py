"""`python -m tests.bench.detection`: one simulated day of the whole district, judged in process and scored against the truth.

Simulator, vendor noise, `ingest.decode` and `domain.alarm_book` run on two processes; no broker, no database.
Machines sample every second while they move or fail, and once a minute at rest. Prints a table by kind of mishap and exits 1
unless every entrapment was found, 98 % of everything else, and no entrapment was raised where nobody was trapped.

    .venv/bin/python -m tests.bench.detection                          # the whole day: 20 to 30 minutes on two cores
    .venv/bin/python -m tests.bench.detection --devices 500 --hours 12 --density 8  # a taste: a minute
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import floor
from time import monotonic
from typing import Final

from demo import quotas, trial
from demo.binding import additional
from demo.device import Device, device_of
from demo.district import generate
from demo.feed import Blow, Feed, Sent
from demo.fleet import DISTRICT
from demo.noise import ROUGH, arriving
from demo.scoring import Raised, score, table
from demo.truth import Truth
from demo.wire import topic
from domain.alarm_book import OFFLINE, Act, Decision, Docket, Source, Standing, fresh, on_event, on_reading
from domain.alarms import books
from domain.equipment import KINDS, MONITORED
from domain.faults import RULES
from domain.presence import alarm_limit, next_cadence
from domain.response import level_of
from domain.telemetry import BEIJING, Event, Reading
from ingest.decode import Decoder, Message
from services.batches import Batch
from services.telemetry_memory import Device as RegisteredDevice
from services.telemetry_memory import Register

PERIOD: Final = 60
CHUNK: Final = 40  # machines per task of a process
DAY: Final = datetime(2026, 11, 19, tzinfo=BEIJING)  # a Thursday
BOOKS: Final = books(tuple(KINDS.values()), {})


@dataclass(slots=True)
class Outcome:
    """What came of some machines."""

    truths: list[Truth] = field(default_factory=list)
    alarms: list[Raised] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, other: Outcome) -> None:
        """Take in what came of others."""
        self.truths += other.truths
        self.alarms += other.alarms
        self.counts += other.counts


class Desk:
    """One machine as the worker sees it: reads its messages in the order of arrival and keeps its docket."""

    def __init__(self, device: Device) -> None:
        self._device = device
        self._subject = device.subject()
        self._book = BOOKS[device.kind]
        self._kind = KINDS[device.kind]
        registered = RegisteredDevice(device.code, device.kind, device.vendor, self._subject)
        codes = {(vendor, code): canonical for vendor, code, canonical in quotas.VENDOR_CODES}
        self._decoder = Decoder(Register({device.code: registered}, codes, frozenset({device.vendor}), {}, BOOKS))
        self._topics = {channel: topic(device, channel) for channel in ("state", "event")}
        self._batch = Batch()
        self._docket: Docket = fresh(self._book)
        self._cadence = 0.0
        self._heard: set[tuple[str, str]] = set()
        self.outcome = Outcome()

    def read(self, sent: Sent) -> None:
        """Decode and judge one message."""
        batch = self._batch
        self._decoder.read(Message(self._topics[sent.channel], sent.body, datetime.fromtimestamp(sent.at, UTC)), batch)
        for reading, _ in batch.singles:
            self._reading(reading)
        for word in batch.words:
            self._event(word.event)
        self.outcome.counts["messages"] += 1
        self.outcome.counts["quarantined"] += len(batch.refusals)
        for heard in (batch.singles, batch.words, batch.refusals):
            heard.clear()

    def silence(self, at: datetime) -> None:
        """What the minute ticks until `at` made of the machine's silence."""
        newest = self._docket.watch.sampled_at
        if newest is None or OFFLINE in self._docket.standing:
            return
        due = newest + timedelta(seconds=alarm_limit(self._kind, self._cadence, {}))
        tick = datetime.fromtimestamp((floor(due.timestamp() / 60) + 1) * 60, UTC)
        if tick <= at:
            standing = Standing(OFFLINE, level_of(RULES[OFFLINE], person=None), due, due, None)
            self._docket = Docket(self._docket.watch, {**self._docket.standing, OFFLINE: standing})
            self._raise(OFFLINE, OFFLINE, Source.PRESENCE, due, tick)

    def _reading(self, reading: Reading) -> None:
        newest = self._docket.watch.sampled_at
        if newest is not None and reading.sampled_at <= newest:  # late or told twice: never for the rules
            self.outcome.counts["late"] += 1
            return
        self.silence(reading.received_at)
        if newest is not None:
            self._cadence = next_cadence(self._cadence, (reading.sampled_at - newest).total_seconds())
        self._docket, decisions = on_reading(self._book, self._docket, self._subject, values=reading.values, at=reading.sampled_at)
        for decision in decisions:
            self._carry_out(decision, reading.received_at)

    def _event(self, event: Event) -> None:
        if (event.event_id, event.phase) in self._heard:
            return
        self._heard.add((event.event_id, event.phase))
        self._docket, decisions = on_event(self._book, self._docket, event)
        for decision in decisions:
            self._carry_out(decision, event.received_at)

    def _carry_out(self, decision: Decision, detected_at: datetime) -> None:
        if decision.act is Act.OPEN:
            self._raise(decision.family, decision.rule, decision.source, decision.at, detected_at)

    def _raise(self, family: str, rule: str, source: Source, at: datetime, detected_at: datetime) -> None:
        self.outcome.counts[f"by {source.value}"] += 1
        self.outcome.alarms.append(Raised(self._device.id, family, rule, at.timestamp(), detected_at.timestamp()))


@dataclass(frozen=True, slots=True)
class Task:
    """Some machines and their mishaps, for one process."""

    devices: Sequence[Device]
    blows: dict[int, Sequence[Blow]]
    seed: int
    since: int
    until: int


def watch(task: Task) -> Outcome:
    """A day of the task's machines."""
    outcome = Outcome()
    for device in task.devices:
        feed = Feed(device, task.seed, task.since, task.until, PERIOD, task.blows.get(device.id, ()))
        desk = Desk(device)
        for sent in arriving(feed, ROUGH, random.Random(f"{task.seed}/{device.id}/noise")):
            desk.read(sent)
        desk.silence(datetime.fromtimestamp(task.until, UTC))
        outcome.add(desk.outcome)
        outcome.truths += feed.truths
    return outcome


def main() -> int:
    """0 when detection is as required."""
    chosen = _chosen()
    devices = machines(chosen.devices, chosen.seed)
    since = int(DAY.timestamp()) + int((24 - chosen.hours) / 3 * 3600)  # a short day is cut from the busy hours
    until = since + int(chosen.hours * 3600)
    share = len(devices) / DISTRICT * chosen.density
    blows = trial.plan(devices, seed=chosen.seed, since=since, until=until, share=share)
    tasks = []
    for first in range(0, len(devices), CHUNK):
        some = devices[first : first + CHUNK]
        tasks.append(Task(some, {device.id: blows[device.id] for device in some if device.id in blows}, chosen.seed, since, until))
    outcome, started = Outcome(), monotonic()
    with multiprocessing.get_context("fork").Pool(chosen.processes) as pool:
        for done, part in enumerate(pool.imap_unordered(watch, tasks), start=1):
            outcome.add(part)
            if done % 20 == 0 or done == len(tasks):
                print(
                    f"{done / len(tasks):6.1%}  {outcome.counts['messages']:>12,} messages  {monotonic() - started:6.0f} s", file=sys.stderr
                )
    result = score(outcome.truths, outcome.alarms)
    print(f"{len(devices):,} devices, {chosen.hours:g} h, {outcome.counts['messages']:,} messages in {monotonic() - started:.0f} s")
    print(", ".join(f"{name} {number:,}" for name, number in sorted(outcome.counts.items())))
    print(table(result))
    for truth in result.missed[:20]:
        print("missed", truth.record())
    for alarm in result.false[:20]:
        print("false", alarm)
    print("PASS" if result.passes else "FAIL")
    return 0 if result.passes else 1


def machines(wanted: int, seed: int) -> list[Device]:
    """The district's machines, all with a monitor; a smaller number is a fair sample."""
    rows = [row for row in generate(seed, DAY.astimezone(UTC)).equipment if row.kind in MONITORED]
    bound = additional(rows, len(rows))
    devices = [device_of(row, row.monitor_vendor or bound[row.id]) for row in rows]
    random.Random(seed).shuffle(devices)
    return devices[:wanted]


def _chosen() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--devices", type=int, default=DISTRICT)
    parser.add_argument("--hours", type=float, default=24.0)
    parser.add_argument("--density", type=float, default=1.0, help="times as many mishaps a machine (default %(default)s)")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--seed", type=int, default=quotas.SEED)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
