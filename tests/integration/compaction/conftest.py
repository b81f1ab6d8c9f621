"""A database of two closed hours, and a schedule that makes few partitions at a time."""

from __future__ import annotations

import random

import pytest

from data_access import partitions
from data_access.engine import connect
from data_access.repositories import equipment, streets
from services import compaction
from tests.integration.compaction.hours import FIRST, HOUR, LIFTS, SECOND, two_hours
from tests.integration.data_access.district import STREETS, machine, reading, street
from tests.readings_fixture import append_readings


@pytest.fixture
def store(fresh_database):
    """A database of its own for each test."""
    opened = connect(fresh_database(), name="tests")
    yield opened
    opened.close()


@pytest.fixture(autouse=True)
def _few_partitions(monkeypatch):
    """A tick makes few: making more is only slow."""
    monkeypatch.setattr(compaction, "PARTITIONS_A_TICK", 6)


@pytest.fixture
def filled(store):
    """Five lifts and a truck with two hours of readings in partitions, jittered, with gaps, some vendors changing midway."""
    rng = random.Random(7)
    with store.transaction() as tx:
        streets.upsert(tx, [street(*STREETS[0])])
        equipment.add_all(tx, [machine(id=n, code=f"code-{n}", street_code=STREETS[0][0]) for n in LIFTS])
        equipment.add_all(tx, [machine(id=9, code="code-9", kind="forklift", street_code=STREETS[0][0])])
        partitions.ensure(tx, FIRST + HOUR, hours_ahead=2)
        append_readings(tx, [one for n in LIFTS for one in two_hours(n, rng)])
        truck = {"kind": "forklift", "speed": 3.5, "driver": "", "lng": 121.4}
        append_readings(tx, [reading(9, FIRST + 60 * n * SECOND, **truck) for n in range(120)])
    return store
