"""`python -m ingest.schedule`: what time alone does each minute, and every few seconds the watch over the monitors and the clocks of
orders. One leads.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from time import monotonic
from typing import Final

from data_access.engine import Store
from domain.errors import StoreUnavailable
from ingest.program import configured, stored, until_told
from logs import Outage
from services import presence, reminders, schedule

log = logging.getLogger(__name__)

MINUTE_SECONDS: Final = 60.0
WATCH_SECONDS: Final = 10.0
REMIND_SECONDS: Final = 5.0
RETRY_SECONDS: Final = 5.0

Tick = Callable[[Store, datetime], object]


def run(store: Store, stop: threading.Event, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
    """Every tick until told to stop; the quick ones have threads of their own, because a minute's work may take longer than their turn."""
    quick = [
        threading.Thread(target=repeat, args=(tick, store, stop, clock), kwargs={"every": every}, name=name)
        for name, tick, every in (("watch", presence.watch, WATCH_SECONDS), ("remind", reminders.tick, REMIND_SECONDS))
    ]
    for thread in quick:
        thread.start()
    repeat(schedule.minute, store, stop, clock, every=MINUTE_SECONDS)
    for thread in quick:
        thread.join()


def repeat(tick: Tick, store: Store, stop: threading.Event, clock: Callable[[], datetime], *, every: float) -> None:
    """Tick at once and then every so many seconds, through outages of the database and faults of a single turn."""
    outage = Outage(log, "database", tick=tick.__name__)
    while not stop.is_set():
        begun = monotonic()
        wait = every
        try:
            tick(store, clock())
            outage.over()
        except StoreUnavailable as unavailable:
            outage.lost(unavailable.__cause__)
            wait = min(every, RETRY_SECONDS)
        except Exception:
            log.exception("tick_failed", extra={"tick": tick.__name__})
        stop.wait(max(0.0, wait - (monotonic() - begun)))


def main() -> None:
    """Wire the schedule from the environment and run it until SIGTERM or SIGINT."""
    deployment, stop = configured(), until_told()
    with stored(deployment, name="schedule", pool_size=6) as store:
        run(store, stop, clock=store.time)  # a machine whose clock is ahead would call every device silent


if __name__ == "__main__":
    main()
