"""`python -m ingest.schedule`: the minute tick. Several may run; one leads."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

import logs
import settings
from data_access.engine import Store, connect
from data_access.stream import StreamLog
from domain.errors import StoreUnavailable
from services import schedule

log = logging.getLogger(__name__)

TICK_SECONDS: Final = 60.0
RETRY_SECONDS: Final = 5.0


def run(store: Store, stop: threading.Event, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
    """Tick at once and then every minute, through outages of the database."""
    lost = False
    while not stop.is_set():
        try:
            schedule.minute(store, clock())
            lost = False
            stop.wait(TICK_SECONDS)
        except StoreUnavailable as unavailable:
            if not lost:
                log.warning("database_lost", extra={"cause": repr(unavailable.__cause__)[:200]})
            lost = True
            stop.wait(RETRY_SECONDS)


def main() -> None:
    """Wire the schedule from the environment and run it until SIGTERM or SIGINT."""
    deployment = settings.load()
    logs.configure(deployment.log_level)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    announce = StreamLog(deployment.redis_url.get_secret_value()).publish
    store = connect(deployment.database_url.get_secret_value(), announce=announce, pool_size=2, name="schedule")
    run(store, stop)
    store.close()


if __name__ == "__main__":
    main()
