"""How often somebody may try to sign in: failures are counted in this process, by address and by name at that address."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `failures` within `window`."""

    failures: int
    window: timedelta


BY_NAME: Final = Limit(8, timedelta(minutes=5))  # one name from one address; the account's own lock is the store's
BY_ADDRESS: Final = Limit(40, timedelta(minutes=5))  # a whole office may sit behind one address
KEPT: Final = 10_000


class Attempts:
    """Recent failures; the oldest keys go when there are too many, so a flood of names costs no memory."""

    def __init__(self) -> None:
        self._failures: dict[tuple[str, ...], deque[datetime]] = {}
        self._lock = threading.Lock()

    def wait(self, address: str, username: str, *, at: datetime) -> timedelta:
        """How long this caller must wait before the next try; zero when it may."""
        with self._lock:
            return max(self._wait(key, limit, at) for key, limit in _keys(address, username))

    def failed(self, address: str, username: str, *, at: datetime) -> None:
        """Note a failure."""
        with self._lock:
            for key, limit in _keys(address, username):
                self._failures.setdefault(key, deque(maxlen=limit.failures)).append(at)
            while len(self._failures) > KEPT:
                del self._failures[next(iter(self._failures))]

    def succeeded(self, address: str, username: str) -> None:
        """A right password clears the name's failures at this address."""
        with self._lock:
            self._failures.pop((address, username), None)

    def _wait(self, key: tuple[str, ...], limit: Limit, at: datetime) -> timedelta:
        recent = self._failures.get(key)
        if recent is None or len(recent) < limit.failures:
            return timedelta(0)
        return max(recent[0] + limit.window - at, timedelta(0))


def _keys(address: str, username: str) -> tuple[tuple[tuple[str, ...], Limit], ...]:
    return (((address,), BY_ADDRESS), ((address, username), BY_NAME))
