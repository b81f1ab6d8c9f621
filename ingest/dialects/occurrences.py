"""Events of vendors who give them no identity: a flag that is up or down in every message becomes occurrences with stable ids.

Such a feed says the same thing again and again. An occurrence begins with the first message that says yes and ends with the
first that says no after it. Both ends carry the id of the beginning, so a message that is delivered twice says nothing new, and
the next occurrence has another id. The memory is a worker's own: after a restart the first word on a flag is told once more.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Final, NamedTuple

from domain.telemetry import Phase

AGAIN: Final = timedelta(hours=1)  # a yes that goes on is told again, before the word of it would fade
TURNS: Final = 8  # changes of one flag that are remembered: as far back as a redelivery may reach
FLAGS: Final = 100_000  # flags remembered; the ones longest unheard go first

Flag = tuple[str, str, str]
"""(vendor, machine, the vendor's code)."""


class Turn(NamedTuple):
    """From `at` on a flag was up or down; `began` is the beginning of the occurrence it belongs to."""

    at: datetime
    up: bool
    began: datetime


class Word(NamedTuple):
    """One end of an occurrence."""

    phase: Phase
    began: datetime
    at: datetime


class Occurrences:
    """The last turns of every flag."""

    def __init__(self, *, flags: int = FLAGS) -> None:
        self._turns: OrderedDict[Flag, list[Turn]] = OrderedDict()
        self._most = flags

    def tell(self, flag: Flag, *, up: bool, at: datetime) -> list[Word]:
        """What a message sampled at `at` says that must be passed on; told again, it says the same again."""
        turns = self._turns.setdefault(flag, [])
        self._turns.move_to_end(flag)
        while len(self._turns) > self._most:
            self._turns.popitem(last=False)
        place = bisect_right(turns, at, key=attrgetter("at"))
        before = turns[place - 1] if place else None
        if place < len(turns):
            return _late(turns[place], before, up=up, at=at)
        if before is not None and before.up is up and before.at != at and not (up and at - before.at >= AGAIN):
            return []
        if before is None or before.at != at or before.up is not up:
            turns.append(Turn(at, up, before.began if before is not None and before.up and not up else at))
            del turns[:-TURNS]
        return [_word(turns[-1])]


def _late(after: Turn, before: Turn | None, *, up: bool, at: datetime) -> list[Word]:
    """What an older message adds: itself where it was the turn, or an occurrence that has ended since."""
    if before is not None and before.at == at and before.up is up:
        return [_word(before)]
    if up and not after.up and (before is None or not before.up):
        return [Word(Phase.ADD, at, at), Word(Phase.DISAPPEAR, at, after.at)]
    return []


def _word(turn: Turn) -> Word:
    return Word(Phase.ADD if turn.up else Phase.DISAPPEAR, turn.began, turn.at)
