"""Rules over columns take the same steps as the law, one reading at a time: every rule, random readings, gaps and silences."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_access.columns import Columns, columns_of
from domain.alarms import bind
from domain.equipment import KINDS
from domain.equipment.kind import Choice, Field, Flag, Label, Subject, Value, Values
from domain.presence import next_cadence, presence_of
from domain.telemetry import Reading
from services import vector_rules
from services.fleet import PRESENCES, Fleet, Gathering, Known, next_cadences, presences

BEGIN = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
RULED = sorted(kind for kind, described in KINDS.items() if described.rules)
GAPS = (0.5, 1, 1, 1, 2, 5, 5, 5, 15, 15.000001, 60, 240, 700)
FENCE = (121.3, 31.2, 121.5, 31.3)


def subject(rng: random.Random, number: int) -> Subject:
    """A machine of which the register knows more or less."""
    return Subject(
        number,
        rng.choice([None, 0, 1.0, 1.75]),
        rng.choice([None, 0, 1000.0]),
        rng.random() < 0.5,
        rng.random() < 0.5,
        rng.choice([None, FENCE]),
    )


def value(rng: random.Random, described: Field) -> Value | None:
    """A value that the rules may care about, often at a limit."""
    if rng.random() < 0.15:
        return None
    match described:
        case Flag():
            return rng.random() < 0.5
        case Choice():
            return rng.randrange(min(len(described.words), 5))
        case Label():
            return rng.choice(["", "1", "B1"])
    limits = [described.low, 0, 1, 1.15, 2.0125, 5, 15, 40, 121.3, 121.4, 31.2, 31.25, 240, 1000, described.high]
    return described.parse(rng.choice([limit for limit in limits if described.low <= limit <= described.high]))


def course(rng: random.Random, kind: str, readings: int) -> list[tuple[datetime, Values]]:
    """What one machine says: it changes a few of its values from reading to reading."""
    at, values = BEGIN + timedelta(seconds=rng.random() * 5), [value(rng, described) for described in KINDS[kind].fields]
    said = []
    for _ in range(readings):
        said.append((at, tuple(values)))
        at += timedelta(seconds=rng.choice(GAPS))
        for place in rng.sample(range(len(values)), rng.choice([0, 0, 1, 1, 2, 5])):
            values[place] = value(rng, KINDS[kind].fields[place])
    return said


def fleet_of(kind: str, subjects: Sequence[Subject]) -> Fleet:
    """A fleet that has heard nothing yet."""
    book, rules = bind(KINDS[kind], {}), vector_rules.bind(KINDS[kind], {})
    fleet = Fleet(kind, book, rules)
    fleet.register({each.equipment_id: each for each in subjects}, book, rules)
    return fleet


def columns(kind: str, spoken: Sequence[tuple[int, datetime, Values]]) -> Columns:
    """Readings as the worker sorts them."""
    return columns_of([Reading(number, kind, "xzl", at, at, values) for number, at, values in sorted(spoken, key=lambda said: said[:2])])


def gathered(fleet: Fleet, spoken: Sequence[tuple[int, datetime, Values]]) -> tuple[Gathering | None, set[int]]:
    """The outcome in columns, and the machines that the law must see."""
    if not spoken:
        return None, set()
    heard = columns(fleet.kind, spoken)
    done, for_law = fleet.gather(fleet.slots_of(heard.equipment_id), heard)
    return done, set(fleet.ids[for_law].tolist())


@pytest.mark.parametrize("kind", RULED)
@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32), machines=st.integers(1, 6), together=st.integers(1, 7))
def test_columns_remember_what_the_law_remembers(kind: str, seed: int, machines: int, together: int) -> None:
    rng = random.Random(seed)
    subjects = {number: subject(rng, number) for number in range(1, machines + 1)}
    fleet = fleet_of(kind, list(subjects.values()))
    law = {number: (fleet.book.fresh(), 0.0) for number in subjects}
    courses = {number: course(rng, kind, 40) for number in subjects}
    for first in range(0, 40, together):
        batch = [(number, *said) for number, whole in courses.items() for said in whole[first : first + together]]
        gathering = [said for said in batch if not fleet.with_law[fleet.slots[said[0]]]]
        done, seen = gathered(fleet, gathering)
        raised = set()
        for number, at, values in sorted(batch, key=lambda said: said[:2]):
            watch, cadence = law[number]
            cadence = cadence if watch.sampled_at is None else next_cadence(cadence, (at - watch.sampled_at).total_seconds())
            watch, verdicts = fleet.book.evaluate(watch, subjects[number], values=values, at=at)
            law[number] = (watch, cadence)
            if any(verdict.word == "raise" for verdict in verdicts):
                raised.add(number)
        assert seen == raised & {number for number, _, _ in gathering}
        if done is not None:
            fleet.remember(done)
        for number, (watch, cadence) in law.items():
            slot = fleet.slots[number]
            if number in raised or slot in fleet.in_hand:
                fleet.put(slot, Known(type(fleet.known(slot).docket)(watch), cadence))
            known = fleet.known(slot)
            assert (known.docket.watch, known.cadence) == (watch, cadence)


@given(
    cadence=st.lists(st.floats(0, 4000), min_size=1, max_size=20),
    quiet=st.floats(-100, 20_000),
)
def test_presence_over_columns_is_presence(cadence: list[float], quiet: float) -> None:
    at = BEGIN + timedelta(seconds=quiet)
    sampled = np.full(len(cadence), BEGIN.timestamp() * 1_000_000, np.int64)
    elapsed = (at - BEGIN) // timedelta(microseconds=1)

    found = presences(sampled, np.array(cadence), {}, int(sampled[0]) + elapsed)

    expected = [presence_of(bound=True, sampled_at=BEGIN, cadence_seconds=each, settings={}, at=at) for each in cadence]
    assert [PRESENCES[place] for place in found] == expected


@given(cadence=st.floats(0, 4000), gap=st.floats(0, 8000), seen=st.booleans())
def test_cadence_over_columns_is_cadence(cadence: float, gap: float, seen: bool) -> None:
    found = next_cadences(np.array([cadence]), np.array([gap]), np.array([seen]))

    assert found[0] == (next_cadence(cadence, gap) if seen else cadence)
