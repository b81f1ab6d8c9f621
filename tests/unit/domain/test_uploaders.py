"""A vendor's score: what lowers it, what is left out, and when there is none."""

from __future__ import annotations

from dataclasses import replace

import pytest

from domain.uploaders import FEWEST_MESSAGES, FEWEST_VERDICTS, WEIGHTS, Conduct, Part, score

PERFECT = Conduct(messages=1000, refused=0, contradictions=0, spoken=50, timely=50, filled=1.0, confirmed=10, false=0)


def test_the_weights_are_a_whole() -> None:
    assert sum(WEIGHTS.values()) == pytest.approx(1)


def test_who_does_everything_right_has_a_hundred() -> None:
    assert score(PERFECT).total == 100


@pytest.mark.parametrize(
    ("changes", "total"),
    [
        ({"refused": 500}, 80.0),
        ({"refused": 5000}, 60.0),
        ({"timely": 0}, 75.0),
        ({"filled": 0.5}, 90.0),
        ({"contradictions": 1000}, 85.0),
        ({"confirmed": 5, "false": 5}, 92.5),
    ],
    ids=lambda value: str(value),
)
def test_each_part_lowers_it_by_its_weight(changes: dict[str, int], total: float) -> None:
    assert score(replace(PERFECT, **changes)).total == total


def test_what_nobody_can_know_weighs_nothing() -> None:
    unknown = replace(PERFECT, filled=None, spoken=0, timely=0, refused=100)

    assert score(unknown).parts[Part.COMPLETE] is None
    assert score(unknown).parts[Part.PUNCTUAL] is None
    assert score(unknown).total == pytest.approx(100 * (0.40 * 0.9 + 0.15) / 0.55, abs=0.05)


@pytest.mark.parametrize(("messages", "known"), [(0, False), (FEWEST_MESSAGES - 1, False), (FEWEST_MESSAGES, True)])
def test_too_few_messages_say_nothing(messages: int, known: bool) -> None:
    assert (score(replace(PERFECT, messages=messages)).total is not None) is known


@pytest.mark.parametrize(("false", "truthful"), [(FEWEST_VERDICTS - 1, 1.0), (FEWEST_VERDICTS, 0.0)])
def test_a_few_verdicts_judge_nobody(false: int, truthful: float) -> None:
    assert score(replace(PERFECT, confirmed=0, false=false)).parts[Part.TRUTHFUL] == truthful
