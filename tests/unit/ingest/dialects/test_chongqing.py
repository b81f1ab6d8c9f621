"""重庆: the platform's keys, other numbers."""

from __future__ import annotations

import pytest

from domain.dialects import Dialect
from domain.errors import BadPayload
from domain.faults import FAULTS, SHANGHAI_CODES
from domain.telemetry import Reject
from ingest.dialects import codes_of
from tests.unit.ingest.dialects.hearing import say


@pytest.mark.parametrize(
    ("code", "canonical"),
    [
        ("1", "10"),
        ("2", "12"),
        ("3", "11"),
        ("4", "6"),
        ("5", "5"),
        ("6", "17"),
        ("7", "19"),
        ("8", None),
        ("40", None),
        ("41", "9"),
        ("42", None),
        ("43", None),
        ("47", None),
        ("90", "21"),
        ("91", "2"),
        ("92", "1"),
        ("93", "7"),
    ],
)
def test_each_code(code: str, canonical: str | None) -> None:
    found = codes_of(Dialect.CHONGQING).get(code)

    assert found == canonical
    assert found is None or found in FAULTS


def test_its_numbers_are_not_read_as_the_platforms() -> None:
    assert codes_of(Dialect.PLATFORM) is SHANGHAI_CODES
    assert codes_of(Dialect.CHONGQING)["1"] != SHANGHAI_CODES["1"]


@pytest.mark.parametrize("tail", ["API/V1/Up/LiftState", "data", ""])
def test_another_topic_is_refused(tail: str) -> None:
    with pytest.raises(BadPayload) as refusal:
        say(Dialect.CHONGQING, tail, {})

    assert refusal.value.data["reason"] == Reject.BAD_TOPIC
