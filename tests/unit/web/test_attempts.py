"""How often an address may try to sign in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from web import attempts
from web.attempts import MOST_FAILURES, WINDOW, Attempts

AT = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)
HERE, ELSEWHERE = "192.0.2.1", "192.0.2.2"


def failures(count: int) -> Attempts:
    made = Attempts()
    for second in range(count):
        made.failed(HERE, at=AT + timedelta(seconds=second))
    return made


def test_one_failure_short_of_the_limit_may_try_again() -> None:
    assert failures(MOST_FAILURES - 1).wait(HERE, at=AT) == timedelta(0)


def test_at_the_limit_the_address_waits_until_its_oldest_failure_is_forgotten() -> None:
    made = failures(MOST_FAILURES)

    assert made.wait(HERE, at=AT + timedelta(minutes=4)) == timedelta(minutes=1)
    assert made.wait(HERE, at=AT + WINDOW) == timedelta(0)


def test_another_address_is_free() -> None:
    assert failures(MOST_FAILURES).wait(ELSEWHERE, at=AT) == timedelta(0)


def test_a_flood_of_addresses_pushes_out_the_oldest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "KEPT", 1)
    made = failures(MOST_FAILURES)

    made.failed(ELSEWHERE, at=AT)

    assert made.wait(HERE, at=AT) == timedelta(0)
