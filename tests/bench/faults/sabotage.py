"""`python -m tests.bench.faults.sabotage [--clock SECONDS] [--die-after-commits N] -- …`: the ingest worker with one thing wrong.

What stands after `--` are the arguments of `python -m ingest`. The product knows nothing of this: the clock is replaced in the
rooms that may read it, and death comes in the moment between the commit of a batch and its acknowledgement.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo
from itertools import count
from types import ModuleType
from typing import Any

import ingest.__main__ as entry
from services import telemetry

_THE_CLOCK = datetime


def main() -> None:
    """Break what was asked for, then be the worker."""
    ours, theirs = _split(sys.argv[1:])
    parser = argparse.ArgumentParser(prog="python -m tests.bench.faults.sabotage", description=__doc__)
    parser.add_argument("--clock", type=float, default=0.0, help="seconds by which this process's clock is wrong")
    parser.add_argument("--die-after-commits", type=int, default=0, help="kill -9 at this commit, before its acknowledgement")
    chosen = parser.parse_args(ours)
    if chosen.clock:
        _put("datetime", datetime, _shifted(timedelta(seconds=chosen.clock)))
    if chosen.die_after_commits:
        _put("accept", telemetry.accept, _dying(telemetry.accept, chosen.die_after_commits))
    sys.argv = ["python -m ingest", *theirs]
    entry.main()


def _split(arguments: list[str]) -> tuple[list[str], list[str]]:
    at = arguments.index("--")
    return arguments[:at], arguments[at + 1 :]


def _rooms() -> list[ModuleType]:
    return [module for name, module in sys.modules.items() if name.split(".")[0] == "ingest" or module is telemetry]


def _put(name: str, old: object, new: object) -> None:
    for room in _rooms():
        if vars(room).get(name) is old:
            setattr(room, name, new)


def _shifted(by: timedelta) -> type:
    class Kind(type):
        def __instancecheck__(cls, instance: object) -> bool:
            return isinstance(instance, _THE_CLOCK)

    class Wrong(_THE_CLOCK, metaclass=Kind):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Any:
            return _THE_CLOCK.now(tz) + by

    return Wrong


def _dying(accept: Callable[..., Any], commits: int) -> Callable[..., Any]:
    stored = count(1)

    def accept_and_die(*arguments: Any, **named: Any) -> Any:
        accepted = accept(*arguments, **named)
        if accepted.stored and next(stored) >= commits:
            os.kill(os.getpid(), signal.SIGKILL)
        return accepted

    return accept_and_die


if __name__ == "__main__":
    main()
