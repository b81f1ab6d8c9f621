"""Scoring: what counts as found, as missed and as false."""

from __future__ import annotations

from dataclasses import replace

import pytest

from demo.scoring import AFTERWARDS_S, EARLY_S, Raised, score, table
from demo.truth import Truth

TRAPPED = Truth("t-1", "entrapment_between", 7, "c7", "entrapment", ("stopped_outside_zone",), 1000.0, 1600.0, "xzl", told=False)
ALARM = Raised(7, "entrapment", "entrapment_after_stop", 1060.0, 1061.0)


def test_an_alarm_of_the_same_machine_family_and_time_is_a_find() -> None:
    outcome = score([TRAPPED], [ALARM])

    assert outcome.passes
    assert (outcome.missed, outcome.false) == ((), ())
    assert outcome.lines[0].median_delay == 61.0


@pytest.mark.parametrize(
    ("alarm", "explained"),
    [
        pytest.param(replace(ALARM, raised_at=1000 - EARLY_S), True, id="just early enough"),
        pytest.param(replace(ALARM, raised_at=1000 - EARLY_S - 0.1), False, id="too early"),
        pytest.param(replace(ALARM, raised_at=1600 + AFTERWARDS_S), True, id="just late enough"),
        pytest.param(replace(ALARM, raised_at=1600 + AFTERWARDS_S + 0.1), False, id="too late"),
        pytest.param(replace(ALARM, equipment_id=8), False, id="another machine"),
        pytest.param(replace(ALARM, family="overspeed"), False, id="another family"),
    ],
)
def test_everything_else_is_false_and_the_mishap_missed(alarm: Raised, explained: bool) -> None:
    outcome = score([TRAPPED], [alarm])

    assert outcome.passes is explained
    assert (outcome.missed == (), outcome.false == ()) == (explained, explained)


def test_a_consequence_is_neither_a_find_nor_false() -> None:
    outcome = score([TRAPPED], [replace(ALARM, family="stopped_outside_zone")])

    assert outcome.missed == (TRAPPED,)
    assert outcome.false == ()


def test_one_false_entrapment_fails_and_another_false_alarm_does_not() -> None:
    found = score([TRAPPED], [ALARM, replace(ALARM, equipment_id=9, family="door_held_open")])
    cried = score([TRAPPED], [ALARM, replace(ALARM, equipment_id=9)])

    assert found.passes
    assert not cried.passes


@pytest.mark.parametrize(("found", "passes"), [(98, True), (97, False)])
def test_other_mishaps_may_be_missed_twice_in_a_hundred(found: int, passes: bool) -> None:
    mishaps = [Truth(str(n), "ebike", n, "c", "ebike_in_car", (), 1000.0, 1100.0, "xzl", told=True) for n in range(100)]

    outcome = score(mishaps, [Raised(n, "ebike_in_car", "ebike_in_car", 1005.0, 1006.0) for n in range(found)])

    assert outcome.passes is passes
    assert f"{found:.1f}%" in table(outcome)
