"""Refused messages on their second way in: what a person asked to be tried again goes through the worker like any other message.

A worker takes those that its topic filters cover, so that they meet the memory of their machine. What they say and what became
of them is one transaction: accepted exactly once, or refused again with a reason.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from data_access.engine import Store, Tx
from domain.errors import Conflict, StoreUnavailable
from domain.telemetry import Reject
from ingest.decode import Decoder, Message
from services import quarantine, telemetry
from services.batches import Batch, Refusal
from services.leases import LeaseLost
from services.quarantine import Returned
from services.telemetry import ORDINARY, Rite
from services.telemetry_memory import Memory

log = logging.getLogger(__name__)

AT_ONCE: Final = 300  # messages of one look: live ones wait no longer for them than for a batch of their own
BATCH_END: Final = "/batch"

Outcomes = dict[int, tuple[str, str] | None]
"""Row → why it was refused again, or None where it was accepted."""


class Trial(NamedTuple):
    """One message and what it says by itself."""

    returned: Returned
    batch: Batch


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
        accepted = self._try([_trial(one, decoder) for one in returned], memory, at)
        log.info("quarantine_replayed", extra={"tried": len(returned), "accepted": accepted})
        return accepted

    def _try(self, trials: Sequence[Trial], memory: Memory, at: datetime) -> int:
        """All of them as one batch; where the database refuses the data of one, find that one and take the others."""
        outcomes: Outcomes = {}

        def settle(tx: Tx, refusals: Sequence[Refusal]) -> int:
            outcomes.update(_outcomes(trials, refusals))
            quarantine.settled(tx, outcomes, at=at)
            return 0

        try:
            telemetry.accept(self._store, _together(trials), memory, at=at, rite=Rite(self._begin, settle))
        except Conflict:
            return 0  # another worker was first; what it left is due at the next look
        except (StoreUnavailable, LeaseLost):
            raise
        except Exception as fault:
            if len(trials) == 1:
                log.exception("message_refused_by_store", extra={"topic": trials[0].returned.topic})
                self._give_up(trials[0], fault, at)
                return 0
            middle = len(trials) // 2
            return self._try(trials[:middle], memory, at) + self._try(trials[middle:], memory, at)
        return sum(refused is None for refused in outcomes.values())

    def _give_up(self, trial: Trial, fault: Exception, at: datetime) -> None:
        with self._store.transaction() as tx:
            self._begin(tx)
            quarantine.settled(tx, {trial.returned.id: (Reject.BAD_VALUE.value, f"{type(fault).__name__}: {fault}")}, at=at)


def pattern_of(topic_filter: str) -> str:
    """The regular expression of an MQTT topic filter."""
    levels = {"+": "[^/]+", "#": ".*"}
    return "^" + "/".join(levels.get(level, re.escape(level)) for level in topic_filter.split("/")).replace("/.*", "(/.*)?") + "$"


def as_message(returned: Returned) -> Message:
    """The message as it came; the refused item of a batch is again a batch, of one."""
    item = returned.topic.endswith(BATCH_END) and returned.payload.lstrip()[:1] == b"{"
    payload = b"[" + returned.payload + b"]" if item else returned.payload
    return Message(returned.topic, payload, returned.received_at)


def _trial(returned: Returned, decoder: Decoder) -> Trial:
    batch = Batch()
    decoder.read(as_message(returned), batch)
    return Trial(returned, batch)


def _together(trials: Sequence[Trial]) -> Batch:
    """What the understood ones say. That a vendor was heard, and with which keys, was noted when they first came."""
    good = [trial.batch for trial in trials if not trial.batch.refusals]
    return Batch(
        singles=[single for batch in good for single in batch.singles],
        words=[word for batch in good for word in batch.words],
        statistics=[sums for batch in good for sums in batch.statistics],
    )


def _outcomes(trials: Sequence[Trial], refusals: Sequence[Refusal]) -> Outcomes:
    """What became of each: not understood, or its code still means nothing, or contradicting what is stored; else accepted."""
    stored = {(one.topic, one.received_at, one.payload): one for one in refusals}
    return {trial.returned.id: _outcome(trial, stored) for trial in trials}


def _outcome(trial: Trial, stored: Mapping[tuple[str, datetime, bytes], Refusal]) -> tuple[str, str] | None:
    if trial.batch.refusals:
        first = trial.batch.refusals[0]
        return first.reason.value, first.detail
    for word in trial.batch.words:
        if word.event.code is None:
            return Reject.UNMAPPED_CODE.value, word.event.vendor_code
    for reading, origin in trial.batch.singles:
        found = stored.get((origin.topic, reading.received_at, origin.payload))
        if found is not None:
            return found.reason.value, found.detail
    return None
