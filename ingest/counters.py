"""What a worker has done since it started, and how long it took: written to its mark, for the probe, /metrics and the ingest page."""

from __future__ import annotations

import resource
from collections import Counter, defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from enum import StrEnum
from time import process_time
from typing import Final

import numpy as np
import numpy.typing as npt

from services.batches import Accepted
from services.stages import Stages

Seconds = Sequence[float] | npt.NDArray[np.float64]
"""Durations of one batch, one for each message or reading."""

COMMIT_BOUNDS: Final = (0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 5.0, 30.0, 300.0, 3600.0)  # seconds
SAMPLED_BOUNDS: Final = (0.25, 0.5, 1.0, 2.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0, 86400.0)  # seconds
BATCH_BOUNDS: Final = (1.0, 10.0, 100.0, 300.0, 600.0, 1000.0, 2000.0, 3000.0, 5000.0, 10000.0)  # messages
STAGE: Final = "stage."  # before a stage's name among the rates
RATE_SECONDS: Final = 10.0  # over which rates are taken
RECENT_SECONDS: Final = 60.0  # what the page calls now: at least so long, at most twice
RATED: Final = ("messages", "stored", "events", "alarms", "quarantined", "duplicates", "late", "conflicts")
NUMBERS: Final = tuple(field.name for field in fields(Accepted) if field.type == "int")


class Happening(StrEnum):
    """What may befall a worker; each is counted, none is normal."""

    RECONNECT = "reconnects"  # the broker's connection was made again
    DATABASE_LOST = "database_outages"
    RECALL = "recalls"  # memory was rebuilt from storage; the first one is the start


class Histogram:
    """Counts by upper bound, as Prometheus wants them: a value belongs to the first bound that is not below it."""

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = np.asarray(bounds, dtype=np.float64)
        self._counts = np.zeros(len(bounds) + 1, dtype=np.int64)
        self._sum = 0.0

    def observe(self, value: float) -> None:
        """Count one value."""
        self._counts[int(np.searchsorted(self._bounds, value))] += 1
        self._sum += value

    def observe_all(self, values: Seconds) -> None:
        """Count many at once."""
        given = np.asarray(values, dtype=np.float64)
        self._counts += np.bincount(np.searchsorted(self._bounds, given), minlength=len(self._counts))
        self._sum += float(given.sum())

    def __add__(self, other: Histogram) -> Histogram:
        """Both together; they have the same bounds."""
        both = Histogram(self._bounds.tolist())
        both._counts, both._sum = self._counts + other._counts, self._sum + other._sum
        return both

    def as_json(self) -> dict[str, object]:
        """Bounds, the cumulative count under each and of all, and the sum."""
        return {"bounds": self._bounds.tolist(), "counts": np.cumsum(self._counts).tolist(), "sum": round(self._sum, 3)}


class Recent:
    """A histogram of the last minute or two."""

    def __init__(self, bounds: Sequence[float], at: datetime) -> None:
        self._bounds = bounds
        self._began = at
        self._current = Histogram(bounds)
        self._before = Histogram(bounds)

    def observe_all(self, values: Seconds) -> None:
        """Count many at once."""
        self._current.observe_all(values)

    def as_json(self, at: datetime) -> dict[str, object]:
        """What is recent at `at`; what is older is forgotten."""
        passed = (at - self._began).total_seconds()
        if passed >= RECENT_SECONDS:
            self._before = self._current if passed < 2 * RECENT_SECONDS else Histogram(self._bounds)
            self._current, self._began = Histogram(self._bounds), at
        return (self._before + self._current).as_json()


class Counters:
    """Sums of what became of batches. Everything is told once per batch; `stages` times the steps in between."""

    def __init__(self, started_at: datetime) -> None:
        self._started_at = started_at
        self._sums = dict.fromkeys(NUMBERS, 0)
        self._happened: Counter[Happening] = Counter()
        self._sizes = Histogram(BATCH_BOUNDS)
        self._commit_lag = Histogram(COMMIT_BOUNDS)
        self._sampled_lag: defaultdict[str, Histogram] = defaultdict(lambda: Histogram(SAMPLED_BOUNDS))
        self._recent_lag = Recent(COMMIT_BOUNDS, started_at)
        self._history: deque[tuple[datetime, dict[str, float]]] = deque([(started_at, {})])
        self._last_message_at: datetime | None = None
        self.stages = Stages()
        self.batches = 0

    def add(self, accepted: Accepted, at: datetime) -> None:
        """Count one committed batch."""
        self.batches += 1
        self._last_message_at = at
        self._sizes.observe(accepted.messages)
        for name in NUMBERS:
            self._sums[name] += getattr(accepted, name)

    def seen_ahead(self, alarms: int) -> None:
        """Count alarms that live readings opened while a backlog was worked off."""
        self._sums["alarms"] += alarms

    def waited(self, seconds: Seconds) -> None:
        """How long before its commit each message of the batch was received."""
        self._commit_lag.observe_all(seconds)
        self._recent_lag.observe_all(seconds)

    def sampled(self, vendor: str, seconds: Seconds) -> None:
        """How long before its receipt each reading of a vendor of the register was sampled; a clock ahead of ours counts as none."""
        self._sampled_lag[vendor].observe_all(np.maximum(np.asarray(seconds, dtype=np.float64), 0.0))

    def happened(self, what: Happening) -> None:
        """Count one of what should be rare."""
        self._happened[what] += 1

    def as_json(self, at: datetime, *, waiting: int, **gauges: float | None) -> dict[str, object]:
        """The counters as they are stored; `waiting` is the depth of the queue, `gauges` are values of this moment."""
        last = self._last_message_at.isoformat() if self._last_message_at else None
        return {
            **self._sums,
            **{what.value: self._happened[what] for what in Happening},
            "batches": self.batches,
            "waiting": waiting,
            "started_at": self._started_at.isoformat(),
            "last_message_at": last,
            "cpu_seconds": round(process_time(), 3),
            "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
            "gauges": {name: value for name, value in gauges.items() if value is not None},
            "rates": self._rates(at),
            "stages": self.stages.as_json(),
            "recent_lag": self._recent_lag.as_json(at),
            "batch_size": self._sizes.as_json(),
            "commit_lag": self._commit_lag.as_json(),
            "sampled_lag": {vendor: histogram.as_json() for vendor, histogram in self._sampled_lag.items()},
        }

    def _rates(self, at: datetime) -> Mapping[str, float]:
        """Per second over the last seconds: what became of messages, batches, and the share of the time that each stage took."""
        self._history.append((at, self._present()))
        while len(self._history) > 2 and (at - self._history[1][0]).total_seconds() >= RATE_SECONDS:
            self._history.popleft()
        (began, before), (_, now) = self._history[0], self._history[-1]
        passed = (at - began).total_seconds()
        return {name: round((value - before.get(name, 0)) / passed, 4) if passed > 0 else 0.0 for name, value in now.items()}

    def _present(self) -> dict[str, float]:
        spent = {f"{STAGE}{stage}": told["seconds"] for stage, told in self.stages.as_json().items()}
        return {**{name: self._sums[name] for name in RATED}, "batches": self.batches, "cpu": process_time(), **spent}
