"""The worker's clock: the database's, carried on between looks by a counter that nobody can set.

A machine whose own clock is two hours behind would refuse every reading as one of the future, and one that is ahead would call
every lift silent. All processes that write write into one database, so its clock is the one they share; the time of our own
machine is used only until the first look.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Final

log = logging.getLogger(__name__)

NOTABLE: Final = timedelta(seconds=5)  # our machine's clock is wrong by more than networks and loads explain


class SharedClock:
    """Call it for aware UTC. `synchronise` now and then; `ours` is our machine's clock and `steady` its seconds since anything."""

    def __init__(self, *, ours: Callable[[], datetime] = lambda: datetime.now(UTC), steady: Callable[[], float] = monotonic) -> None:
        self._ours = ours
        self._steady = steady
        self._zero = ours() - timedelta(seconds=steady())
        self._said_wrong = False

    def __call__(self) -> datetime:
        """The time now."""
        return self._zero + timedelta(seconds=self._steady())

    def synchronise(self, ask: Callable[[], datetime]) -> None:
        """Take over the time that `ask` answers, halfway between question and answer; says once when our own machine is wrong."""
        asked = self._steady()
        answer = ask()
        self._zero = answer - timedelta(seconds=(asked + self._steady()) / 2)
        off = self._ours() - self()
        wrong = abs(off) > NOTABLE
        if wrong and not self._said_wrong:
            log.warning("clock_wrong", extra={"ahead_seconds": round(off.total_seconds())})
        self._said_wrong = wrong
