"""What one value of a message may look like, and that what is judged is what is stored."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.equipment import ELEVATOR, FORKLIFT, KINDS
from domain.equipment.kind import Choice, EquipmentKind, Flag, Label, Metric, Value
from domain.errors import BadPayload
from domain.telemetry import Reject, parse_state

AT = datetime(2026, 11, 20, 0, 15, 2, tzinfo=UTC)
NOW = "2026-11-20 08:15:02"


def refusal(error: pytest.ExceptionInfo[BadPayload]) -> Reject:
    return Reject(str(error.value.data["reason"]))


def said(kind: EquipmentKind, metric: str, raw: object, **more: object) -> Value | None:
    """What the message says about one metric."""
    wire = kind.fields[kind.position[metric]].wire
    _, values, unknown = parse_state(kind, {"samplingTime": NOW, wire: raw, **more}, at=AT)
    assert unknown == ()
    return values[kind.position[metric]]


@pytest.mark.parametrize(
    ("kind", "metric", "raw", "value"),
    [
        pytest.param(ELEVATOR, "speed", 1.75, 1.75, id="a number"),
        pytest.param(ELEVATOR, "speed", -2, -2.0, id="an integer"),
        pytest.param(ELEVATOR, "speed", "1.75", 1.75, id="numeric text"),
        pytest.param(ELEVATOR, "speed", "-.5", -0.5, id="no leading zero"),
        pytest.param(ELEVATOR, "speed", "1e1", 10.0, id="an exponent"),
        pytest.param(ELEVATOR, "speed", " 1.5 ", 1.5, id="spaces around a number"),
        pytest.param(ELEVATOR, "speed", 1.23456, 1.235, id="as fine as it is stored"),
        pytest.param(ELEVATOR, "speed", 20, 20.0, id="at the upper bound"),
        pytest.param(ELEVATOR, "speed", "", None, id="empty is absent"),
        pytest.param(ELEVATOR, "speed", None, None, id="null is absent"),
        pytest.param(ELEVATOR, "service_mode", 1, 1, id="an enumeration"),
        pytest.param(ELEVATOR, "service_mode", "7", 7, id="an enumeration as text"),
        pytest.param(ELEVATOR, "service_mode", 2.0, 2, id="an enumeration as a whole float"),
        pytest.param(ELEVATOR, "service_mode", 0, 0, id="0 is a value"),
        pytest.param(FORKLIFT, "auth_method", "face", 2, id="an enumeration by its word"),
        pytest.param(ELEVATOR, "door_zone", True, True, id="a flag"),
        pytest.param(ELEVATOR, "door_zone", "True", True, id="True as text"),
        pytest.param(ELEVATOR, "door_zone", "false", False, id="false as text"),
        pytest.param(ELEVATOR, "door_zone", 0, False, id="0 as a flag"),
        pytest.param(ELEVATOR, "door_zone", "1", True, id="1 as text"),
        pytest.param(ELEVATOR, "door_zone", " FALSE ", False, id="a flag between spaces"),
        pytest.param(ELEVATOR, "floor", "B1", "B1", id="a floor"),
        pytest.param(ELEVATOR, "floor", -1, "-1", id="a floor as a number"),
        pytest.param(ELEVATOR, "floor", "", None, id="no floor"),
        pytest.param(FORKLIFT, "driver", "", "", id="nobody signed in"),
        pytest.param(FORKLIFT, "driver", None, "", id="null is nobody too"),
    ],
)
def test_what_a_value_may_look_like(kind: EquipmentKind, metric: str, raw: object, value: Value | None) -> None:
    got = said(kind, metric, raw)

    assert got == value
    assert type(got) is type(value)


@pytest.mark.parametrize(
    "raw",
    [
        float("nan"),
        float("inf"),
        -float("inf"),
        "nan",
        "NaN",
        "inf",
        "-Infinity",
        "1e999",
        "1_0",
        "١",
        "１",
        "1,5",
        "0x1",
        "1.5 m/s",
        "   ",
        "fast",
        True,
        False,
        "True",
        [],
        {},
        [1.0],
        20.001,
        -20.001,
        10**400,
        10**6000,
        "9" * 5000,
        "\ud800",
        "\x00",
    ],
    ids=lambda raw: repr(raw)[:20] if not isinstance(raw, int) or abs(raw) < 10**9 else f"{raw.bit_length()} bits",
)
def test_what_only_looks_like_a_number_is_refused(raw: object) -> None:
    with pytest.raises(BadPayload) as error:
        said(ELEVATOR, "speed", raw)

    assert refusal(error) is Reject.BAD_VALUE
    assert error.value.data["field"] == "Speed"


@pytest.mark.parametrize(
    ("metric", "raw"),
    [
        ("service_mode", 8),
        ("service_mode", -1),
        ("service_mode", 1.5),
        ("service_mode", True),
        ("service_mode", "1_0"),
        ("service_mode", "١"),
        ("service_mode", "sleeping"),
        ("service_mode", float("nan")),
        ("service_mode", 10**400),
        ("door_zone", 2),
        ("door_zone", 1.0),
        ("door_zone", "yes"),
        ("door_zone", "١"),
        ("door_zone", []),
        ("floor", "ABCDE"),
        ("floor", "十二"),
        ("floor", "1\x002"),
        ("floor", "\ud800"),
        ("floor", "1\n"[:1] + "\u202e"),
        ("floor", True),
        ("floor", 1.0),
        ("floor", {}),
        ("people", -1),
        ("people", 101),
    ],
    ids=lambda raw: repr(raw)[:20],
)
def test_what_an_enumeration_a_flag_or_a_floor_may_not_be(metric: str, raw: object) -> None:
    with pytest.raises(BadPayload) as error:
        said(ELEVATOR, metric, raw)

    assert refusal(error) is Reject.BAD_VALUE


def outcome_of(kind: EquipmentKind, body: Mapping[str, object]) -> tuple[Value | None, ...]:
    """The values taken, or the words of the refusal; either goes to the database."""
    try:
        return parse_state(kind, body, at=AT)[1]
    except BadPayload as refused:
        return tuple(str(word) for word in refused.data.values())


@given(
    st.recursive(st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8), lambda inner: st.lists(inner, max_size=3))
)
def test_a_value_of_any_shape_is_taken_or_refused_and_never_breaks_anything(raw: object) -> None:
    for kind in (ELEVATOR, FORKLIFT):
        for field in kind.fields:
            outcome = outcome_of(kind, {"samplingTime": NOW, field.wire: raw})

            assert all(value is None or isinstance(value, int | float | bool) or value.isprintable() for value in outcome)


@pytest.mark.parametrize("kind", [kind for kind in KINDS.values() if kind.fields], ids=lambda kind: kind.key)
def test_every_number_fits_where_it_is_stored(kind: EquipmentKind) -> None:
    for field in kind.fields:
        match field:
            case Metric():
                absent = -(1 << (8 * field.size - 1))
                assert absent < field.encode(field.low) <= field.encode(field.high) < -absent, field.key
            case Choice():
                assert len(field.words) < 1 << (8 * field.size - 1)
            case Flag() | Label():
                assert field.size >= 1


@given(st.floats(-20, 20))
def test_what_is_judged_is_what_is_stored(speed: float) -> None:
    field = next(f for f in ELEVATOR.fields if f.key == "speed")
    assert isinstance(field, Metric)

    value = field.parse(speed)

    assert field.decode(field.encode(value)) == value
    assert field.parse(value) == value
