"""How much one sender may send: so many messages a second, with a burst saved up while it was quiet."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

KEPT: Final = 10_000  # senders; those longest unheard go first, with a whole burst saved up again


@dataclass(slots=True)
class _Account:
    saved: float
    at: datetime


class Pace:
    """Allowances by sender, in this process."""

    def __init__(self, *, per_second: float, burst: float) -> None:
        self._per_second = per_second
        self._burst = burst
        self._accounts: dict[str, _Account] = {}
        self._lock = threading.Lock()

    def spend(self, sender: str, messages: int, *, at: datetime) -> timedelta:
        """Take so many messages; zero, or how long the sender must wait first. More than a whole burst at once never pass."""
        with self._lock:
            account = self._accounts.pop(sender) if sender in self._accounts else _Account(self._burst, at)
            self._accounts[sender] = account  # the longest unheard stand first
            while len(self._accounts) > KEPT:
                del self._accounts[next(iter(self._accounts))]
            quiet = max((at - account.at).total_seconds(), 0.0)
            account.saved, account.at = min(self._burst, account.saved + quiet * self._per_second), at
            if messages <= account.saved:
                account.saved -= messages
                return timedelta(0)
            return timedelta(seconds=(messages - account.saved) / self._per_second)
