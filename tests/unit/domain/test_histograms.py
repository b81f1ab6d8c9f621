"""Quantiles of counted values."""

from __future__ import annotations

import pytest

from domain.histograms import Distribution, distribution, together

TEN = Distribution((0.1, 1.0, 10.0), (5, 9, 9, 10))


@pytest.mark.parametrize(("share", "value"), [(0.5, 0.1), (0.25, 0.05), (0.7, 0.55), (0.9, 1.0), (0.99, 10.0)])
def test_a_share_lies_between_its_bounds(share: float, value: float) -> None:
    assert TEN.below(share) == pytest.approx(value)


def test_of_nothing_nothing_is_known() -> None:
    assert Distribution((1.0,), (0, 0)).below(0.5) is None
    assert together([]) is None


def test_workers_are_added_up_where_they_count_alike() -> None:
    both = together([TEN, distribution({"bounds": [0.1, 1.0, 10.0], "counts": [1, 1, 1, 1]}), Distribution((7.0,), (9, 9))])

    assert both == Distribution((0.1, 1.0, 10.0), (6, 10, 10, 11))
