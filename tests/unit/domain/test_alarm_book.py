"""The alarm policy as a table: what opens, counts, raises and closes the one alarm of a family."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from domain.alarm_book import Act, Decision, Docket, Source, adopt, fresh, on_event, on_reading
from domain.alarms import RuleBook, bind
from domain.equipment import ELEVATOR
from domain.equipment.kind import Subject, Values
from domain.response import ResponseLevel
from domain.telemetry import Event, Phase

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
LIFT = Subject(equipment_id=7, rated_speed=1.75)
BOOK = bind(ELEVATOR, {})
CALM = {"service_mode": 1, "car_status": 0, "door_zone": True, "door_status": 2, "door_closed": True, "passenger": False, "speed": 0.0}


def state(**changes: object) -> Values:
    said = CALM | changes
    return tuple(said.get(field.key) for field in ELEVATOR.fields)


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def event(code: str | None, *, at: float, phase: Phase = Phase.ADD, person: bool | None = None, number: str = "a-1") -> Event:
    moment = after(at)
    return Event(7, "elevator", "xzl", number, phase, code, code or "Z9", moment, moment, "", person)


def watch(docket: Docket, *timeline: tuple[float, Values], book: RuleBook = BOOK) -> tuple[Docket, list[Decision]]:
    decisions: list[Decision] = []
    for seconds, values in timeline:
        docket, more = on_reading(book, docket, LIFT, values=values, at=after(seconds))
        decisions += more
    return docket, decisions


def trapped() -> Docket:
    inside = state(passenger=True)
    docket, _ = watch(fresh(BOOK), *((second, inside) for second in range(0, 70, 5)))
    return docket


def test_a_hold_that_runs_out_opens_one_alarm_with_its_level() -> None:
    inside = state(passenger=True)

    docket, decisions = watch(fresh(BOOK), *((second, inside) for second in range(0, 300, 5)))

    assert [(d.act, d.family, d.response.level, d.at) for d in decisions] == [(Act.OPEN, "entrapment", ResponseLevel.ENTRAPMENT, after(60))]
    assert set(docket.standing) == {"entrapment"}


def test_both_evidences_of_an_entrapment_are_one_occurrence() -> None:
    ride = [(0.0, state(car_status=1, passenger=True))]
    stand = [(float(second), state(passenger=True)) for second in range(5, 200, 5)]

    _, decisions = watch(fresh(BOOK), *ride, *stand)

    assert [d.act for d in decisions] == [Act.OPEN]


def test_an_open_door_closes_the_entrapment() -> None:
    docket, decisions = watch(trapped(), (75, state(passenger=True, door_status=4, door_closed=False)))

    assert [(d.act, d.family, d.source) for d in decisions] == [(Act.CLOSE, "entrapment", Source.RULE)]
    assert docket.standing == {}


@pytest.mark.parametrize(
    ("code", "family", "level"),
    [("7", "entrapment", "entrapment"), ("09", None, None), ("14", "button_stuck", "minor_fault"), ("1", "overrun_top", "minor_fault")],
)
def test_a_vendors_event_opens_its_family(code: str, family: str | None, level: str | None) -> None:
    canonical = None if family is None else code

    docket, decisions = on_event(BOOK, fresh(BOOK), event(canonical, at=0))

    assert [(d.act, d.family, d.response.level, d.source) for d in decisions] == (
        [] if family is None else [(Act.OPEN, family, level, Source.EVENT)]
    )
    assert set(docket.standing) == ({family} if family else set())


@pytest.mark.parametrize(
    ("code", "person", "seen", "level"),
    [
        ("1", True, False, ResponseLevel.EMERGENCY),
        ("1", None, True, ResponseLevel.EMERGENCY),
        ("1", False, True, ResponseLevel.MINOR_FAULT),
        ("9", None, True, ResponseLevel.ENTRAPMENT),
        ("9", None, False, ResponseLevel.MINOR_FAULT),
        ("14", True, True, ResponseLevel.MINOR_FAULT),
    ],
)
def test_the_events_word_about_people_wins_over_the_last_reading(code: str, person: bool | None, seen: bool, level: ResponseLevel) -> None:
    docket, _ = watch(fresh(BOOK), (0, state(passenger=seen)))

    _, decisions = on_event(BOOK, docket, event(code, at=1, person=person))

    assert decisions[0].response.level is level


def test_an_event_of_a_family_already_open_counts_and_never_lowers_the_level() -> None:
    docket, _ = on_event(BOOK, fresh(BOOK), event("1", at=0, person=True))

    _, decisions = on_event(BOOK, docket, event("1", at=5, person=False, number="a-2"))

    assert [(d.act, d.response.level) for d in decisions] == [(Act.REPEAT, ResponseLevel.EMERGENCY)]


def test_a_vendors_entrapment_merges_into_the_one_the_rules_found() -> None:
    _, decisions = on_event(BOOK, trapped(), event("entrapment_reported", at=70))

    assert [(d.act, d.family, d.rule) for d in decisions] == [(Act.REPEAT, "entrapment", "entrapment_reported")]


def test_a_vendors_word_closes_what_only_the_vendor_saw() -> None:
    docket, _ = on_event(BOOK, fresh(BOOK), event("14", at=0))

    docket, decisions = on_event(BOOK, docket, event("14", at=30, phase=Phase.DISAPPEAR))

    assert [(d.act, d.source) for d in decisions] == [(Act.CLOSE, Source.EVENT)]
    assert docket.standing == {}


def test_a_vendors_word_does_not_close_what_our_rule_still_sees() -> None:
    docket, decisions = on_event(BOOK, trapped(), event("7", at=80, phase=Phase.DISAPPEAR))

    assert decisions == []
    assert set(docket.standing) == {"entrapment"}


def test_an_end_older_than_the_newest_beginning_closes_nothing() -> None:
    docket, _ = on_event(BOOK, fresh(BOOK), event("14", at=60, number="a-2"))

    _, decisions = on_event(BOOK, docket, event("14", at=30, phase=Phase.DISAPPEAR))

    assert decisions == []


def test_a_reading_older_than_the_event_does_not_close_it() -> None:
    docket, _ = on_event(BOOK, fresh(BOOK), event("7", at=60))

    docket, early = watch(docket, (50, state(door_status=4, door_closed=False)))
    _, later = watch(docket, (65, state(door_status=4, door_closed=False)))

    assert early == []
    assert [d.act for d in later] == [Act.CLOSE]


@pytest.mark.parametrize("mode", [2, 3, 4])
@pytest.mark.parametrize(("code", "heard"), [("12", False), ("1", False), ("7", True), ("21", True)])
def test_maintenance_modes_silence_faults_but_not_people(mode: int, code: str, heard: bool) -> None:
    docket, _ = watch(fresh(BOOK), (0, state(service_mode=mode)))

    _, decisions = on_event(BOOK, docket, event(code, at=1))

    assert bool(decisions) is heard


def test_somebody_seen_later_in_a_standing_lift_raises_the_level_once() -> None:
    docket, _ = on_event(BOOK, fresh(BOOK), event("9", at=0, person=False))

    docket, decisions = watch(docket, *((second, state(passenger=True, door_closed=None, door_status=0)) for second in (5, 10, 15)))

    assert [(d.act, d.family, d.response.level) for d in decisions] == [(Act.ESCALATE, "power_cut", ResponseLevel.ENTRAPMENT)]


def test_somebody_entering_after_an_empty_overrun_does_not_make_it_an_emergency() -> None:
    docket, _ = on_event(BOOK, fresh(BOOK), event("1", at=0, person=False))

    _, decisions = watch(docket, (5, state(passenger=True)))

    assert decisions == []


def test_a_machine_that_speaks_again_is_no_longer_offline() -> None:
    docket, _ = on_event(BOOK, fresh(BOOK), event("106", at=0))

    docket, decisions = watch(docket, (5, state()))

    assert [(d.act, d.family, d.source) for d in decisions] == [(Act.CLOSE, "device_offline", Source.PRESENCE)]
    assert docket.standing == {}


def test_an_adopted_alarm_is_cleared_by_the_rule_that_did_not_raise_it() -> None:
    docket = adopt(BOOK, BOOK.fresh(), trapped().standing)

    _, decisions = watch(docket, (100, state(door_status=4, door_closed=False)))

    assert [(d.act, d.family) for d in decisions] == [(Act.CLOSE, "entrapment")]


def test_a_vendors_clock_ahead_of_ours_does_not_hold_the_alarm_open() -> None:
    ahead = replace(event("7", at=500), received_at=after(0))
    docket, decisions = on_event(BOOK, fresh(BOOK), ahead)

    _, closing = watch(docket, (5, state(door_status=4, door_closed=False)))

    assert decisions[0].at == after(0)
    assert [d.act for d in closing] == [Act.CLOSE]


@pytest.mark.parametrize(
    ("code", "apart", "settings", "acts"),
    [
        pytest.param("104", 119.9, {}, [Act.OPEN], id="jumping within 120 s is one occurrence"),
        pytest.param("104", 120, {}, [Act.OPEN, Act.REPEAT], id="jumping again after 120 s"),
        pytest.param("104", 30, {"elevator.jumping_again_seconds": 30}, [Act.OPEN, Act.REPEAT], id="by setting"),
        pytest.param("37", 599.9, {}, [Act.OPEN], id="an e-bike seen again within 10 min"),
        pytest.param("37", 600, {}, [Act.OPEN, Act.REPEAT], id="an e-bike after 10 min"),
        pytest.param("14", 1, {}, [Act.OPEN, Act.REPEAT], id="other words count each time"),
    ],
)
def test_an_echo_of_a_vendors_word_is_no_new_occurrence(code: str, apart: float, settings: dict[str, float], acts: list[Act]) -> None:
    book = bind(ELEVATOR, settings)
    docket, first = on_event(book, fresh(book), event(code, at=0, number="a-1"))

    _, second = on_event(book, docket, event(code, at=apart, number="a-2"))

    assert [decision.act for decision in [*first, *second]] == acts


def test_every_echo_is_measured_from_the_last_word_that_counted() -> None:
    docket, acts = fresh(BOOK), []
    for second in range(0, 300, 50):
        docket, decisions = on_event(BOOK, docket, event("104", at=second, number=f"a-{second}"))
        acts += [(d.act, second) for d in decisions]

    assert acts == [(Act.OPEN, 0), (Act.REPEAT, 150)]


@pytest.mark.parametrize(("age", "level"), [(900, ResponseLevel.ENTRAPMENT), (901, ResponseLevel.MINOR_FAULT)])
def test_an_old_reading_does_not_say_who_is_inside_now(age: float, level: ResponseLevel) -> None:
    docket, _ = watch(fresh(BOOK), (0, state(passenger=True)))

    _, decisions = on_event(BOOK, docket, event("9", at=age))

    assert decisions[0].response.level is level


@pytest.mark.parametrize(("age", "heard"), [(900, 0), (901, 1)])
def test_an_old_reading_does_not_keep_a_lift_under_maintenance(age: float, heard: int) -> None:
    docket, _ = watch(fresh(BOOK), (0, state(service_mode=2)))

    _, decisions = on_event(BOOK, docket, event("14", at=age))

    assert len(decisions) == heard
