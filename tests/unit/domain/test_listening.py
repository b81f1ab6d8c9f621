"""Silence counts only over time in which we listened."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.listening import listened, merged

AT = datetime(2026, 11, 20, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return AT + timedelta(seconds=seconds)


SPANS = st.lists(st.tuples(st.integers(-600, 600), st.integers(0, 300)).map(lambda s: (after(s[0]), after(s[0] + s[1]))), max_size=6)


@pytest.mark.parametrize(
    ("since", "until", "seconds"),
    [
        pytest.param(0, 50, 50, id="before it"),
        pytest.param(0, 130, 100, id="around it"),
        pytest.param(110, 200, 70, id="from within"),
        pytest.param(0, 110, 100, id="until within"),
        pytest.param(105, 125, 0, id="inside"),
        pytest.param(130, 160, 30, id="after it"),
        pytest.param(60, 0, -60, id="a clock that runs ahead"),
    ],
)
def test_time_in_which_we_were_deaf_does_not_count(since: float, until: float, seconds: float) -> None:
    assert listened(after(since), after(until), merged([(after(100), after(130))])) == seconds


@given(SPANS)
def test_merged_spans_are_apart_in_order_and_cover_the_same_seconds(spans: list[tuple[datetime, datetime]]) -> None:
    joined = merged(spans)

    assert all(first[1] < second[0] for first, second in pairwise(joined))
    covered = {second for began, ended in spans for second in range(int((began - AT).total_seconds()), int((ended - AT).total_seconds()))}
    assert sum((ended - began).total_seconds() for began, ended in joined) == len(covered)


@given(SPANS, st.integers(-700, 700), st.integers(0, 900), st.integers(0, 60))
def test_listening_longer_never_makes_a_silence_shorter(spans: list[tuple[datetime, datetime]], since: int, length: int, more: int) -> None:
    deaf = merged(spans)

    assert 0 <= listened(after(since), after(since + length), deaf) <= listened(after(since), after(since + length + more), deaf)
