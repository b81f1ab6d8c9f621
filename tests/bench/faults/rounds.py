"""A round: load, the fault in it, pause, wait until all is stored, compare every id."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Final

import psycopg

from tests.bench.faults.journal import Balance, Sent, arrived, balance, quarantine_mark
from tests.bench.faults.proxy import Proxy, in_front_of
from tests.bench.faults.scenarios import Fault, Round
from tests.bench.faults.stand import LOOK_S, Stand, standing

LEAD_IN_S: Final = 1.0
LEAD_OUT_S: Final = 3.0  # of load after the fault
CAUSES: Final = 3  # of each kind, before the fault and after it
STALLED_S: Final = 45.0  # nothing more arrives for so long: what is missing now is lost


@dataclass(frozen=True, slots=True)
class Outcome:
    """One line of the table. `even_after` is the time from the last message to the last row, in seconds."""

    title: str
    number: int
    balance: Balance
    even_after: float
    note: str
    failures: tuple[str, ...]

    @property
    def even(self) -> bool:
        """Whether the account is even and everything happened that should."""
        return self.balance.even and not self.failures

    @property
    def wrong(self) -> tuple[str, ...]:
        """What is wrong, in words; of ids some."""
        return (*self.failures, *self.balance.samples)


def run(fault: Fault, *, rounds: int, lifts: int, seed: int = 1) -> Iterator[Outcome]:
    """So many rounds of one fault on one stand."""
    rng = random.Random(f"{fault.title}-{seed}")
    with ExitStack() as stack:
        folder = stack.enter_context(fault.disk())
        stand = stack.enter_context(standing(lifts=lifts, folder=folder))
        proxies: dict[str, Proxy] = {}
        for name in fault.by_proxy:
            proxies[name], stand.urls[name] = stack.enter_context(in_front_of(stand.urls[name]))
        stand.start_worker()
        for number in range(rounds):
            yield _round(fault, Round(stand, number, rng, proxies))


def _round(fault: Fault, this: Round) -> Outcome:
    feed = this.stand.feed
    with this.stand.database as database:
        mark = quarantine_mark(database)
    feed.tell("go")
    time.sleep(LEAD_IN_S)
    _something_happens(this.stand)
    fault.strike(this)
    _something_happens(this.stand)
    time.sleep(LEAD_OUT_S)
    feed.tell("pause")
    sent = feed.journal.rest()
    with this.stand.database as database:
        even_after = settle(database, sent, mark)
        found = balance(database, sent, mark, resent=fault.resent)
    return Outcome(fault.title, this.number, found, even_after, "; ".join(this.notes), tuple(this.failures))


def _something_happens(stand: Stand) -> None:
    stand.feed.tell("trap", CAUSES)
    stand.feed.tell("speed", CAUSES)


def settle(database: psycopg.Connection[Any], sent: Sent, mark: int, *, patience: float = STALLED_S) -> float:
    """Wait until everything is there, or nothing more came for so long; the seconds that took."""
    begun = moved = time.monotonic()
    known = -1
    while (found := arrived(database, sent, mark)) < sent.total and time.monotonic() - moved < patience:
        if found != known:
            known, moved = found, time.monotonic()
        time.sleep(LOOK_S)
    return time.monotonic() - begun
