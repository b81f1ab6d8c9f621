"""`python -m tests.bench.alarm_replay`: judge stored alarms again and compare the rule, the time and the id of each.

Without `--services` it fills a throw-away database itself: machines of the simulated day with vendors' noise (late, doubled,
out of order, buffered), through `ingest.decode` and `services.telemetry.accept`. With it, the alarms of a running product are
judged again, read-only. For each alarm the stored readings and words before and around it are replayed under the thresholds
of its time; the replay must open the same family by the same rule at the same moment, which is the identity its id stands for.
Alarms of silence have no reading that raised them and are left out. Exit code 1 when any alarm differs.

    .venv/bin/python -m tests.bench.alarm_replay                                       # 1,000 alarms: some five minutes
    .venv/bin/python -m tests.bench.alarm_replay --services var/run/services.json
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import zip_longest
from pathlib import Path
from time import monotonic
from typing import Final

import psycopg

from data_access.engine import Store, connect
from data_access.migrations import upgrade
from data_access.queries import replay as queries
from data_access.queries.replay import RecordedRow
from demo import quotas, trial
from demo.device import Device
from demo.feed import Feed, Sent
from demo.fleet import DISTRICT
from demo.noise import ROUGH, arriving
from demo.wire import topic
from domain.alarm_book import Source
from domain.replay import TOGETHER
from domain.scope import ALL, Role, Scope
from ingest.decode import Decoder, Message
from services.batches import Batch
from services.replay import INSTANT, changes, raises_again, stored
from services.telemetry import accept
from services.telemetry_memory import recall
from tests.bench.detection import DAY, PERIOD, machines
from tests.stack_fixture import running_servers

TOGETHER_MACHINES: Final = 50  # whose noisy hours are in memory at a time
EVERYTHING: Final = Scope(Role.BUREAU, ALL, None, ALL)
_MACHINE: Final = (
    "INSERT INTO equipment (id, code, kind, name, pinyin, sort_key, search_key, monitor_vendor, rated_speed, rated_load, has_belt, "
    "indoor, fence) OVERRIDING SYSTEM VALUE VALUES (%s, %s, %s, '', '', '', '', %s, %s, %s, %s, %s, %s)"
)


@dataclass
class Outcome:
    """What the replay made of the alarms."""

    same: Counter[tuple[str, str]] = field(default_factory=Counter)  # (source, rule)
    different: list[RecordedRow] = field(default_factory=list)
    readings: int = 0


def judge_again(store: Store, *, limit: int) -> Outcome:
    """Replay the newest `limit` alarms that readings or words raised."""
    outcome = Outcome()
    with store.reading() as tx:
        history = changes(EVERYTHING, tx)
        for alarm in queries.raised(EVERYTHING, tx, sources=[Source.RULE, Source.EVENT], limit=limit):
            machine = queries.machine(EVERYTHING, tx, equipment_id=alarm.equipment_id)
            assert machine is not None
            case = stored(EVERYTHING, tx, machine, history, since=alarm.raised_at, until=max(alarm.raised_at, alarm.detected_at) + INSTANT)
            outcome.readings += len(case.history)
            if raises_again(case.steps(), alarm):
                outcome.same[alarm.source, alarm.rule] += 1
            else:
                outcome.different.append(alarm)
    return outcome


def fill(url: str, *, devices: int, hours: float, density: float, wanted: int, seed: int = quotas.SEED) -> int:
    """Fill an empty, migrated database with part of a noisy day, until `wanted` alarms are in it; the number of messages."""
    fleet = machines(devices, seed)
    since = int(DAY.timestamp()) + int((24 - hours) / 3 * 3600)  # the busy hours
    until = since + int(hours * 3600)
    blows = trial.plan(fleet, seed=seed, since=since, until=until, share=len(fleet) / DISTRICT * density)
    _settle(url, fleet)
    store = connect(url)
    messages = 0
    try:
        memory = recall(store, at=datetime.fromtimestamp(since, UTC))
        decoder = Decoder(memory.register)
        for first in range(0, len(fleet), TOGETHER_MACHINES):
            noisy = []
            for device in fleet[first : first + TOGETHER_MACHINES]:
                feed = Feed(device, seed, since, until, PERIOD, blows.get(device.id, ()))
                noisy.append(_batches(device, list(arriving(feed, ROUGH, random.Random(f"{seed}/{device.id}/noise")))))
            for turn in zip_longest(*noisy, fillvalue=()):  # machines are independent: the n-th batch of each makes one of ours
                said = [message for batch in turn for message in batch]
                batch = Batch()
                for message in said:
                    decoder.read(message, batch)
                accept(store, batch, memory, at=max(message.received_at for message in said))
                messages += len(said)
            if _alarms(store) >= wanted:
                break
    finally:
        store.close()
    return messages


def _batches(device: Device, sent: Sequence[Sent]) -> Iterator[list[Message]]:
    """The machine's messages as a worker would have taken them: what arrives together is one batch."""
    batch: list[Message] = []
    for one in sorted(sent, key=lambda one: one.at):
        message = Message(topic(device, one.channel), one.body, datetime.fromtimestamp(one.at, UTC))
        if batch and message.received_at - batch[-1].received_at > TOGETHER:
            yield batch
            batch = []
        batch.append(message)
    if batch:
        yield batch


def _settle(url: str, fleet: Sequence[Device]) -> None:
    with psycopg.connect(url, autocommit=True) as connection, connection.cursor() as cursor:
        vendors = sorted({device.vendor for device in fleet} | {vendor for vendor, _, _ in quotas.VENDOR_CODES})
        cursor.executemany("INSERT INTO vendors (name, title) VALUES (%s, %s)", [(name, name) for name in vendors])
        cursor.executemany("INSERT INTO vendor_code_map (vendor, code, canonical) VALUES (%s, %s, %s)", quotas.VENDOR_CODES)
        rows = []
        for device in fleet:
            s = device.subject()
            fence = None if s.fence is None else list(s.fence)
            rows.append((device.id, device.code, device.kind, device.vendor, s.rated_speed, s.rated_load, s.has_belt, s.indoor, fence))
        cursor.executemany(_MACHINE, rows)


def _alarms(store: Store) -> int:
    with store.reading() as tx:
        return len(queries.raised(EVERYTHING, tx, sources=[Source.RULE, Source.EVENT], limit=1_000_000))


def report(outcome: Outcome, seconds: float) -> int:
    """Print what was found; the exit code."""
    total = outcome.same.total() + len(outcome.different)
    for (source, rule), count in sorted(outcome.same.items()):
        print(f"{source:<6} {rule:<26} {count:>6,} the same")
    for alarm in outcome.different[:20]:
        print(f"different: alarm {alarm.id} of machine {alarm.equipment_id}, {alarm.source} {alarm.rule} at {alarm.raised_at.isoformat()}")
    print(f"{outcome.same.total():,} of {total:,} alarms raised again with the same rule, time and id; ", end="")
    print(f"{outcome.readings:,} readings and words judged in {seconds:.1f} s, {1000 * seconds / max(total, 1):.1f} ms an alarm")
    return 0 if total and not outcome.different else 1


@contextmanager
def _database(chosen: argparse.Namespace) -> Iterator[str]:
    if chosen.services:
        yield json.loads(Path(chosen.services).read_text("utf-8"))["database_url"]
        return
    with running_servers() as servers:
        upgrade(servers["database_url"])
        started = monotonic()
        messages = fill(servers["database_url"], devices=chosen.devices, hours=chosen.hours, density=chosen.density, wanted=chosen.alarms)
        print(f"{messages:,} messages of {chosen.devices:,} machines taken in {monotonic() - started:.0f} s", flush=True)
        yield servers["database_url"]


def main() -> int:
    """0 when every alarm is raised again."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--services", help="services.json of a running product")
    parser.add_argument("--alarms", type=int, default=1000)
    parser.add_argument("--devices", type=int, default=600)
    parser.add_argument("--hours", type=float, default=6.0)
    parser.add_argument("--density", type=float, default=40.0)
    chosen = parser.parse_args()
    with _database(chosen) as url:
        store = connect(url)
        started = monotonic()
        outcome = judge_again(store, limit=chosen.alarms)
        code = report(outcome, monotonic() - started)
        store.close()
    return code


if __name__ == "__main__":
    sys.exit(main())
