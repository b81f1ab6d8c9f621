"""A machine's history judged again: the same alarms, and for every reading before, which condition was not true yet."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from domain.alarm_book import Act, Source, Standing
from domain.alarms import version_of
from domain.equipment import KINDS
from domain.equipment.elevator import CLOSED, DOOR_STATUSES, OPEN, SERVICE_MODES
from domain.equipment.kind import MAX_GAP, Subject, Value, While
from domain.explanation import Why, thresholds_of
from domain.replay import Change, Eras, Opened, Outcome, Step, always, eras, outcome, replay, settings_at, stretches
from domain.telemetry import Event, Phase, Reading
from tests.unit.domain.judging import START

LIFT = KINDS["elevator"]
MACHINE = Subject(equipment_id=7, rated_speed=1.75)
CALM: dict[str, Value] = {
    "service_mode": SERVICE_MODES.index("normal"), "car_status": 0, "floor": "3", "door_zone": True, "door_status": CLOSED,
    "door_closed": True, "passenger": False, "speed": 0.0,
}  # fmt: skip
BOOK = always(LIFT, {})


def reading(second: float, *, delay: float = 0.0, **changes: Value | None) -> Reading:
    """A calm lift, `second` after the start, but for `changes`; received `delay` later."""
    said = {**CALM, **changes}
    at = START + timedelta(seconds=second)
    values = tuple(said.get(field.key) for field in LIFT.fields)
    return Reading(7, "elevator", "xzl", at, at + timedelta(seconds=delay), values)


def word(second: float, *, code: str | None = "37", phase: Phase = Phase.ADD, delay: float = 0.0, event_id: str = "e1") -> Event:
    """A vendor's word."""
    at = START + timedelta(seconds=second)
    return Event(7, "elevator", "xzl", event_id, phase, code, "9", at, at + timedelta(seconds=delay), "", None)


def judged(*history: Reading | Event, books: Eras = BOOK, **options: Any) -> list[Step]:
    """Every step."""
    return list(replay(books, MACHINE, history, **options))


def opened(steps: list[Step]) -> list[tuple[str, float]]:
    """The alarms: rule, and seconds after the start."""
    return [(d.rule, (d.at - START).total_seconds()) for step in steps for d in step.decisions if d.act is Act.OPEN]


def told(steps: list[Step], rule: str) -> list[tuple[Why, float, float]]:
    """A rule's stretches: why, and from when to when."""
    return [(s.account.why, (s.since - START).total_seconds(), (s.until - START).total_seconds()) for s in stretches(steps, rule)]


def trapped(until: float, *, since: float = 0) -> list[Reading]:
    """Somebody behind shut doors, every five seconds."""
    return [reading(since + 5 * n, passenger=True) for n in range(int((until - since) / 5) + 1)]


def test_a_film_says_how_long_the_evidence_had_held():
    steps = judged(reading(-5, door_status=OPEN, door_closed=False, passenger=True), *trapped(60), families={"entrapment"})

    assert opened(steps) == [("entrapment_door_closed", 60)]
    assert told(steps, "entrapment_door_closed") == [(Why.ABSENT, -5, -5), (Why.GATHERING, 0, 55), (Why.RAISED, 60, 60)]
    last = stretches(steps, "entrapment_door_closed")[1]
    assert (last.account.held, last.account.needed, last.readings) == (55, 60, 12)


def test_an_absent_condition_is_named_with_what_was_said():
    steps = judged(reading(0, door_status=OPEN, door_closed=False, passenger=True), families={"entrapment"})

    [part] = stretches(steps, "entrapment_door_closed")[0].account.parts
    assert (part.word, part.field, part.said, part.answer) == ("one_of", "door_status", OPEN, False)
    assert [DOOR_STATUSES[int(wanted)] for wanted in part.wanted] == ["closed", "locked"]


def test_what_the_device_did_not_say_is_unknown_and_named():
    steps = judged(reading(0, passenger=None), families={"entrapment"})

    account = stretches(steps, "entrapment_door_closed")[0].account
    assert (account.why, [part.field for part in account.parts]) == (Why.UNKNOWN, ["passenger"])


@pytest.mark.parametrize(("gap", "why"), [(14, Why.GATHERING), (15, Why.GATHERING), (16, Why.GAP)])
def test_a_wide_gap_is_said_to_have_broken_the_hold(gap: float, why: Why):
    steps = judged(reading(0, passenger=True), reading(gap, passenger=True), families={"entrapment"})

    assert told(steps, "entrapment_door_closed")[-1][0] is why


def test_a_mode_that_silences_every_rule_is_said():
    steps = judged(reading(0, passenger=True, service_mode=SERVICE_MODES.index("inspection")), families={"entrapment"})

    account = stretches(steps, "entrapment_door_closed")[0].account
    assert (account.why, account.parts[0].field) == (Why.SUPPRESSED, "service_mode")


def test_a_waiting_that_an_open_door_ended_is_said():
    run = [reading(0, car_status=1, passenger=True), reading(5, passenger=True), reading(10, passenger=True)]
    open_door = reading(15, passenger=True, door_status=OPEN, door_closed=False)

    steps = judged(*run, open_door, families={"entrapment"})

    assert [why for why, _, _ in told(steps, "entrapment_after_stop")] == [Why.NOT_STARTED, Why.GATHERING, Why.CANCELLED]


def test_a_waiting_whose_last_condition_failed_goes_on():
    run = [reading(0, car_status=1, passenger=True), *(reading(5 * n, passenger=n < 13) for n in range(1, 14)), reading(70, passenger=True)]

    steps = judged(*run, families={"entrapment"})

    assert told(steps, "entrapment_after_stop")[-2:] == [(Why.NOT_STILL, 65, 65), (Why.RAISED, 70, 70)]
    assert opened(steps) == [("entrapment_after_stop", 70)]


def test_counts_are_told_until_there_are_enough():
    changes = [reading(n, door_status=OPEN if n % 2 else CLOSED, door_closed=not n % 2) for n in range(8)]

    steps = judged(*changes, families={"door_cycling"})

    assert [(s.account.why, s.account.held) for s in stretches(steps, "door_cycling")][:3] == [
        (Why.UNKNOWN, 0), (Why.COUNTING, 5), (Why.RAISED, 6),
    ]  # fmt: skip


def test_calm_and_the_end_are_told():
    hot = [reading(60 * n, machine_room_temperature=45.0 if n < 3 else 30.0) for n in range(10)]

    steps = judged(*hot, families={"machine_room_hot"})

    assert [why for why, _, _ in told(steps, "machine_room_hot")] == [
        Why.GATHERING, Why.RAISED, Why.OPEN, Why.CALMING, Why.CLEARED, Why.ABSENT,
    ]  # fmt: skip


def test_each_reading_is_judged_by_the_thresholds_in_force_when_it_came():
    longer = Change("elevator.entrapment_seconds", 90, 1, START + timedelta(seconds=30))
    books = eras(LIFT, [longer], since=START, until=START + timedelta(hours=1))

    assert opened(judged(*trapped(120), books=books)) == [("entrapment_door_closed", 90)]
    assert opened(judged(*trapped(120))) == [("entrapment_door_closed", 60)]


def test_the_newest_version_before_a_moment_was_in_force():
    changes = [Change("k", value, version, START + timedelta(minutes=version)) for version, value in ((1, 5.0), (2, 6.0), (3, 7.0))]

    at = [settings_at(changes, START + timedelta(minutes=minute, seconds=-1)).get("k") for minute in (1, 2, 3, 4)]

    assert [change and change.version for change in at] == [None, 1, 2, 3]


def test_a_late_reading_is_history_only():
    late = reading(20, delay=60, passenger=True, door_status=OPEN, door_closed=False)

    steps = judged(*trapped(60), late)

    assert opened(steps) == [("entrapment_door_closed", 60)]
    assert [(step.at - START).total_seconds() for step in steps if step.late] == [20]


def test_what_arrives_together_is_judged_in_the_order_of_the_machines_clock():
    buffered = [replace(one, received_at=START + timedelta(minutes=5)) for one in reversed(trapped(60))]

    assert opened(judged(*buffered)) == [("entrapment_door_closed", 60)]


def test_an_alarm_that_was_open_before_is_not_raised_again():
    before = judged(*trapped(60))
    [opening] = [d for step in before for d in step.decisions]

    standing = Opened("entrapment", Standing(opening.rule, opening.response, opening.at, opening.at, True), Source.RULE)

    assert opened(judged(*trapped(180, since=65), standing=[standing])) == []


def test_an_alarm_that_time_closed_may_be_raised_again():
    word_then_quiet = [word(0), word(4000, event_id="e2")]

    silent = judged(*word_then_quiet)
    closed = judged(*word_then_quiet, ended=lambda alarm, at: at > alarm.standing.last_at + timedelta(seconds=900))

    assert opened(silent) == [("ebike_in_car", 0)]
    assert opened(closed) == [("ebike_in_car", 0), ("ebike_in_car", 4000)]


@pytest.mark.parametrize(
    ("history", "outcomes"),
    [
        ([word(0)], [Outcome.OPEN]),
        ([word(0), word(30, event_id="e2")], [Outcome.OPEN, Outcome.ECHO]),
        ([word(0), word(700, event_id="e2")], [Outcome.OPEN, Outcome.REPEAT]),
        ([word(0), word(30, phase=Phase.DISAPPEAR)], [Outcome.OPEN, Outcome.CLOSE]),
        ([word(0, phase=Phase.DISAPPEAR)], [Outcome.NOTHING_OPEN]),
        ([word(0, code=None)], [Outcome.UNMAPPED]),
        ([reading(0, service_mode=SERVICE_MODES.index("inspection")), word(5)], [Outcome.SUPPRESSED]),
        ([word(0, delay=60), word(30, phase=Phase.DISAPPEAR, delay=5)], [Outcome.NOTHING_OPEN]),
    ],
    ids=["opens", "echo", "repeats", "closes", "nothing", "unmapped", "inspection", "end-before-beginning"],
)
def test_a_vendors_word_is_accounted_for(history: list[Reading | Event], outcomes: list[Outcome]):
    assert [outcome(step) for step in judged(*history) if isinstance(step.said, Event)] == outcomes


def test_every_rule_can_be_explained_on_any_reading():
    for kind in KINDS.values():
        values = tuple(field.decode(1) if not hasattr(field, "blank") else "A" for field in kind.fields)
        said = [Reading(7, kind.key, "xzl", START + timedelta(seconds=n), START, values) for n in range(3)]
        families = {rule for book in always(kind, {}).books for rule in book.families}

        steps = list(replay(always(kind, {}), MACHINE, said, families=families))

        assert {account.rule for step in steps for account in step.accounts} == {rule.key for rule in kind.rules}
        assert [part.word for step in steps for account in step.accounts for part in account.parts if part.word == "other"] == []


def test_a_rules_version_follows_its_description():
    entrapment, other = LIFT.rules[:2]

    assert version_of(entrapment) == version_of(replace(entrapment))
    assert len({version_of(rule) for rule in LIFT.rules}) == len(LIFT.rules)
    assert isinstance(other, While)
    assert version_of(replace(other, lasting=MAX_GAP)) != version_of(other)


def test_the_thresholds_of_a_rule_are_known():
    assert [t.key for t in thresholds_of(LIFT.rules[5])] == [
        "elevator.overspeed_ratio", "elevator.overspeed_seconds", "elevator.overspeed_clear_seconds", "alarm.max_gap_seconds",
    ]  # fmt: skip


def test_a_rule_nobody_asked_about_is_not_explained():
    steps = judged(*trapped(10), families={"entrapment"})

    assert stretches(steps, "door_cycling") == []
    assert len(stretches(steps, "entrapment_door_closed")) == 1
