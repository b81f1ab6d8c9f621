"""One child process: what it is (Service) and how it is started so that it never outlives its supervisor."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from stack.home import PROJECT
from stack.privilege import LINUX, OURSELVES, Mode, Privilege

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


def _nothing() -> None:
    """No preparation."""


@dataclass(frozen=True, slots=True)
class Service:
    """A child as a description. `ready` None: nothing to ask, it counts as ready once it runs.

    `death_signal` is what the kernel sends it when the supervisor disappears; times are seconds.
    """

    name: str
    argv: Sequence[str | Path]
    ready: Callable[[], bool] | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    stop_signal: signal.Signals = signal.SIGTERM
    stop_timeout: float = 10.0
    start_timeout: float = 60.0
    privilege: Privilege = OURSELVES
    before: Callable[[], None] = _nothing


def spawn(service: Service, log: Path) -> subprocess.Popen[bytes]:
    """Start the child in its own session (Ctrl-C is the supervisor's business), its output appended to `log`."""
    service.before()
    with log.open("ab") as sink:
        return subprocess.Popen(
            [str(part) for part in service.argv],
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            env={**os.environ, **service.env},
            cwd="/" if service.privilege.mode is Mode.DROP else PROJECT,
            start_new_session=True,
            preexec_fn=entrance(service.privilege, service.stop_signal),
            **service.privilege.popen_options,
        )


def entrance(privilege: Privilege, death_signal: signal.Signals) -> Callable[[], None]:
    """What a child does between fork and exec. Changing the user clears the death signal, so that comes first."""
    parent = os.getpid()

    def enter() -> None:
        if privilege.enter is not None:
            privilege.enter()
        die_with_parent(death_signal, parent=parent)

    return enter


def die_with_parent(death_signal: signal.Signals, *, parent: int) -> None:
    """Ask the kernel to signal this process when its parent ends, even by kill -9; leave at once if that already happened."""
    if not LINUX:
        return
    _libc.prctl(_PR_SET_PDEATHSIG, int(death_signal))
    if os.getppid() != parent:
        os._exit(1)
