"""Where the time of a batch goes: seconds by stage, on the wall's clock and on the processor. Costs a few microseconds per batch."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from enum import StrEnum
from time import perf_counter, thread_time


class Stage(StrEnum):
    """A step on a message's way, in its order; the locale key is `stage.<value>`."""

    RECEIVE = "receive"  # socket and MQTT packets
    DECODE = "decode"  # JSON and the field tables
    JUDGE = "judge"  # rules, memory, decisions
    WRITE = "write"  # statements of the transaction
    COMMIT = "commit"
    ACKNOWLEDGE = "acknowledge"
    PUBLISH = "publish"  # versions to the stream


class Stages:
    """Sums of seconds (passed, and of the processor), of turns and of items by stage, for one thread."""

    def __init__(self, clock: Callable[[], float] = perf_counter, cpu_clock: Callable[[], float] = thread_time) -> None:
        self._clock = clock
        self._cpu_clock = cpu_clock
        self._seconds = dict.fromkeys(Stage, 0.0)
        self._cpu_seconds = dict.fromkeys(Stage, 0.0)
        self._turns = dict.fromkeys(Stage, 0)
        self._items = dict.fromkeys(Stage, 0)

    def add(self, stage: Stage, seconds: float, items: int = 0, *, cpu: float = 0.0) -> None:
        """Count one turn that took so long, `cpu` seconds of it on the processor, over `items` messages or readings."""
        self._seconds[stage] += seconds
        self._cpu_seconds[stage] += cpu
        self._turns[stage] += 1
        self._items[stage] += items

    @contextmanager
    def time(self, stage: Stage, items: int = 0) -> Generator[None]:
        """Count the block as one turn, also where it raises."""
        lap = self.laps()
        try:
            yield
        finally:
            lap(stage, items)

    def laps(self) -> Laps:
        """A stopwatch for stages that follow each other without a block of their own."""
        return Laps(self, self._clock, self._cpu_clock)

    def as_json(self) -> dict[str, dict[str, float]]:
        """Stage → seconds, cpu_seconds, turns, items; stages that never ran are left out, and processor time nobody told."""
        return {
            stage.value: {
                "seconds": round(self._seconds[stage], 6),
                **({"cpu_seconds": round(cpu, 6)} if (cpu := self._cpu_seconds[stage]) else {}),
                "turns": self._turns[stage],
                "items": self._items[stage],
            }
            for stage in Stage
            if self._turns[stage]
        }


class Laps:
    """Called with a stage, counts for it what has passed since the last call."""

    def __init__(self, stages: Stages, clock: Callable[[], float], cpu_clock: Callable[[], float]) -> None:
        self._stages = stages
        self._clock = clock
        self._cpu_clock = cpu_clock
        self._began, self._cpu_began = clock(), cpu_clock()

    def __call__(self, stage: Stage, items: int = 0) -> None:
        """End a lap."""
        now, cpu_now = self._clock(), self._cpu_clock()
        self._stages.add(stage, now - self._began, items, cpu=cpu_now - self._cpu_began)
        self._began, self._cpu_began = now, cpu_now
