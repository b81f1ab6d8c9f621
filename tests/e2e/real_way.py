"""`python -m tests.e2e.real_way var/run/services.json`: ten minutes of the judged day, the real way through the broker.

The day is that of `tests.bench.detection` (seed, mishaps, vendors' noise), the stack one that was started with
`./run --data DIR --no-simulator` on an empty DIR and has heard none of its machines yet. The same messages, their times moved
so that the last one is of this minute, are judged twice: in process, one by one as they arrive, and by the running worker, to
which the vendors' own accounts publish them. Compared are all alarms (machine, family, rule, raised, cleared, level,
occurrences), and what was stored and refused. Prints a table by rule; exit code 1 when anything differs, 2 when it cannot begin.

Messages go out faster than they did on the day, and a worker puts the readings of one batch into the order of the machine's
clock. So that a late one comes late here as well, publishing stops before each message that runs behind its machine's clock
until everything before it is stored: the vendors' heartbeats say so.

What the minute tick does is compared as far as the same tick does it. While messages are on their way this program leads the
schedule and lets no tick happen: twenty minutes that arrive in three have no minute. Then one tick at the end of the ten
minutes judges silence on both sides. Machines that were silent and spoke again before the end open no alarm on either.

    ./run --data DIR --port 8977 --no-simulator
    .venv/bin/python -m tests.e2e.real_way DIR/run/services.json                    # one to two minutes
    .venv/bin/python -m tests.e2e.real_way DIR/run/services.json --devices 1500     # three to four minutes
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any, Final

import psycopg
from paho.mqtt.enums import MQTTProtocolVersion

from data_access.engine import Store, connect
from data_access.locks import Lock
from data_access.repositories import vendors
from demo import quotas
from demo.binding import connected
from demo.device import Device
from demo.feed import Sent
from demo.fleet import DISTRICT
from demo.mishaps import MISHAPS
from demo.wire import topic
from services import presence, schedule
from tests.bench.detection import machines
from tests.e2e.excerpts import LEAD_IN, SPAN, Excerpt, choose, play, shifted
from tests.e2e.in_process import Judged, Parcel, Verdict, judge
from tests.mqtt_fixture import Account, Speaker, speak

PATIENCE_S: Final = 60.0
LOOK_S: Final = 0.01  # between two looks at what another process does without telling
FEED: Final = timedelta(seconds=SPAN + LEAD_IN)
_HEARTBEATS: Final = "SELECT name, heartbeat_at FROM vendors WHERE heartbeat_at IS NOT NULL"
_MARK: Final = "SELECT max(committed_at) FROM ingest_marks"
_KNOWN: Final = "SELECT count(*) FROM equipment_states WHERE equipment_id = ANY(%s)"
_ALARMS: Final = (
    "SELECT equipment_id, family, rule, raised_at, cleared_at, level, occurrences FROM alarms "
    "WHERE equipment_id = ANY(%s) AND (source = 'presence') = %s AND raised_at < %s"
)
_READINGS: Final = "SELECT count(*) FROM readings WHERE equipment_id = ANY(%s)"
_EVENTS: Final = "SELECT count(*) FROM events WHERE equipment_id = ANY(%s)"
_REFUSED: Final = "SELECT reason, count(*) FROM quarantine WHERE topic = ANY(%s) GROUP BY reason"


class CannotBegin(Exception):
    """The stack is not what this needs; says why."""


@dataclass(slots=True)
class Stack:
    """A running stack, and the vendors' connections to it."""

    store: Store
    database: psycopg.Connection[Any]
    speakers: dict[str, Speaker]

    def publish(self, parcels: Sequence[Parcel]) -> int:
        """Publish everything and wait until it is stored; how often that waited in between."""
        begun, waited = monotonic(), 0
        for number, parcel in enumerate(parcels, start=1):
            if parcel.waits:
                self.wait_until_stored()
                waited += 1
            self.speakers[parcel.device.vendor].publish(topic(parcel.device, parcel.sent.channel), parcel.sent.body, wait=False)
            if number % 10_000 == 0:
                print(f"{number / len(parcels):6.1%} of {len(parcels):,} messages published, {monotonic() - begun:.0f} s", file=sys.stderr)
        self.wait_until_stored()
        return waited

    def wait_until_stored(self) -> None:
        """Every vendor's heartbeat goes out after its messages and is stored after them."""
        at = datetime.now(UTC)
        for name, speaker in self.speakers.items():
            speaker.publish(f"pt/v1/{name}/online", b'{"online": true}')
        self._await("the vendors' heartbeats", lambda: all(self._heartbeats().get(name, at) > at for name in self.speakers))

    def wait_until_register_is_read(self) -> None:
        """A worker looks at the register before each of its marks: the second mark from now was made after a whole look."""
        for _ in range(2):
            before = self._one(_MARK)
            self._await("the worker's mark", partial(self._marked_since, before))

    def tick(self, end: datetime) -> None:
        """The minute tick and the watch over the monitors at `end`, after a feed that spoke in each minute as it did on the day."""
        with self.store.transaction() as tx:
            for minute in range(int(FEED.total_seconds() // 60)):
                vendors.heard(tx, dict.fromkeys(self.speakers, 1), end - timedelta(minutes=minute))
        self._await("the tick", lambda: schedule.minute(self.store, end) is not None)
        self._await("the watch over the monitors", lambda: presence.watch(self.store, end) is not None)

    def verdicts(self, ids: list[int], end: datetime, *, presence: bool) -> list[Verdict]:
        """The alarms in the database, of silence or of everything else."""
        rows = self.database.execute(_ALARMS, (ids, presence, end if presence else datetime.max.replace(tzinfo=UTC)))
        return [Verdict(*row) for row in rows]

    def stored(self, ids: list[int], topics: list[str]) -> dict[str, int]:
        """How many readings, events and refusals there are."""
        refused = dict(self.database.execute(_REFUSED, (topics,)).fetchall())
        return {"readings": self._one(_READINGS, ids), "events": self._one(_EVENTS, ids), "quarantined": sum(refused.values())}

    def knows(self, ids: list[int]) -> int:
        """How many of these machines have ever spoken."""
        return int(self._one(_KNOWN, ids))

    @contextmanager
    def leading(self) -> Iterator[None]:
        """Lead the schedule and the watch over the monitors for the length of a block, so that nobody ticks."""
        with ExitStack() as leading:
            for lock in (Lock.SCHEDULE, Lock.PRESENCE):
                self._lead(lock, leading)
            yield

    def _lead(self, lock: Lock, leading: ExitStack) -> None:
        deadline = monotonic() + PATIENCE_S
        while monotonic() < deadline:
            with ExitStack() as trying:
                if trying.enter_context(self.store.elected(lock)):
                    leading.push(trying.pop_all())
                    return
            time.sleep(LOOK_S)
        raise TimeoutError(f"another process led {lock.name} all the time")

    def _marked_since(self, before: datetime | None) -> bool:
        return self._one(_MARK) != before

    def _heartbeats(self) -> dict[str, datetime]:
        return dict(self.database.execute(_HEARTBEATS).fetchall())

    def _one(self, statement: str, *parameters: object) -> Any:
        row = self.database.execute(statement, parameters).fetchone()
        return row and row[0]

    def _await(self, what: str, condition: Callable[[], bool]) -> None:
        deadline = monotonic() + PATIENCE_S
        while not condition():
            if monotonic() > deadline:
                raise TimeoutError(f"{what} did not come within {PATIENCE_S:.0f} s")
            time.sleep(LOOK_S)


def main() -> int:
    """0 when both ways agree, 1 when they differ, 2 when the stack is not fit for it."""
    chosen = _chosen()
    services: dict[str, Any] = json.loads(chosen.services.read_text("utf-8"))
    try:
        with ExitStack() as opened:
            return _compare(_connected(services, opened), chosen)
    except CannotBegin as refusal:
        print(refusal, file=sys.stderr)
        return 2


def _connected(services: dict[str, Any], opened: ExitStack) -> Stack:
    store = connect(services["database_url"], name="real-way")
    opened.callback(store.close)
    database = opened.enter_context(psycopg.connect(services["database_url"], autocommit=True))
    speakers = {}
    for vendor in services["vendors"]:
        account = Account(services["mqtt_url"], vendor["username"], vendor["password"])
        speaker = speak(account, client_id=f"{vendor['name']}-real-way", protocol=MQTTProtocolVersion.MQTTv5)
        speakers[vendor["name"]] = opened.enter_context(speaker)
    return Stack(store, database, speakers)


def _compare(stack: Stack, chosen: argparse.Namespace) -> int:
    excerpts = choose(_registered(stack, chosen.seed), wanted=chosen.devices, seed=chosen.seed)
    ids = [excerpt.device.id for excerpt in excerpts]
    if stack.knows(ids):
        raise CannotBegin("This stack has heard these machines before: start one on an empty DIR with --no-simulator.")
    started = monotonic()
    played = list(play(excerpts, seed=chosen.seed))
    print(f"{len(excerpts)} machines' ten minutes cut from the day in {monotonic() - started:.0f} s", file=sys.stderr)
    stack.wait_until_register_is_read()
    stack.wait_until_stored()  # the vendors' connections are heard
    end = datetime.now(UTC).replace(second=0, microsecond=0)
    judged = judge(_moved(excerpts, played, end), end)
    started = monotonic()
    with stack.leading():
        waited = stack.publish(judged.parcels)
        seconds = monotonic() - started
        found = stack.verdicts(ids, end, presence=False)
        stored = stack.stored(ids, sorted({topic(excerpt.device, channel) for excerpt in excerpts for channel in ("state", "event")}))
    stack.tick(end)
    found += stack.verdicts(ids, end, presence=True)
    mishaps = [what for excerpt in excerpts for what in excerpt.mishaps]
    print(f"{len(ids)} machines, {len(mishaps)} mishaps of {len(set(mishaps))} kinds (there are {len(MISHAPS)})")
    print(f"{len(judged.parcels):,} messages in {seconds:.0f} s, {waited} waits for late ones")
    return report(judged, found, stored)


def _registered(stack: Stack, seed: int) -> list[Device]:
    """The machines of the judged day in its order, under the codes that this stack's register gave them on the day it was seeded."""
    registered = {device.id: device for device in connected(stack.store, DISTRICT)}
    devices = machines(DISTRICT, seed)
    known = [replace(device, code=registered[device.id].code) for device in devices if device.id in registered]
    different = [device for device in known if device != registered[device.id]]
    if len(known) < len(devices) or different:
        raise CannotBegin(f"Another district: {len(devices) - len(known)} machines missing, {len(different)} different.")
    return known


def _moved(excerpts: Sequence[Excerpt], played: Sequence[list[Sent]], end: datetime) -> list[tuple[Device, list[Sent]]]:
    """Every excerpt with its end at `end`."""
    by = [int(end.timestamp()) - excerpt.until for excerpt in excerpts]
    return [
        (excerpt.device, [shifted(sent, seconds) for sent in messages])
        for excerpt, messages, seconds in zip(excerpts, played, by, strict=True)
    ]


def report(judged: Judged, found: list[Verdict], stored: dict[str, int]) -> int:
    """Print what both ways came to; 0 when it is the same."""
    wanted, real = Counter([*judged.verdicts, *judged.silences]), Counter(found)
    missing, extra = wanted - real, real - wanted
    print(_table(wanted, real, missing, extra))
    print(f"{'':<28}{'in process':>12}{'real way':>12}")
    for what, number in judged.stored.items():
        print(f"{what:<28}{number:>12,}{stored[what]:>12,}")
    for name, differing in (("missing", missing), ("extra", extra)):
        for verdict in sorted(differing, key=lambda verdict: (verdict.equipment_id, verdict.raised_at)):
            print(name, *verdict)
    same = not missing and not extra and judged.stored == stored
    print("SAME" if same else "DIFFERENT")
    return 0 if same else 1


def _table(*columns: Counter[Verdict]) -> str:
    """How many alarms of each rule: in process, the real way, missing, extra."""
    counted = [Counter(verdict.rule for verdict in column.elements()) for column in columns]
    rows = [f"{'rule':<28}{'in process':>12}{'real way':>12}{'missing':>9}{'extra':>9}"]
    for rule in [*sorted(set().union(*counted)), "total"]:
        one, two, three, four = (column.total() if rule == "total" else column[rule] for column in counted)
        rows.append(f"{rule:<28}{one:>12}{two:>12}{three:>9}{four:>9}")
    return "\n".join(rows)


def _chosen() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("services", type=Path, help="services.json of the running stack")
    parser.add_argument("--devices", type=int, default=400, help="how many machines; every kind of mishap is among them (%(default)s)")
    parser.add_argument("--seed", type=int, default=quotas.SEED)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
