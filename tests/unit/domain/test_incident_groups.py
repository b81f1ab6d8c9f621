"""Who is near whom: groups of reports on a plane, and what a group does to the level."""

from __future__ import annotations

from itertools import combinations
from math import cos, hypot, radians
from random import Random

import pytest

from domain.incident_groups import DEGREE_M, Located, clusters, rise
from domain.incident_groups import GroupCause as Cause
from domain.response import ResponseLevel

LNG, LAT = 121.40, 31.25
EAST = DEGREE_M * cos(radians(LAT))


def at(number: int, *, east: float = 0.0, north: float = 0.0) -> Located:
    """A report so many metres from the town's corner."""
    return Located(number, LNG + east / EAST, LAT + north / DEGREE_M)


def numbers(reports: list[Located], *, at_least: int = 5) -> list[list[int]]:
    """The groups as numbers of orders."""
    return [[report.order for report in group] for group in clusters(reports, metres=500, at_least=at_least)]


def by_definition(reports: list[Located], *, at_least: int) -> set[frozenset[int]]:
    """The thick of every group, as the sentence says it: pair by pair."""
    place = {r.order: (r.lng * EAST, r.lat * DEGREE_M) for r in reports}
    near = {n: {m for m in place if hypot(place[n][0] - place[m][0], place[n][1] - place[m][1]) <= 500} for n in place}
    thick = {n for n in place if len(near[n]) >= at_least}
    groups = {n: {n} for n in thick}
    for one, other in combinations(sorted(thick), 2):
        if other in near[one] and groups[one] is not groups[other]:
            groups[one] |= groups[other]
            for n in groups[other]:
                groups[n] = groups[one]
    return {frozenset(group) for group in groups.values()}


@pytest.mark.parametrize(("many", "groups"), [(4, []), (5, [[0, 1, 2, 3, 4]])])
def test_five_near_each_other_are_one_incident_and_four_are_none(many: int, groups: list[list[int]]) -> None:
    assert numbers([at(n, east=n * 10) for n in range(many)]) == groups


@pytest.mark.parametrize(("metres", "together"), [(499.5, True), (500.5, False)])
def test_the_fifth_counts_within_five_hundred_metres(metres: float, together: bool) -> None:
    reports = [*(at(n) for n in range(4)), at(4, east=metres)]

    assert bool(numbers(reports)) is together


def test_streets_in_a_line_are_one_incident_and_a_place_apart_is_another():
    line = [at(10 * place + n, east=place * 450) for place in range(8) for n in range(3)]
    apart = [at(1000 + n, east=9000) for n in range(6)]

    assert [len(group) for group in numbers([*line, *apart])] == [24, 6]


def test_one_at_the_edge_belongs_to_the_group_that_it_is_near():
    edge = at(9, north=480)

    assert numbers([*(at(n) for n in range(5)), edge, at(10, north=2000)]) == [[0, 1, 2, 3, 4, 9]]


def test_nothing_reported_is_no_group():
    assert clusters([], metres=500, at_least=5) == []


@pytest.mark.parametrize("seed", range(20))
def test_cells_find_what_looking_at_every_pair_finds(seed: int) -> None:
    dice = Random(seed)
    reports = [at(n, east=dice.uniform(0, 4000), north=dice.uniform(0, 4000)) for n in range(120)]
    expected = by_definition(reports, at_least=6)

    found = clusters(reports, metres=500, at_least=6)

    thick = frozenset().union(*expected)
    assert {frozenset(report.order for report in group) & thick for group in found} == expected


@pytest.mark.parametrize(
    ("cause", "size", "level", "whole"),
    [
        (Cause.MANY_TRAPPED, 5, ResponseLevel.EMERGENCY, True),
        (Cause.POWER_CUT, 5, ResponseLevel.ENTRAPMENT, False),
        (Cause.POWER_CUT, 29, ResponseLevel.ENTRAPMENT, False),
        (Cause.POWER_CUT, 30, ResponseLevel.EMERGENCY, False),
    ],
)
def test_a_group_raises_the_level(cause: Cause, size: int, level: ResponseLevel, whole: bool) -> None:
    risen = rise(cause, size, {})

    assert (risen.level, risen.whole) == (level, whole)
