"""The numbers in the rules: just under, at and just over each limit, whose word gives it, and what is not judged at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from domain.alarms import bind
from domain.equipment import FORKLIFT
from domain.equipment.kind import Subject, Value
from tests.unit.domain.judging import SUBJECTS, every, judge, reading, words
from tests.unit.domain.test_rules import CASES

LIMITS = (
    # rule, setting, what the limit is changed to, evidence under, at and over the changed limit; only some rules raise at it
    ("overspeed", "elevator.overspeed_ratio", 1.5, "speed", (2.999, 3.0, 3.001), (False, False, True)),
    ("overspeed", "elevator.overspeed_ratio", 1.5, "speed", (-2.999, -3.0, -3.001), (False, False, True)),
    ("overspeed", None, 1.15, "speed", (2.299, 2.3, 2.301), (False, False, True)),
    ("machine_room_hot", None, 40, "machine_room_temperature", (39.9, 40.0, 40.1), (False, False, True)),
    ("machine_room_hot", "elevator.machine_room_limit", 50, "machine_room_temperature", (49.9, 50.0, 50.1), (False, False, True)),
    ("forklift_overspeed", None, 15, "speed", (14.99, 15.0, 15.01), (False, False, True)),
    ("forklift_overspeed", "forklift.speed_limit_outdoor_kmh", 10, "speed", (9.99, 10.0, 10.01), (False, False, True)),
    ("forklift_overload", None, 1.0, "load", (2999.0, 3000.0, 3001.0), (False, False, True)),
    ("forklift_overload", "forklift.overload_ratio", 1.1, "load", (3299.0, 3300.0, 3301.0), (False, False, True)),
    ("driver_fatigue", None, 240, "work_minutes", (239.0, 240.0, 241.0), (False, True, True)),
    ("driver_fatigue", "forklift.fatigue_minutes", 120, "work_minutes", (119.0, 120.0, 121.0), (False, True, True)),
    ("belt_unfastened", None, 1, "speed", (0.99, 1.0, 1.01), (False, False, True)),
    ("seat_left_moving", "forklift.moving_kmh", 2, "speed", (1.99, 2.0, 2.01), (False, False, True)),
    ("collision", None, 2.5, "impact", (2.49, 2.5, 2.51), (False, False, True)),
    ("collision", "forklift.impact_g", 3, "impact", (2.99, 3.0, 3.01), (False, False, True)),
)


@pytest.mark.parametrize(
    ("rule", "setting", "limit", "metric", "samples", "raises"), LIMITS, ids=lambda value: str(value) if isinstance(value, str) else ""
)
def test_the_limit_of_a_rule(
    rule: str, setting: str | None, limit: float, metric: str, samples: tuple[float, ...], raises: tuple[bool, ...]
) -> None:
    case = next(c for c in CASES if c.rule == rule)
    settings = {} if setting is None else {setting: limit}

    for sample, wanted in zip(samples, raises, strict=True):
        line = every(case.step, reading(case.kind, **{**case.evidence, metric: sample}), until=case.lasting + 5)
        _, verdicts = judge(bind(case.kind, settings), line, subject=case.subject)
        assert bool(words(verdicts, rule)) is wanted, sample


@pytest.mark.parametrize(
    ("lng", "lat", "raises"),
    [
        pytest.param(121.4199, 31.21, False, id="inside east"),
        pytest.param(121.42, 31.21, False, id="on the east edge"),
        pytest.param(121.4201, 31.21, True, id="over the east edge"),
        pytest.param(121.4, 31.21, False, id="on the west edge"),
        pytest.param(121.3999, 31.21, True, id="over the west edge"),
        pytest.param(121.41, 31.22, False, id="on the north edge"),
        pytest.param(121.41, 31.2201, True, id="over the north edge"),
        pytest.param(121.41, 31.2, False, id="on the south edge"),
        pytest.param(121.41, 31.1999, True, id="over the south edge"),
    ],
)
def test_the_fence_of_a_truck(lng: float, lat: float, raises: bool) -> None:
    _, verdicts = judge(bind(FORKLIFT, {}), every(5, reading(FORKLIFT, lng=lng, lat=lat), until=35), subject=SUBJECTS["forklift"])

    assert bool(words(verdicts, "out_of_area")) is raises


NOT_JUDGED = (
    ("overspeed", Subject(1), "a lift without a rated speed"),
    ("belt_unfastened", replace(SUBJECTS["forklift"], has_belt=False), "a standing truck has no belt"),
    ("out_of_area", replace(SUBJECTS["forklift"], fence=None), "a truck without a fence"),
)


@pytest.mark.parametrize(("rule", "subject", "why"), NOT_JUDGED, ids=lambda value: value if isinstance(value, str) else "")
def test_what_the_register_does_not_say_is_not_judged(rule: str, subject: Subject, why: str) -> None:
    case = next(c for c in CASES if c.rule == rule)

    _, verdicts = judge(bind(case.kind, {}), every(case.step, case.bad, until=case.lasting + 5), subject=subject)

    assert words(verdicts, rule) == [], why


@pytest.mark.parametrize(("rule", "subject", "why"), NOT_JUDGED, ids=lambda value: value if isinstance(value, str) else "")
def test_what_is_not_judged_does_not_end_a_vendors_alarm(rule: str, subject: Subject, why: str) -> None:
    case = next(c for c in CASES if c.rule == rule)
    book = bind(case.kind, {})

    _, verdicts = judge(book, every(5, case.bad, until=300), subject=subject, watch=book.opened(book.fresh(), rule))

    assert words(verdicts, rule) == [], why


@pytest.mark.parametrize(
    ("said", "subject", "raises"),
    [
        pytest.param({"speed": 5.01}, replace(SUBJECTS["forklift"], indoor=True), True, id="over 5 indoors"),
        pytest.param({"speed": 5.0}, replace(SUBJECTS["forklift"], indoor=True), False, id="at 5 indoors"),
        pytest.param({"speed": 8.1, "zone_speed_limit": 8.0}, SUBJECTS["forklift"], True, id="over the zone's own limit"),
        pytest.param({"speed": 16.0, "zone_speed_limit": 20.0}, SUBJECTS["forklift"], False, id="under the zone's own limit"),
        pytest.param({"speed": 14.0, "zone_speed_limit": 0.0}, SUBJECTS["forklift"], False, id="a zone limit of 0 is none"),
    ],
)
def test_the_speed_limit_is_the_zones_own_or_that_of_indoors_and_outdoors(
    said: Mapping[str, Value], subject: Subject, raises: bool
) -> None:
    _, verdicts = judge(bind(FORKLIFT, {}), every(1, reading(FORKLIFT, **said), until=5), subject=subject)

    assert bool(words(verdicts, "forklift_overspeed")) is raises


@pytest.mark.parametrize(
    ("rated", "registered", "raises"),
    [(3000.0, 2000, False), (2000.0, 3000, True), (None, 3000, False), (None, 2000, True), (0.0, 2000, True), (None, None, False)],
)
def test_the_rated_load_is_the_trucks_own_word_or_the_registers(rated: float | None, registered: float | None, raises: bool) -> None:
    subject = replace(SUBJECTS["forklift"], rated_load=registered)
    line = every(1, reading(FORKLIFT, load=2500.0, rated_load=rated), until=5)

    _, verdicts = judge(bind(FORKLIFT, {}), line, subject=subject)

    assert bool(words(verdicts, "forklift_overload")) is raises


@pytest.mark.parametrize(
    ("said", "raises"),
    [
        pytest.param({"driver": ""}, True, id="nobody signed in"),
        pytest.param({"driver": None, "auth_method": 0}, True, id="no method of signing in"),
        pytest.param({"driver": None, "auth_method": None}, False, id="the truck does not say"),
        pytest.param({"driver": "", "ignition": False}, False, id="ignition off"),
    ],
)
def test_driving_needs_an_identified_driver(said: Mapping[str, Value | None], raises: bool) -> None:
    _, verdicts = judge(bind(FORKLIFT, {}), every(1, reading(FORKLIFT, **said), until=5), subject=SUBJECTS["forklift"])

    assert bool(words(verdicts, "unlicensed_driving")) is raises
