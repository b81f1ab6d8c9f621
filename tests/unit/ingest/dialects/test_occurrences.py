"""A flag that is said again and again: which occurrences it makes, delivered in order, twice, late and after a restart."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.telemetry import Phase
from ingest.dialects.occurrences import AGAIN, Occurrences
from tests.unit.ingest.dialects.hearing import NOON

FLAG = ("v", "lift", "F9999")
HOUR = int(AGAIN.total_seconds())


def words(told: Occurrences, *said: tuple[int, bool]) -> list[tuple[str, int, int]]:
    """(phase, seconds of the beginning, seconds of the word) of every word that is passed on."""
    return [
        (word.phase.value, int((word.began - NOON).total_seconds()), int((word.at - NOON).total_seconds()))
        for at, up in said
        for word in told.tell(FLAG, up=up, at=NOON + timedelta(seconds=at))
    ]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        pytest.param([(0, True)], [("add", 0, 0)], id="it begins"),
        pytest.param([(0, False)], [("disappear", 0, 0)], id="nothing is known: the end may be news"),
        pytest.param([(0, True), (5, True), (10, True)], [("add", 0, 0)], id="it goes on"),
        pytest.param([(0, True), (5, False), (10, False)], [("add", 0, 0), ("disappear", 0, 5)], id="it ends once"),
        pytest.param(
            [(0, True), (5, False), (10, True)], [("add", 0, 0), ("disappear", 0, 5), ("add", 10, 10)], id="the next one is another"
        ),
        pytest.param([(0, True), (HOUR - 1, True), (HOUR, True)], [("add", 0, 0), ("add", HOUR, HOUR)], id="told again each hour"),
        pytest.param([(0, True), (0, True)], [("add", 0, 0)] * 2, id="delivered twice it says the same"),
        pytest.param(
            [(0, True), (5, False), (0, True), (5, False)],
            [("add", 0, 0), ("disappear", 0, 5)] * 2,
            id="a batch delivered again says the same again",
        ),
        pytest.param(
            [(0, False), (10, False), (5, True)],
            [("disappear", 0, 0), ("add", 5, 5)],
            id="late, and nothing after it was news",
        ),
        pytest.param(
            [(0, False), (5, True), (10, False), (3, True)],
            [("disappear", 0, 0), ("add", 5, 5), ("disappear", 5, 10)],
            id="late inside what is known to go on",
        ),
        pytest.param([(10, False), (5, True)], [("disappear", 10, 10), ("add", 5, 5), ("disappear", 5, 10)], id="late and over"),
        pytest.param([(10, True), (5, False)], [("add", 10, 10)], id="a late no is no news"),
    ],
)
def test_what_is_passed_on(said: list[tuple[int, bool]], told: list[tuple[str, int, int]]) -> None:
    assert words(Occurrences(), *said) == told


def test_flags_do_not_mix() -> None:
    told = Occurrences()

    first = told.tell(("v", "lift", "F9999"), up=True, at=NOON)
    second = told.tell(("v", "other", "F9999"), up=True, at=NOON)

    assert (len(first), len(second)) == (1, 1)


def test_the_memory_is_bounded() -> None:
    told = Occurrences(flags=2)
    for lift in ("a", "b", "c"):
        told.tell(("v", lift, "F"), up=True, at=NOON)

    later = NOON + timedelta(seconds=5)

    assert told.tell(("v", "c", "F"), up=True, at=later) == []
    assert [word.phase for word in told.tell(("v", "a", "F"), up=True, at=later)] == [Phase.ADD]


@given(st.lists(st.booleans(), min_size=1, max_size=7))
def test_said_in_order_and_again_nothing_changes(flags: list[bool]) -> None:
    said = list(enumerate(flags))
    told = Occurrences()

    first, again = words(told, *said), words(told, *said)

    assert set(again) <= set(first)


@given(st.lists(st.booleans(), min_size=1, max_size=40))
def test_beginnings_and_ends_alternate_and_pair(flags: list[bool]) -> None:
    said = words(Occurrences(), *enumerate(flags))

    ends = {began for phase, began, _ in said[1:] if phase == "disappear"}
    assert ends <= {began for phase, began, _ in said if phase == "add"}
    assert all(one[0] != other[0] for one, other in pairwise(said))
