"""What a worker remembers between batches: the register, and a fleet a kind. Rebuilt from storage, changed only after commit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby, islice
from operator import itemgetter
from typing import Any, Final

import numpy as np

from data_access.columns import Columns, microseconds, records
from data_access.engine import Store, Tx
from data_access.readings_codec import unpack
from data_access.repositories import rule_settings, vendors
from data_access.repositories import worker_memory as stored
from data_access.repositories.alarms import OpenAlarm, open_by_equipment
from data_access.watches import Watch
from domain.alarm_book import Docket, Source, Standing, adopt
from domain.alarms import RuleBook, books
from domain.alarms import Watch as RuleWatch
from domain.equipment import KINDS
from domain.equipment.kind import Settings, Subject
from domain.faults import RULES
from domain.response import Response, ResponseLevel
from domain.telemetry import FUTURE_LIMIT
from services import vector_rules
from services.fleet import Fleet, Known

BY_TIME: Final = "alarms_by_time"  # touched by whoever changes alarms without a worker: the schedule
REGISTERED: Final = (Watch.EQUIPMENT.value, Watch.RULE_SETTINGS.value)  # new vendors and codes touch these too
WATCHES: Final = (*REGISTERED, BY_TIME)
MARGIN: Final = 30.0  # seconds of history beyond the longest hold, for what began just before
SILENT_AFTER: Final = timedelta(hours=1)  # holds of a machine that was silent that long are broken whatever its history says
REPLAYED: Final = 2_000  # machines judged again at a time


@dataclass(frozen=True, slots=True)
class Device:
    """One machine of the register as a message concerns it; `vendor` is None where no monitor is bound."""

    code: str
    kind: str
    vendor: str | None
    subject: Subject
    street: str | None = None

    @property
    def equipment_id(self) -> int:
        """Its number in the database."""
        return self.subject.equipment_id


@dataclass(frozen=True, slots=True)
class Register:
    """The register, the vendors and the rules in force at one moment."""

    devices: Mapping[str, Device]
    codes: Mapping[tuple[str, str], str]
    vendors: frozenset[str]
    settings: Settings
    books: Mapping[str, RuleBook]
    dialects: Mapping[str, str] = field(default_factory=dict)  # of vendors who do not speak the platform's own
    their_codes: Mapping[tuple[str, str], str] = field(default_factory=dict)  # (vendor, its identifier) → our code
    by_id: Mapping[int, Device] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_id", {device.equipment_id: device for device in self.devices.values()})


@dataclass(slots=True)
class Memory:
    """One worker's memory; only `recall`, `refresh` and a committed batch change it."""

    register: Register
    fleets: dict[str, Fleet]
    versions: Mapping[str, int]

    def standing(self) -> dict[int, Known]:
        """Every machine with an open alarm, by equipment_id."""
        return {equipment_id: known for fleet in self.fleets.values() for equipment_id, known in fleet.standing()}

    def of(self, device: Device) -> Known:
        """What is remembered of a machine, seen or not."""
        fleet = self.fleets[device.kind]
        return fleet.known(fleet.slots[device.equipment_id])


def unseen(register: Register) -> Memory:
    """The memory of somebody who has heard nothing yet of these machines."""
    memory = Memory(register, {}, {})
    _use(memory)
    return memory


def recall(store: Store, *, at: datetime) -> Memory:
    """Read everything back, and judge the last minutes of every machine again, silently. Raises StoreUnavailable."""
    with store.reading() as tx:
        versions = stored.versions(tx, WATCHES)
        memory = unseen(_register(tx))
        memory.versions = versions
        standing = _standing(tx)
        states = [row for row in stored.states(tx) if row.kind in memory.fleets]
        lately = [row.equipment_id for row in states if row.sampled_at > at - SILENT_AFTER]
        _judge_again(tx, memory, lately, standing, until=at + FUTURE_LIMIT)
    _place(memory, states)
    for equipment_id in {row.equipment_id for row in states} | standing.keys():
        _reconcile(memory, equipment_id, standing.get(equipment_id, {}))
    return memory


def refresh(store: Store, memory: Memory) -> bool:
    """Take over what others changed; whether the register or a threshold was among it. Raises StoreUnavailable."""
    with store.reading() as tx:
        versions = stored.versions(tx, WATCHES)
        changed = {watch for watch, version in versions.items() if version != memory.versions[watch]}
        if changed & set(REGISTERED):
            memory.register = _register(tx)
            _use(memory)
        if BY_TIME in changed:
            _take_over(memory, _standing(tx))
        memory.versions = versions
    return bool(changed & set(REGISTERED))


def _use(memory: Memory) -> None:
    """Give each kind's fleet the machines and rules of the register."""
    of_kind: dict[str, dict[int, Subject]] = {kind: {} for kind in memory.register.books}
    for device in memory.register.devices.values():
        if device.kind in of_kind:
            of_kind[device.kind][device.equipment_id] = device.subject
    for kind, book in memory.register.books.items():
        rules = vector_rules.bind(KINDS[kind], memory.register.settings)
        memory.fleets.setdefault(kind, Fleet(kind, book, rules)).register(of_kind[kind], book, rules)


def _take_over(memory: Memory, standing: Mapping[int, Mapping[str, Standing]]) -> None:
    """Forget alarms that were closed by time alone, and know those that it raised."""
    for equipment_id in memory.standing().keys() | standing.keys():
        known, open_now = memory.of(memory.register.by_id[equipment_id]), standing.get(equipment_id, {})
        if known.docket.standing != open_now:
            _reconcile(memory, equipment_id, open_now)


def _register(tx: Tx) -> Register:
    settings = rule_settings.current(tx)
    devices = {row.code: _device(row) for row in stored.devices(tx)}
    law = books(tuple(KINDS.values()), settings)
    return Register(devices, stored.codes(tx), vendors.names(tx), settings, law, vendors.dialects(tx), vendors.their_codes(tx))


def _device(row: Any) -> Device:
    fence = None if row.fence is None else tuple(row.fence)
    subject = Subject(row.id, row.rated_speed, row.rated_load, row.has_belt, row.indoor, fence)
    return Device(row.code, row.kind, row.monitor_vendor, subject, row.street_code)


def _judge_again(tx: Tx, memory: Memory, machines: Sequence[int], standing: Mapping[int, object], *, until: datetime) -> None:
    """Machines with open alarms need the long memory of quiet times, the others only that of holds."""
    every = memory.register.books.values()
    longest = max((book.memory_seconds for book in every), default=0.0) + MARGIN
    shorter = max((book.hold_seconds for book in every), default=0.0) + MARGIN
    for ids in _some(machine for machine in machines if machine in standing):
        for history in _histories(stored.replay(tx, ids, seconds=longest, until=until)):
            _by_law(memory, history)
    for kind, fleet in memory.fleets.items():
        for ids in _some(machine for machine in machines if machine in fleet.slots and machine not in standing):
            _in_columns(memory, kind, _histories(stored.replay(tx, ids, seconds=shorter, until=until)))


def _some(machines: Iterable[int]) -> Iterator[list[int]]:
    """A few at a time: of the whole city's machines at once, minutes of history would not fit into memory."""
    left = iter(machines)
    while ids := list(islice(left, REPLAYED)):
        yield ids


def _histories(samples: list[stored.Sampled]) -> list[list[stored.Sampled]]:
    """The samples machine by machine."""
    samples.sort(key=itemgetter(0, 1))
    return [list(history) for _, history in groupby(samples, key=itemgetter(0))]


def _in_columns(memory: Memory, kind: str, histories: list[list[stored.Sampled]]) -> None:
    """Judge machines without open alarms again; where the law would have raised something, it looks itself."""
    if not histories:
        return
    fleet = memory.fleets[kind]
    histories.sort(key=lambda history: fleet.slots[history[0].equipment_id])
    samples = [sample for history in histories for sample in history]
    times = np.array([microseconds(sample.sampled_at) for sample in samples], np.int64)
    received = np.array([microseconds(sample.received_at) for sample in samples], np.int64)
    ids = np.array([sample.equipment_id for sample in samples], np.int32)
    columns = Columns(kind, ids, times, received, np.zeros(len(ids), np.int16), (), records(kind, [sample.data for sample in samples]))
    slots = np.array([fleet.slots[sample.equipment_id] for sample in samples], np.intp)
    done, for_law = fleet.gather(slots, columns, rounds=len(samples))
    if done is not None:
        fleet.remember(done)
    seen = set(fleet.ids[for_law].tolist())
    for history in histories:
        if history[0].equipment_id in seen:
            _by_law(memory, history)


def _by_law(memory: Memory, history: list[stored.Sampled]) -> None:
    device = memory.register.by_id[history[0].equipment_id]
    fleet = memory.fleets[device.kind]
    slot = fleet.slots[device.equipment_id]
    watch = fleet.book.fresh()
    for sample in history:
        watch, _ = fleet.book.evaluate(watch, device.subject, values=unpack(device.kind, sample.data), at=sample.sampled_at)
    fleet.put(slot, Known(Docket(watch)))
    fleet.received[slot] = microseconds(history[-1].received_at)


def _place(memory: Memory, states: list[Any]) -> None:
    """The newest state of every machine as it is shown; one that was not yet written there is written with the next batch."""
    for row in states:
        fleet = memory.fleets[row.kind]
        slot, shown = fleet.slots[row.equipment_id], microseconds(row.sampled_at)
        if fleet.sampled[slot] <= shown:
            fleet.sampled[slot] = shown
            fleet.data[slot] = records(row.kind, [row.data])[0]
            fleet.received[slot] = microseconds(row.received_at)
        fleet.vendor[slot] = fleet.vendor_numbers([row.vendor])[0]
        fleet.cadence[slot] = row.cadence_s
        fleet.shown[slot] = shown
        fleet.unwritten[slot] = fleet.sampled[slot] > shown


def _reconcile(memory: Memory, equipment_id: int, standing: Mapping[str, Standing]) -> None:
    """History and open alarms may differ, for instance where a vendor's word closed one: the alarms count."""
    device = memory.register.by_id[equipment_id]
    if device.kind not in memory.fleets:
        return
    fleet = memory.fleets[device.kind]
    slot = fleet.slots[equipment_id]
    if not standing and not fleet.with_law[slot]:
        return
    watch = fleet.known(slot).docket.watch
    fleet.put(slot, Known(_reconciled(fleet.book, watch, standing), float(fleet.cadence[slot])))


def _reconciled(book: RuleBook, watch: RuleWatch, standing: Mapping[str, Standing]) -> Docket:
    seen = {RULES[rule].family for rule, mark in zip(book.rules, watch.marks, strict=True) if mark.active}
    for family in seen - standing.keys():
        watch = book.closed(watch, family)
    return adopt(book, watch, standing)


def _standing(tx: Tx) -> dict[int, dict[str, Standing]]:
    return {
        equipment_id: {family: _as_standing(alarm) for family, alarm in families.items()}
        for equipment_id, families in open_by_equipment(tx).items()
    }


def _as_standing(alarm: OpenAlarm) -> Standing:
    response = Response(ResponseLevel(alarm.level), alarm.urgent, alarm.reason)
    ahead = alarm.source == Source.AHEAD
    return Standing(alarm.rule, response, alarm.raised_at, alarm.last_occurred_at, alarm.person, ahead)
