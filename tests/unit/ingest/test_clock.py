"""Whose time a worker goes by when its machine's is wrong."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

import pytest

from ingest.clock import SharedClock

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)


class Machine:
    """A machine whose clock can be set, and whose counter only runs."""

    def __init__(self, at: datetime) -> None:
        self.at = at
        self.counter = 100.0

    def passes(self, seconds: float) -> None:
        self.counter += seconds
        self.at += timedelta(seconds=seconds)


def clock_of(machine: Machine) -> SharedClock:
    return SharedClock(ours=lambda: machine.at, steady=lambda: machine.counter)


@pytest.mark.parametrize("hours", [-2, 0, 2])
def test_the_databases_time_counts_whatever_our_machine_says(hours: int) -> None:
    machine = Machine(NOON + timedelta(hours=hours))
    clock = clock_of(machine)

    clock.synchronise(lambda: NOON)
    machine.passes(1.5)

    assert clock() == NOON + timedelta(seconds=1.5)


def test_a_clock_that_is_set_while_we_work_moves_nothing() -> None:
    machine = Machine(NOON)
    clock = clock_of(machine)
    clock.synchronise(lambda: NOON)

    machine.at -= timedelta(hours=2)
    machine.passes(2.0)

    assert clock() == NOON + timedelta(seconds=2)


def test_the_answer_is_of_the_middle_of_the_question() -> None:
    machine = Machine(NOON)
    clock = clock_of(machine)

    def slow_answer() -> datetime:
        machine.passes(3.0)
        return NOON

    clock.synchronise(slow_answer)

    assert clock() == NOON + timedelta(seconds=1.5)


def test_a_wrong_machine_is_named_once_in_each_spell(caplog: pytest.LogCaptureFixture) -> None:
    machine = Machine(NOON + timedelta(hours=2))
    clock = clock_of(machine)

    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            clock.synchronise(lambda: NOON)
        machine.at = NOON
        clock.synchronise(lambda: NOON)
        machine.at = NOON - timedelta(hours=2)
        clock.synchronise(lambda: NOON)

    assert [(record.message, vars(record)["ahead_seconds"]) for record in caplog.records] == [("clock_wrong", 7200), ("clock_wrong", -7200)]
