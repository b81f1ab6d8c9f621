"""A durable throw-away stack, its workers as processes, and the producer: everything a fault can be done to."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import psutil
import psycopg

from stack.home import PROJECT
from stack.privilege import OURSELVES
from stack.process import entrance
from tests.bench.faults.fleet import settle
from tests.bench.faults.journal import Journal
from tests.stack_fixture import free_of_settings

CLIENT: Final = "ingest-0"
PATIENCE_S: Final = 120.0
LOOK_S: Final = 0.05  # between two looks at what another process does without telling
_GOODBYE_S: Final = 60.0
_MARK: Final = "SELECT max(committed_at) FROM ingest_marks"
_COMMITTED: Final = (
    "SELECT count(*), max(received_at) FROM (SELECT received_at FROM readings ORDER BY sampled_at DESC LIMIT 20000) AS newest"
)


class Timeout(Exception):
    """What should have happened did not."""


def wait_until(what: str, look: Callable[[], bool], *, patience: float = PATIENCE_S) -> float:
    """Look until it is so; the seconds that took. Raises Timeout."""
    begun = time.monotonic()
    while not look():
        if time.monotonic() - begun > patience:
            raise Timeout(f"{what}: not within {patience:.0f} s")
        time.sleep(LOOK_S)
    return time.monotonic() - begun


class Feed:
    """The producer's process: one line out, one line back."""

    def __init__(self, services: Path, journal: Path, *, lifts: int, period: int) -> None:
        self.journal = Journal(journal)
        journal.touch()
        pace = ["--lifts", str(lifts), "--period", str(period)]
        command: list[str | Path] = [
            sys.executable,
            "-m",
            "tests.bench.faults.producer",
            services,
            journal,
        ]
        self._process = subprocess.Popen([*command, *pace], cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._answer()

    def tell(self, command: str, argument: float = 0) -> str:
        """One command; the producer's answer."""
        assert self._process.stdin is not None
        print(command, argument, file=self._process.stdin, flush=True)
        return self._answer()

    def quit(self) -> None:
        """End the process, unless it has ended."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.wait(_GOODBYE_S)
        self._process.stdout.close()

    def _answer(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline().strip()
        if not line:
            raise Timeout("the producer ended")
        return line.partition(" ")[2]


@dataclass(slots=True)
class Stand:
    """One stack on one folder. `urls` are what workers are given: a fault may lead them by another way."""

    folder: Path
    urls: dict[str, str]
    feed: Feed
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def services(self) -> dict[str, Any]:
        """services.json as it is now."""
        found: dict[str, Any] = json.loads((self.folder / "run" / "services.json").read_text("utf-8"))
        return found

    @property
    def database(self) -> psycopg.Connection[Any]:
        """A new connection past the product; use it as a context."""
        return psycopg.connect(self.services["database_url"], autocommit=True, connect_timeout=5)

    def start_worker(self, *, client_id: str = CLIENT, sabotage: tuple[str, ...] = ()) -> subprocess.Popen[bytes]:
        """A worker, which is at work when this returns, unless it was made to die."""
        module = ["tests.bench.faults.sabotage", *sabotage, "--"] if sabotage else ["ingest"]
        before = self._mark()
        worker = self._spawn(module, client_id)
        if "--die-after-commits" not in sabotage:
            wait_until("a worker's mark", lambda: self._mark() != before)
            os.kill(self.services["processes"]["mosquitto"], signal.SIGUSR1)  # as ./run does: its session is on disk from now on
        return worker

    def start_second(self, client_id: str) -> subprocess.Popen[bytes]:
        """A second worker, which stands by when this returns: its filters are the first one's, whatever client id it asks for."""
        before = self._logged("standing_by")
        worker = self._spawn(["ingest"], client_id)
        wait_until("a second worker to stand by", lambda: self._logged("standing_by") > before)
        return worker

    def end_worker(self, worker: subprocess.Popen[bytes], number: signal.Signals = signal.SIGTERM) -> None:
        """Signal it and wait."""
        worker.send_signal(number)
        worker.wait(_GOODBYE_S)
        self.workers.remove(worker)

    def kill_server(self, name: str) -> None:
        """kill -9 a server with all its children, and wait until the supervisor has put another in its place that answers."""
        pid = self.services["processes"][name]
        children = psutil.Process(pid).children(recursive=True)
        os.kill(pid, signal.SIGKILL)
        for child in children:
            with suppress(psutil.NoSuchProcess):
                child.kill()
        wait_until(f"another {name}", lambda: self.services["processes"][name] != pid)

    def wait_for_database(self) -> float:
        """Until it answers again; the seconds that took."""
        return wait_until("the database", self._answers)

    def committing(self) -> bool:
        """Whether anything was stored since the last look of half a second ago."""
        with self.database as connection:
            before = connection.execute(_COMMITTED).fetchone()
            time.sleep(0.5)
            return connection.execute(_COMMITTED).fetchone() != before

    def _logged(self, event: str) -> int:
        return (self.folder / "log" / "worker.log").read_text("utf-8").count(f'"event": "{event}"')

    def _spawn(self, module: list[str], client_id: str) -> subprocess.Popen[bytes]:
        environment = free_of_settings(os.environ) | self.urls
        command = [sys.executable, "-m", *module, "--client-id", client_id]
        with (self.folder / "log" / "worker.log").open("ab") as log:
            worker = subprocess.Popen(command, cwd=PROJECT, env=environment, stderr=log, preexec_fn=entrance(OURSELVES, signal.SIGKILL))
        self.workers.append(worker)
        return worker

    def _answers(self) -> bool:
        try:
            with self.database:
                return True
        except psycopg.OperationalError:
            return False

    def _mark(self) -> Any:
        try:
            with self.database as connection:
                return connection.execute(_MARK).fetchone()
        except psycopg.OperationalError:
            return None


@contextmanager
def standing(*, lifts: int, period: int = 1, folder: Path | None = None, journal: Path | None = None) -> Iterator[Stand]:
    """A stand on a temporary folder, or on the given one, without workers yet."""
    with tempfile.TemporaryDirectory(prefix="putuo-faults-") as made:  # the journal is here, whatever becomes of the folder
        root = folder or Path(made)
        with _servers(root) as services:
            settle(services["database_url"], lifts)
            urls = {"DATABASE_URL": services["database_url"], "REDIS_URL": services["redis_url"], "MQTT_URL": services["mqtt_url"]}
            stand = Stand(root, urls, Feed(root / "run" / "services.json", journal or Path(made) / "journal", lifts=lifts, period=period))
            try:
                yield stand
            finally:
                stand.feed.quit()
                for worker in list(stand.workers):
                    worker.send_signal(signal.SIGCONT)
                    stand.end_worker(worker, signal.SIGKILL)
        shutil.rmtree(root / "pg", ignore_errors=True)


@contextmanager
def _servers(folder: Path) -> Iterator[Mapping[str, Any]]:
    """As shipped: fsync and synchronous_commit on, unlike the stack of `./test`."""
    folder.mkdir(exist_ok=True)
    with (folder / "stack.log").open("w") as log:
        command = [sys.executable, "-m", "stack", "servers", "--data", str(folder)]
        process = subprocess.Popen(
            command,
            cwd=PROJECT,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env=free_of_settings(os.environ),
            preexec_fn=entrance(OURSELVES, signal.SIGTERM),
        )
        assert process.stdout is not None
        try:
            if not process.stdout.readline().startswith("SERVERS "):
                raise Timeout(f"the stack did not start:\n{(folder / 'stack.log').read_text('utf-8')}")
            yield json.loads((folder / "run" / "services.json").read_text("utf-8"))
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(_GOODBYE_S)
            process.stdout.close()
