"""Every rule of both kinds as a table: just under, at and just over its limit, gaps, suppression, silence, clearing, settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import pytest

from domain.alarms import Word, bind
from domain.equipment import ELEVATOR, FORKLIFT, KINDS
from domain.equipment.elevator import MAINTENANCE_MODES
from domain.equipment.kind import EquipmentKind, Subject, Value, Values
from domain.faults import RULES
from tests.unit.domain.judging import SUBJECTS, every, judge, reading, words


@dataclass(frozen=True)
class Case:
    """One rule that holds: the evidence, how long it must last, what clears it and after how long, and the settings for both."""

    rule: str
    kind: EquipmentKind
    evidence: Mapping[str, Value]
    lasting: float
    lasting_key: str
    quiet: float
    quiet_key: str
    calm: Mapping[str, Value] = field(default_factory=dict)
    gap: float = 15
    gap_key: str = "alarm.max_gap_seconds"

    @property
    def bad(self) -> Values:
        return reading(self.kind, **self.evidence)

    @property
    def good(self) -> Values:
        return reading(self.kind, **self.calm)

    @property
    def subject(self) -> Subject:
        return SUBJECTS[self.kind.key]

    @property
    def step(self) -> float:
        """Seconds between samples that neither break a hold nor hit its end by chance."""
        return min(self.gap, self.lasting / 4) if self.lasting else 1

    def raised(self) -> list[tuple[float, Values]]:
        return every(self.step or 1, self.bad, until=self.lasting)


DOOR_OPENS: Mapping[str, Value] = {"door_status": 4, "door_closed": False}


def lift(rule: str, *, lasting: tuple[str, float], quiet: tuple[str, float], **evidence: Value) -> Case:
    return Case(rule, ELEVATOR, evidence, lasting[1], f"elevator.{lasting[0]}", quiet[1], f"elevator.{quiet[0]}")


def truck(rule: str, *, lasting: tuple[str, float], **evidence: Value) -> Case:
    return Case(rule, FORKLIFT, evidence, lasting[1], f"forklift.{lasting[0]}", 10, "forklift.clear_seconds")


BRIEF = ("fault_hold_seconds", 5.0)
CASES = (
    replace(
        lift("entrapment_door_closed", lasting=("entrapment_seconds", 60), quiet=("entrapment_clear_seconds", 0), passenger=True),
        calm=DOOR_OPENS,
    ),
    lift("door_held_open", lasting=("door_held_seconds", 120), quiet=BRIEF, **DOOR_OPENS),
    lift("stopped_outside_zone", lasting=("outside_zone_seconds", 10), quiet=BRIEF, door_zone=False),
    lift("overspeed", lasting=("overspeed_seconds", 1), quiet=("overspeed_clear_seconds", 10), speed=2.301),
    lift("door_open_running", lasting=("door_open_running_seconds", 1), quiet=BRIEF, car_status=1, **DOOR_OPENS),
    lift("safety_circuit_open", lasting=BRIEF, quiet=BRIEF, safety_circuit=True),
    replace(
        lift(
            "machine_room_hot",
            lasting=("machine_room_seconds", 60),
            quiet=("machine_room_clear_seconds", 300),
            machine_room_temperature=40.1,
        ),
        gap=600,
        gap_key="elevator.machine_room_gap_seconds",
    ),
    truck("unlicensed_driving", lasting=("unlicensed_seconds", 3), driver=""),
    truck("forklift_overspeed", lasting=("overspeed_seconds", 3), speed=15.01),
    truck("forklift_overload", lasting=("overload_seconds", 3), load=3001.0),
    truck("driver_fatigue", lasting=("fatigue_seconds", 0), work_minutes=240.0),
    truck("belt_unfastened", lasting=("belt_seconds", 10), speed=1.01, seatbelt=False),
    truck("out_of_area", lasting=("fence_seconds", 30), lng=121.4201),
    truck("collision", lasting=("impact_seconds", 0), impact=2.51),
    truck("seat_left_moving", lasting=("seat_seconds", 5), speed=1.01, seat_occupied=False),
)
HOLDING = tuple(case for case in CASES if case.lasting)
by_rule = pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
by_lift_rule = pytest.mark.parametrize("case", [case for case in CASES if case.kind is ELEVATOR], ids=lambda case: case.rule)
by_quiet_rule = pytest.mark.parametrize("case", [case for case in CASES if case.quiet], ids=lambda case: case.rule)
by_holding_rule = pytest.mark.parametrize("case", HOLDING, ids=lambda case: case.rule)
EITHER = {"door_held_open": [{"door_status", "door_closed"}]}  # either key alone says that the door is open
SHAPED_OTHERWISE = {"entrapment_after_stop", "door_cycling"}


def test_every_rule_of_every_kind_has_its_case() -> None:
    judged = {rule.key for kind in KINDS.values() for rule in kind.rules}

    assert judged == {case.rule for case in CASES} | SHAPED_OTHERWISE
    assert judged <= RULES.keys()


@by_rule
def test_a_rule_raises_once_when_its_evidence_has_lasted(case: Case) -> None:
    line = every(case.step, case.bad, until=case.lasting + 40)

    _, verdicts = judge(bind(case.kind, {}), line, subject=case.subject)

    assert words(verdicts, case.rule) == [("raise", case.lasting)]


@by_holding_rule
def test_a_rule_waits_just_under_its_time_and_says_how_long(case: Case) -> None:
    line = every(case.step, case.bad, until=case.lasting - 0.001)

    _, verdicts = judge(bind(case.kind, {}), line, subject=case.subject)

    mine = [v for v in verdicts if v.rule == case.rule]
    assert {v.word for v in mine} == {Word.HOLD}
    assert mine[-1].needed == case.lasting
    assert (mine[-1].until - mine[0].at).total_seconds() == pytest.approx(case.lasting)


@by_holding_rule
def test_a_rule_raises_on_the_first_reading_just_over_its_time(case: Case) -> None:
    line = [*every(case.step, case.bad, until=case.lasting - 0.001), (case.lasting + 0.001, case.bad)]

    _, verdicts = judge(bind(case.kind, {}), line, subject=case.subject)

    assert words(verdicts, case.rule) == [("raise", case.lasting + 0.001)]


@by_holding_rule
def test_one_reading_to_the_contrary_begins_the_hold_anew(case: Case) -> None:
    broken = case.lasting - 0.001
    line = [*every(case.step, case.bad, until=broken - 0.001), (broken, case.good)]
    again = every(case.step, case.bad, since=broken + 0.001, until=broken + 0.001 + case.lasting)

    _, verdicts = judge(bind(case.kind, {}), [*line, *again], subject=case.subject)

    assert words(verdicts, case.rule) == [("raise", pytest.approx(broken + 0.001 + case.lasting))]


@by_holding_rule
def test_what_nobody_saw_is_not_evidence(case: Case) -> None:
    lasting = 3 * case.gap
    settings = {case.lasting_key: lasting}
    seen = every(case.gap, case.bad, until=lasting)
    unseen = every(case.gap + 0.001, case.bad, until=2 * lasting)

    _, continuous = judge(bind(case.kind, settings), seen, subject=case.subject)
    _, torn = judge(bind(case.kind, settings), unseen[: int(2 * lasting / case.gap)], subject=case.subject)

    assert words(continuous, case.rule) == [("raise", lasting)]
    assert words(torn, case.rule) == []


@by_rule
@pytest.mark.parametrize("age", [0, 0.001, 3600], ids=["the same moment again", "just older", "an hour older"])
def test_a_late_reading_changes_nothing(case: Case, age: float) -> None:
    book = bind(case.kind, {})
    almost = every(case.step, case.bad, until=case.lasting - 0.001)
    watch, _ = judge(book, almost, subject=case.subject)

    after, verdicts = judge(book, [(case.lasting - 0.001 - age, case.good)], subject=case.subject, watch=watch)

    assert (after, verdicts) == (watch, [])


@by_holding_rule
def test_the_gap_is_a_setting(case: Case) -> None:
    far = case.gap * 2
    settings = {case.lasting_key: far, case.gap_key: far}

    _, verdicts = judge(bind(case.kind, settings), [(0, case.bad), (far, case.bad)], subject=case.subject)

    assert words(verdicts, case.rule) == [("raise", far)]


@pytest.mark.parametrize("mode", MAINTENANCE_MODES)
@by_lift_rule
def test_a_lift_under_maintenance_raises_nothing(case: Case, mode: int) -> None:
    line = every(case.step, reading(ELEVATOR, **{**case.evidence, "service_mode": mode}), until=case.lasting + 40)

    _, verdicts = judge(bind(case.kind, {}), line, subject=case.subject)

    assert verdicts == []


@by_lift_rule
def test_a_hold_does_not_survive_maintenance(case: Case) -> None:
    almost = case.lasting - 0.002
    line = [*every(case.step, case.bad, until=almost), (almost + 0.001, reading(ELEVATOR, **{**case.evidence, "service_mode": 2}))]

    _, verdicts = judge(bind(case.kind, {}), [*line, (case.lasting + 0.001, case.bad)], subject=case.subject)

    assert words(verdicts, case.rule) == []


@by_rule
def test_an_absent_value_never_raises(case: Case) -> None:
    for unsaid in EITHER.get(case.rule, [{metric} for metric in case.evidence]):
        silent = {**case.evidence, **dict.fromkeys(unsaid)}
        line = every(case.step, reading(case.kind, **silent), until=case.lasting + 40)

        _, verdicts = judge(bind(case.kind, {}), line, subject=case.subject)

        assert words(verdicts, case.rule) == [], unsaid


@by_rule
def test_an_absent_value_never_clears(case: Case) -> None:
    mute = tuple(None for _ in case.kind.fields)
    line = [*case.raised(), *every(1, mute, since=case.lasting + 1, until=case.lasting + case.quiet + 60)]

    watch, verdicts = judge(bind(case.kind, {}), line, subject=case.subject)

    assert words(verdicts, case.rule) == [("raise", case.lasting)]
    assert bind(case.kind, {}).holds(watch, RULES[case.rule].family)


@by_rule
def test_a_rule_clears_at_its_quiet_time_and_not_before(case: Case) -> None:
    calm_at = case.lasting + 1
    line = [*case.raised(), *every(max(case.quiet, 4) / 4, case.good, since=calm_at, until=calm_at + case.quiet)]

    _, verdicts = judge(bind(case.kind, {}), line, subject=case.subject)

    assert words(verdicts, case.rule) == [("raise", case.lasting), ("clear", calm_at + case.quiet)]


@by_quiet_rule
def test_a_relapse_begins_the_quiet_time_anew(case: Case) -> None:
    calm_at = case.lasting + 1
    line = [*case.raised(), (calm_at, case.good), (calm_at + case.quiet - 0.001, case.bad)]
    again = calm_at + case.quiet

    _, verdicts = judge(bind(case.kind, {}), [*line, (again, case.good), (again + case.quiet, case.good)], subject=case.subject)

    assert words(verdicts, case.rule) == [("raise", case.lasting), ("clear", again + case.quiet)]


@by_rule
def test_a_device_that_speaks_every_four_minutes_can_clear(case: Case) -> None:
    line = [*case.raised(), (case.lasting + 240, case.good), (case.lasting + 480, case.good), (case.lasting + 720, case.good)]

    _, verdicts = judge(bind(case.kind, {}), line, subject=case.subject)

    assert [word for word, _ in words(verdicts, case.rule)] == ["raise", "clear"]


@by_rule
def test_times_are_settings(case: Case) -> None:
    settings = {case.lasting_key: 2.0, case.quiet_key: 2.0}
    line = [*every(1, case.bad, until=2), *every(1, case.good, since=3, until=7)]

    _, verdicts = judge(bind(case.kind, settings), line, subject=case.subject)

    assert words(verdicts, case.rule) == [("raise", 2), ("clear", 5)]
