"""What a worker has done since it started, for the readiness probe and the vendors' panel."""

from __future__ import annotations

from dataclasses import asdict, fields
from datetime import datetime

from services.telemetry import Accepted


class Counters:
    """Sums of what became of batches."""

    def __init__(self, started_at: datetime) -> None:
        self._started_at = started_at
        self._sums = {field.name: 0 for field in fields(Accepted)}
        self._last_message_at: datetime | None = None
        self.batches = 0

    def add(self, accepted: Accepted, at: datetime) -> None:
        """Count one committed batch."""
        self.batches += 1
        self._last_message_at = at
        for name, number in asdict(accepted).items():
            self._sums[name] += number

    def as_json(self, *, waiting: int) -> dict[str, object]:
        """The counters as they are shown; `waiting` is the depth of the queue."""
        last = self._last_message_at.isoformat() if self._last_message_at else None
        return {**self._sums, "waiting": waiting, "started_at": self._started_at.isoformat(), "last_message_at": last}
