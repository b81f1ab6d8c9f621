"""Which alarms a threshold has a say in, and how two judgements of one history differ."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.back_test import Alarm, Change, books, differences, families_of, tried_on
from domain.equipment import KINDS
from domain.thresholds import THRESHOLDS
from tests.unit.domain.judging import START

LIFT = KINDS["elevator"]


def alarm(raised: float, cleared: float | None, *, family: str = "entrapment", rule: str = "entrapment_door_closed") -> Alarm:
    """An alarm in seconds after the start."""
    return Alarm(family, rule, START + timedelta(seconds=raised), None if cleared is None else START + timedelta(seconds=cleared))


@pytest.mark.parametrize(
    ("key", "families"),
    [
        ("elevator.entrapment_seconds", {"entrapment"}),
        ("elevator.machine_room_limit", {"machine_room_hot"}),
        ("elevator.fault_hold_seconds", {"door_held_open", "door_open_running", "safety_circuit_open", "stopped_outside_zone"}),
        ("elevator.ebike_again_seconds", {"ebike_in_car"}),
        ("forklift.impact_g", set()),
        ("presence.silent_seconds", set()),
    ],
)
def test_a_threshold_has_a_say_in_the_families_that_read_it(key: str, families: set[str]):
    assert families_of(key, LIFT) == families


def test_every_threshold_is_tried_on_the_kinds_whose_alarms_it_changes():
    assert tried_on("alarm.max_gap_seconds") == ("elevator", "forklift")
    assert tried_on("forklift.impact_g") == ("forklift",)
    assert tried_on("response.trapped_seconds") == ()
    assert {kind for key in THRESHOLDS for kind in tried_on(key)} == {"elevator", "forklift"}


def test_only_the_rules_of_the_families_are_judged():
    [book] = books(LIFT, {"entrapment"}, {}).books

    assert book.rules == ("entrapment_after_stop", "entrapment_door_closed")


@pytest.mark.parametrize(
    ("present", "trial", "changes"),
    [
        ([], [], []),
        ([alarm(60, 90)], [alarm(60, 90)], []),
        ([], [alarm(60, 90)], [Change.ADDED]),
        ([alarm(60, 90)], [], [Change.REMOVED]),
        ([alarm(60, 90)], [alarm(30, 90)], [Change.MOVED]),
        ([alarm(60, 90)], [alarm(60, 90, rule="entrapment_after_stop")], [Change.MOVED]),
        ([alarm(60, 90)], [alarm(90, 120)], [Change.MOVED]),
        ([alarm(60, 90)], [alarm(91, 120)], [Change.ADDED, Change.REMOVED]),
        ([alarm(60, None)], [alarm(500, None)], [Change.MOVED]),
        ([alarm(60, 90)], [alarm(60, 90, family="overspeed", rule="overspeed")], [Change.ADDED, Change.REMOVED]),
        ([alarm(60, 200)], [alarm(60, 80), alarm(100, 200)], [Change.ADDED]),
    ],
    ids=["none", "same", "added", "removed", "earlier", "other-rule", "touching", "after-its-end", "open", "other-family", "split"],
)
def test_alarms_that_overlap_are_about_the_same_trouble(present: list[Alarm], trial: list[Alarm], changes: list[Change]):
    assert [one.change for one in differences(present, trial)] == changes
