"""A grid fault: ten thousand alarms within a minute, some of them with people inside.

    ./run --data DIR --devices 14415 --period 60
    .venv/bin/python -m tests.bench.storm --data DIR

Power cuts of lifts all over the district are published by their vendors' own accounts, and among them entrapments, while somebody sits
at the incident desk: refreshes it twice a second and writes a note on whatever stands first. Counted are orders, incidents, messages
and what really left; measured are when everything had its order, when those inside had theirs told, and how the desk answered.
Exits 1 when a goal is missed.
"""

from __future__ import annotations

import argparse
import random
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import psycopg

from data_access.engine import connect
from services.reconciliation import Reconciled, reconcile
from tests.bench.callers import POWER_CUT, TRAPPED, person, reporting_lifts, table, vendors
from tests.bench.screen import quantile, services

DESK_P95_S: Final = 0.5
TOLD_P95_S: Final = 10.0
MOST_LETTERS_A_MINUTE: Final = 30  # of one recipient
PANELS: Final = ("desk", "rescue-clock", "funnel")
PATIENCE_S: Final = 300.0
_SETTLED: Final = "SELECT count(DISTINCT e.event_id) FROM events e WHERE e.event_id LIKE 'storm-%%' AND e.received_at >= %s"
_COUNTS: Final = (
    ("alarms", "SELECT count(*) FROM alarms WHERE detected_at >= %(since)s"),
    ("orders", "SELECT count(*) FROM work_orders WHERE opened_at >= %(since)s"),
    ("of them rescues", "SELECT count(*) FROM work_orders WHERE opened_at >= %(since)s AND kind = 'rescue'"),
    ("orders on an incident's list", "SELECT count(*) FROM work_orders WHERE opened_at >= %(since)s AND group_id IS NOT NULL"),
    ("incidents", "SELECT count(*) FROM incident_groups WHERE opened_at >= %(since)s"),
    ("messages owed", "SELECT count(*) FROM notification_messages WHERE created_at >= %(since)s"),
    ("letters that left", "SELECT count(*) FROM notification_messages WHERE sent_at >= %(since)s AND collapsed_into IS NULL"),
    (
        "messages inside another letter",
        "SELECT count(*) FROM notification_messages WHERE created_at >= %(since)s AND collapsed_into IS NOT NULL",
    ),
    ("still waiting", "SELECT count(*) FROM notification_messages WHERE created_at >= %(since)s AND status IN ('queued', 'failed')"),
    ("recipients", "SELECT count(DISTINCT n.recipient) FROM notifications n WHERE n.created_at >= %(since)s"),
)
_LOUDEST: Final = (
    "SELECT coalesce(max(count), 0) FROM (SELECT count(*) FROM notification_messages m JOIN notifications n ON n.id = m.notification_id "
    "WHERE m.sent_at >= %s AND m.collapsed_into IS NULL GROUP BY n.recipient, date_trunc('minute', m.sent_at)) AS by_minute"
)
_RESCUE: Final = (
    "SELECT extract(epoch FROM max(coalesce(c.sent_at, m.sent_at))), count(*) FILTER (WHERE coalesce(c.sent_at, m.sent_at) IS NULL) "
    "FROM work_orders w JOIN notifications n ON n.work_order_id = w.id JOIN notification_messages m ON m.notification_id = n.id "
    "LEFT JOIN notification_messages c ON c.id = m.collapsed_into "
    "WHERE w.opened_at >= %s AND w.equipment_id = %s AND w.kind = 'rescue' AND m.template IN ('trapped', 'dispatched')"
)


@dataclass
class Seat:
    """The duty officer's browser: seconds that refreshes and notes took, and what stood first."""

    services: dict[str, Any]
    refreshes: list[float] = field(default_factory=list)
    notes: list[float] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    left: threading.Event = field(default_factory=threading.Event)

    def sit(self, database_url: str) -> None:
        """Work until the storm is over."""
        officer = person(self.services, "operations_centre")
        with psycopg.connect(database_url, autocommit=True) as database:
            while not self.left.wait(0.5):
                for panel in PANELS:
                    self._timed(self.refreshes, lambda panel=panel: officer.panel(panel))
                first = database.execute(
                    "SELECT id FROM work_orders WHERE closed_at IS NULL AND kind = 'rescue' ORDER BY id DESC LIMIT 1"
                ).fetchone()
                if first is not None:
                    self._timed(self.notes, lambda number=first[0]: officer.act(number, "note", note="已电话安抚"))

    def _timed(self, into: list[float], deed: Any) -> None:
        begun = time.perf_counter()
        try:
            deed()
        except OSError as problem:
            self.problems.append(str(problem))
        into.append(time.perf_counter() - begun)


def main() -> int:
    """Let it storm, print the table; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("var"))
    parser.add_argument("--alarms", type=int, default=10_000)
    parser.add_argument("--trapped", type=int, default=20, help="how many of them have somebody inside")
    parser.add_argument("--seconds", type=float, default=60)
    asked = parser.parse_args()
    found = services(asked.data)
    seat = Seat(found)
    officer = threading.Thread(target=seat.sit, args=(found["database_url"],), name="officer")
    with psycopg.connect(found["database_url"], autocommit=True) as database:
        begun = datetime.now(UTC)
        officer.start()
        try:
            told = storm(found, database, alarms=asked.alarms, trapped=asked.trapped, seconds=asked.seconds)
            took = settle(database, begun, told.events)
        finally:
            seat.left.set()
            officer.join()
        store = connect(found["database_url"], name="storm")
        whole = reconcile(store, at=datetime.now(UTC))
        store.close()
        return report(database, begun, seat, whole, took, told)


@dataclass
class Storm:
    """What was published: how many events, and when (epoch seconds) those were told of whom somebody is inside, by the lift's id."""

    events: int
    inside: dict[int, float] = field(default_factory=dict)


def storm(found: dict[str, Any], database: psycopg.Connection[Any], *, alarms: int, trapped: int, seconds: float) -> Storm:
    """Publish everything, evenly over the time, the entrapments among the rest."""
    chance = random.Random(9)
    lifts = reporting_lifts(database)[:alarms]
    inside, done = {lift.id for lift in chance.sample(lifts, trapped)}, Storm(len(lifts))
    begun = time.monotonic()
    with vendors(found, name="bench-storm") as told:
        for number, lift in enumerate(lifts):
            time.sleep(max(begun + seconds * number / len(lifts) - time.monotonic(), 0))
            if is_trapped := lift.id in inside:
                done.inside[lift.id] = time.time()
            last = told.tell(lift, TRAPPED if is_trapped else POWER_CUT, f"storm-{time.time_ns()}", person=is_trapped)
        last.wait_for_publish(60)
    print(f"published {len(lifts)} events within {time.monotonic() - begun:.0f} s")
    return done


def settle(database: psycopg.Connection[Any], since: datetime, told: int) -> float:
    """Wait until every event is stored, with its alarm and order, which is one transaction; the seconds since the beginning."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end and one(database, _SETTLED, (since,)) < told:
        time.sleep(0.5)
    took = (datetime.now(UTC) - since).total_seconds()
    waiting = "SELECT count(*) FROM notification_messages WHERE urgent AND status IN ('queued', 'failed')"
    while time.monotonic() < end and one(database, waiting, ()):
        time.sleep(0.5)
    return took


def one(database: psycopg.Connection[Any], statement: str, values: Any) -> int:
    """One number."""
    row = database.execute(statement, values).fetchone()
    return 0 if row is None else int(row[0])


def report(database: psycopg.Connection[Any], since: datetime, seat: Seat, whole: Reconciled, took: float, told: Storm) -> int:
    """The table; 0 when the desk stayed usable, people came first, nobody was flooded and everything is whole."""
    rescued = [after for lift, at in told.inside.items() if (after := _told_after(database, since, lift, at)) is not None]
    loudest = one(database, _LOUDEST, (since,))
    rows: list[tuple[str, object]] = [("events", told.events), ("every event stored, with alarm and order, after", f"{took:.0f} s")]
    rows += [(name, one(database, statement, {"since": since})) for name, statement in _COUNTS]
    rows += [
        ("most letters to one recipient in a minute", f"{loudest}   (goal {MOST_LETTERS_A_MINUTE})"),
        ("entrapments published", len(told.inside)),
        ("of them the units told after", f"{_spread(rescued)}   (goal p95 {TOLD_P95_S:g} s)"),
        ("desk: a panel's refresh", f"{_spread(seat.refreshes)}   (goal p95 {DESK_P95_S:g} s)"),
        ("desk: a note on an order", f"{_spread(seat.notes)}   (goal p95 {DESK_P95_S:g} s)"),
        ("desk: failed requests", len(seat.problems)),
    ]
    print(table(rows))
    print(whole)
    slow = quantile(seat.refreshes, 0.95) > DESK_P95_S or quantile(seat.notes, 0.95) > DESK_P95_S
    late = len(rescued) < len(told.inside) or quantile(rescued, 0.95) > TOLD_P95_S
    return int(slow or late or loudest > MOST_LETTERS_A_MINUTE or bool(seat.problems) or bool(whole.wrong))


def _told_after(database: psycopg.Connection[Any], since: datetime, lift: int, at: float) -> float | None:
    """Seconds from the event until the last message about the rescue had left; None where one has not."""
    row = database.execute(_RESCUE, (since, lift)).fetchone()
    return None if row is None or row[0] is None or row[1] else float(row[0]) - at


def _spread(seconds: Sequence[float]) -> str:
    shares = (("p50", 0.5), ("p95", 0.95), ("max", 1.0))
    return f"{len(seconds)} times, " + "  ".join(f"{name} {quantile(list(seconds), share):.2f} s" for name, share in shares)


if __name__ == "__main__":
    sys.exit(main())
