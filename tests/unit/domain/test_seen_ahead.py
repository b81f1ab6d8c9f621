"""What live readings show before a backlog is judged, and that the law ends where it would have ended without it."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.alarm_book import Act, Decision, Docket, Source, fresh, on_reading, seen_ahead
from domain.alarms import bind
from domain.equipment import ELEVATOR
from domain.equipment.kind import Subject, Values

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
LIFT = Subject(equipment_id=7, rated_speed=1.75)
BOOK = bind(ELEVATOR, {})
CALM = {"service_mode": 1, "car_status": 0, "door_zone": True, "door_status": 2, "door_closed": True, "passenger": False, "speed": 0.0}
MOODS = (
    {},
    {"passenger": True},
    {"car_status": 1, "speed": 2.5},
    {"safety_circuit": True},
    {"door_status": 4, "door_closed": False},
    {"door_zone": False},
    {"car_status": 1, "passenger": True},
)
Said = list[tuple[datetime, Values]]


def state(**changes: object) -> Values:
    said = CALM | changes
    return tuple(said.get(field.key) for field in ELEVATOR.fields)


def course(seed: int, *, turns: int = 60) -> Said:
    """What one lift says: moods that last for some readings, a second or five apart, sometimes with a gap."""
    rng, at, said = random.Random(seed), NOON, []
    while len(said) < turns:
        values, step = state(**rng.choice(MOODS)), rng.choice([1, 5])
        for _ in range(rng.randrange(1, 16)):
            said.append((at, values))
            at += timedelta(seconds=step)
        at += timedelta(seconds=rng.choice([0, 0, 0, 20]))
    return said


def judged(docket: Docket, said: Said) -> tuple[Docket, list[Decision]]:
    decisions: list[Decision] = []
    for at, values in said:
        docket, more = on_reading(BOOK, docket, LIFT, values=values, at=at)
        decisions += more
    return docket, decisions


def opened_ahead(docket: Docket, live: Said) -> tuple[Docket, list[Decision]]:
    """The docket of the law, which stands before the backlog, once live readings were seen."""
    opened = []
    for seen in judged(fresh(BOOK), live)[1]:
        opening = seen_ahead(docket, seen)
        if opening is not None:
            docket, decision = opening
            opened.append(decision)
    return docket, opened


def test_an_alarm_seen_ahead_says_so_and_gets_its_true_beginning_from_the_law() -> None:
    inside = state(passenger=True)
    said = [(NOON + timedelta(seconds=second), inside) for second in range(0, 200, 5)]

    docket, (ahead,) = opened_ahead(fresh(BOOK), said[20:])
    _, decisions = judged(docket, said)

    assert (ahead.act, ahead.source, ahead.at) == (Act.OPEN, Source.AHEAD, NOON + timedelta(seconds=160))
    assert [(d.act, d.family, d.source, d.at) for d in decisions] == [(Act.SETTLE, "entrapment", Source.RULE, NOON + timedelta(seconds=60))]


def test_what_ends_within_the_backlog_does_not_end_what_was_seen_later() -> None:
    fast, slow = state(car_status=1, speed=2.5), state(car_status=1, speed=1.0)
    moods = [*[fast] * 5, *[slow] * 20, *[fast] * 5]
    said = [(NOON + timedelta(seconds=second), values) for second, values in enumerate(moods)]

    docket, _ = opened_ahead(fresh(BOOK), said[25:])
    docket, decisions = judged(docket, said)

    assert [d.act for d in decisions] == [Act.SETTLE, Act.REPEAT]
    assert set(docket.standing) == {"overspeed"}


def test_an_open_alarm_is_not_opened_again() -> None:
    said = [(NOON + timedelta(seconds=second), state(safety_circuit=True)) for second in range(10)]
    docket, _ = judged(fresh(BOOK), said)

    assert opened_ahead(docket, said) == (docket, [])


def test_what_the_law_does_not_find_ends_like_any_other_alarm() -> None:
    """Of live readings one was lost that said otherwise: the law takes it over with its next reading, and it ends."""
    broken, whole = state(safety_circuit=True), state(safety_circuit=False)
    said = [(NOON + timedelta(seconds=second), whole if second == 3 else broken) for second in range(6)]
    docket, (ahead,) = opened_ahead(fresh(BOOK), [each for each in said if each[1] is broken])

    docket, nothing = judged(docket, said)
    docket, decisions = judged(docket, [(NOON + timedelta(seconds=second), whole) for second in range(6, 20)])

    assert ahead.at == NOON + timedelta(seconds=5)
    assert nothing == []
    assert [(d.act, d.at) for d in decisions] == [(Act.CLOSE, NOON + timedelta(seconds=12))]
    assert docket.standing == {}


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 59))
def test_the_law_ends_where_it_would_have_ended(seed: int, begin: int) -> None:
    said = course(seed)
    plain, expected = judged(fresh(BOOK), said)

    docket, ahead = opened_ahead(fresh(BOOK), said[begin:])
    docket, decisions = judged(docket, said)

    assert docket.standing.keys() == plain.standing.keys()
    assert not any(alarm.ahead for alarm in docket.standing.values())
    settled = {(d.family, d.at) for d in decisions if d.act is Act.SETTLE}
    assert {family for family, _ in settled} == {d.family for d in ahead}
    assert settled <= {(d.family, d.at) for d in expected if d.act is Act.OPEN}
    assert all(min(at for family, at in settled if family == d.family) <= d.at for d in ahead)
