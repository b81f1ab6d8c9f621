"""The process of the demonstration's people: every few seconds they answer their orders, and every day what is due is seen to."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import date, datetime
from threading import Event
from time import monotonic
from typing import Final

from data_access.engine import Store
from data_access.locks import Lock
from demo import upkeep
from demo.responders import Responders
from domain.errors import StoreUnavailable, WrongDistrict
from domain.telemetry import BEIJING
from logs import Outage

log = logging.getLogger(__name__)

TICK_S: Final = 2.0


def run(store: Store, stopping: Event, *, seed: int, speed: float, answering: bool, clock: Callable[[], datetime]) -> None:
    """Live until told to stop, through outages of the database. Raises WrongDistrict for any database but a demonstration's."""
    responders = Responders(store, seed, speed) if answering else None
    outage, lived = Outage(log, "database"), None
    while not stopping.is_set():
        begun = monotonic()
        try:
            with store.elected(Lock.DEMO_PEOPLE) as leads:
                if leads:
                    lived = _tick(store, responders, lived, seed=seed, at=clock())
            outage.over()
        except StoreUnavailable as unavailable:
            outage.lost(unavailable.__cause__)
        except WrongDistrict:
            raise
        except Exception:  # tomorrow is another day
            log.exception("people_failed")
        stopping.wait(max(0.0, TICK_S - (monotonic() - begun)))


def _tick(store: Store, responders: Responders | None, lived: date | None, *, seed: int, at: datetime) -> date:
    """One turn; the day that has been seen to."""
    today = at.astimezone(BEIJING).date()
    if lived != today:
        with store.transaction() as tx:
            kept = upkeep.keep(tx, seed=seed, at=at)
        log.info("day_begun", extra={"day": today.isoformat(), "machines": kept})
    if responders is not None and (answered := responders.tick(at)):
        log.info("answered", extra={"steps": answered})
    return today
