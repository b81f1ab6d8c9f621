"""`python -m tests.bench.faults.queue_loss [--messages 60000] [--kills 3]`: what a killed broker has forgotten, and what resending mends.

The worker is away, so every message the broker accepts waits in its queue. When so many wait, the broker is killed (-9) at once;
then the worker comes back and what never arrives is counted. Then the gateways say their last seconds again, and it is counted once
more. This is the one fault that loses acknowledged messages; the broker's configuration is the shipped one.
"""

from __future__ import annotations

import argparse
import sys
import time

import psutil

from tests.bench.faults.journal import Sent, balance, quarantine_mark
from tests.bench.faults.rounds import settle
from tests.bench.faults.scenarios import REPLAY_S
from tests.bench.faults.stand import LOOK_S, Stand, standing

LIFTS = 10_000
GIVEN_UP_S = 8.0  # nothing more arrives for so long: the rest is lost
MIB = 1 << 20


def main() -> int:
    """Print a line for each kill; 1 when resending left anything missing or doubled."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.faults.queue_loss", description=__doc__)
    parser.add_argument("--messages", type=int, default=60_000)
    parser.add_argument("--kills", type=int, default=3)
    chosen = parser.parse_args()
    mended = True
    print(f"{'queued':>8}  {'in':>7}  {'broker':>9}  {'lost':>7}  {'said again':>10}  {'then lost':>9}  {'doubled':>7}")
    with standing(lifts=LIFTS) as stand:
        for _ in range(chosen.kills):
            stand.end_worker(stand.start_worker())  # its session is there, and nobody listens
            mended &= _kill(stand, chosen.messages)
    return 0 if mended else 1


def _kill(stand: Stand, messages: int) -> bool:
    with stand.database as database:
        mark = quarantine_mark(database)
    took = _fill(stand, messages)
    resident = psutil.Process(stand.services["processes"]["mosquitto"]).memory_info().rss / MIB
    stand.kill_server("mosquitto")
    sent = stand.feed.journal.rest()
    worker = stand.start_worker()
    lost = _lost(stand, sent, mark)
    again = stand.feed.tell("replay", REPLAY_S)
    stand.feed.tell("pause")
    then, doubled = _lost(stand, sent, mark), _doubled(stand, sent, mark)
    stand.end_worker(worker)
    print(f"{sent.total:>8,}  {took:>5.1f} s  {resident:>5.0f} MiB  {lost:>7,}  {again:>10}  {then:>9,}  {doubled:>7,}", flush=True)
    return not (then or doubled)


def _fill(stand: Stand, messages: int) -> float:
    begun, before = time.monotonic(), int(stand.feed.tell("count"))
    stand.feed.tell("go")
    while int(stand.feed.tell("count")) - before < messages:
        time.sleep(LOOK_S)
    stand.feed.tell("pause")
    return time.monotonic() - begun


def _lost(stand: Stand, sent: Sent, mark: int) -> int:
    with stand.database as database:
        settle(database, sent, mark, patience=GIVEN_UP_S)
        return balance(database, sent, mark, resent=True).missing


def _doubled(stand: Stand, sent: Sent, mark: int) -> int:
    with stand.database as database:
        return balance(database, sent, mark, resent=True).doubled


if __name__ == "__main__":
    sys.exit(main())
