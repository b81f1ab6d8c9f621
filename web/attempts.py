"""How often an address may fail to sign in: each try costs a password hash. What a name may suffer is services.lockout's."""

from __future__ import annotations

import threading
from collections import deque
from datetime import datetime, timedelta
from typing import Final

MOST_FAILURES: Final = 40  # of one address within the window; a whole office may sit behind it
WINDOW: Final = timedelta(minutes=5)
KEPT: Final = 10_000  # addresses


class Attempts:
    """Recent failures in this process; the oldest addresses go when there are too many, so a flood costs no memory."""

    def __init__(self) -> None:
        self._failures: dict[str, deque[datetime]] = {}
        self._lock = threading.Lock()

    def wait(self, address: str, *, at: datetime) -> timedelta:
        """How long this address must wait before the next try; zero when it may."""
        with self._lock:
            recent = self._failures.get(address)
        if recent is None or len(recent) < MOST_FAILURES:
            return timedelta(0)
        return max(recent[0] + WINDOW - at, timedelta(0))

    def failed(self, address: str, *, at: datetime) -> None:
        """Note a failure."""
        with self._lock:
            self._failures.setdefault(address, deque(maxlen=MOST_FAILURES)).append(at)
            while len(self._failures) > KEPT:
                del self._failures[next(iter(self._failures))]
