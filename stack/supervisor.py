"""Keeps children alive: starts them in order, restarts those that die while they make progress, stops them in reverse order."""

from __future__ import annotations

import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from stack.errors import StackError
from stack.home import PROJECT, Home
from stack.privilege import OURSELVES
from stack.process import Service, entrance, spawn
from stack.say import say

PROGRESS_S = 20.0  # a child that ran this long, or became ready, made progress: its failures are forgotten
ATTEMPTS = 6  # deaths in a row without progress before we give up
_PROBE_S = 0.05  # how often an unanswered readiness question is asked again, at most
_WATCH_S = 1.0
_LAST_LINES = 12  # of a child's log, shown when it cannot be kept alive
_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopping(Exception):
    """Somebody asked us to stop while we were waiting."""


@dataclass(slots=True)
class Child:
    """A service that was started: its process and how it has been doing."""

    service: Service
    process: subprocess.Popen[bytes]
    started_at: float  # monotonic seconds
    ready: bool = False
    deaths: int = 0  # in a row, without progress
    respawn_at: float | None = None  # monotonic seconds; None while it runs

    @property
    def running(self) -> bool:
        return self.respawn_at is None and self.process.poll() is None


@dataclass(slots=True)
class Supervisor:
    """One per data directory, in the main thread: a child's death signal is bound to the thread that started it.

    `changed` is called with name → pid whenever a process was started or replaced.
    """

    home: Home
    changed: Callable[[Mapping[str, int]], None] = lambda pids: None
    children: list[Child] = field(default_factory=list)
    stop_requests: int = 0
    _selector: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)
    _wake: socket.socket | None = None

    def listen(self) -> None:
        """Turn signals and children's deaths into events that end a wait."""
        reader, writer = socket.socketpair()
        reader.setblocking(False)
        writer.setblocking(False)
        signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
        self._selector.register(reader, selectors.EVENT_READ, data=writer)
        self._wake = reader
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        for number in _STOP_SIGNALS:
            signal.signal(number, self._asked_to_stop)

    def launch(self, service: Service) -> Child:
        """Start a service without waiting for its answer."""
        child = Child(service, spawn(service, self.log_of(service)), time.monotonic())
        self.children.append(child)
        self._announce()
        return child

    def start(self, service: Service) -> None:
        """Start a service and wait until it answers; a start-up that fails is tried again within its time."""
        child = self.launch(service)
        began = child.started_at
        while not self._is_ready(child):
            self._raise_if_stopping()
            if time.monotonic() > began + service.start_timeout:
                raise StackError(f"{service.name} 未在 {service.start_timeout:.0f} 秒内就绪。{self._last_words(service)}")
            self._tend()
            self._wait(_PROBE_S)
        say(f"{service.name} ready (pid {child.process.pid}, {time.monotonic() - began:.1f} s)")

    def watch(self) -> None:
        """Keep every child alive until somebody asks us to stop."""
        while not self.stop_requests:
            self._tend()
            self._wait(self._patience())

    def complete(self, name: str, argv: Sequence[str | Path], *, env: Mapping[str, str]) -> int:
        """Run a step to its end, its progress on our terminal, and return its exit code."""
        step = subprocess.Popen(
            [str(part) for part in argv],
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr,
            env={**os.environ, **env},
            cwd=PROJECT,
            start_new_session=True,
            preexec_fn=entrance(OURSELVES, signal.SIGTERM),
        )
        say(f"{name} …")
        while step.poll() is None:
            if self.stop_requests:
                step.terminate()
                step.wait()
                raise Stopping
            self._tend()
            self._wait(_WATCH_S)
        return step.returncode

    def stop(self) -> None:
        """Stop all children, the last started first; a second signal kills what is left."""
        self.stop_requests = max(self.stop_requests, 1)
        for child in reversed(self.children):
            self._stop(child)

    def log_of(self, service: Service) -> Path:
        return self.home.logs / f"{service.name}.log"

    def _is_ready(self, child: Child) -> bool:
        child.ready = child.running and (child.service.ready is None or child.service.ready())
        return child.ready

    def _tend(self) -> None:
        for child in self.children:
            self._revive(child)
            self._note_progress(child)

    def _revive(self, child: Child) -> None:
        """Notice a death and plan the restart, or carry out a planned one."""
        if child.respawn_at is None:
            if child.process.poll() is not None:
                self._plan_restart(child)
        elif time.monotonic() >= child.respawn_at:
            child.process = spawn(child.service, self.log_of(child.service))
            child.started_at, child.respawn_at, child.ready = time.monotonic(), None, False
            say(f"{child.service.name} restarted (pid {child.process.pid})")
            self._announce()

    def _plan_restart(self, child: Child) -> None:
        child.deaths += 1
        if child.deaths >= ATTEMPTS:
            raise StackError(f"{child.service.name} 反复退出，已停止。{self._last_words(child.service)}")
        say(f"{child.service.name} ended with {child.process.returncode}; restarting")
        child.respawn_at = time.monotonic() + min(5.0, 0.1 * 2**child.deaths)

    def _note_progress(self, child: Child) -> None:
        if not child.running or not child.deaths:
            return
        answered = not child.ready and child.service.ready is not None and self._is_ready(child)
        if answered or time.monotonic() - child.started_at >= PROGRESS_S:
            child.deaths = 0

    def _patience(self) -> float:
        """Seconds until the next planned restart, or until a look is due."""
        due = [child.respawn_at - time.monotonic() for child in self.children if child.respawn_at is not None]
        return max(0.0, min([_WATCH_S, *due]))

    def _stop(self, child: Child) -> None:
        if child.process.poll() is not None:
            return
        asked_at, already = time.monotonic(), self.stop_requests
        child.process.send_signal(child.service.stop_signal)
        while child.process.poll() is None:
            if time.monotonic() - asked_at > child.service.stop_timeout or self.stop_requests > max(already, 1):
                say(f"{child.service.name} does not stop: killing it")
                child.process.kill()
                child.process.wait()
            else:
                self._wait(_PROBE_S)
        say(f"{child.service.name} stopped ({time.monotonic() - asked_at:.1f} s)")

    def _wait(self, seconds: float) -> None:
        """Return at the next signal or death, or after the given seconds."""
        for key, _ in self._selector.select(seconds):
            if self._wake is not None and key.fileobj is self._wake:
                self._wake.recv(4096)

    def _announce(self) -> None:
        self.changed({child.service.name: child.process.pid for child in self.children})

    def _raise_if_stopping(self) -> None:
        if self.stop_requests:
            raise Stopping

    def _asked_to_stop(self, number: int, frame: FrameType | None) -> None:
        self.stop_requests += 1
        say("stopping" if self.stop_requests == 1 else "stopping at once")

    def _last_words(self, service: Service) -> str:
        path = self.log_of(service)
        lines = path.read_text("utf-8", errors="replace").splitlines()[-_LAST_LINES:]
        return f" {service.name} does not run; the end of {os.path.relpath(path)}:\n" + "\n".join(lines)
