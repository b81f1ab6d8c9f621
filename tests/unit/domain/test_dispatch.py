"""Who is sent: the nearest of those nothing speaks against."""

from __future__ import annotations

from typing import Any

import pytest

from domain.coordinates import Point
from domain.dispatch import SHOWN, Against, Candidate, Why, choose, metres_between, said


def team(number: int, metres: float | None = 1000, **facts: Any) -> Candidate:
    """A team that may be sent."""
    known: dict[str, Any] = {"team": number, "unit": 7, "name": f"{number}号点", "metres": metres, "load": 0, "capacity": 2}
    return Candidate(**(known | facts))


def sent(*candidates: Candidate) -> tuple[int, Why] | None:
    """The team that is sent, and why."""
    choice = choose(candidates)
    return None if choice is None else (choice.sent.team, choice.why)


@pytest.mark.parametrize(
    ("facts", "against"),
    [
        ({}, ()),
        ({"contracted": False}, (Against.NO_CONTRACT,)),
        ({"licensed": False}, (Against.NO_LICENCE,)),
        ({"on_duty": False}, (Against.OFF_DUTY,)),
        ({"load": 1}, ()),
        ({"load": 2}, (Against.FULL,)),
        ({"load": 3}, (Against.FULL,)),
        ({"tried": True}, (Against.TRIED,)),
        ({"licensed": False, "load": 2}, (Against.NO_LICENCE, Against.FULL)),
    ],
)
def test_what_speaks_against_a_team(facts: dict[str, Any], against: tuple[Against, ...]) -> None:
    assert team(1, **facts).against == against


@pytest.mark.parametrize("reason", [{"contracted": False}, {"licensed": False}, {"on_duty": False}, {"load": 2}])
def test_the_next_nearest_goes_where_the_nearest_may_not(reason: dict[str, Any]) -> None:
    assert sent(team(1, 100, **reason), team(2, 900), team(3, 800)) == (3, Why.NEAREST)


@pytest.mark.parametrize(
    ("candidates", "expected"),
    [
        ((team(1, 901), team(2, 900)), (2, Why.NEAREST)),
        ((team(1), team(2, on_duty=False)), (1, Why.ONLY)),
        ((team(1, None), team(2, 40_000)), (2, Why.NEAREST)),
        ((team(1, None),), (1, Why.ONLY)),
        ((team(1, 500, load=1), team(2, 500)), (2, Why.NEAREST)),
        ((team(2, 500), team(1, 500)), (1, Why.NEAREST)),
        ((team(1, 100, tried=True), team(2, 900), team(3, 800)), (3, Why.NEXT)),
        ((team(1, 100, tried=True), team(2, 900)), (2, Why.NEXT)),
        ((team(1, tried=True), team(2, on_duty=False)), None),
        ((), None),
    ],
    ids=["near", "only", "known before unknown", "unknown", "idle before busy", "a tie", "next", "last", "nobody left", "nobody"],
)
def test_who_is_sent(candidates: tuple[Candidate, ...], expected: tuple[int, Why] | None) -> None:
    assert sent(*candidates) == expected


def test_the_weighing_is_kept_with_the_chosen_team_first() -> None:
    choice = choose([team(number, 100 * number, on_duty=number > 2) for number in range(1, 13)])

    assert choice is not None
    kept = said(choice.weighed)
    assert len(kept) == SHOWN
    assert kept[0] == {"team": 3, "unit": 7, "name": "3号点", "metres": 300, "load": 0, "capacity": 2, "against": []}
    assert said([team(1, None, on_duty=False)])[0]["against"] == ["off_duty"]


@pytest.mark.parametrize(
    ("here", "there", "metres"),
    [
        (Point(121.40, 31.25), Point(121.40, 31.25), 0),
        (Point(121.40, 31.25), Point(121.40, 31.26), 1112),
        (Point(121.40, 31.25), Point(121.41, 31.25), 951),
        (Point(0, 0), Point(180, 0), 20_015_114),
    ],
)
def test_distances_over_the_ground(here: Point, there: Point, metres: int) -> None:
    assert round(metres_between(here, there) or 0) == metres
    assert round(metres_between(there, here) or 0) == metres


def test_an_unknown_position_has_no_distance() -> None:
    assert metres_between(None, Point(121, 31)) is None
    assert metres_between(Point(121, 31), None) is None
