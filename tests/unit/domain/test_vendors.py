"""When a vendor's feed is late."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from domain.vendors import is_late, usual_pause

AT = datetime(2026, 11, 20, 6, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("pauses", "usual"),
    [([], 0.0), ([240.0], 240.0), ([10.0, 9.0, 10.0, 1200.0, 10.0], 10.0), ([10.0, 10.0, 220.0, 10.0, 10.0, 220.0], 220.0)],
    ids=["unknown", "one", "an outage among beats", "a push in pieces"],
)
def test_the_usual_pause_is_one_that_comes_again(pauses: list[float], usual: float):
    assert usual_pause(pauses) == usual


@pytest.mark.parametrize(
    ("usual", "limit"), [(0.0, 30), (10.0, 30), (14.9, 30), (60.0, 180), (240.0, 720)], ids=["unknown", "beats", "late beats", "1", "4"]
)
def test_three_pauses_are_late_and_never_less_than_thirty_seconds(usual: float, limit: int):
    signs = (AT - timedelta(days=1), None, AT - timedelta(seconds=limit))

    assert [is_late(signs, usual, AT + timedelta(seconds=more)) for more in (0, 1)] == [False, True]


def test_who_never_gave_a_sign_is_not_late():
    assert not is_late((None, None), 10.0, AT)
