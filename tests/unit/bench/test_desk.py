"""What the storm's bench makes of the lines of a desk."""

from __future__ import annotations

import pytest

from tests.bench.desk import people_first


@pytest.mark.parametrize(
    ("rescues", "trapped", "right"),
    [
        pytest.param([], 0, True, id="nothing is open"),
        pytest.param([False, False], 0, True, id="nobody is in danger"),
        pytest.param([True, True, False], 2, True, id="all of them first"),
        pytest.param([True, True], 5, True, id="more of them than there are lines"),
        pytest.param([True, False, True], 2, False, id="something between them"),
        pytest.param([False, True], 1, False, id="something before them"),
        pytest.param([True, False], 2, False, id="one of them is not shown, and something else is"),
    ],
)
def test_people_in_danger_stand_first(rescues: list[bool], trapped: int, right: bool) -> None:
    assert people_first(rescues, trapped) is right
