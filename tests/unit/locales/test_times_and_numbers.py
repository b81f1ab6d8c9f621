"""Times in Shanghai, ages in words, numbers that never pretend."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from locales import ago, clock, day, duration, number, percent, speaking, when

AT = datetime(2026, 11, 20, 6, 5, 9, tzinfo=UTC)


@pytest.mark.parametrize("moment", [AT, AT.isoformat(), "2026-11-20T14:05:09+08:00", "2026-11-20T06:05:09"], ids=str)
def test_an_instant_is_shown_in_shanghai(moment: datetime | str):
    assert (when(moment), when(moment, seconds=True), clock(moment)) == ("2026-11-20 14:05", "2026-11-20 14:05:09", "14:05:09")


def test_what_is_unknown_is_a_dash_and_never_a_zero():
    assert [when(None), clock(None), day(None), ago(None, AT), duration(None), number(None), percent(None, 5)] == ["—"] * 7
    assert number(0) == "0"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-3, "刚刚"),
        (4, "刚刚"),
        (5, "5 秒前"),
        (59, "59 秒前"),
        (60, "1 分钟前"),
        (3599, "59 分钟前"),
        (3600, "1 小时前"),
        (86399, "23 小时前"),
        (86400, "1 天前"),
    ],
)
def test_an_age_is_said_in_its_largest_unit(seconds: int, words: str):
    assert ago(AT - timedelta(seconds=seconds), AT) == words


def test_an_age_speaks_english_too():
    with speaking("en"):
        assert ago(AT - timedelta(minutes=3), AT) == "3 min ago"


@pytest.mark.parametrize(
    ("seconds", "words"), [(-1, "0 秒"), (59, "59 秒"), (222, "3 分 42 秒"), (7260, "2 小时 1 分"), (90000, "1 天 1 小时")]
)
def test_a_length_of_time_has_its_two_largest_units(seconds: int, words: str):
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("part", "whole", "words"),
    [(0, 10, "0.0%"), (1, 14115, "<0.1%"), (14114, 14115, "99.9%"), (10, 10, "100.0%"), (1, 3, "33.3%"), (3, 0, "—")],
)
def test_a_share_never_rounds_something_to_nothing_or_most_to_all(part: int, whole: int, words: str):
    assert percent(part, whole) == words


def test_numbers_have_separators_decimals_and_units():
    assert (number(14115), number(1.256, 2, "m/s"), day(date(2026, 11, 20)), day("2026-11-20")) == (
        "14,115",
        "1.26 m/s",
        "2026-11-20",
        "2026-11-20",
    )
