"""What a worker remembers between batches: the register, and a docket per machine. Rebuilt from storage, swapped only after commit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, Final

from data_access.engine import Store, Tx
from data_access.readings_codec import unpack
from data_access.repositories import rule_settings
from data_access.repositories import worker_memory as stored
from data_access.repositories.alarms import OpenAlarm, open_by_equipment
from data_access.watches import Watch
from domain.alarm_book import Docket, Standing, adopt, fresh
from domain.alarms import RuleBook, books
from domain.alarms import Watch as RuleWatch
from domain.equipment import KINDS
from domain.equipment.kind import Settings, Subject
from domain.faults import RULES
from domain.response import Response, ResponseLevel

BY_TIME: Final = "alarms_by_time"  # touched by whoever changes alarms without a worker: the schedule
REGISTERED: Final = (Watch.EQUIPMENT.value, Watch.RULE_SETTINGS.value)  # new vendors and codes touch these too
WATCHES: Final = (*REGISTERED, BY_TIME)
MARGIN: Final = 30.0  # seconds of history beyond the longest hold, for what began just before
SILENT_AFTER: Final = timedelta(hours=1)  # holds of a machine that was silent that long are broken whatever its history says


@dataclass(frozen=True, slots=True)
class Device:
    """One machine of the register as a message concerns it; `vendor` is None where no monitor is bound."""

    code: str
    kind: str
    vendor: str | None
    subject: Subject

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
    by_id: Mapping[int, Device] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_id", {device.equipment_id: device for device in self.devices.values()})


@dataclass(frozen=True, slots=True)
class Known:
    """What is remembered of one machine. `cadence` is its usual gap in seconds, 0 while unknown."""

    docket: Docket
    cadence: float = 0.0

    @property
    def newest(self) -> datetime | None:
        """The sampling time of its newest reading."""
        return self.docket.watch.sampled_at


@dataclass(slots=True)
class Memory:
    """One worker's memory; only `recall`, `refresh` and a committed batch change it."""

    register: Register
    known: dict[int, Known]
    versions: Mapping[str, int]

    def of(self, device: Device) -> Known:
        """What is remembered of a machine, seen or not."""
        return self.known.get(device.equipment_id) or Known(fresh(self.register.books[device.kind]))


def recall(store: Store, *, at: datetime) -> Memory:
    """Read everything back, and judge the last minutes of every machine again, silently. Raises StoreUnavailable."""
    with store.reading() as tx:
        versions = stored.versions(tx, WATCHES)
        register = _register(tx)
        return Memory(register, _known(tx, register, at), versions)


def refresh(store: Store, memory: Memory) -> bool:
    """Take over what others changed; whether the register or a threshold was among it. Raises StoreUnavailable."""
    with store.reading() as tx:
        versions = stored.versions(tx, WATCHES)
        changed = {watch for watch, version in versions.items() if version != memory.versions[watch]}
        if changed & set(REGISTERED):
            memory.register = _register(tx)
        if BY_TIME in changed:
            _take_over(memory, _standing(tx))
        memory.versions = versions
    return bool(changed & set(REGISTERED))


def _take_over(memory: Memory, standing: Mapping[int, Mapping[str, Standing]]) -> None:
    """Forget alarms that were closed by time alone, and know those that it raised."""
    for equipment_id in {i for i, known in memory.known.items() if known.docket.standing} | standing.keys():
        device = memory.register.by_id[equipment_id]
        known, open_now = memory.of(device), standing.get(equipment_id, {})
        if known.docket.standing != open_now:
            docket = _reconciled(memory.register.books[device.kind], known.docket.watch, open_now)
            memory.known[equipment_id] = Known(docket, known.cadence)


def _register(tx: Tx) -> Register:
    settings = rule_settings.current(tx)
    devices = {row.code: _device(row) for row in stored.devices(tx)}
    return Register(devices, stored.codes(tx), stored.vendor_names(tx), settings, books(tuple(KINDS.values()), settings))


def _device(row: Any) -> Device:
    fence = None if row.fence is None else tuple(row.fence)
    subject = Subject(row.id, row.rated_speed, row.rated_load, row.has_belt, row.indoor, fence)
    return Device(row.code, row.kind, row.monitor_vendor, subject)


def _known(tx: Tx, register: Register, at: datetime) -> dict[int, Known]:
    standing = _standing(tx)
    rows = [row for row in stored.states(tx) if row.kind in register.books]
    watches = {row.equipment_id: _at_rest(register.books[row.kind], row) for row in rows}
    watches |= _replayed(tx, register, standing, since=at - SILENT_AFTER)
    cadences = {row.equipment_id: row.cadence_s for row in rows}
    known = {}
    for equipment_id in watches.keys() | standing.keys():
        device = register.by_id[equipment_id]
        if device.kind not in register.books:
            continue
        book = register.books[device.kind]
        docket = _reconciled(book, watches.get(equipment_id) or book.fresh(), standing.get(equipment_id, {}))
        known[equipment_id] = Known(docket, cadences.get(equipment_id, 0.0))
    return known


def _at_rest(book: RuleBook, row: Any) -> RuleWatch:
    return RuleWatch(row.sampled_at, unpack(row.kind, row.data), book.fresh().marks)


def _replayed(tx: Tx, register: Register, standing: Mapping[int, object], *, since: datetime) -> dict[int, RuleWatch]:
    """Machines with open alarms need the long memory of quiet times, the others only that of holds."""
    longest = max((book.memory_seconds for book in register.books.values()), default=0.0)
    shorter = max((book.hold_seconds for book in register.books.values()), default=0.0)
    loud = stored.replay(tx, seconds=longest + MARGIN, since=since, only=standing.keys())
    watches = dict(_judged_again(register, loud))
    rest = stored.replay(tx, seconds=shorter + MARGIN, since=since, only=standing.keys(), others=True)
    return watches | dict(_judged_again(register, rest))


def _judged_again(register: Register, samples: Iterable[stored.Sampled]) -> Iterable[tuple[int, RuleWatch]]:
    for equipment_id, history in groupby(samples, key=lambda sample: sample.equipment_id):
        device = register.by_id[equipment_id]
        book = register.books[device.kind]
        watch = book.fresh()
        for sample in history:
            watch, _ = book.evaluate(watch, device.subject, values=unpack(device.kind, sample.data), at=sample.sampled_at)
        yield equipment_id, watch


def _reconciled(book: RuleBook, watch: RuleWatch, standing: Mapping[str, Standing]) -> Docket:
    """History and open alarms may differ, for instance where a vendor's word closed one: the alarms count."""
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
    return Standing(alarm.rule, response, alarm.raised_at, alarm.last_occurred_at, alarm.person)
