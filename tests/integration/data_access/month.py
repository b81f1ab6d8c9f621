"""A month of alarms of which it is known how each turned out, and of occurrences that none reported."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

import psycopg

from data_access.engine import Store
from domain.truth import Tally
from tests.integration.data_access.district import AT, STREETS

DAYS: Final = 30
SINCE: Final = AT - timedelta(days=DAYS - 1, hours=14)  # after the midnight in Shanghai that begins the period
VENDORS: Final = ("xzl", "ckt", "idle", None)
STREET_CODES: Final = (*(code for code, _ in STREETS), None)

CHATTERING: Final = 0.005  # of the alarms come three in a row
STANDING: Final = 0.01  # of the alarms were never cleared

# rule → family, share of alarms that are right, share of what happened that is reported
RULES: Final = {
    "entrapment_level": ("entrapment", 0.97, 0.985),
    "entrapment_door_closed": ("entrapment", 0.88, 0.985),
    "overspeed": ("overspeed", 0.74, 0.93),
    "door_held_open": ("door_held_open", 0.55, 0.80),
    "door_pried": ("door_pried", 0.91, 0.97),
    "jumping": ("jumping", 0.36, 0.88),
}
BETTER: Final = {"xzl": 0.02, "ckt": -0.08, "idle": 0.0, None: -0.02}  # what a vendor adds to the share that is right


@dataclass(frozen=True, slots=True)
class Known:
    """One alarm and how it turned out, whoever may have said so."""

    machine: int
    rule: str
    family: str
    vendor: str | None
    street: str | None
    at: datetime
    truth: str


@dataclass(frozen=True, slots=True)
class Unreported:
    """One occurrence without an alarm."""

    machine: int
    family: str
    vendor: str | None
    street: str | None
    at: datetime


def alarms(count: int, *, seed: int) -> list[Known]:
    """`count` alarms over the month, some of them three in a row."""
    rng = random.Random(seed)
    found: list[Known] = []
    while len(found) < count:
        last = _alarm(rng)
        row = 3 if rng.random() < CHATTERING else 1
        found += [replace(last, at=last.at - n * timedelta(minutes=3)) for n in range(row)]
    return found[:count]


def unreported(known: Iterable[Known], *, seed: int) -> Iterator[Unreported]:
    """So many for every right alarm that the family's recall comes out."""
    rng = random.Random(seed)
    for alarm in known:
        recall = RULES[alarm.rule][2]
        if alarm.truth == "confirmed" and rng.random() < (1 - recall) / recall:
            yield Unreported(alarm.machine, alarm.family, alarm.vendor, alarm.street, alarm.at + timedelta(hours=3, seconds=rng.random()))


def write(
    store: Store, known: Iterable[Known], missing: Iterable[Unreported], *, judged: float, seed: int, standing_share: float = STANDING
) -> None:
    """All of it; of the alarms a random share is judged, each as it turned out."""
    rng = random.Random(seed)
    standing: set[tuple[int, str]] = set()
    with store.transaction() as tx:
        cursor: psycopg.Cursor[tuple[object, ...]] = tx.cursor()
        columns = "equipment_id, kind, street_code, vendor, family, rule, category, level, reason, source, raised_at, detected_at, "
        columns += "cleared_at, last_occurred_at, verdict"
        with cursor.copy(f"COPY alarms ({columns}) FROM STDIN") as copy:
            for alarm in known:
                said = alarm.truth if rng.random() < judged else None
                cleared_at: datetime | None = alarm.at + timedelta(minutes=rng.choice((0.5, 5, 40)))
                if rng.random() < standing_share and (alarm.machine, alarm.family) not in standing:
                    standing.add((alarm.machine, alarm.family))
                    cleared_at = None
                when = (alarm.at, alarm.at + timedelta(seconds=1), cleared_at, alarm.at)
                about = (alarm.street, alarm.vendor, alarm.family, alarm.rule)
                copy.write_row((alarm.machine, "elevator", *about, "fault", "minor_fault", "minor", "rule", *when, said))
        cursor.execute(
            "INSERT INTO alarm_verdicts (alarm_id, verdict, given_by, given_account, given_at, note) "
            "SELECT id, verdict, '王某', 1, detected_at, '' FROM alarms WHERE verdict IS NOT NULL"
        )
        columns = "equipment_id, kind, street_code, vendor, family, occurred_at, reported_by, note, recorded_account, recorded_at"
        with cursor.copy(f"COPY missed_occurrences ({columns}) FROM STDIN") as copy:
            for lost in missing:
                copy.write_row((lost.machine, "elevator", lost.street, lost.vendor, lost.family, lost.at, "96333", "来电", 1, lost.at))
        cursor.execute("ANALYZE alarms")


def tally(known: Iterable[Known], missing: Iterable[Unreported]) -> Tally:
    """How all of them turned out."""
    truths = [alarm.truth for alarm in known]
    return Tally(truths.count("confirmed"), truths.count("false"), truths.count("drill"), missed=sum(1 for _ in missing))


def _alarm(rng: random.Random) -> Known:
    rule, machine = rng.choice(tuple(RULES)), rng.randrange(120)
    vendor, street = VENDORS[machine // 4 % 4], STREET_CODES[machine % 4]
    family, right, _ = RULES[rule]
    truth = "drill" if rng.random() < 0.02 else "confirmed" if rng.random() < right + BETTER[vendor] else "false"
    return Known(machine + 1, rule, family, vendor, street, SINCE + rng.random() * (AT - timedelta(minutes=1) - SINCE), truth)
