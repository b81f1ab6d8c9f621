"""Which level each code has, against the table of the three-level response (三级响应), and what raises it later."""

from __future__ import annotations

import pytest

from domain.equipment import KINDS, MONITORED
from domain.equipment.kind import Category
from domain.faults import FAULTS, RULES, SHANGHAI_CODES, Fault
from domain.response import Response, ResponseLevel, ResponseReason, level_of, level_of_wait

MINOR, TRAPPED, EMERGENCY = ResponseLevel.MINOR_FAULT, ResponseLevel.ENTRAPMENT, ResponseLevel.EMERGENCY
PEOPLE = (True, False, None)

# 三级响应: codes → (level, urgent) with somebody inside, and with nobody or nobody known. Escalators, forklifts and our own
# codes are not in the table of the plan; their rows state what was assumed.
TABLE: dict[str, tuple[tuple[ResponseLevel, bool], tuple[ResponseLevel, bool]]] = {
    **dict.fromkeys("12345", ((EMERGENCY, True), (MINOR, True))),
    **dict.fromkeys(("6", "9", "21"), ((TRAPPED, True), (MINOR, False))),
    **dict.fromkeys(("7", "8"), ((TRAPPED, True), (TRAPPED, True))),
    "10": ((TRAPPED, True), (MINOR, True)),
    "38": ((MINOR, True), (MINOR, True)),
    **dict.fromkeys(("11", "12", "13", "14", "15", "17", "19", "20", "101", "102", "106"), ((MINOR, False), (MINOR, False))),
    **dict.fromkeys(("37", "103", "104", "105"), ((MINOR, False), (MINOR, False))),
    **dict.fromkeys(("24", "25", "26", "33"), ((EMERGENCY, True), (MINOR, True))),
    **dict.fromkeys(("23", "31", "34", "35"), ((MINOR, False), (MINOR, False))),
    **dict.fromkeys([f"FK{n:02}" for n in range(1, 12)], ((MINOR, False), (MINOR, False))),
    "FK07": ((MINOR, True), (MINOR, True)),
    **dict.fromkeys(("entrapment_after_stop", "entrapment_door_closed", "entrapment_reported"), ((TRAPPED, True), (TRAPPED, True))),
    "machine_room_hot": ((MINOR, False), (MINOR, False)),
}


def test_the_table_covers_every_canonical_code() -> None:
    assert TABLE.keys() == FAULTS.keys()


@pytest.mark.parametrize("person", PEOPLE, ids=["person", "empty", "unknown"])
@pytest.mark.parametrize("fault", FAULTS.values(), ids=lambda fault: f"{fault.code} {fault.rule}")
def test_the_level_of_every_code(fault: Fault, person: bool | None) -> None:
    occupied, empty = TABLE[fault.code]

    response = level_of(fault, person=person)

    assert (response.level, response.urgent) == (occupied if person else empty)
    assert response.reason in set(ResponseReason)


@pytest.mark.parametrize(
    ("code", "person", "reason"),
    [
        ("1", True, ResponseReason.GRAVE_WITH_PERSON),
        ("1", None, ResponseReason.GRAVE_EMPTY),
        ("10", True, ResponseReason.PERSON_INSIDE),
        ("10", False, ResponseReason.GRAVE_EMPTY),
        ("38", True, ResponseReason.GRAVE),
        ("FK07", None, ResponseReason.GRAVE),
        ("7", None, ResponseReason.ENTRAPMENT),
        ("14", True, ResponseReason.MINOR),
    ],
)
def test_a_level_says_why(code: str, person: bool | None, reason: ResponseReason) -> None:
    assert level_of(FAULTS[code], person=person).reason == reason


@pytest.mark.parametrize("fault", FAULTS.values(), ids=lambda fault: fault.code)
def test_somebody_inside_never_lowers_a_level(fault: Fault) -> None:
    with_person, without = level_of(fault, person=True), level_of(fault, person=False)

    assert (with_person.level.rank, with_person.urgent) >= (without.level.rank, without.urgent)
    assert level_of(fault, person=None) == without


def test_ranks_are_the_levels_of_the_plan() -> None:
    assert [level.rank for level in ResponseLevel] == [1, 2, 3]


@pytest.mark.parametrize(
    ("seconds", "settings", "level"),
    [
        (3599.9, {}, TRAPPED),
        (3600, {}, EMERGENCY),
        (3601, {}, EMERGENCY),
        (1800, {"response.trapped_seconds": 1800}, EMERGENCY),
        (3600, {"response.trapped_seconds": 7200}, TRAPPED),
    ],
)
def test_somebody_trapped_for_an_hour_is_an_emergency(seconds: float, settings: dict[str, float], level: ResponseLevel) -> None:
    first = level_of(FAULTS["7"], person=True)

    later = level_of_wait(first, trapped_seconds=seconds, settings=settings)

    assert later.level is level
    assert later.reason == (ResponseReason.TRAPPED_LONG if level is EMERGENCY else first.reason)


def test_an_emergency_keeps_its_first_reason() -> None:
    emergency = Response(EMERGENCY, True, ResponseReason.GRAVE_WITH_PERSON)

    assert level_of_wait(emergency, trapped_seconds=9999, settings={}) is emergency


def test_codes_and_rules_name_each_other_once() -> None:
    assert len(RULES) == len(FAULTS)
    assert {fault.family for fault in FAULTS.values() if fault.category is Category.ENTRAPMENT} == {"entrapment"}
    assert all(fault.rule == fault.family for fault in FAULTS.values() if fault.category is not Category.ENTRAPMENT)


@pytest.mark.parametrize(
    ("code", "kinds"),
    [("7", {"elevator"}), ("entrapment_reported", {"elevator"}), ("FK02", {"forklift"}), ("106", {"elevator", "forklift"})],
)
def test_a_code_fits_the_machines_that_can_suffer_it(code: str, kinds: set[str]) -> None:
    assert {kind for kind in MONITORED if FAULTS[code].fits(kind)} == kinds


def test_every_rule_fits_its_own_kind() -> None:
    assert all(RULES[rule.key].fits(kind.key) for kind in KINDS.values() for rule in kind.rules)


def test_every_rule_of_a_kind_has_its_place_among_the_faults() -> None:
    assert {rule.key for kind in KINDS.values() for rule in kind.rules} <= RULES.keys()


@pytest.mark.parametrize(
    ("said", "canonical"),
    [("09", "entrapment_reported"), ("9", "9"), ("7", "7"), ("42", None), ("07", None), ("106", "106"), ("FK01", "FK01"), ("fk01", None)],
)
def test_a_vendors_code_is_looked_up_as_text_and_never_as_a_number(said: str, canonical: str | None) -> None:
    assert SHANGHAI_CODES.get(said) == canonical


def test_every_code_a_vendor_may_send_as_it_is_is_canonical() -> None:
    assert set(SHANGHAI_CODES.values()) <= FAULTS.keys()
