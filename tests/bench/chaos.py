"""kill -9 of worker, schedule, outbox and web at random under load: what is stored must be whole afterwards.

    .venv/bin/python -m tests.bench.chaos [--kills 20]

A product of its own in a temporary folder. Vendors publish events, people of every unit take steps over HTTP, and at random moments one of
the processes is killed, each sort in its turn, which the supervisor replaces. In the end everything published is looked for, every step
that was answered "done" is looked up in its order's log, each log is lived through again and compared with row, clocks, messages and
what follows from them, and letters are counted by their keys. Exits 1 when anything is lost, doubled or half-written.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import psycopg

from data_access.engine import connect
from services.reconciliation import reconcile
from stack.home import PROJECT
from tests.bench.callers import EBIKE, GRAVE, POWER_CUT, TRAPPED, Lift, Person, Vendors, reporting_lifts, table, vendors
from tests.bench.screen import services
from tests.stack_fixture import free_of_settings

VICTIMS: Final = ("ingest", "schedule", "outbox", "web")
PATIENCE_S: Final = 180.0
GOODBYE_S: Final = 60.0
ENOUGH_LIFTS: Final = 100
EVERY_S: Final = 0.4  # between two events, and between two steps of one person
PAUSES_S: Final = (3.0, 9.0)  # between two kills
CODES: Final = (TRAPPED, TRAPPED, GRAVE, POWER_CUT, EBIKE)
ACTORS: Final = ("operations_centre", "maintenance_unit", "use_unit", "bureau")
NEXT: Final = {
    "created": ("accept", "accept", "return"),
    "accepted": ("sign_in", "complete"),
    "on_site": ("complete",),
    "completed": ("confirm", "redo"),
    "confirmed": ("rate",),
    "received": ("verify",),
    "verified": ("order",),
    "ordered": ("rectify", "recheck"),
    "rechecked": ("close",),
}
"""What somebody would try with an order that stands there; a note with any other."""
_ORDER: Final = (
    "SELECT w.id, w.status, e.code, e.lng, e.lat FROM work_orders w LEFT JOIN equipment e ON e.id = w.equipment_id "
    "WHERE CAST(%(unit)s AS int) IS NULL OR w.unit_id = %(unit)s OR w.use_unit_id = %(unit)s ORDER BY random() LIMIT 1"
)
_TAKEN: Final = (
    "SELECT v.work_order_id, v.action, a.username, count(*) FROM work_order_events v JOIN accounts a ON a.id = v.account_id "
    "WHERE v.at >= %s GROUP BY 1, 2, 3"
)
Deed = tuple[int, str, str]
"""An order, a step, and the username of whoever took it."""
_KEY: Final = re.compile(r'"key": ?"([^"]+)"')


@dataclass
class Load:
    """What goes on meanwhile: every event that the broker has acknowledged, every step that was tried, and what was answered.

    `done` are the steps that somebody was told are done; a try without an answer may have been taken or not.
    """

    services: dict[str, Any]
    published: list[str] = field(default_factory=list)
    answered: Counter[str] = field(default_factory=Counter)
    tried: Counter[Deed] = field(default_factory=Counter)
    done: Counter[Deed] = field(default_factory=Counter)
    over: threading.Event = field(default_factory=threading.Event)

    def publish(self, database_url: str) -> None:
        """Vendors report, until it is over."""
        chance = random.Random(5)
        with psycopg.connect(database_url, autocommit=True) as database:
            _wait(lambda: len(reporting_lifts(database)) >= ENOUGH_LIFTS, "lifts that report")
            lifts = reporting_lifts(database)
        with vendors(self.services, name="bench-chaos") as told:
            while not self.over.wait(EVERY_S):
                self._tell(told, chance.choice(lifts), chance.choice(CODES))

    def _tell(self, told: Vendors, lift: Lift, code: str) -> None:
        name = f"chaos-{time.time_ns()}"
        told.tell(lift, code, name, person=code == TRAPPED).wait_for_publish(30)
        self.published.append(name)

    def act(self, account: dict[str, Any], database_url: str) -> None:
        """Somebody takes steps, wise or not, until it is over; a web process that dies under him is answered by another try."""
        chance = random.Random(str(account["username"]))
        with psycopg.connect(database_url, autocommit=True) as database:
            while not self.over.wait(EVERY_S):
                try:
                    who = Person(self.services, account)
                    while not self.over.wait(EVERY_S):
                        self._step(who, database, chance)
                except (OSError, json.JSONDecodeError, http.client.HTTPException) as problem:
                    self.answered[f"not answered: {type(problem).__name__}"] += 1

    def _step(self, who: Person, database: psycopg.Connection[Any], chance: random.Random) -> None:
        row = database.execute(_ORDER, {"unit": who.account["scope"]["organization"]}).fetchone()
        if row is None:
            return
        order, status, code, lng, lat = row
        step = chance.choice((*NEXT.get(status, ()), "note"))
        deed = (order, step, str(who.account["username"]))
        self.tried[deed] += 1  # each account has its own thread, and each deed names the account
        said = who.act(order, step, note="备注", reason="不在本班", scan=code, position=[lng, lat], rating=3)
        self.answered[f"{step} {'done' if said['ok'] else 'refused'}"] += 1
        self.tried[deed] -= not said["ok"]
        self.done[deed] += bool(said["ok"])


@contextmanager
def product(folder: Path) -> Iterator[dict[str, Any]]:
    """A running product; its services."""
    fleet = ["--devices", "600", "--period", "10", "--no-responders"]  # every step is then one of ours
    command: list[str | Path] = [PROJECT / "run", "--data", folder, "--port", "0", *fleet]
    with (folder / "run.log").open("w+") as log:
        process = subprocess.Popen(command, cwd=PROJECT, stdout=log, stderr=subprocess.STDOUT, env=free_of_settings(os.environ))
        try:
            _wait(lambda: "READY" in (folder / "run.log").read_text("utf-8"), "the product", PATIENCE_S * 2)
            yield services(folder)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(GOODBYE_S)


def _wait(look: Any, what: str, patience: float = PATIENCE_S) -> None:
    end = time.monotonic() + patience
    while not look():
        if time.monotonic() > end:
            raise TimeoutError(what)
        time.sleep(0.2)


def dealt(kills: int, chance: random.Random) -> list[str]:
    """Whose turn it is at each kill: every sort of process once, in any order, before any is killed again."""
    rounds = -(-kills // len(VICTIMS))
    return [victim for _ in range(rounds) for victim in chance.sample(VICTIMS, len(VICTIMS))][:kills]


def kill(folder: Path, victim: str, chance: random.Random) -> str:
    """kill -9 a process of this sort, with its children, and wait until there is another; its name."""
    name = chance.choice(sorted(name for name in services(folder)["processes"] if name.startswith(victim)))
    pid = services(folder)["processes"][name]
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    _wait(lambda: services(folder)["processes"].get(name, pid) != pid, f"another {name}")
    return name


def settle(database: psycopg.Connection[Any], load: Load) -> list[str]:
    """Wait until every event that the broker acknowledged is stored and nothing urgent waits; the events that never came."""
    missing: list[str] = []

    def all_there() -> bool:
        known = {row[0] for row in database.execute("SELECT event_id FROM events WHERE event_id LIKE 'chaos-%'").fetchall()}
        missing[:] = [name for name in load.published if name not in known]
        waiting = database.execute(
            "SELECT count(*) FROM notification_messages WHERE urgent AND status IN ('queued', 'failed') AND next_at <= now()"
        ).fetchone()
        return not missing and waiting == (0,)

    with suppress(TimeoutError):
        _wait(all_there, "everything")
    return missing


def broken_promises(load: Load, taken: Mapping[Deed, int]) -> tuple[list[str], list[str]]:
    """Steps that were answered "done" and are in no log, and steps that are in a log more often than anybody tried."""
    lost = [f"{deed}: told {told}, taken {taken.get(deed, 0)}" for deed, told in sorted(load.done.items()) if taken.get(deed, 0) < told]
    doubled = [f"{deed}: tried {load.tried[deed]}, taken {times}" for deed, times in sorted(taken.items()) if times > load.tried[deed]]
    return lost, doubled


def taken_since(database: psycopg.Connection[Any], begun: datetime) -> dict[Deed, int]:
    """How often each step is in the log of its order."""
    return {(order, action, username): times for order, action, username, times in database.execute(_TAKEN, (begun,)).fetchall()}


def letters(folder: Path) -> Counter[str]:
    """How often each letter left by the console, by its key."""
    logs = [path.read_text("utf-8", errors="replace") for path in folder.rglob("*.log")]
    return Counter(key for text in logs for line in text.splitlines() if '"notice"' in line for key in _KEY.findall(line))


def main() -> int:
    """Break, wait, compare, print; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=74)
    asked = parser.parse_args()
    chance, killed = random.Random(asked.seed), Counter[str]()
    with tempfile.TemporaryDirectory(prefix="putuo-chaos-") as name, product(folder := Path(name)) as found:
        load, url = Load(found), found["database_url"]
        actors = [account for account in found["accounts"] if account["role"] in ACTORS]
        threads = [
            threading.Thread(target=load.publish, args=(url,)),
            *(threading.Thread(target=load.act, args=(each, url)) for each in actors),
        ]
        begun = datetime.now(UTC)
        for thread in threads:
            thread.start()
        try:
            _wait(lambda: load.published and load.answered, "events and people")
            for victim in dealt(asked.kills, chance):
                time.sleep(chance.uniform(*PAUSES_S))
                killed[kill(folder, victim, chance)] += 1
        finally:
            load.over.set()
            for thread in threads:
                thread.join()
        with psycopg.connect(url, autocommit=True) as database:
            missing = settle(database, load)
            lost, doubled = broken_promises(load, taken_since(database, begun))
        store = connect(url, name="chaos")
        whole = reconcile(store, alarms_since=begun - timedelta(seconds=1), at=datetime.now(UTC))
        store.close()
        left = letters(folder)
    print(
        table(
            [
                *((f"killed {victim}", sum(times for name, times in killed.items() if name.startswith(victim))) for victim in VICTIMS),
                ("events acknowledged by the broker", len(load.published)),
                ("of them never stored", f"{len(missing)} {missing[:5] or ''}"),
                ("steps answered", ", ".join(f"{word} {times}" for word, times in sorted(load.answered.items()))),
                ("steps told to be done", load.done.total()),
                ("of them in no log", f"{len(lost)} {lost[:5] or ''}"),
                ("steps in a log that nobody tried", f"{len(doubled)} {doubled[:5] or ''}"),
                ("letters by the console", f"{left.total()}, of them again under the same key {left.total() - len(left)}"),
            ]
        )
    )
    print(whole)
    return int(bool(missing or lost or doubled or whole.wrong) or not load.published or not load.done.total())


if __name__ == "__main__":
    sys.exit(main())
