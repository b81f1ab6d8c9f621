"""How much a sender may send."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from web.api.pace import KEPT, Pace

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("spent", "waits"),
    [
        pytest.param([(0, 10)], [0], id="a whole burst"),
        pytest.param([(0, 11)], [0.5], id="one too many waits for one"),
        pytest.param([(0, 10), (0, 1)], [0, 0.5], id="nothing is saved up"),
        pytest.param([(0, 10), (0.5, 1)], [0, 0], id="saved up again"),
        pytest.param([(0, 10), (60, 10), (60, 1)], [0, 0, 0.5], id="never more than a burst"),
        pytest.param([(0, 10), (0, 4), (0, 1)], [0, 2, 0.5], id="a refusal costs nothing"),
        pytest.param([(10, 10), (0, 1)], [0, 0.5], id="a clock that was set back gives nothing"),
    ],
)
def test_two_a_second_with_ten_saved_up(spent: list[tuple[float, int]], waits: list[float]) -> None:
    pace = Pace(per_second=2, burst=10)

    assert [pace.spend("xzl", messages, at=after(seconds)).total_seconds() for seconds, messages in spent] == waits


def test_senders_do_not_share() -> None:
    pace = Pace(per_second=2, burst=10)
    pace.spend("xzl", 10, at=NOON)

    assert pace.spend("htk", 10, at=NOON) == timedelta(0)


def test_a_flood_of_senders_costs_no_memory_and_forgets_the_longest_unheard() -> None:
    pace = Pace(per_second=2, burst=10)
    for sender in ("first", "second"):
        pace.spend(sender, 10, at=NOON)
    pace.spend("first", 1, at=NOON)
    for number in range(KEPT - 1):
        pace.spend(str(number), 1, at=NOON)

    assert pace.spend("first", 1, at=NOON) > timedelta(0)
    assert pace.spend("second", 10, at=NOON) == timedelta(0)
