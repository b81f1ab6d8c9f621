"""The faults: what is done to the stack while it works, and how many rounds of it the full table has."""

from __future__ import annotations

import random
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import redis

from tests.bench.faults.proxy import Proxy, Way
from tests.bench.faults.stand import CLIENT, Stand, Timeout, wait_until

AWAY_S: Final = 30.0  # how long the cache is away
CUT_S: Final = 20.0  # how long the network is a black hole: longer than the broker's keep-alive
FULL_S: Final = 10.0  # how long the disk stays full once nothing is stored any more
REPLAY_S: Final = 60.0  # what a gateway says again after its broker was killed: two autosaves
CLOCK_S: Final = 7_200
TAKEOVER_S: Final = 30.0
LAST_COMMIT_S: Final = 1.0  # what a dead worker was committing is stored by then
DISK_BYTES: Final = 768 << 20

Proxies = dict[str, Proxy]


@dataclass(frozen=True, slots=True)
class Round:
    """One round of one fault: what it may touch. `number` counts from 0; `notes` is what the table says beside the figures, `failures`
    is what should have happened and did not.
    """

    stand: Stand
    number: int
    rng: random.Random
    proxies: Proxies
    notes: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def under_load(self, longest: float) -> None:
        """Let some time of load pass, another each round."""
        time.sleep(self.rng.uniform(0.2, longest))


@dataclass(frozen=True, slots=True)
class Fault:
    """`strike` is called under load with one worker at work, and must leave one at work."""

    title: str
    rounds: int
    strike: Callable[[Round], None]
    by_proxy: tuple[str, ...] = ()  # names of URLs that lead through a proxy
    disk: Callable[[], AbstractContextManager[Path | None]] = nullcontext
    possible: Callable[[], str] = lambda: ""  # why it cannot be tried here
    resent: bool = False  # gateways repeat themselves: a refused message may then be refused again


def kill_worker(this: Round) -> None:
    """kill -9 at any moment; every third time its successor too, which has just begun on what was left."""
    (worker,) = this.stand.workers
    this.under_load(2.0)
    this.stand.end_worker(worker, signal.SIGKILL)
    if this.number % 3 == 2:
        this.stand.end_worker(this.stand.start_worker(), signal.SIGKILL)
    this.stand.start_worker()


def kill_between_commit_and_ack(this: Round) -> None:
    """The batch is stored and the broker does not know it."""
    (worker,) = this.stand.workers
    this.stand.end_worker(worker)
    doomed = this.stand.start_worker(sabotage=("--die-after-commits", str(this.rng.randint(1, 20))))
    wait_until("the death of the worker", lambda: doomed.poll() is not None)
    this.stand.workers.remove(doomed)
    this.stand.start_worker()


def kill_database(this: Round) -> None:
    """kill -9 of the postmaster and every backend."""
    this.under_load(2.0)
    this.stand.kill_server("postgres")
    this.notes.append(f"database back after {this.stand.wait_for_database():.1f} s")


def kill_broker(this: Round) -> None:
    """kill -9 of the broker; in odd rounds the worker is down too, so that messages wait in the broker. Gateways repeat themselves."""
    worker = this.stand.workers[0]
    down = this.number % 2 == 1
    if down:
        this.stand.end_worker(worker, signal.SIGKILL)
    this.under_load(6.0)
    this.stand.kill_server("mosquitto")
    if down:
        this.stand.start_worker()
    this.stand.feed.tell("pause")
    again = this.stand.feed.tell("replay", REPLAY_S)
    this.notes.append(f"worker {'down' if down else 'up'}, {again} messages said again")
    this.stand.feed.tell("go")


def cache_away(this: Round) -> None:
    """The cache refuses (even rounds) or says nothing (odd ones) for half a minute, and has forgotten everything when it is back."""
    way = Way.SILENT if this.number % 2 else Way.REFUSED
    this.proxies["REDIS_URL"].turn(way)
    time.sleep(AWAY_S / 2)
    this.notes.append(way.value)
    if not this.stand.committing():
        this.failures.append("nothing was stored while the cache was away")
    time.sleep(AWAY_S / 2)
    with redis.Redis.from_url(this.stand.services["redis_url"]) as cache:
        cache.flushall()
    this.proxies["REDIS_URL"].turn(Way.OPEN)


def fill_disk(this: Round) -> None:
    """No byte is free for a while, neither for the database nor for the broker's own saves."""
    ballast = this.stand.folder / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while file.write(bytes(1 << 20)):
                pass
        except OSError:
            this.notes.append(f"{ballast.stat().st_size >> 20} MiB of ballast")
    wait_until("the database to refuse", lambda: not this.stand.committing(), patience=60.0)
    time.sleep(FULL_S)
    ballast.unlink()
    this.stand.wait_for_database()


def cut_network(this: Round) -> None:
    """Resets first, then a black hole to the broker (even rounds) or to the database (odd ones)."""
    for name in ("MQTT_URL", "DATABASE_URL"):
        for _ in range(3):
            this.under_load(1.0)
            this.proxies[name].reset()
    cut = ("MQTT_URL", "DATABASE_URL")[this.number % 2]
    this.proxies[cut].turn(Way.SILENT)
    time.sleep(CUT_S)
    this.proxies[cut].turn(Way.OPEN)
    this.notes.append(f"6 resets, {cut.partition('_')[0].lower()} silent for {CUT_S:.0f} s")


def wrong_clock(this: Round) -> None:
    """The worker's clock is two hours ahead (even rounds) or behind (odd ones)."""
    by = CLOCK_S if this.number % 2 == 0 else -CLOCK_S
    (worker,) = this.stand.workers
    this.stand.end_worker(worker)
    wrong = this.stand.start_worker(sabotage=("--clock", str(by)))
    _something_happens(this)
    time.sleep(8.0)
    this.stand.end_worker(wrong)
    this.stand.start_worker()
    this.notes.append(f"{by / 3600:+.0f} h")


def two_workers(this: Round) -> None:
    """By mistake a second worker, under the same client id (even rounds) or another one (odd ones). It waits until the first is dead."""
    same = this.number % 2 == 0
    (worker,) = this.stand.workers
    second = this.stand.start_second(CLIENT if same else "ingest-by-mistake")
    for _ in range(4):
        _something_happens(this)
        time.sleep(3.0)
    this.failures.extend(f"the {who} worker ended" for who, one in (("first", worker), ("second", second)) if one.poll() is not None)
    this.stand.end_worker(worker, signal.SIGKILL)
    _taken_over(this, f"{'the same' if same else 'another'} client id")
    assert this.stand.workers == [second]


def take_over(this: Round) -> None:
    """A standby takes over from a dead worker (even rounds), or from one that stands still and later wakes up (odd ones)."""
    asleep = this.number % 2 == 1
    worker = this.stand.workers[0]
    standby = this.stand.start_second(CLIENT)
    this.under_load(3.0)
    worker.send_signal(signal.SIGSTOP if asleep else signal.SIGKILL)
    _taken_over(this, "asleep" if asleep else "dead")
    _something_happens(this)
    if asleep:
        worker.send_signal(signal.SIGCONT)
        time.sleep(5.0)
    this.stand.end_worker(worker, signal.SIGKILL)
    assert this.stand.workers == [standby]


def _taken_over(this: Round, what: str) -> None:
    """Wait until somebody stores again."""
    time.sleep(LAST_COMMIT_S)
    try:
        took = wait_until("the standby to store", this.stand.committing, patience=TAKEOVER_S)
        this.notes.append(f"{what}; taken over after {took + LAST_COMMIT_S:.1f} s")
    except Timeout as late:
        this.failures.append(str(late))


def _something_happens(this: Round) -> None:
    this.stand.feed.tell("trap", 2)
    this.stand.feed.tell("speed", 2)


@contextmanager
def _small_disk() -> Iterator[Path]:
    """A file system of its own in memory."""
    with ExitStack() as undo:
        folder = Path(tempfile.mkdtemp(prefix="putuo-small-disk-"))
        folder.chmod(0o755)
        undo.callback(folder.rmdir)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "none", folder], check=True, capture_output=True)
        undo.callback(lambda: subprocess.run(["umount", "--lazy", folder], check=True))
        yield folder


def _no_mount() -> str:
    try:
        with _small_disk():
            return ""
    except (OSError, subprocess.CalledProcessError):
        return "this user may not mount a file system"


FAULTS: Final = {
    "worker": Fault("kill -9 worker", 20, kill_worker),
    "commit": Fault("kill -9 between commit and ack", 20, kill_between_commit_and_ack),
    "database": Fault("kill -9 PostgreSQL", 20, kill_database),
    "broker": Fault("kill -9 broker", 5, kill_broker, resent=True),
    "cache": Fault("cache away 30 s, then flushed", 2, cache_away, by_proxy=("REDIS_URL",)),
    "disk": Fault("disk full", 2, fill_disk, disk=_small_disk, possible=_no_mount),
    "network": Fault("network resets and black hole", 2, cut_network, by_proxy=("MQTT_URL", "DATABASE_URL")),
    "clock": Fault("worker's clock ±2 h", 2, wrong_clock),
    "two": Fault("two workers by mistake", 2, two_workers),
    "standby": Fault("standby takes over", 2, take_over),
}
