"""What the bench of kills makes of what it saw: each sort of process in its turn, and every promise looked up."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from tests.bench.chaos import VICTIMS, Load, broken_promises, dealt

ACCEPTED = (7, "accept", "maintainer-1")


@pytest.mark.parametrize("kills", [1, 4, 5, 20])
def test_every_sort_of_process_is_killed_before_any_is_killed_again(kills: int) -> None:
    turns = Counter(dealt(kills, random.Random(74)))

    assert turns.total() == kills
    assert max(turns.values()) - min(turns.get(victim, 0) for victim in VICTIMS) <= 1


@pytest.mark.parametrize(
    ("tried", "done", "taken", "lost", "doubled"),
    [
        (1, 1, 1, 0, 0),
        (1, 1, 0, 1, 0),
        (1, 0, 1, 0, 0),
        (1, 0, 0, 0, 0),
        (1, 1, 2, 0, 1),
        (0, 0, 1, 0, 1),
    ],
    ids=["kept", "told and lost", "taken though the answer was lost", "neither", "taken twice", "taken though it was refused"],
)
def test_a_step_that_was_answered_is_in_the_log_once(tried: int, done: int, taken: int, lost: int, doubled: int) -> None:
    load = Load({}, tried=Counter({ACCEPTED: tried}), done=Counter({ACCEPTED: done}))

    found = broken_promises(load, {ACCEPTED: taken})

    assert tuple(map(len, found)) == (lost, doubled)
