"""What counts as told: each party once, by whichever of the words for it came first."""

from __future__ import annotations

import pytest

from tests.bench.callers import EBIKE, GRAVE, TRAPPED
from tests.bench.told import FOUND, Word, all_told

USE_UNIT, TEAM, UNIT = ("trapped", "use unit"), ("dispatched", "unit"), ("summoned", "unit")
EMPTY = {("out_of_service", "use unit"): 1.0, ("out_of_service", "role"): 2.0, TEAM: 3.0}
BICYCLE = {("opened", "use unit"): 1.0, ("copy_found", "street"): 2.0, ("spoken", "car"): 3.0}


@pytest.mark.parametrize(
    ("sort", "left", "at"),
    [
        pytest.param(TRAPPED, {USE_UNIT: 1.0, TEAM: 2.0}, 2.0, id="the later of both units"),
        pytest.param(TRAPPED, {USE_UNIT: 1.0, UNIT: 2.0, TEAM: 225.0}, 2.0, id="a team sent minutes after its unit was summoned"),
        pytest.param(FOUND, {USE_UNIT: 1.0, ("dispatched", "use unit"): 4.0}, 4.0, id="who maintains his own machine"),
        pytest.param(TRAPPED, {TEAM: 2.0}, None, id="a use unit that was not told"),
        pytest.param(TRAPPED, {USE_UNIT: 1.0}, None, id="nobody sent and nobody summoned"),
        pytest.param(GRAVE, EMPTY, 3.0, id="a grave fault"),
        pytest.param(GRAVE, {word: at for word, at in EMPTY.items() if word[1] != "role"}, None, id="a bureau that was not told"),
        pytest.param(EBIKE, BICYCLE, 3.0, id="an electric bicycle"),
        pytest.param(EBIKE, {word: at for word, at in BICYCLE.items() if word[1] != "car"}, None, id="a car that did not answer"),
    ],
)
def test_everybody_was_told_when_the_last_had_his_first_word(sort: str, left: dict[Word, float], at: float | None) -> None:
    assert all_told(left, sort) == at
