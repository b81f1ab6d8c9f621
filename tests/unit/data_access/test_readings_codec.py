"""What is packed is unpacked: every value of every field of every kind, and its absence."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_access.readings_codec import codec, pack, unpack
from domain.equipment import KINDS, MONITORED
from domain.equipment.kind import Choice, Field, Flag, Label, Metric


def _values_of(field: Field) -> st.SearchStrategy[object]:
    match field:
        case Metric():
            codes = st.integers(round(field.low * field.scale), round(field.high * field.scale))
            return codes.map(field.decode)
        case Flag():
            return st.booleans()
        case Choice():
            return st.integers(0, len(field.words) - 1)
        case Label():
            return st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), max_size=field.size).filter(
                lambda text: len(text.encode()) <= field.size
            )


def _readings(kind: str) -> st.SearchStrategy[tuple[object, ...]]:
    return st.tuples(*(st.none() | _values_of(field) for field in KINDS[kind].fields))


@pytest.mark.parametrize("kind", MONITORED)
@given(data=st.data())
def test_a_reading_comes_back_as_it_was(kind, data):
    values = data.draw(_readings(kind))

    assert unpack(kind, pack(kind, values)) == values


@pytest.mark.parametrize("kind", MONITORED)
def test_an_empty_reading_comes_back_empty(kind):
    nothing = (None,) * len(KINDS[kind].fields)

    assert unpack(kind, pack(kind, nothing)) == nothing


@pytest.mark.parametrize("kind", MONITORED)
def test_the_limits_of_every_metric_differ_from_absent(kind):
    for field in KINDS[kind].fields:
        if isinstance(field, Metric):
            lowest = -(1 << (8 * field.size - 1))
            assert lowest < field.encode(field.low) <= field.encode(field.high) < -lowest, field.key


def test_an_empty_driver_is_not_an_absent_one():
    position = KINDS["forklift"].position["driver"]
    nobody = tuple("" if n == position else None for n in range(len(KINDS["forklift"].fields)))

    assert unpack("forklift", pack("forklift", nobody))[position] == ""


def test_another_layout_is_refused():
    data = b"\x02" + pack("elevator", (None,) * len(KINDS["elevator"].fields))[1:]

    with pytest.raises(ValueError, match="unknown layout 2"):
        unpack("elevator", data)


def test_too_few_values_are_refused():
    with pytest.raises(ValueError, match="longer"):
        pack("elevator", (None,))


def test_a_codec_is_built_once():
    assert codec("elevator") is codec("elevator")
