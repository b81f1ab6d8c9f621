"""The short table of `python -m tests.bench.faults`: two rounds of each fault."""

from __future__ import annotations

import pytest

from tests.bench.faults.rounds import run
from tests.bench.faults.scenarios import FAULTS

LIFTS = 600  # messages a second
ROUNDS = 2


@pytest.mark.e2e
@pytest.mark.parametrize("name", FAULTS)
def test_every_message_is_stored_once_and_every_alarm_has_one_cause(name: str) -> None:
    fault = FAULTS[name]
    if reason := fault.possible():
        pytest.skip(reason)

    outcomes = list(run(fault, rounds=ROUNDS, lifts=LIFTS))

    assert len(outcomes) == ROUNDS
    assert [outcome.wrong for outcome in outcomes] == [()] * ROUNDS
    assert all(outcome.balance.causes and outcome.balance.stored > LIFTS for outcome in outcomes)
