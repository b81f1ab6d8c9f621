"""The list of thresholds, and the values that may be put in force."""

from __future__ import annotations

import re
from math import inf, nan
from pathlib import Path

import pytest

from domain.equipment.kind import Threshold
from domain.thresholds import THRESHOLDS, is_sane

ROOT = Path(__file__).parents[3]


def test_every_threshold_of_the_source_is_known():
    rooms = [path for room in ("domain", "services", "data_access", "ingest", "web") for path in (ROOT / room).rglob("*.py")]
    declared = {key for path in rooms for key in re.findall(r'(?:Threshold|seconds)\(\s*"([a-z_.]+)"', path.read_text("utf-8"))}

    assert len(declared) > 40
    assert set(THRESHOLDS) == declared


def test_a_key_has_one_default():
    with pytest.raises(ValueError, match="twice"):
        Threshold("elevator.entrapment_seconds", 90, "s")

    assert THRESHOLDS["elevator.entrapment_seconds"].default == 60


@pytest.mark.parametrize(
    ("key", "value", "sane"),
    [
        ("elevator.entrapment_seconds", 90, True),
        ("elevator.entrapment_seconds", 0, False),
        ("elevator.entrapment_seconds", -1, False),
        ("elevator.entrapment_seconds", 6000, True),
        ("elevator.entrapment_seconds", 6001, False),
        ("elevator.entrapment_seconds", nan, False),
        ("elevator.entrapment_seconds", inf, False),
        ("elevator.entrapment_clear_seconds", 0, True),
        ("elevator.entrapment_clear_seconds", 100, True),
        ("elevator.entrapment_clear_seconds", -0.1, False),
    ],
)
def test_which_values_are_sane(key: str, value: float, sane: bool):
    assert is_sane(THRESHOLDS[key], value) is sane
