"""Refused messages on their second way in: what a person asked to be tried again goes through the worker like any other message.

A worker takes those that its topic filters cover, so that they meet the memory of their machine. What they say and what became
of them is one transaction: accepted exactly once, or refused again with a reason.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from data_access.engine import Store, Tx
from domain.errors import Conflict
from domain.telemetry import Reject
from ingest.decode import Decoder, Message
from services import quarantine, telemetry
from services.quarantine import Returned
from services.telemetry import ORDINARY, Batch, Refusal, Rite
from services.telemetry_memory import Memory

log = logging.getLogger(__name__)

AT_ONCE: Final = 500  # messages of one look: live ones wait no longer for them than for a batch of their own
BATCH_END: Final = "/batch"


class _Mixed(Exception):
    """Some of the messages were refused: each has to be tried alone."""


class Replay:
    """Tries what was asked for; for one worker with its topic filters. `begin` opens each transaction, and may forbid it."""

    def __init__(self, store: Store, filters: Sequence[str], *, begin: Callable[[Tx], None] = ORDINARY.begin) -> None:
        self._store = store
        self._patterns = [pattern_of(wanted) for wanted in filters]
        self._begin = begin

    def run(self, memory: Memory, decoder: Decoder, *, at: datetime) -> int:
        """Try the oldest that are due; how many were accepted. Raises StoreUnavailable, and what `begin` does."""
        with self._store.reading() as tx:
            returned = quarantine.due(tx, topics=self._patterns, limit=AT_ONCE)
        if not returned:
            return 0
        accepted = self._try(returned, memory, decoder, at)
        log.info("quarantine_replayed", extra={"tried": len(returned), "accepted": accepted})
        return accepted

    def _try(self, returned: Sequence[Returned], memory: Memory, decoder: Decoder, at: datetime) -> int:
        """All of them as one batch; where one is refused, the halves."""
        batch = _read(returned, decoder)
        alone = len(returned) == 1

        def settle(tx: Tx, refusals: Sequence[Refusal]) -> int:
            refused = [*refusals, *_meaningless(batch)]
            if refused and not alone:
                raise _Mixed
            why = (refused[0].reason.value, refused[0].detail) if refused else None
            quarantine.settled(tx, [one.id for one in returned], refused=why, at=at)
            return len(returned) if refused else 0

        try:
            done = telemetry.accept(self._store, batch, memory, at=at, rite=Rite(self._begin, settle))
        except _Mixed:
            middle = len(returned) // 2
            return sum(self._try(half, memory, decoder, at) for half in (returned[:middle], returned[middle:]))
        except Conflict:
            return 0  # another worker was first; what it left is due at the next look
        return len(returned) - done.quarantined


def pattern_of(topic_filter: str) -> str:
    """The regular expression of an MQTT topic filter."""
    levels = {"+": "[^/]+", "#": ".*"}
    return "^" + "/".join(levels.get(level, re.escape(level)) for level in topic_filter.split("/")).replace("/.*", "(/.*)?") + "$"


def as_message(returned: Returned) -> Message:
    """The message as it came; the refused item of a batch is again a batch, of one."""
    item = returned.topic.endswith(BATCH_END) and returned.payload.lstrip()[:1] == b"{"
    payload = b"[" + returned.payload + b"]" if item else returned.payload
    return Message(returned.topic, payload, returned.received_at)


def _read(returned: Sequence[Returned], decoder: Decoder) -> Batch:
    """What they say; that a vendor was heard when they first came has been noted then."""
    batch = decoder.read_all([as_message(one) for one in returned])
    batch.messages.clear()
    batch.heartbeats.clear()
    batch.unknown_keys.clear()
    return batch


def _meaningless(batch: Batch) -> list[Refusal]:
    """Events that are stored and still say nothing, because nobody has mapped their code."""
    return [
        Refusal(w.event.vendor, w.topic, Reject.UNMAPPED_CODE, w.event.vendor_code, w.event.received_at, b"")
        for w in batch.words
        if w.event.code is None
    ]
