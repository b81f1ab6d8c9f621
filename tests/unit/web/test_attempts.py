"""How often somebody may try to sign in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from web.attempts import BY_ADDRESS, BY_NAME, Attempts

AT = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)


def failures(count: int, *, address: str = "10.0.0.1", name: str = "centre") -> Attempts:
    attempts = Attempts()
    for second in range(count):
        attempts.failed(address, name.format(second), at=AT + timedelta(seconds=second))
    return attempts


def test_one_failure_short_of_the_limit_may_try_again() -> None:
    assert failures(BY_NAME.failures - 1).wait("10.0.0.1", "centre", at=AT) == timedelta(0)


def test_at_the_limit_the_name_waits_until_its_oldest_failure_is_forgotten() -> None:
    attempts = failures(BY_NAME.failures)

    assert attempts.wait("10.0.0.1", "centre", at=AT + timedelta(minutes=4)) == timedelta(minutes=1)
    assert attempts.wait("10.0.0.1", "centre", at=AT + BY_NAME.window) == timedelta(0)


def test_the_same_name_elsewhere_and_another_name_here_are_free() -> None:
    attempts = failures(BY_NAME.failures)

    assert attempts.wait("10.0.0.2", "centre", at=AT) == timedelta(0)
    assert attempts.wait("10.0.0.1", "bureau", at=AT) == timedelta(0)


def test_an_address_that_tries_many_names_waits() -> None:
    attempts = failures(BY_ADDRESS.failures, name="name-{}")

    assert attempts.wait("10.0.0.1", "centre", at=AT + timedelta(minutes=1)) > timedelta(0)


def test_a_right_password_clears_the_name() -> None:
    attempts = failures(BY_NAME.failures)

    attempts.succeeded("10.0.0.1", "centre")

    assert attempts.wait("10.0.0.1", "centre", at=AT + timedelta(minutes=1)) == timedelta(0)
