"""Take in a batch of what vendors said: history, present state, alarms and refusals, all in one transaction."""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import NamedTuple

from data_access.engine import Store, Tx
from data_access.repositories import events, ingest_marks, quarantine, statistics, telemetry, vendors
from data_access.repositories.quarantine import Refused
from data_access.repositories.telemetry import State
from domain.alarm_book import on_event, on_reading
from domain.presence import next_cadence, offline_limit, presence_of
from domain.telemetry import Event, Phase, Reading, Reject
from services import alarms
from services.alarms import Ruling
from services.telemetry_memory import Known, Memory

Body = Mapping[str, object]
"""A message's JSON object."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Refusal:
    """One message, or one item of a batch, that goes to quarantine; `again` when the broker has sent it before."""

    vendor: str
    topic: str
    reason: Reject
    detail: str
    received_at: datetime
    payload: bytes
    again: bool = False


class Said(NamedTuple):
    """A reading with the words it came in, which quarantine shows when they contradict what is stored."""

    reading: Reading
    topic: str
    body: Body
    again: bool = False


class Word(NamedTuple):
    """An event with the words it came in, for the events table and, where its code is unmapped, for quarantine."""

    event: Event
    topic: str
    body: Body


@dataclass(frozen=True, slots=True)
class Statistics:
    """The daily sums of one machine, as they came."""

    equipment_id: int
    vendor: str
    sampled_at: datetime
    received_at: datetime
    body: Body


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """A vendor's connection speaks or is gone; not `live` when the broker only remembered it."""

    vendor: str
    connected: bool
    at: datetime
    live: bool


@dataclass(slots=True)
class Batch:
    """What one draining of the queue said, in the order of arrival."""

    said: list[Said] = field(default_factory=list)
    words: list[Word] = field(default_factory=list)
    statistics: list[Statistics] = field(default_factory=list)
    heartbeats: list[Heartbeat] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    messages: Counter[str] = field(default_factory=Counter)
    unknown_keys: Counter[tuple[str, str, str]] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Accepted:
    """What became of a batch, in numbers."""

    messages: int = 0
    stored: int = 0
    duplicates: int = 0
    late: int = 0
    conflicts: int = 0
    events: int = 0
    statistics: int = 0
    quarantined: int = 0
    alarms: int = 0


@dataclass(slots=True)
class _Judged:
    """The outcome of judging a batch; becomes memory when its transaction has committed."""

    known: dict[int, Known] = field(default_factory=dict)
    states: list[State] = field(default_factory=list)
    late: Counter[int] = field(default_factory=Counter)
    rulings: list[Ruling] = field(default_factory=list)
    returned: list[tuple[int, datetime]] = field(default_factory=list)


def accept(store: Store, batch: Batch, memory: Memory, *, at: datetime) -> Accepted:
    """Store the batch and act on it, all or nothing; told again, it changes nothing. Raises StoreUnavailable.

    Memory changes only after the commit, so a failed batch can be offered again.
    """
    readings = [said.reading for said in batch.said]
    with store.transaction() as tx:
        appended = telemetry.append_readings(tx, readings)
        heard = _hear(tx, batch.words)
        fresh = [reading for reading in readings if (reading.equipment_id, reading.sampled_at) in appended.stored]
        judged = _judge(_first_of_each(fresh), [word.event for word in heard], memory, at)
        opened = alarms.record(tx, judged.rulings, returned=judged.returned)
        telemetry.upsert_states(tx, judged.states)
        telemetry.count_late(tx, judged.late)
        statistics.append(tx, [(s.equipment_id, s.sampled_at, s.received_at, s.vendor, s.body) for s in batch.statistics])
        refusals = [*batch.refusals, *_conflicting(appended.conflicts, batch.said), *_unmapped(heard)]
        quarantined = quarantine.put(tx, [_refused(refusal) for refusal in refusals])
        quarantine.count_unknown_keys(tx, batch.unknown_keys, at)
        _note_vendors(tx, batch, at)
    memory.known.update(judged.known)
    for alarm in opened:
        log.info("alarm_raised", extra={"alarm": alarm.id, "equipment": alarm.equipment_id, "rule": alarm.rule, "response": alarm.level})
    return Accepted(
        messages=batch.messages.total(),
        stored=len(appended.stored),
        duplicates=appended.duplicates,
        late=judged.late.total(),
        conflicts=len(appended.conflicts),
        events=len(heard),
        statistics=len(batch.statistics),
        quarantined=quarantined,
        alarms=len(opened),
    )


def note_mark(store: Store, worker: str, *, batch: int, counters: Mapping[str, object], at: datetime) -> None:
    """Write down that a worker lives, and what it has done. Raises StoreUnavailable."""
    with store.transaction() as tx:
        ingest_marks.note(tx, worker, batch=batch, counters=counters, at=at)


def _hear(tx: Tx, words: list[Word]) -> list[Word]:
    """The words not heard before, without beginnings whose end was already told."""
    new = telemetry.append_events(tx, [word.event for word in words], bodies=[word.body for word in words])
    first: dict[telemetry.EventKey, Word] = {}
    for word in words:
        first.setdefault((word.event.vendor, word.event.event_id, word.event.phase.value), word)
    heard = [word for key, word in first.items() if key in new]
    ended = events.ended(tx, [word.event for word in heard if word.event.phase is Phase.ADD])
    return [word for word in heard if word.event.phase is not Phase.ADD or not _overtaken(word.event, ended)]


def _overtaken(event: Event, ended: Mapping[tuple[str, str], datetime]) -> bool:
    """Whether the end of this event came before its beginning, which then must not open an alarm that nobody will close."""
    received_at = ended.get((event.vendor, event.event_id))
    return received_at is not None and received_at < event.received_at


def _first_of_each(readings: Iterable[Reading]) -> list[Reading]:
    first: dict[tuple[int, datetime], Reading] = {}
    for reading in readings:
        first.setdefault((reading.equipment_id, reading.sampled_at), reading)
    return list(first.values())


def _judge(readings: list[Reading], heard: list[Event], memory: Memory, at: datetime) -> _Judged:
    """Every machine's new readings and events in the order of its own time, whatever the order of arrival."""
    timeline: list[tuple[int, datetime, int, Reading | Event]] = [(r.equipment_id, r.sampled_at, 0, r) for r in readings]
    timeline += [(e.equipment_id, e.occurred_at, 1 if e.phase is Phase.ADD else 2, e) for e in heard]
    timeline.sort(key=lambda entry: entry[:3])
    judged = _Judged()
    for equipment_id, entries in groupby(timeline, key=lambda entry: entry[0]):
        _judge_machine(equipment_id, [entry[3] for entry in entries], memory, judged, at)
    return judged


def _judge_machine(equipment_id: int, said: list[Reading | Event], memory: Memory, judged: _Judged, at: datetime) -> None:
    device = memory.register.by_id[equipment_id]
    book = memory.register.books[device.kind]
    before = known = memory.of(device)
    newest: Reading | None = None
    for item in said:
        cadence = known.cadence
        if isinstance(item, Event):
            docket, decisions = on_event(book, known.docket, item)
        elif known.docket.watch.is_late(item.sampled_at):  # late: history, never rules or present state
            judged.late[equipment_id] += 1
            continue
        else:
            cadence = _cadence(known, item)
            docket, decisions = on_reading(book, known.docket, device.subject, values=item.values, at=item.sampled_at)
            newest = item
        known = Known(docket, cadence)
        judged.rulings.extend(Ruling(equipment_id, decision, item.received_at) for decision in decisions)
    judged.known[equipment_id] = known
    if newest is not None:
        _present(newest, before, known, memory, judged, at)


def _cadence(known: Known, reading: Reading) -> float:
    return known.cadence if known.newest is None else next_cadence(known.cadence, (reading.sampled_at - known.newest).total_seconds())


def _present(reading: Reading, before: Known, known: Known, memory: Memory, judged: _Judged, at: datetime) -> None:
    """The newest state; and whether the machine comes back from being offline."""
    settings = memory.register.settings
    presence = presence_of(bound=True, sampled_at=reading.sampled_at, cadence_seconds=known.cadence, settings=settings, at=at)
    judged.states.append(
        State(
            equipment_id=reading.equipment_id,
            kind=reading.kind,
            vendor=reading.vendor,
            sampled_at=reading.sampled_at,
            received_at=reading.received_at,
            values=reading.values,
            cadence_seconds=known.cadence,
            presence=presence.value,
        )
    )
    silent = before.newest is None or (at - before.newest).total_seconds() > offline_limit(before.cadence, settings)
    if silent and (at - reading.sampled_at).total_seconds() <= offline_limit(known.cadence, settings):
        judged.returned.append((reading.equipment_id, reading.sampled_at))


def _note_vendors(tx: Tx, batch: Batch, at: datetime) -> None:
    vendors.heard(tx, batch.messages, at)
    for beat in {beat.vendor: beat for beat in batch.heartbeats if beat.live or not beat.connected}.values():
        vendors.beat(tx, beat.vendor, connected=beat.connected, at=beat.at)


def _conflicting(conflicts: Iterable[Reading], batch: Iterable[Said]) -> list[Refusal]:
    source = {id(said.reading): said for said in batch} if conflicts else {}
    said = [source[id(reading)] for reading in conflicts]
    return [_returned(one.topic, Reject.CONFLICT, one.reading, one.body, again=one.again) for one in said]


def _unmapped(words: Iterable[Word]) -> list[Refusal]:
    return [_returned(word.topic, Reject.UNMAPPED_CODE, word.event, word.body) for word in words if word.event.code is None]


def _returned(topic: str, reason: Reject, item: Reading | Event, body: Body, *, again: bool = False) -> Refusal:
    detail = item.vendor_code if isinstance(item, Event) else item.sampled_at.isoformat()
    payload = json.dumps(body, ensure_ascii=False).encode()
    return Refusal(item.vendor, topic, reason, detail, item.received_at, payload, again=again)


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
