"""Entrapment after a stop, cycling doors, and what a rule does while somebody else's word keeps its alarm open."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from domain.alarms import RuleBook, Verdict, Watch, Word, bind
from domain.equipment import ELEVATOR
from domain.equipment.elevator import MAINTENANCE_MODES
from domain.equipment.kind import Value, Values
from tests.unit.domain.judging import LIFT, Line, every, judge, reading, words

BOOK = bind(ELEVATOR, {})
A, B = "entrapment_after_stop", "entrapment_door_closed"
RIDE = reading(ELEVATOR, car_status=1, speed=1.5, passenger=True)
STUCK: Mapping[str, Value] = {"passenger": True, "door_status": 6, "door_closed": False}  # doors not fully closed: evidence A alone sees it


def stopped(**said: Value | None) -> Values:
    return reading(ELEVATOR, **{**STUCK, **said})


def play(line: Line, *, watch: Watch | None = None, book: RuleBook = BOOK) -> tuple[Watch, list[Verdict]]:
    return judge(book, line, subject=LIFT, watch=watch)


@pytest.mark.parametrize(
    ("until", "raised"),
    [pytest.param(64.999, [], id="just under"), pytest.param(65, [("raise", 65)], id="at"), pytest.param(70, [("raise", 65)], id="over")],
)
def test_a_stop_with_somebody_inside_and_no_open_door_is_an_entrapment_after_its_time(until: float, raised: list[object]) -> None:
    _, verdicts = play([(0, RIDE), *every(5, stopped(), since=5, until=until)])

    assert words(verdicts, A) == raised


def test_the_time_of_an_entrapment_is_a_setting() -> None:
    book = bind(ELEVATOR, {"elevator.entrapment_seconds": 40})

    _, verdicts = play([(0, RIDE), *every(5, stopped(), since=5, until=80)], book=book)

    assert words(verdicts, A) == [("raise", 45)]


@pytest.mark.parametrize(
    "interruption",
    [
        pytest.param({"door_status": 3}, id="the door begins to open"),
        pytest.param({"door_status": 4}, id="the door is open"),
        pytest.param({"door_status": None, "door_closed": False}, id="the door is not shut, by its contact alone"),
        pytest.param({"car_status": 1}, id="the car moves on"),
        pytest.param({"door_status": None, "door_closed": None}, id="the door is not seen"),
        pytest.param({"service_mode": 2}, id="maintenance takes over"),
    ],
)
def test_what_ends_the_wait_for_an_entrapment(interruption: Mapping[str, Value | None]) -> None:
    line = [(0, RIDE), *every(5, stopped(), since=5, until=40), (45, stopped(**interruption))]

    _, verdicts = play([*line, *every(5, reading(ELEVATOR, passenger=True, door_status=6, door_closed=False), since=50, until=100)])

    assert words(verdicts, A) == []


@pytest.mark.parametrize("unsaid", ["car_status", "passenger"])
def test_a_stop_that_was_not_said_starts_nothing(unsaid: str) -> None:
    _, verdicts = play([(0, RIDE), (5, stopped(**{unsaid: None})), *every(5, stopped(), since=10, until=120)])

    assert words(verdicts, A) == []


def test_a_stop_that_nobody_saw_starts_nothing() -> None:
    _, verdicts = play([(0, RIDE), *every(5, stopped(), since=15.001, until=120)])

    assert words(verdicts, A) == []


def test_a_gap_during_the_wait_ends_it() -> None:
    _, verdicts = play([(0, RIDE), *every(5, stopped(), since=5, until=40), *every(5, stopped(), since=55.001, until=120)])

    assert words(verdicts, A) == []


def test_a_passenger_sensor_that_blinks_delays_but_does_not_miss() -> None:
    blind = every(5, stopped(passenger=False), since=30, until=75)

    _, verdicts = play([(0, RIDE), *every(5, stopped(), since=5, until=25), *blind, (80, stopped())])

    assert words(verdicts, A) == [("raise", 80)]


def test_an_empty_car_that_stays_shut_is_no_entrapment() -> None:
    _, verdicts = play([(0, RIDE), (5, stopped()), *every(5, stopped(passenger=False), since=10, until=300)])

    assert words(verdicts, A) == []


@pytest.mark.parametrize("mode", MAINTENANCE_MODES)
def test_a_stop_under_maintenance_is_no_entrapment(mode: int) -> None:
    ride = reading(ELEVATOR, car_status=1, passenger=True, service_mode=mode)

    _, verdicts = play([(0, ride), *every(5, stopped(service_mode=mode), since=5, until=120)])

    assert verdicts == []


def test_only_an_open_door_ends_an_entrapment() -> None:
    line = [(0, RIDE), *every(5, stopped(), since=5, until=65)]
    moved = every(5, RIDE, since=70, until=90)

    _, verdicts = play([*line, *moved, (95, stopped(passenger=False)), (100, stopped(door_status=4))])

    assert words(verdicts, A) == [("raise", 65), ("clear", 100)]


@pytest.mark.parametrize("fault", [{"door_status": 1}, {"door_status": 6}, {"door_status": 0, "door_closed": False}])
def test_a_door_that_is_neither_shut_nor_open_is_no_evidence_of_the_closed_kind(fault: Mapping[str, Value]) -> None:
    _, verdicts = play(every(5, reading(ELEVATOR, passenger=True, **fault), until=120))

    assert words(verdicts, B) == []


@pytest.mark.parametrize(
    ("said", "shut"),
    [
        pytest.param({"door_status": 2, "door_closed": None}, True, id="closed by its status"),
        pytest.param({"door_status": 5, "door_closed": None}, True, id="locked"),
        pytest.param({"door_status": None, "door_closed": True}, True, id="closed by its contact"),
        pytest.param({"door_status": 0, "door_closed": True}, True, id="status unknown, closed by its contact"),
        pytest.param({"door_status": 2, "door_closed": False}, True, id="the status wins"),
        pytest.param({"door_status": 4, "door_closed": True}, False, id="an open status wins"),
        pytest.param({"door_status": None, "door_closed": None}, False, id="nothing said"),
    ],
)
def test_which_word_about_the_door_counts(said: Mapping[str, Value | None], shut: bool) -> None:
    _, verdicts = play(every(5, reading(ELEVATOR, passenger=True, **said), until=60))

    assert bool(words(verdicts, B)) is shut


def doors(changes: int, *, apart: float, since: float = 0) -> list[tuple[float, Values]]:
    """A first reading, then one door change every `apart` seconds."""
    shut, ajar = reading(ELEVATOR), reading(ELEVATOR, door_status=3, door_closed=False)
    return [(since + i * apart, ajar if i % 2 else shut) for i in range(changes + 1)]


@pytest.mark.parametrize(
    ("changes", "apart", "raised"),
    [
        pytest.param(5, 2, [], id="five changes"),
        pytest.param(6, 2, [("raise", 12)], id="six changes"),
        pytest.param(7, 2, [("raise", 12)], id="seven changes"),
        pytest.param(6, 3, [("raise", 18)], id="six within exactly 15 s"),
        pytest.param(6, 3.001, [], id="six within just over 15 s"),
        pytest.param(12, 3.001, [], id="twelve, never six within 15 s"),
    ],
)
def test_cycling_doors_are_six_changes_within_fifteen_seconds(changes: int, apart: float, raised: list[object]) -> None:
    _, verdicts = play(doors(changes, apart=apart))

    assert words(verdicts, "door_cycling") == raised


def test_cycling_counts_and_windows_are_settings() -> None:
    book = bind(ELEVATOR, {"elevator.door_changes": 4, "elevator.door_cycling_seconds": 30})

    _, verdicts = play(doors(4, apart=10), book=book)

    assert words(verdicts, "door_cycling") == [("raise", 40)]


@pytest.mark.parametrize("mode", MAINTENANCE_MODES)
def test_a_mechanic_may_cycle_the_doors(mode: int) -> None:
    shut, ajar = reading(ELEVATOR, service_mode=mode), reading(ELEVATOR, service_mode=mode, door_status=3, door_closed=False)

    _, verdicts = play([(i, ajar if i % 2 else shut) for i in range(20)])

    assert verdicts == []


def test_doors_that_say_nothing_do_not_change() -> None:
    mute = reading(ELEVATOR, door_status=None, door_closed=None)
    line = [(second, mute if i % 2 else values) for i, (second, values) in enumerate(doors(20, apart=1))]

    _, verdicts = play(line)

    assert words(verdicts, "door_cycling") == []


def test_cycling_ends_when_the_car_moves() -> None:
    _, verdicts = play([*doors(6, apart=2), (13, reading(ELEVATOR)), (14, reading(ELEVATOR, car_status=1))])

    assert words(verdicts, "door_cycling") == [("raise", 12), ("clear", 14)]


@pytest.mark.parametrize(("seconds", "cleared"), [(29.999, []), (30, [("clear", 42)]), (31, [("clear", 43)])])
def test_cycling_ends_after_thirty_quiet_seconds(seconds: float, cleared: list[object]) -> None:
    _, verdicts = play([*doors(6, apart=2), (12 + seconds, reading(ELEVATOR))])

    assert words(verdicts, "door_cycling") == [("raise", 12), *cleared]


def test_every_further_change_keeps_cycling_open() -> None:
    line = doors(6, apart=2)
    later = doors(1, apart=20, since=20)  # one more change at 40 s

    _, verdicts = play([*line, *later, (69, reading(ELEVATOR, door_status=3)), (70, reading(ELEVATOR, door_status=3))])

    assert words(verdicts, "door_cycling") == [("raise", 12), ("clear", 70)]


def opened(line: Line, family: str) -> Watch:
    watch, _ = play(line)
    return BOOK.opened(watch, family)


def test_a_vendors_word_arms_the_rules_but_is_not_their_own_evidence() -> None:
    watch = opened([(0, reading(ELEVATOR))], "entrapment")

    assert not BOOK.holds(watch, "entrapment")


def test_an_open_door_ends_an_entrapment_that_only_a_vendor_saw() -> None:
    watch = opened([(0, stopped())], "entrapment")

    _, verdicts = play([(5, stopped()), (10, stopped(door_status=4))], watch=watch)

    assert words(verdicts, A) == [("clear", 10)]
    assert words(verdicts, B) == [("clear", 10)]


def test_own_evidence_joins_a_vendors_alarm_in_its_own_time() -> None:
    shut = reading(ELEVATOR, passenger=True)
    watch = opened(every(5, shut, until=30), "entrapment")

    watch, verdicts = play(every(5, shut, since=35, until=120), watch=watch)

    assert words(verdicts, B) == [("raise", 60)]
    assert BOOK.holds(watch, "entrapment")


def test_evidence_that_was_gathering_outlives_a_vendors_alarm() -> None:
    shut = reading(ELEVATOR, passenger=True)
    watch, _ = play(every(5, shut, since=35, until=50), watch=opened(every(5, shut, until=30), "entrapment"))

    _, verdicts = play(every(5, shut, since=55, until=120), watch=BOOK.closed(watch, "entrapment"))

    assert words(verdicts, B) == [("raise", 60)]


def test_sisters_of_a_rule_that_raised_do_not_raise_the_same_trouble_again() -> None:
    shut = reading(ELEVATOR, passenger=True)
    stuck = every(5, stopped(), since=5, until=60)
    watch, first = play([(0, RIDE), *stuck, *every(5, shut, since=65, until=65)])

    watch, later = play(every(5, shut, since=70, until=200), watch=BOOK.opened(watch, "entrapment"))

    assert words(first, A) == [("raise", 65)]
    assert [v for v in later if v.word is not Word.HOLD] == []
    assert BOOK.holds(watch, "entrapment")


def test_a_cycling_alarm_of_a_vendor_ends_thirty_seconds_after_the_first_reading_since() -> None:
    watch = opened([(0, reading(ELEVATOR))], "door_cycling")

    _, verdicts = play(every(10, reading(ELEVATOR), since=10, until=60), watch=watch)

    assert words(verdicts, "door_cycling") == [("clear", 40)]


@pytest.mark.parametrize("rule", [rule for rule in BOOK.rules if rule not in (A, B)])
def test_a_vendors_alarm_ends_by_what_the_lift_itself_says(rule: str) -> None:
    watch = opened([(0, reading(ELEVATOR))], rule)

    _, verdicts = play(every(5, reading(ELEVATOR), since=5, until=400), watch=watch)

    assert [word for word, _ in words(verdicts, rule)] == ["clear"]


@pytest.mark.parametrize("rule", [rule for rule in BOOK.rules if rule not in (A, B)])
def test_silence_does_not_end_a_vendors_alarm(rule: str) -> None:
    mute = tuple(None for _ in ELEVATOR.fields)
    watch = opened([(0, reading(ELEVATOR))], rule)

    _, verdicts = play(every(5, mute, since=5, until=400), watch=watch)

    assert words(verdicts, rule) == []


def test_closing_forgets_what_was_witnessed() -> None:
    shut = reading(ELEVATOR, passenger=True)
    watch, _ = play(every(5, shut, until=60))

    closed = BOOK.closed(watch, "entrapment")
    _, verdicts = play(every(5, shut, since=65, until=125), watch=closed)

    assert BOOK.holds(watch, "entrapment")
    assert not BOOK.holds(closed, "entrapment")
    assert words(verdicts, B) == [("raise", 125)]


def test_another_familys_alarm_leaves_the_holds_alone() -> None:
    shut = reading(ELEVATOR, passenger=True)
    watch = opened(every(5, shut, until=30), "overspeed")

    _, verdicts = play(every(5, shut, since=35, until=60), watch=BOOK.closed(watch, "overspeed"))

    assert words(verdicts, B) == [("raise", 60)]


def test_the_first_reading_after_a_restart_goes_on_where_the_history_ended() -> None:
    shut = reading(ELEVATOR, passenger=True)
    history = [(second, values) for second, values in [(0.0, RIDE), *every(5, shut, since=5, until=60)] if second >= 60 - BOOK.hold_seconds]

    watch, replayed = play(history)
    _, verdicts = play([(65, shut)], watch=watch)

    assert [v for v in replayed if v.word is Word.RAISE] == []
    assert words(verdicts, A) == [("raise", 65)]
    assert words(verdicts, B) == [("raise", 65)]


def test_the_first_reading_of_all_is_no_change_of_anything() -> None:
    _, verdicts = play([(0, stopped())])

    assert words(verdicts, A) == []
    assert [v.rule for v in verdicts] == []
