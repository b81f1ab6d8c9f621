"""`./run` as a process of its own, started and ended by a test."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Final

import psutil

from stack.home import PROJECT
from tests.stack_fixture import free_of_settings

GOODBYE_S: Final = 60
PATIENCE_S: Final = 60


class Run:
    """A running `./run`; `seconds` is how long READY took."""

    def __init__(self, folder: Path, *arguments: str, environment: dict[str, str] | None = None) -> None:
        self.folder = folder
        started = time.monotonic()
        self.process = subprocess.Popen(
            [str(PROJECT / "run"), "--unsafe", "--data", str(folder), *arguments],
            stdout=subprocess.PIPE,
            text=True,
            env={**free_of_settings(os.environ), **(environment or {})},
        )
        assert self.process.stdout is not None
        self.ready = self.process.stdout.readline().strip()
        self.seconds = time.monotonic() - started

    @property
    def services(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / "run" / "services.json").read_text("utf-8"))
        return found

    @property
    def family(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def status(self, path: str) -> int:
        """The HTTP status of a path."""
        port = int(self.services["web_url"].rstrip("/").rpartition(":")[2])
        link = HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
        try:
            link.request("GET", path)
            return link.getresponse().status
        finally:
            link.close()

    def end(self, how: signal.Signals) -> int:
        self.process.send_signal(how)
        code = self.process.wait(GOODBYE_S)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code


def eventually(condition: Callable[[], object], *, within_s: float = PATIENCE_S) -> None:
    """Ask again until it holds; what is asked crosses processes that announce nothing to a test."""
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, "did not come true"
        time.sleep(0.2)
