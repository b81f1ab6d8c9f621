"""Take in a batch of what vendors said: history, present state, alarms and refusals, all in one transaction."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from data_access.engine import Store, Tx
from data_access.repositories import events, ingest_marks, quarantine, statistics, telemetry, vendors
from data_access.repositories.quarantine import Refused
from data_access.repositories.telemetry import AlreadyStored
from domain.quarantine import KEPT_PER_MINUTE
from domain.telemetry import Event, Phase, Reject
from services import alarms, incidents, prompts
from services.batches import Accepted, Answer, Batch, Refusal, Word
from services.judging import Judged, judge, nothing_new, take_over, write_states
from services.stages import Stage, Stages
from services.storing import Stored, store_readings
from services.telemetry_memory import Memory

log = logging.getLogger(__name__)


def _anybody(tx: Tx) -> None:
    """Nobody is kept from writing."""


@dataclass(frozen=True, slots=True)
class Rite:
    """What a caller adds to the transaction of a batch; either may raise, and then nothing is stored."""

    begin: Callable[[Tx], None] = _anybody  # whether the caller may still write
    refuse: Callable[[Tx, Sequence[Refusal]], int] | None = None  # of what comes from quarantine: what is refused again → how many


ORDINARY: Final = Rite()
STANDBY: Final = "/standby"  # after the name of a session: the mark of whoever waits for it


def accept(store: Store, batch: Batch, memory: Memory, *, at: datetime, stages: Stages | None = None, rite: Rite = ORDINARY) -> Accepted:
    """Store the batch and act on it, all or nothing; told again, it changes nothing. Raises StoreUnavailable, and what the rite does.

    Memory changes only after the commit, so a failed batch can be offered again.
    """
    batch.fold()
    stages = stages or Stages()
    try:
        return _accept(store, batch, memory, at, stages, rite, careful=False)
    except AlreadyStored:  # somebody else has stored some of it: every identity is asked for
        return _accept(store, batch, memory, at, stages, rite, careful=True)


def _accept(store: Store, batch: Batch, memory: Memory, at: datetime, stages: Stages, rite: Rite, *, careful: bool) -> Accepted:
    lap = stages.laps()
    with store.transaction() as tx:
        rite.begin(tx)
        stored = {kind: store_readings(tx, memory.fleets[kind], said.columns, careful=careful) for kind, said in batch.said.items()}
        heard = _hear(tx, batch.words) if rite.refuse is None else _hear_again(tx, batch.words)
        lap(Stage.WRITE, sum(each.count for each in stored.values()))
        judged = judge(memory, stored, [word.event for word in heard], at)
        lap(Stage.JUDGE, sum(each.count for each in stored.values()))
        raised = alarms.record(tx, judged.rulings, returned=judged.returned)
        incidents.respond(tx, raised, at=at)
        write_states(tx, memory, judged, at)
        telemetry.count_late(tx, judged.late)
        statistics.append(tx, [(s.equipment_id, s.sampled_at, s.received_at, s.vendor, s.body) for s in batch.statistics])
        unasked = prompts.answered(tx, batch.answers)
        refusals = [*batch.refusals, *_conflicting(stored, batch), *_unmapped(heard), *_unasked(unasked)]
        quarantined = rite.refuse(tx, refusals) if rite.refuse else _quarantine(tx, refusals, memory)
        quarantine.count_unknown_keys(tx, batch.unknown_keys, at)
        _note_vendors(tx, batch, at)
        lap(Stage.WRITE)
    lap(Stage.COMMIT)
    take_over(memory, judged, at)
    lap(Stage.JUDGE)
    opened = [alarm for alarm in raised if alarm.is_new]
    for alarm in opened:
        log.info("alarm_raised", extra={"alarm": alarm.id, "equipment": alarm.equipment_id, "rule": alarm.rule, "response": alarm.level})
    return _accepted(batch, stored, judged, events=len(heard), quarantined=quarantined, alarms=len(opened))


def _quarantine(tx: Tx, refusals: Sequence[Refusal], memory: Memory) -> int:
    kept = int(KEPT_PER_MINUTE.of(memory.register.settings))
    return quarantine.put(tx, [_refused(refusal) for refusal in refusals], per_minute=kept)


def _accepted(batch: Batch, stored: Mapping[str, Stored], judged: Judged, *, events: int, quarantined: int, alarms: int) -> Accepted:
    return Accepted(
        messages=batch.messages.total(),
        stored=sum(each.new for each in stored.values()),
        duplicates=sum(each.duplicates for each in stored.values()),
        late=judged.late.total(),
        conflicts=sum(len(each.conflicts) for each in stored.values()),
        events=events,
        statistics=len(batch.statistics),
        quarantined=quarantined,
        alarms=alarms,
    )


def write_left(store: Store, memory: Memory, *, at: datetime, rite: Rite = ORDINARY) -> None:
    """Write the newest states that no batch has written: their machines may have fallen silent. Raises as `accept` does."""
    judged = nothing_new(memory)
    if judged.kinds:
        with store.transaction() as tx:
            rite.begin(tx)
            write_states(tx, memory, judged, at)
        take_over(memory, judged, at)


def note_mark(store: Store, worker: str, *, batch: int, counters: Mapping[str, object], at: datetime) -> None:
    """Write down that a worker lives, and what it has done. Raises StoreUnavailable."""
    with store.transaction() as tx:
        ingest_marks.note(tx, worker, batch=batch, counters=counters, at=at)


def note_standby(store: Store, session: str, *, at: datetime) -> None:
    """Write down that somebody stands by for a worker's session. Raises StoreUnavailable."""
    with store.transaction() as tx:
        ingest_marks.note(tx, f"{session}{STANDBY}", batch=0, counters={"gauges": {"standby": 1}}, at=at)


def forget_standby(store: Store, session: str) -> None:
    """Whoever stood by has taken over. Raises StoreUnavailable."""
    with store.transaction() as tx:
        ingest_marks.forget(tx, f"{session}{STANDBY}")


def _hear(tx: Tx, words: list[Word]) -> list[Word]:
    """The words not heard before, without beginnings whose end was already told."""
    new = telemetry.append_events(tx, [word.event for word in words], bodies=[word.body for word in words])
    heard = [word for key, word in _first_of_each(words).items() if key in new]
    ended = events.ended(tx, [word.event for word in heard if word.event.phase is Phase.ADD])
    return [word for word in heard if word.event.phase is not Phase.ADD or not _overtaken(word.event, ended)]


def _hear_again(tx: Tx, words: list[Word]) -> list[Word]:
    """Of refused words tried again those that say something now: not heard before, or heard with a code nobody knew then."""
    known = events.recode(tx, [word.event for word in words])
    told = telemetry.append_events(tx, [word.event for word in words], bodies=[word.body for word in words]) | known
    heard = [word for key, word in _first_of_each(words).items() if key in told]
    ends = {(word.event.vendor, word.event.event_id) for word in heard if word.event.phase is Phase.DISAPPEAR}
    ended = events.ended(tx, [word.event for word in heard if word.event.phase is Phase.ADD]).keys() - ends
    return [word for word in heard if word.event.phase is not Phase.ADD or (word.event.vendor, word.event.event_id) not in ended]


def _first_of_each(words: Iterable[Word]) -> dict[telemetry.EventKey, Word]:
    first: dict[telemetry.EventKey, Word] = {}
    for word in words:
        first.setdefault((word.event.vendor, word.event.event_id, word.event.phase.value), word)
    return first


def _overtaken(event: Event, ended: Mapping[tuple[str, str], datetime]) -> bool:
    """Whether the end of this event came before its beginning, which then must not open an alarm that nobody will close."""
    received_at = ended.get((event.vendor, event.event_id))
    return received_at is not None and received_at < event.received_at


def _note_vendors(tx: Tx, batch: Batch, at: datetime) -> None:
    vendors.heard(tx, batch.messages, at)
    for beat in {beat.vendor: beat for beat in batch.heartbeats if beat.live or not beat.connected}.values():
        vendors.beat(tx, beat.vendor, connected=beat.connected, at=beat.at)


def _conflicting(stored: Mapping[str, Stored], batch: Batch) -> Iterable[Refusal]:
    for kind, each in stored.items():
        columns, origins = batch.said[kind]
        for row in each.conflicts:
            reading, origin = columns.reading(row), origins[row]
            detail = reading.sampled_at.isoformat()
            yield Refusal(reading.vendor, origin.topic, Reject.CONFLICT, detail, reading.received_at, origin.payload, again=origin.again)


def _unasked(answers: Iterable[Answer]) -> Iterable[Refusal]:
    for answer in answers:
        origin, detail = answer.origin, f"msgId={answer.key}"
        yield Refusal(answer.vendor, origin.topic, Reject.BAD_VALUE, detail, answer.received_at, origin.payload, again=origin.again)


def _unmapped(words: Iterable[Word]) -> Iterable[Refusal]:
    for word in words:
        event = word.event
        if event.code is None:
            payload = json.dumps(word.body, ensure_ascii=False).encode()
            yield Refusal(event.vendor, word.topic, Reject.UNMAPPED_CODE, event.vendor_code, event.received_at, payload)


def _refused(refusal: Refusal) -> Refused:
    return Refused(
        vendor=refusal.vendor,
        topic=refusal.topic,
        reason=refusal.reason.value,
        payload=refusal.payload,
        received_at=refusal.received_at,
        detail=refusal.detail or None,
        equipment_code=_code_in(refusal.topic),
        again=refusal.again,
    )


def _code_in(topic: str) -> str | None:
    parts = topic.split("/")
    return parts[4] if len(parts) > 5 else None
