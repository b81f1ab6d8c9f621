"""Precision, recall and load: what counts, and how sure one can be."""

from __future__ import annotations

import pytest

from domain.truth import FEW, Tally, known_recall, load, precision, recall, wilson


@pytest.mark.parametrize(
    ("found", "of", "low", "high"),
    [
        (0, 10, 0.0, 0.2775),
        (10, 10, 0.7225, 1.0),
        (1, 2, 0.0945, 0.9055),
        (50, 100, 0.4038, 0.5962),
        (993, 1000, 0.9856, 0.9966),
    ],
)
def test_the_interval_is_wilsons(found: int, of: int, low: float, high: float) -> None:
    share = wilson(found, of)

    assert share is not None
    assert (share.value, share.of) == (found / of, of)
    assert (round(share.low, 4), round(share.high, 4)) == (low, high)


def test_of_nothing_there_is_no_share() -> None:
    assert (wilson(0, 0), precision(Tally(drill=3, unjudged=9)), recall(Tally(false=4)), known_recall(Tally(confirmed=4))) == (None,) * 4


@pytest.mark.parametrize(("cases", "few"), [(FEW - 1, True), (FEW, False), (FEW + 1, False)])
def test_a_share_of_few_cases_says_so(cases: int, few: bool) -> None:
    share = wilson(cases, cases)

    assert share is not None
    assert share.few is few


def test_drills_and_alarms_nobody_has_judged_count_neither_way() -> None:
    assert precision(Tally(confirmed=9, false=1)) == precision(Tally(confirmed=9, false=1, drill=50, unjudged=500))


TALLIES = {
    "all judged": (Tally(confirmed=90, false=10, missed=10), 0.9),
    "half judged": (Tally(confirmed=45, false=5, unjudged=50, missed=10), 0.9),
    "drills are no occurrences": (Tally(confirmed=90, false=10, drill=100, missed=10), 0.9),
    "nothing was reported": (Tally(missed=4), 0.0),
    "nothing was missed": (Tally(confirmed=4), 1.0),
    "nobody judged": (Tally(unjudged=30, missed=4), 0.0),
}


@pytest.mark.parametrize(("tally", "share"), TALLIES.values(), ids=TALLIES.keys())
def test_recall_is_what_was_reported_of_what_happened(tally: Tally, share: float) -> None:
    found = recall(tally)

    assert found is not None
    assert found.value == pytest.approx(share)


def test_a_judged_sample_makes_recall_no_surer_than_what_was_looked_at() -> None:
    whole, sample = recall(Tally(confirmed=900, false=100, missed=100)), recall(Tally(confirmed=90, false=10, unjudged=900, missed=100))

    assert whole is not None
    assert sample is not None
    assert sample.value == pytest.approx(whole.value)
    assert sample.high - sample.low > whole.high - whole.low


def test_of_known_occurrences_recall_asks_no_verdict() -> None:
    found = known_recall(Tally(confirmed=70, false=30, detected=19, missed=1))

    assert found is not None
    assert (found.value, found.of) == (0.95, 20)


@pytest.mark.parametrize(
    ("count", "over", "unmanageable"), [(6, 0, 0), (7, 0.25, 0), (12, 0.25, 0), (13, 0.25, 0.25)], ids=["at", "over", "at most", "beyond"]
)
def test_an_hour_is_over_budget_above_it_only(count: int, over: float, unmanageable: float) -> None:
    found = load([count], hours=4, settings={})

    assert (found.mean, found.worst, found.over, found.unmanageable) == (count / 4, count, over, unmanageable)


def test_seats_share_the_load() -> None:
    found = load([24, 6], hours=2, settings={"alarm.seats": 3, "alarm.budget_per_seat_hour": 7})

    assert (found.mean, found.worst, found.over, found.unmanageable) == (5, 8, 0.5, 0)


def test_where_nothing_happened_there_is_no_load() -> None:
    assert load([], hours=0, settings={}).mean == 0


def test_tallies_add_up() -> None:
    assert Tally(1, 2, 3, 4, 5, 6) + Tally(10, 20, 30, 40, 50, 60) == Tally(11, 22, 33, 44, 55, 66)
