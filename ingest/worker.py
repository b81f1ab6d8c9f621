"""The loop between broker and database: take, decode, commit, and only then acknowledge."""

from __future__ import annotations

import gc
import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from time import monotonic
from typing import Final

import numpy as np

from data_access.columns import microseconds
from data_access.engine import Store
from domain.errors import StoreUnavailable
from domain.telemetry import Reject
from ingest import topics
from ingest.client import Client
from ingest.counters import Counters, Happening
from ingest.decode import Decoder
from ingest.lookout import Post
from ingest.quick import Message
from ingest.replay import Replay
from logs import Outage
from services import telemetry
from services.batches import Accepted, Batch, Refusal
from services.leases import Lease, LeaseLost
from services.stages import Stage
from services.telemetry import Rite
from services.telemetry_memory import Memory, recall, refresh
from services.vector_rules import SECOND

log = logging.getLogger(__name__)

BATCH_LIMIT: Final = 5_000  # messages per transaction
BACKLOG_BATCHES: Final = 2  # as many of them in one while a backlog is worked off: what is urgent then comes by other ways
WINDOW_SECONDS: Final = 0.1  # how long the first message of a batch waits for others
IDLE_SECONDS: Final = 0.5
UPKEEP_SECONDS: Final = 2.0  # between looks at the register and marks of our own
SILENCE_SECONDS: Final = 20.0  # a connection whose heartbeats do not come round for so long is replaced
REGISTERED_LATELY: Final = frozenset({Reject.UNKNOWN_EQUIPMENT, Reject.NOT_BOUND})  # refusals that a newer register may take back
STAND_BY_SECONDS: Final = 1.0
COLLECT_SECONDS: Final = 60.0  # between looks for old circles of garbage
BACK_OFF_SECONDS: Final = (0.5, 1.0, 2.0, 5.0)


class Worker:
    """One worker of one broker session. `tell` publishes what was committed, `clock` gives aware UTC.

    Before it listens it takes the session's lease, and waits where another worker has it: that is what a standby does.
    """

    def __init__(
        self,
        client: Client,
        store: Store,
        *,
        name: str,
        holder: str = "",
        tell: Callable[[], None] = lambda: None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        synchronise: Callable[[], None] = lambda: None,
    ) -> None:
        self._client = client
        self._store = store
        self._lease = Lease(store, name, holder=holder or name, filters=client.filters, overlap=topics.overlap)
        self._rite = Rite(begin=self._lease.hold)
        self._tell = tell
        self._clock = clock
        self._synchronise = synchronise
        self._counters = Counters(clock())
        self._outage = Outage(log, "database", worker=name)
        self._post = Post(client, store, rite=self._rite, clock=clock)
        self._replay = Replay(store, client.filters, begin=self._rite.begin)
        self._limit = BATCH_LIMIT
        self._upkeep_at = 0.0
        self._collected_at = monotonic()
        self._reconnects = 0
        self._lag: float | None = None  # seconds between sampling and receipt, of half of the readings last taken

    def run(self, stop: threading.Event) -> None:
        """Work until told to stop, through every outage of the database and of the broker."""
        failures = 0
        while not stop.is_set():
            before = self._counters.batches
            try:
                self._synchronise()
                if self._stand_by(stop):
                    self._counters.happened(Happening.RECALL)
                    self._serve(recall(self._store, at=self._clock()), stop)
                    self._lease.leave()
            except StoreUnavailable as lost:
                self._client.close()  # what is held comes again once the database is back
                failures = 1 if self._counters.batches > before else failures + 1
                self._post.leave()
                self._limit = max(1, self._limit // 2)  # perhaps it was the batch that was too much
                if failures == 1:
                    self._counters.happened(Happening.DATABASE_LOST)
                self._outage.lost(lost.__cause__)
                stop.wait(BACK_OFF_SECONDS[min(failures, len(BACK_OFF_SECONDS)) - 1])
            except LeaseLost:
                self._client.close()  # whoever has the lease now hears them again
                self._post.leave()
                log.warning("lease_lost", extra={"worker": self._lease.name})
        self._client.close()

    def _stand_by(self, stop: threading.Event) -> bool:
        """Wait for the lease; False where the worker was told to stop before it had it."""
        waiting = False
        while not self._lease.take():
            if not waiting:
                log.info("standing_by", extra={"worker": self._lease.name})
                waiting = True
            telemetry.note_standby(self._store, self._lease.name, at=self._clock())
            if stop.wait(STAND_BY_SECONDS):
                return False
        if waiting:
            telemetry.forget_standby(self._store, self._lease.name)
        return True

    def _serve(self, memory: Memory, stop: threading.Event) -> None:
        self._outage.over()
        log.info("worker_ready", extra={"worker": self._lease.name, "machines": len(memory.register.devices)})
        decoder = Decoder(memory.register)
        self._client.open(self._lease.name)
        self._post.man(memory)
        with _collector_at_rest():
            while not stop.is_set():
                self._work(memory, decoder, idle=IDLE_SECONDS)
                if monotonic() - self._upkeep_at >= UPKEEP_SECONDS:
                    self._upkeep(memory, decoder)
        self._finish(memory, decoder)

    def _work(self, memory: Memory, decoder: Decoder, *, idle: float) -> int:
        limit = self._limit * (BACKLOG_BATCHES if self._post.behind else 1)
        messages = self._client.take(limit=limit, idle=idle, window=WINDOW_SECONDS)
        if messages:
            stages, count = self._counters.stages, len(messages)
            seconds, cpu = self._client.spent()
            stages.add(Stage.RECEIVE, seconds, count, cpu=cpu)
            self._commit(messages, memory, decoder)
            lap = stages.laps()
            self._client.acknowledge(messages)
            lap(Stage.ACKNOWLEDGE, count)
            self._tell()
            lap(Stage.PUBLISH, 1)
            if self._lag is not None:
                self._post.note(memory, lag=self._lag, full=count >= limit or self._client.plenty)
            if seen := self._post.look(memory, decoder):
                self._counters.seen_ahead(seen)
                self._tell()
            if not self._client.fast:
                gc.collect(0)  # stock paho leaves a circle for every message: better a little now than all of them at the upkeep
            self._limit = min(BATCH_LIMIT, self._limit * 2)
        return len(messages)

    def _finish(self, memory: Memory, decoder: Decoder) -> None:
        """Commit what is held now; under a steady stream there is always more, and that comes again."""
        held = self._client.waiting
        while held > 0 and (taken := self._work(memory, decoder, idle=0.0)):
            held -= taken

    def _commit(self, messages: Sequence[Message], memory: Memory, decoder: Decoder) -> None:
        """Commit all of them; where the database refuses the data of one, find that one and commit the others."""
        with self._counters.stages.time(Stage.DECODE, len(messages)):
            batch = decoder.read_all(messages)
        if any(refusal.reason in REGISTERED_LATELY for refusal in batch.refusals) and self._renew(memory, decoder):
            batch = decoder.read_all(messages)
        try:
            self._accept(batch, memory)
        except (StoreUnavailable, LeaseLost):
            raise
        except Exception as fault:
            if len(messages) == 1:
                log.exception("message_refused_by_store", extra={"topic": messages[0].topic})
                self._accept(_refused(messages[0], fault), memory)
                return
            middle = len(messages) // 2
            self._commit(messages[:middle], memory, decoder)
            self._commit(messages[middle:], memory, decoder)

    def _accept(self, batch: Batch, memory: Memory) -> Accepted:
        at = self._clock()
        accepted = telemetry.accept(self._store, batch, memory, at=at, stages=self._counters.stages, rite=self._rite)
        self._counters.add(accepted, at)
        now = microseconds(self._clock())
        lags = []
        for columns, _ in batch.said.values():
            self._counters.waited((now - columns.received) / SECOND)
            lag = (columns.received - columns.sampled) / SECOND
            lags.append(lag)
            for number, vendor in enumerate(columns.vendors):
                self._counters.sampled(vendor, lag[columns.vendor == number])
        if lags:
            self._lag = float(np.median(np.concatenate(lags)))
        return accepted

    def _upkeep(self, memory: Memory, decoder: Decoder) -> None:
        """Every few seconds: the heartbeat, a dead connection, a changed register, what is to be tried again, our own mark."""
        self._upkeep_at = monotonic()
        self._lease.renew()
        self._client.beat()
        self._post.rest()
        self._collect()
        silent = self._client.silent_seconds()
        if silent > SILENCE_SECONDS:
            log.warning("broker_silent", extra={"seconds": round(silent)})
            self._finish(memory, decoder)  # a broker that was killed may not have it any more
            self._client.open(self._lease.name)
        self._renew(memory, decoder)
        at = self._clock()
        telemetry.write_left(self._store, memory, at=at, rite=self._rite)
        self._replay.run(memory, decoder, at=at)
        self._tell()
        for _ in range(self._client.reconnects - self._reconnects):
            self._counters.happened(Happening.RECONNECT)
        self._reconnects = self._client.reconnects
        gauges = {"lease_epoch": self._lease.epoch, "register_size": len(memory.register.devices), "behind": int(self._post.behind)}
        counters = self._counters.as_json(at, waiting=self._client.waiting, **gauges)
        telemetry.note_mark(self._store, self._lease.name, batch=self._counters.batches, counters=counters, at=at)

    def _collect(self) -> None:
        """Free circles of garbage: what came since the last look, and once in a while all."""
        everything = self._upkeep_at - self._collected_at >= COLLECT_SECONDS
        if everything:
            self._collected_at = self._upkeep_at
        gc.collect(2 if everything else 1)

    def _renew(self, memory: Memory, decoder: Decoder) -> bool:
        """Take over a changed register; whether it changed."""
        changed = refresh(self._store, memory)
        if changed:
            decoder.use(memory.register)
            log.info("register_renewed", extra={"machines": len(memory.register.devices)})
        return changed


@contextmanager
def _collector_at_rest() -> Iterator[None]:
    """A batch is thousands of objects with hardly a circle among them, and the memory stays: only the upkeep looks for garbage."""
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.unfreeze()
        gc.enable()


def _refused(message: Message, fault: Exception) -> Batch:
    """A batch that holds nothing but the message's refusal."""
    detail = f"{type(fault).__name__}: {fault}"
    vendor, topic = topics.vendor_of(message.topic), message.topic
    refusal = Refusal(vendor, topic, Reject.BAD_VALUE, detail, message.received_at, message.payload, again=message.again)
    return Batch(refusals=[refusal])
