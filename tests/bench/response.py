"""How long after an event the right parties have been told, while the whole district reports.

    ./run --data DIR --devices 14415 --period 5
    .venv/bin/python -m tests.bench.response --data DIR

200 events by the broker with the vendors' own accounts: people trapped (both units), grave faults in empty cars (the use unit and the
bureau, then the maintenance unit), electric bicycles (the car speaks, the use unit, the street). Told is when the last of their messages
has left the house, by the outbox's own note. Exits 1 when a goal is missed.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psycopg

from tests.bench.callers import EBIKE, GRAVE, TRAPPED, Lift, reporting_lifts, table, vendors
from tests.bench.screen import quantile, services

GOAL_P99: Final = {TRAPPED: 10.0, GRAVE: 10.0, EBIKE: 5.0}  # seconds
WORDS: Final = {TRAPPED: "trapped", GRAVE: "grave fault, empty car", EBIKE: "electric bicycle"}
OWED: Final = {
    TRAPPED: ({"trapped"}, {"dispatched", "summoned"}),
    GRAVE: ({"out_of_service"}, {"dispatched", "summoned"}),
    EBIKE: ({"opened"}, {"copy_found"}, {"spoken"}),
}
"""What is owed of each sort; of those in one set one is enough: whoever has no team to send is summoned himself."""
MIX: Final = (TRAPPED, TRAPPED, TRAPPED, GRAVE, EBIKE)
_ORDER: Final = "SELECT id FROM work_orders WHERE equipment_id = %s AND opened_at >= to_timestamp(%s) ORDER BY id LIMIT 1"
_TOLD: Final = (
    "SELECT m.template, extract(epoch FROM min(coalesce(c.sent_at, m.sent_at))) FROM notifications n "
    "JOIN notification_messages m ON m.notification_id = n.id LEFT JOIN notification_messages c ON c.id = m.collapsed_into "
    "WHERE n.work_order_id = %s GROUP BY m.template"
)
_SPOKEN: Final = "SELECT 'spoken', extract(epoch FROM max(sent_at)) FROM device_commands WHERE work_order_id = %s"


@dataclass(frozen=True, slots=True)
class Injection:
    """One event: where, what, and when it was published (epoch seconds)."""

    lift: Lift
    code: str
    sent: float


def main() -> int:
    """Inject, wait, print the table; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("var"))
    parser.add_argument("--events", type=int, default=200)
    parser.add_argument("--every", type=float, default=1.5, help="seconds between two events")
    asked = parser.parse_args()
    found = services(asked.data)
    with psycopg.connect(found["database_url"], autocommit=True) as database:
        injections = inject(found, database, events=asked.events, every=asked.every)
        time.sleep(2 * max(GOAL_P99.values()))  # what has not left by then has missed its goal by far
        return report(database, injections)


def inject(found: dict[str, Any], database: psycopg.Connection[Any], *, events: int, every: float) -> list[Injection]:
    """Publish the events, no two at one site."""
    chance = random.Random(7)
    lifts = reporting_lifts(database, one_a_site=True)
    chance.shuffle(lifts)
    done = []
    with vendors(found, name="bench-response") as told:
        for number, lift in enumerate(lifts[:events]):
            begun, code = time.time(), MIX[number % len(MIX)]
            told.tell(lift, code, f"response-{time.time_ns()}", person=code != GRAVE).wait_for_publish(10)
            done.append(Injection(lift, code, begun))
            time.sleep(max(every - (time.time() - begun), 0))
    return done


def report(database: psycopg.Connection[Any], injections: Sequence[Injection]) -> int:
    """The table; 0 when every event was answered, and in time."""
    rows: list[tuple[str, object]] = []
    missed = 0
    for code, goal in GOAL_P99.items():
        mine = [injection for injection in injections if injection.code == code]
        delays = [delay for injection in mine if (delay := reaction(database, injection)) is not None]
        missed += len(mine) - len(delays) + (quantile(delays, 0.99) > goal if delays else 0)
        spread = "  ".join(
            f"{name} {quantile(delays, share):.2f}" for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99), ("max", 1))
        )
        rows.append((WORDS[code], f"{len(mine)} events, {len(mine) - len(delays)} not told   {spread} s   (goal p99 {goal:g})"))
    print(table(rows))
    return 1 if missed else 0


def reaction(database: psycopg.Connection[Any], injection: Injection) -> float | None:
    """Seconds from the event until the last of its parties was told; None where one was not."""
    order = database.execute(_ORDER, (injection.lift.id, injection.sent - 1)).fetchone()
    if order is None:
        return None
    left: dict[str, float] = {}
    for statement in (_TOLD, _SPOKEN):
        left |= {word: float(at) for word, at in database.execute(statement, order).fetchall() if at is not None}
    told = [[left[word] for word in words & left.keys()] for words in OWED[injection.code]]
    return max(map(min, told)) - injection.sent if all(told) else None


if __name__ == "__main__":
    sys.exit(main())
