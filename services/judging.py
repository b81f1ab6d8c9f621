"""From stored readings and events to decisions: in columns where nothing can come of it, by the law where something may."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from data_access.columns import microseconds, moment
from data_access.engine import Tx
from data_access.repositories import telemetry
from data_access.watches import Watch, touched
from domain.alarm_book import on_event, on_reading
from domain.equipment.kind import Settings
from domain.presence import next_cadence
from domain.telemetry import Event, Phase, Reading
from services.alarms import Ruling
from services.fleet import PRESENCES, UNSEEN, Fleet, Gathering, Known, Newest, offline_limits, presences
from services.storing import Stored
from services.telemetry_memory import Device, Memory
from services.vector_conditions import Mask, Numbers
from services.vector_rules import SECOND

WORDS = tuple(presence.value for presence in PRESENCES)


@dataclass(slots=True)
class OfKind:
    """The outcome for the machines of one kind."""

    newest: Newest
    gathering: Gathering | None
    by_law: dict[int, Known] = field(default_factory=dict)  # slot → what the law made of it
    written: Newest | None = None


@dataclass(slots=True)
class Judged:
    """The outcome of judging a batch; becomes memory when its transaction has committed."""

    kinds: dict[str, OfKind] = field(default_factory=dict)
    late: Counter[int] = field(default_factory=Counter)
    rulings: list[Ruling] = field(default_factory=list)
    returned: list[tuple[int, datetime]] = field(default_factory=list)


def judge(memory: Memory, stored: Mapping[str, Stored], heard: Sequence[Event], at: datetime) -> Judged:
    """Every machine's new readings and events in the order of its own time, whatever the order of arrival."""
    judged = Judged()
    events: defaultdict[str, list[Event]] = defaultdict(list)
    for event in heard:
        events[event.kind].append(event)
    for kind in sorted(stored.keys() | events.keys()):
        judged.kinds[kind] = _judge_kind(memory, memory.fleets[kind], stored.get(kind), events[kind], judged, microseconds(at))
    return judged


def nothing_new(memory: Memory) -> Judged:
    """The outcome of a batch without readings, for the kinds whose newest states are not all written."""
    none = np.zeros(0, np.intp)
    waiting = {kind: fleet for kind, fleet in memory.fleets.items() if fleet.unwritten.any()}
    return Judged({kind: OfKind(fleet.newest_of(none), None) for kind, fleet in waiting.items()})


def write_states(tx: Tx, memory: Memory, judged: Judged, at: datetime) -> None:
    """Write the newest states that are due, of this batch and of earlier ones."""
    settings, clock = memory.register.settings, microseconds(at)
    for kind, outcome in judged.kinds.items():
        fleet = memory.fleets[kind]
        written = outcome.written = fleet.due(outcome.newest, clock)
        columns = fleet.columns_of(written)
        presence = presences(written.sampled, written.cadence, settings, clock)
        telemetry.upsert_columns(tx, columns, cadence=written.cadence, presence=presence, words=WORDS)
        streets = {memory.register.by_id[equipment_id].street for equipment_id in columns.equipment_id.tolist()}
        tx.touch(*touched(Watch.STATES, streets))


def take_over(memory: Memory, judged: Judged, at: datetime) -> None:
    """Remember the outcome of a batch that has committed."""
    for kind, outcome in judged.kinds.items():
        fleet = memory.fleets[kind]
        if outcome.gathering is not None:
            fleet.remember(outcome.gathering)
        for slot, known in outcome.by_law.items():
            fleet.put(slot, known)
        fleet.note(outcome.newest)
        if outcome.written is not None:
            fleet.mark_written(outcome.written, microseconds(at))


def _judge_kind(memory: Memory, fleet: Fleet, stored: Stored | None, events: list[Event], judged: Judged, at: int) -> OfKind:
    spoken = {fleet.slots[event.equipment_id] for event in events}
    if stored is None:
        outcome = OfKind(fleet.newest_of(np.zeros(0, np.intp)), None)
        return _by_law(memory, fleet, None, np.zeros(0, np.intp), sorted(spoken), events, outcome, judged, at)
    judged.late.update(stored.columns.equipment_id[stored.late].tolist())
    columns, slots = stored.columns.take(stored.judged), stored.slots[stored.judged]
    by_law = fleet.with_law[slots] | np.isin(slots, list(spoken)) if spoken else fleet.with_law[slots]
    gathering, more = fleet.gather(slots[~by_law], columns.take(~by_law))
    outcome = OfKind(gathering.newest if gathering else fleet.newest_of(np.zeros(0, np.intp)), gathering)
    if gathering is not None:
        _returned(fleet, gathering.newest, memory.register.settings, judged, at)
    seen = sorted({*slots[by_law].tolist(), *more.tolist(), *spoken})
    return _by_law(memory, fleet, stored, slots, seen, events, outcome, judged, at) if seen else outcome


def _by_law(
    memory: Memory,
    fleet: Fleet,
    stored: Stored | None,
    slots: NDArray[np.intp],
    seen: Sequence[int],
    events: Iterable[Event],
    outcome: OfKind,
    judged: Judged,
    at: int,
) -> OfKind:
    """Let the law judge the readings and events of the machines in the slots `seen`."""
    columns = None if stored is None else stored.columns.take(stored.judged)
    words: defaultdict[int, list[Event]] = defaultdict(list)
    for event in events:
        words[fleet.slots[event.equipment_id]].append(event)
    rows: list[int] = []
    for slot in seen:
        first, last = np.searchsorted(slots, slot), np.searchsorted(slots, slot, side="right")
        readings = [] if columns is None else [columns.reading(row) for row in range(first, last)]
        device = memory.register.by_id[int(fleet.ids[slot])]
        outcome.by_law[slot] = _judge_machine(fleet, device, fleet.known(slot), readings, words[slot], judged)
        if last > first:
            rows.append(int(last) - 1)
    if columns is not None and rows:
        places = slots[rows]
        cadence = np.array([outcome.by_law[slot].cadence for slot in places.tolist()])
        newest = Newest(places, columns.sampled[rows], columns.received[rows], columns.data[rows], columns.vendor[rows], cadence)
        _returned(fleet, newest, memory.register.settings, judged, at)
        outcome.newest = outcome.newest.join(newest)
    return outcome


def _judge_machine(fleet: Fleet, device: Device, known: Known, readings: list[Reading], events: list[Event], judged: Judged) -> Known:
    timeline: list[tuple[datetime, int, Reading | Event]] = [(r.sampled_at, 0, r) for r in readings]
    timeline += [(e.occurred_at, 1 if e.phase is Phase.ADD else 2, e) for e in events]
    timeline.sort(key=lambda entry: entry[:2])
    for _, _, item in timeline:
        cadence = known.cadence
        if isinstance(item, Event):
            docket, decisions = on_event(fleet.book, known.docket, item)
        else:
            cadence = _cadence(known, item)
            docket, decisions = on_reading(fleet.book, known.docket, device.subject, values=item.values, at=item.sampled_at)
        known = Known(docket, cadence)
        judged.rulings.extend(Ruling(device.equipment_id, decision, item.received_at) for decision in decisions)
    return known


def _cadence(known: Known, reading: Reading) -> float:
    return known.cadence if known.newest is None else next_cadence(known.cadence, (reading.sampled_at - known.newest).total_seconds())


def _returned(fleet: Fleet, newest: Newest, settings: Settings, judged: Judged, at: int) -> None:
    """Note the machines that come back from being offline."""
    before = fleet.newest_of(newest.slots)
    silent = (before.sampled == UNSEEN) | _offline(before.sampled, before.cadence, settings, at)
    back = silent & ~_offline(newest.sampled, newest.cadence, settings, at)
    ids, times = fleet.ids[newest.slots[back]].tolist(), newest.sampled[back].tolist()
    judged.returned.extend((equipment_id, moment(time)) for equipment_id, time in zip(ids, times, strict=True))


def _offline(sampled: NDArray[np.int64], cadence: Numbers, settings: Settings, at: int) -> Mask:
    return (at - sampled) / SECOND > offline_limits(cadence, settings)
