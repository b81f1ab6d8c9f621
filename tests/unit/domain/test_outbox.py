"""When a message leaves: limits a person, nights in Shanghai, and pauses after failures."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from domain.outbox import BURST, GAP, QUIET_FROM, QUIET_UNTIL, TRIES, URGENT_GAP, Lately, Pace, again_after, is_dead, pace, quiet_until
from domain.telemetry import BEIJING

AT = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def lately(count, seconds_ago):
    return Lately(count, AT - timedelta(seconds=seconds_ago))


@pytest.mark.parametrize(
    ("waiting", "before", "urgent", "expected"),
    [
        (1, Lately(), True, Pace.EACH),
        (3, Lately(), True, Pace.EACH),
        (4, Lately(), True, Pace.DIGEST),
        (10_000, Lately(), True, Pace.DIGEST),
        (1, lately(2, 1), True, Pace.EACH),
        (1, lately(3, 2.9), True, Pace.LATER),
        (1, lately(3, 3), True, Pace.EACH),
        (2, lately(3, 3), True, Pace.DIGEST),
        (2, lately(3, 299), False, Pace.LATER),
        (2, lately(3, 300), False, Pace.DIGEST),
        (4, lately(0, 299), False, Pace.LATER),
    ],
    ids=["one", "a few", "more", "a storm", "the third", "just after", "one after the gap", "two after the gap", "ordinary, just before",
         "ordinary, at the gap", "a new wave before the gap"],
)  # fmt: skip
def test_what_becomes_of_messages_to_one_person(waiting, before, urgent, expected):
    assert pace(waiting, before, {}, urgent=urgent, at=AT) is expected


def test_the_limits_are_settings():
    assert pace(4, Lately(), {BURST.key: 4}, urgent=True, at=AT) is Pace.EACH
    assert pace(2, lately(9, 2), {URGENT_GAP.key: 2}, urgent=True, at=AT) is Pace.DIGEST
    assert pace(2, lately(9, 2), {GAP.key: 2}, urgent=False, at=AT) is Pace.DIGEST


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-11-20T21:59:59", None),
        ("2026-11-20T22:00:00", "2026-11-21T07:00:00"),
        ("2026-11-20T23:59:59", "2026-11-21T07:00:00"),
        ("2026-11-21T00:00:00", "2026-11-21T07:00:00"),
        ("2026-11-21T06:59:59", "2026-11-21T07:00:00"),
        ("2026-11-21T07:00:00", None),
        ("2026-12-31T22:30:00", "2027-01-01T07:00:00"),
    ],
    ids=["evening", "night falls", "before midnight", "midnight", "before morning", "morning", "new year"],
)
def test_nights_are_those_of_shanghai(now, until):
    found = quiet_until({}, at=datetime.fromisoformat(now).replace(tzinfo=BEIJING).astimezone(UTC))

    assert found == (until and datetime.fromisoformat(until).replace(tzinfo=BEIJING))


def test_quiet_hours_may_lie_within_a_day():
    settings = {QUIET_FROM.key: 12, QUIET_UNTIL.key: 14}

    assert quiet_until(settings, at=AT - 2 * SECOND) == AT  # 14:00 in Shanghai
    assert quiet_until(settings, at=AT) is None


def test_pauses_double_up_to_a_bound():
    assert [again_after(n, urgent=True).total_seconds() for n in (1, 2, 3, 6, 60)] == [5, 10, 20, 120, 120]
    assert [again_after(n, urgent=False).total_seconds() for n in (1, 2, 8, 60)] == [30, 60, 3600, 3600]


def test_after_so_many_tries_somebody_must_look():
    assert [is_dead(int(TRIES.default) + n, {}) for n in (-1, 0, 1)] == [False, True, True]
    assert is_dead(2, {TRIES.key: 2})
