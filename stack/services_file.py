"""DIR/run/services.json: where everything is, for tools and tests; rewritten whenever a process is replaced."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import psutil

from stack.home import Home, write_private_json
from stack.say import say

_FAREWELL_S = 20.0


@dataclass(slots=True)
class ServicesFile:
    """What is known so far; every change is written at once."""

    home: Home
    known: dict[str, Any] = field(default_factory=dict)

    def tell(self, **facts: Any) -> None:
        """Add or replace facts."""
        self.known |= facts
        write_private_json(self.home.run / "services.json", self.known)

    def processes(self, pids: Mapping[str, int]) -> None:
        """Replace the process list; birth times tell our processes from later owners of the same pid."""
        write_private_json(self.home.run / "births.json", {pid: _born(pid) for pid in pids.values()})
        self.tell(processes=dict(pids))


def await_predecessors(home: Home) -> None:
    """Processes of a supervisor that was killed are still saying goodbye: wait for them, then end them, so that ports are free."""
    path = home.run / "births.json"
    if not path.exists():
        return
    births = {int(pid): born for pid, born in json.loads(path.read_text("utf-8")).items()}
    left = [psutil.Process(pid) for pid, born in births.items() if born is not None and _born(pid) == born]
    if left:
        say(f"waiting for {len(left)} processes of the last run to end")
        _, stubborn = psutil.wait_procs(left, timeout=_FAREWELL_S)
        for process in stubborn:
            process.kill()
        psutil.wait_procs(stubborn, timeout=_FAREWELL_S)
    path.unlink()


def _born(pid: int) -> float | None:
    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else process.create_time()
    except psutil.Error:
        return None
