"""The supervisor's promises, kept with children of a line or two."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from stack.errors import StackError
from stack.home import Home
from stack.process import Service
from stack.supervisor import Stopping, Supervisor

FOREVER = [sys.executable, "-c", "import signal; signal.pause()"]
GOODBYE_S = 20


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    watched = (signal.SIGCHLD, signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.getsignal(number) for number in watched}
    made = Supervisor(Home.at(tmp_path))
    made.listen()
    yield made
    made.stop()
    signal.set_wakeup_fd(-1)
    for number, handler in before.items():
        signal.signal(number, handler)


def test_a_child_that_never_makes_progress_ends_everything_with_its_last_words(
    supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stack.supervisor.ATTEMPTS", 2)
    service = Service("hopeless", [sys.executable, "-c", "print('no such file'); raise SystemExit(9)"], ready=lambda: False)

    with pytest.raises(StackError, match=r"hopeless(.|\n)*no such file"):
        supervisor.start(service)


def test_a_child_that_never_answers_is_given_up_after_its_time(supervisor: Supervisor) -> None:
    with pytest.raises(StackError, match="silent"):
        supervisor.start(Service("silent", FOREVER, ready=lambda: False, start_timeout=0.2))


def test_children_stop_in_reverse_order(supervisor: Supervisor, tmp_path: Path) -> None:
    book = tmp_path / "order"
    for name in ("database", "worker"):
        script = (
            f"import pathlib, signal, sys\n"
            f"def leave(*_):\n    open({str(book)!r}, 'a').write('{name} ')\n    sys.exit()\n"
            f"signal.signal(signal.SIGTERM, leave)\npathlib.Path({str(tmp_path / name)!r}).touch()\nwhile True: signal.pause()"
        )
        supervisor.start(Service(name, [sys.executable, "-c", script], ready=(tmp_path / name).exists))

    supervisor.stop()

    assert book.read_text() == "worker database "


def test_a_child_that_does_not_stop_is_killed_after_its_time(supervisor: Supervisor, tmp_path: Path) -> None:
    deaf = f"import pathlib, signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); pathlib.Path({str(tmp_path / 'up')!r}).touch()\n"
    service = Service("deaf", [sys.executable, "-c", deaf + "while True: signal.pause()"], ready=(tmp_path / "up").exists, stop_timeout=0.2)
    supervisor.start(service)

    supervisor.stop()

    assert supervisor.children[0].process.returncode == -signal.SIGKILL


def test_a_death_while_watching_is_answered_and_announced(supervisor: Supervisor) -> None:
    seen: list[dict[str, int]] = []
    arrived = threading.Event()

    def changed(pids: object) -> None:
        seen.append(dict(pids))  # type: ignore[call-overload]
        if len(seen) == 2:
            arrived.set()
            os.kill(os.getpid(), signal.SIGTERM)

    supervisor.changed = changed
    supervisor.start(Service("worker", FOREVER))
    psutil.Process(seen[0]["worker"]).kill()

    supervisor.watch()

    assert arrived.is_set()
    assert seen[0]["worker"] != seen[1]["worker"]


def test_being_asked_to_stop_while_starting_ends_the_wait(supervisor: Supervisor) -> None:
    def asked() -> bool:
        os.kill(os.getpid(), signal.SIGTERM)
        return False

    with pytest.raises(Stopping):
        supervisor.start(Service("slow", FOREVER, ready=asked))
