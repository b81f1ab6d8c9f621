"""The tick that takes steps by itself, every few seconds: what is due, who did not answer, what belongs together, what the regulator asks.

Each part is a plain function with transactions of its own; one that fails is said and does not stop the others.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final
from weakref import WeakKeyDictionary

from data_access.engine import Store
from data_access.locks import Lock
from domain.errors import StoreUnavailable
from services import calendar_days, clocks, incidents, overdue, plan_watch, redispatch, seat_watch, triggers

log = logging.getLogger(__name__)

Part = Callable[[Store, datetime], object]

ALWAYS: Final[tuple[tuple[str, Part], ...]] = (
    ("told", clocks.notified),
    ("clocks", overdue.due),
    ("redispatch", redispatch.due),
    ("groups", incidents.regroup),
    ("seat", seat_watch.unanswered),
    ("plans ended", plan_watch.ended),
    ("plans late", plan_watch.late),
)
"""Parts of every turn, in their order."""
EACH_MINUTE: Final[tuple[tuple[str, Part], ...]] = (("calendar", calendar_days.keep), ("triggers", triggers.minute))
MINUTE: Final = timedelta(minutes=1)

_minutes: Final[WeakKeyDictionary[Store, datetime]] = WeakKeyDictionary()


def tick(store: Store, at: datetime) -> bool:
    """One turn; whether this process leads. Raises StoreUnavailable."""
    with store.elected(Lock.REMINDERS) as leads:
        if leads:
            for name, part in (*ALWAYS, *_of_the_minute(store, at)):
                _take(name, part, store, at)
    return leads


def _of_the_minute(store: Store, at: datetime) -> tuple[tuple[str, Part], ...]:
    """What is done once a minute, and at once when the clock was set back."""
    before = _minutes.get(store)
    if before is not None and timedelta() <= at - before < MINUTE:
        return ()
    _minutes[store] = at
    return EACH_MINUTE


def _take(name: str, part: Part, store: Store, at: datetime) -> None:
    try:
        part(store, at)
    except StoreUnavailable:
        raise
    except Exception:
        log.exception("reminder_failed", extra={"part": name})
