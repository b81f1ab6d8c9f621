"""The verdict of a pace run: what is judged against what, and that a miss is a miss."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from tests.bench.load import Sent
from tests.bench.pace_table import FAST, NODE, PAHO, STOCK, Bound, Figures, Point, goals, stages_table
from tests.bench.pace_watch import Kept


def point(
    *, who: str = STOCK, rate: int = 10_000, devices: int = 14_415, lost: int = 0, waits: Sequence[float] = (0.1,), missing: int = 0
) -> Point:
    sent = Sent(readings=100, began=0, ended=1, trapped=[(1, 0.5)] * (len(waits) + missing))
    return Point(who, rate, devices, sent, Kept(100 - lost, lost, 0, 0.1), len(waits), (), waits, {}, {}, 100)


def race(per_second: float, worker_us: float = 10) -> Bound:
    return Bound("", per_second, {"worker": worker_us})


def missed(figures: Figures) -> list[str]:
    return [goal.words for goal in goals(figures) if not goal.met]


@pytest.mark.parametrize(("slowest", "misses"), [(0.249, 0), (0.251, 1)], ids=["just under", "just over"])
def test_an_alarm_has_a_quarter_of_a_second(slowest: float, misses: int) -> None:
    assert len(missed(Figures(points=[point(waits=(0.01, slowest))]))) == misses


def test_a_run_in_which_nothing_was_amiss_misses_nothing() -> None:
    races = {STOCK: race(20_000), FAST: race(60_000, 3), PAHO: race(50_000), NODE: race(52_000)}

    assert not missed(Figures(points=[point()], races=races))


def test_an_alarm_that_never_came_is_infinitely_late_and_amiss() -> None:
    found = missed(Figures(points=[point(waits=(), missing=1)]))

    assert found == ["stock: publish → alarm row p99 ms at 10000/s", "stock at 10000/s, 14,415 devices: lost + doubled"]


def test_a_lost_reading_is_a_miss() -> None:
    assert missed(Figures(points=[point(lost=1)])) == ["stock at 10000/s, 14,415 devices: lost + doubled"]


def test_the_fast_path_is_judged_against_those_of_the_same_run() -> None:
    found = missed(Figures(races={STOCK: race(19_999), FAST: race(59_999, 3.4), PAHO: race(50_000), NODE: race(52_174)}))

    assert [words.split(":")[0] for words in found] == ["stock", "fast", "fast", "fast"]


def test_a_large_fleet_may_cost_a_third_more() -> None:
    small, large = point(who=FAST, waits=(0.1,)), point(who=FAST, devices=330_000, waits=(0.131,))

    assert missed(Figures(points=[small, large])) == ["fast: p99 with 330,000 devices ÷ with 14,415, at 10000/s"]


def test_stages_stand_in_the_order_of_a_messages_way() -> None:
    head, _, row = stages_table([replace(point(), stage_us={"judge": 2.0, "commit": 0.5, "decode": 1.25})]).splitlines()

    assert head == "| worker | devices | offered/s | decode µs | judge µs | commit µs |"
    assert row == "| stock | 14,415 | 10,000 | 1.25 | 2.00 | 0.50 |"
