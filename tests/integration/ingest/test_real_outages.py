"""Months of real breakdowns and repairs, in order and out of order: the same end.

The file's units become lifts, a `Break` the beginning of a fault and the `Fix` after it its end. Times are moved so that the last
word is of today, and the clock runs as fast as the database follows: months in seconds. The second hearing delays each word by up
to an hour and says one in twenty again.
"""

from __future__ import annotations

import csv
import json
import random
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from data_access.engine import Store, connect
from services.telemetry_memory import Memory, recall
from tests.integration.ingest.district import event, say, settle, state

FASTER = 1_000  # than it happened, at least
LONGEST_DELAY = timedelta(hours=1)
SHARE_TWICE = 0.05
MANY = 5  # units that stand still at the end
BATCH = timedelta(minutes=15)  # of simulated time
CODE = "14"  # a fault that ends by a vendor's word alone
LOOK_EVERY = 50  # words between two readings of a unit
EVENTS = "SELECT equipment_id, event_id, phase, occurred_at FROM events"
OPEN = "SELECT e.code, a.family, a.raised_at FROM alarms a JOIN equipment e ON e.id = a.equipment_id WHERE a.cleared_at IS NULL"
PRESENT = "SELECT e.code, s.sampled_at FROM equipment_states s JOIN equipment e ON e.id = s.equipment_id"
HISTORY = "SELECT e.code, r.sampled_at FROM readings r JOIN equipment e ON e.id = r.equipment_id"
REFUSED = "SELECT count(*) FROM quarantine"


@dataclass(frozen=True, slots=True)
class Word:
    """One message: when it was true, and its topic and payload."""

    at: datetime
    said: tuple[str, bytes]


@pytest.fixture(scope="module")
def words(samples: Path) -> list[Word]:
    """The file's words in their order, and a reading of each unit now and then, told by its own device clock."""
    with (samples / "status" / "wmata_40_units.csv").open(newline="") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: row["time"])
    shift = datetime.now().astimezone() - datetime.fromisoformat(rows[-1]["time"]) - timedelta(days=1)
    units = {unit: number for number, unit in enumerate(sorted({row["unit_id"] for row in rows}))}
    return _until_the_worst(list(_words(rows, units, shift)))


def _words(rows: Iterable[dict[str, str]], units: dict[str, int], shift: timedelta) -> Iterator[Word]:
    broken: dict[str, str] = {}
    for count, row in enumerate(rows):
        unit, at = row["unit_id"], (datetime.fromisoformat(row["time"]) + shift).replace(microsecond=0)
        number = units[unit]
        if row["update_type"] == "Break" and unit not in broken:
            broken[unit] = f"{unit}-{count}"
            yield Word(at, event(number, at, broken[unit], code=CODE))
        elif row["update_type"] == "Fix" and unit in broken:
            yield Word(at, event(number, at, broken.pop(unit), code=CODE, phase="disappear"))
        if count % LOOK_EVERY == 0:
            yield Word(at, state(number, at))


def _until_the_worst(words: list[Word]) -> list[Word]:
    """Everything up to the moment at which the most units stood still: an end with many alarms open."""
    broken: set[str] = set()
    standing = []
    for word in words:
        said = json.loads(word.said[1])
        if "alarmId" in said:
            (broken.add if said["phase"] == "add" else broken.discard)(said["alarmId"])
        standing.append(len(broken))
    return words[: standing.index(max(standing)) + 1]


def late(words: list[Word], rng: random.Random) -> list[tuple[datetime, Word]]:
    """The words by their time of arrival: up to an hour late each, one in twenty twice."""
    arrivals = [(word.at + rng.random() * LONGEST_DELAY, word) for word in words]
    arrivals += [(word.at + rng.random() * LONGEST_DELAY, word) for word in words if rng.random() < SHARE_TWICE]
    return sorted(arrivals, key=lambda arrival: arrival[0])


def hear(store: Store, memory: Memory, arrivals: Iterable[tuple[datetime, Word]]) -> None:
    """Offer them as a worker would, a quarter of an hour at a time."""
    for _, group in groupby(arrivals, key=lambda arrival: arrival[0].timestamp() // BATCH.total_seconds()):
        several = list(group)
        say(store, memory, *(word.said for _, word in several), at=several[-1][0])


@pytest.fixture(scope="module")
def ends(words: list[Word], fresh_database: Any) -> dict[str, dict[str, Counter[tuple[Any, ...]]]]:
    """What is stored in the end, heard in order and heard late."""
    return {
        "in order": _end(fresh_database(), [(word.at, word) for word in words]),
        "late": _end(fresh_database(), late(words, random.Random(5))),
    }


def _end(url: str, arrivals: list[tuple[datetime, Word]]) -> dict[str, Counter[tuple[Any, ...]]]:
    settle(url)
    store = connect(url)
    begun = monotonic()
    try:
        hear(store, recall(store, at=arrivals[0][0]), arrivals)
        assert (arrivals[-1][0] - arrivals[0][0]).total_seconds() > FASTER * (monotonic() - begun)
        with store.reading() as tx:
            driver = tx.cursor()
            looks = {"events": EVENTS, "open": OPEN, "present": PRESENT, "history": HISTORY, "refused": REFUSED}
            return {name: Counter(driver.execute(look).fetchall()) for name, look in looks.items()}
    finally:
        store.close()


@pytest.mark.parametrize("table", ["events", "history", "present", "open", "refused"])
def test_months_of_breakdowns_end_alike_however_late_they_were_heard(ends: Any, table: str) -> None:
    assert ends["late"][table] == ends["in order"][table]


def test_what_stands_in_the_end_is_what_the_file_says(ends: Any, words: list[Word]) -> None:
    bodies = [json.loads(payload) for word in words for topic, payload in [word.said] if topic.endswith("event")]
    ended = {body["alarmId"] for body in bodies if body["phase"] == "disappear"}
    broken = {body["registerNumber"] for body in bodies if body["alarmId"] not in ended}

    assert ends["in order"]["refused"] == Counter([(0,)])
    assert ends["in order"]["events"].total() == len(bodies)
    assert {code for code, *_ in ends["in order"]["open"]} == broken
    assert len(broken) >= MANY
