"""What a worker remembers of all machines of one kind: most of it in columns, a machine with an open alarm as the law keeps it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from data_access.columns import Columns, microseconds, moment
from data_access.readings_codec import layout_of, pack, unpack
from domain.alarm_book import Docket
from domain.alarms import RuleBook, Watch
from domain.equipment import KINDS
from domain.equipment.kind import Settings, Subject
from domain.presence import CADENCES, LONGEST_CADENCE_SECONDS, OFFLINE_AFTER, OUTAGE_CADENCES, SILENT_AFTER, Presence
from services import vector_rules
from services.vector_conditions import Frame, Mask, Numbers, Subjects, subjects_of
from services.vector_rules import SECOND, Gathered, VectorRules

UNSEEN: Final = 0  # in `sampled`: never heard
ROUNDS: Final = 8  # readings of one machine in one batch; with more the law is quicker
WRITE_EVERY: Final = 5_000_000  # microseconds between two writings of one machine's newest state
LONG_SILENT: Final = 600_000_000  # microseconds; who was away for so long is written at once, or a restart would not know
PRESENCES: Final = (Presence.ONLINE, Presence.SILENT, Presence.OFFLINE)
WRITTEN_AT_ONCE: Final = 400  # newest states in every batch, and a quarter of the batch on top
LOOKED_AT: Final = 16_384  # machines, for those that wait to be written


@dataclass(frozen=True, slots=True)
class Known:
    """What is remembered of one machine, as the law takes it. `cadence` is its usual gap in seconds, 0 while unknown."""

    docket: Docket
    cadence: float = 0.0

    @property
    def newest(self) -> datetime | None:
        """The sampling time of its newest reading."""
        return self.docket.watch.sampled_at


@dataclass(slots=True)
class Newest:
    """The newest readings of some machines, a row a machine, not yet remembered."""

    slots: NDArray[np.intp]
    sampled: NDArray[np.int64]
    received: NDArray[np.int64]
    data: NDArray[np.void]
    vendor: NDArray[np.int16]
    cadence: Numbers

    def take(self, rows: NDArray[Any]) -> Newest:
        """Some of the machines."""
        return Newest(self.slots[rows], self.sampled[rows], self.received[rows], self.data[rows], self.vendor[rows], self.cadence[rows])

    def join(self, other: Newest) -> Newest:
        """The machines of both."""
        pairs = ((getattr(self, name), getattr(other, name)) for name in Newest.__slots__)
        return Newest(*(np.concatenate(pair, dtype=pair[0].dtype) for pair in pairs))  # else numpy would turn the byte order round


@dataclass(slots=True)
class Gathering:
    """The outcome of the gathering half for some machines, not yet remembered."""

    newest: Newest
    gathered: Gathered
    held_before: tuple[frozenset[int], ...]  # slots with hits, a set a rule


@dataclass(slots=True)
class Fleet:
    """All machines of one kind; a machine's *slot* is its row in every column and never changes."""

    kind: str
    book: RuleBook
    rules: VectorRules
    slots: dict[int, int] = field(default_factory=dict)  # equipment_id → slot
    ids: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))
    sampled: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    received: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    data: NDArray[np.void] = field(init=False)
    vendor: NDArray[np.int16] = field(default_factory=lambda: np.zeros(0, np.int16))
    cadence: Numbers = field(default_factory=lambda: np.zeros(0))
    written: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))  # our clock at the last writing
    shown: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))  # sampling time of what was last written
    unwritten: Mask = field(default_factory=lambda: np.zeros(0, bool))
    with_law: Mask = field(default_factory=lambda: np.zeros(0, bool))
    gathered: Gathered = field(init=False)
    in_hand: dict[int, Known] = field(default_factory=dict)  # slot → memory, of machines with an open alarm
    subjects: Subjects = field(init=False)
    vendors: list[str] = field(default_factory=list)
    _turn: int = 0  # the slot at which the next look for waiting states begins

    def __post_init__(self) -> None:
        rules = KINDS[self.kind].rules
        self.data = np.zeros(0, layout_of(self.kind))
        self.gathered = Gathered(np.zeros((len(rules), 0), np.int64), tuple({} for _ in rules))
        self.subjects = subjects_of([])

    def register(self, subjects: Mapping[int, Subject], book: RuleBook, rules: VectorRules) -> None:
        """Take over the register's machines (equipment_id → facts) and the rules in force; what is remembered stays."""
        self.book, self.rules = book, rules
        new = [equipment_id for equipment_id in subjects if equipment_id not in self.slots]
        for equipment_id in new:
            self.slots[equipment_id] = len(self.slots)
        self._grow(len(new))
        if new:
            self.ids[-len(new) :] = new
        nobody = Subject(equipment_id=0)
        self.subjects = subjects_of([subjects.get(equipment_id, nobody) for equipment_id in self.ids.tolist()])
        for slot in [slot for equipment_id, slot in self.slots.items() if equipment_id not in subjects]:
            self.unwritten[slot] = self.with_law[slot] = False  # struck off, or of another kind now
            self.in_hand.pop(slot, None)

    def vendor_numbers(self, names: Sequence[str]) -> NDArray[np.int16]:
        """Where each of these vendors stands in `vendors`."""
        for name in names:
            if name not in self.vendors:
                self.vendors.append(name)
        return np.array([self.vendors.index(name) for name in names], np.int16)

    def known(self, slot: int) -> Known:
        """The memory of one machine as the law takes it."""
        held = self.in_hand.get(slot)
        if held is not None:
            return held
        at = int(self.sampled[slot])
        marks = vector_rules.marks_of(self.gathered, slot, slot)
        if at == UNSEEN:
            return Known(Docket(Watch(None, None, marks)), float(self.cadence[slot]))
        return Known(Docket(Watch(moment(at), unpack(self.kind, self.data[slot].tobytes()), marks)), float(self.cadence[slot]))

    def put(self, slot: int, known: Known) -> None:
        """Remember what the law has made of one machine."""
        watch = known.docket.watch
        if watch.sampled_at is not None and watch.values is not None:
            self.sampled[slot] = microseconds(watch.sampled_at)
            self.data[slot] = np.frombuffer(pack(self.kind, watch.values), self.data.dtype)[0]
        self.cadence[slot] = known.cadence
        if known.docket.standing or not vector_rules.gathers_only(watch.marks):
            self.in_hand[slot] = known
            self.with_law[slot] = True
            return
        self.in_hand.pop(slot, None)
        self.with_law[slot] = False
        vector_rules.put_marks(self.gathered, slot, slot, watch.marks, microseconds)

    def standing(self) -> Iterable[tuple[int, Known]]:
        """(equipment_id, memory) of every machine with an open alarm."""
        return [(int(self.ids[slot]), known) for slot, known in self.in_hand.items() if known.docket.standing]

    def gather(self, slots: NDArray[np.intp], columns: Columns, *, rounds: int = ROUNDS) -> tuple[Gathering | None, NDArray[np.intp]]:
        """Judge readings of machines without open alarms: sorted by slot and time, each newer than what is remembered.

        The outcome to remember, and the slots whose readings the law must judge instead.
        """
        touched, first, count = np.unique(slots, return_index=True, return_counts=True)
        busy = count > rounds
        aside = touched[busy]
        touched, first, count = touched[~busy], first[~busy], count[~busy]
        if not len(touched):
            return None, aside
        done = self._staged(touched)
        raising = np.zeros(len(touched), bool)
        for turn in range(int(count.max())):
            speaks = np.flatnonzero((count > turn) & ~raising)
            raising[speaks] = self._round(done, speaks, columns, first[speaks] + turn)
        return (_without(done, raising), np.concatenate([aside, touched[raising]])) if raising.any() else (done, aside)

    def remember(self, done: Gathering) -> None:
        """Take over what was gathered."""
        self.note(done.newest)
        self.gathered.since[:, done.newest.slots] = done.gathered.since
        for kept, before, hits in zip(self.gathered.hits, done.held_before, done.gathered.hits, strict=True):
            for slot in before:
                kept.pop(slot, None)
            kept.update(hits)

    def note(self, newest: Newest) -> None:
        """Remember the newest readings of some machines."""
        slots = newest.slots
        self.sampled[slots], self.received[slots], self.data[slots] = newest.sampled, newest.received, newest.data
        self.vendor[slots], self.cadence[slots] = newest.vendor, newest.cadence
        self.unwritten[slots] = True

    def newest_of(self, slots: NDArray[np.intp]) -> Newest:
        """What is remembered as the newest of some machines."""
        return Newest(slots, self.sampled[slots], self.received[slots], self.data[slots], self.vendor[slots], self.cadence[slots])

    def due(self, newest: Newest, at: int) -> Newest:
        """What is to be written now as newest states, after a batch that left `newest`: the longest waiting first.

        Of those that no batch has brought, each turn looks at some, so that it costs a city no more than a district.
        """
        room = WRITTEN_AT_ONCE + len(newest.slots) // 4
        away = newest.sampled - self.shown[newest.slots] > LONG_SILENT
        spoken = np.flatnonzero(away | self._ripe(newest.slots, at))
        waiting = self._waiting(newest.slots, at)
        since = at - self.written[np.concatenate([newest.slots[spoken], waiting])]
        since[: len(spoken)][away[spoken]] = np.iinfo(np.int64).max
        chosen = np.arange(len(since))
        if len(chosen) > (room := max(room, int(np.count_nonzero(away)))):
            chosen = np.sort(np.argpartition(-since, room)[:room])
        border = int(np.searchsorted(chosen, len(spoken)))
        now, left = spoken[chosen[:border]], waiting[chosen[border:] - len(spoken)]
        return newest.take(now).join(self.newest_of(left)) if len(left) else newest.take(now)

    def _waiting(self, spoken: NDArray[np.intp], at: int) -> NDArray[np.intp]:
        """Of the next machines in turn those with an unwritten state that is ripe, without those that have just spoken."""
        look = np.arange(self._turn, min(self._turn + LOOKED_AT, len(self.ids)))
        self._turn = 0 if self._turn + LOOKED_AT >= len(self.ids) else self._turn + LOOKED_AT
        ripe = look[self.unwritten[look] & self._ripe(look, at)]
        return ripe[~np.isin(ripe, spoken)] if len(ripe) else ripe

    def _ripe(self, slots: NDArray[np.intp], at: int) -> Mask:
        """Whose state was not written for a while, or at a time that is yet to come: a clock was put back."""
        since = at - self.written[slots]
        return (since >= WRITE_EVERY) | (since < 0)

    def columns_of(self, newest: Newest) -> Columns:
        """The same as readings."""
        ids = self.ids[newest.slots]
        return Columns(self.kind, ids, newest.sampled, newest.received, newest.vendor, tuple(self.vendors), newest.data)

    def mark_written(self, written: Newest, at: int) -> None:
        """Note that these newest states were committed at `at`."""
        self.written[written.slots] = at
        self.shown[written.slots] = written.sampled
        self.unwritten[written.slots] = self.sampled[written.slots] != written.sampled

    def slots_of(self, equipment_ids: NDArray[np.int32]) -> NDArray[np.intp]:
        """The rows of these machines."""
        return np.fromiter(map(self.slots.__getitem__, equipment_ids.tolist()), np.intp, len(equipment_ids))

    def _staged(self, touched: NDArray[np.intp]) -> Gathering:
        members = set(touched.tolist()) if any(self.gathered.hits) else set()
        held = tuple(frozenset(hits.keys() & members) for hits in self.gathered.hits)
        hits = tuple({slot: kept[slot] for slot in slots} for kept, slots in zip(self.gathered.hits, held, strict=True))
        return Gathering(self.newest_of(touched), Gathered(self.gathered.since[:, touched], hits), held)

    def _round(self, done: Gathering, speaks: NDArray[np.intp], columns: Columns, rows: NDArray[np.intp]) -> Mask:
        """One reading each of the machines `speaks` (rows of `done`); which of them the law must see."""
        now = done.newest
        before = now if len(speaks) == len(now.slots) else now.take(speaks)
        at, data, seen = columns.sampled[rows], columns.data[rows], before.sampled != UNSEEN
        gap = np.where(seen, (at - before.sampled) / SECOND, 0.0)
        subjects = self.subjects.take(before.slots)
        frame = Frame(self.kind, data, subjects, Frame(self.kind, before.data, subjects, None, seen), seen)
        gathered = Gathered(done.gathered.since[:, speaks], done.gathered.hits)
        raising = self.rules.gather(frame, at, gap, before.slots, gathered)
        done.gathered.since[:, speaks] = gathered.since
        now.cadence[speaks] = next_cadences(before.cadence, gap, seen)
        now.sampled[speaks], now.received[speaks], now.data[speaks] = at, columns.received[rows], data
        now.vendor[speaks] = columns.vendor[rows]
        return raising

    def _grow(self, more: int) -> None:
        def longer(column: NDArray[Any]) -> NDArray[Any]:
            return np.concatenate([column, np.zeros((*column.shape[:-1], more), column.dtype)], axis=-1, dtype=column.dtype)

        for name in ("ids", "sampled", "received", "data", "vendor", "cadence", "written", "shown", "unwritten", "with_law"):
            setattr(self, name, longer(getattr(self, name)))
        self.gathered.since = longer(self.gathered.since)


def next_cadences(cadence: Numbers, gap: Numbers, seen: Mask) -> Numbers:
    """domain.presence.next_cadence over columns; a machine heard for the first time keeps what is known."""
    outage = (cadence != 0) & (gap > np.maximum(OUTAGE_CADENCES * cadence, OFFLINE_AFTER.default))
    return np.where(~seen | (gap > LONGEST_CADENCE_SECONDS) | outage, cadence, np.maximum(gap, 0.9 * cadence))


def presences(sampled: NDArray[np.int64], cadence: Numbers, settings: Settings, at: int) -> NDArray[np.int16]:
    """domain.presence.presence_of over machines that are bound and have spoken: places in `PRESENCES`."""
    quiet = (at - sampled) / SECOND
    return np.where(
        quiet > offline_limits(cadence, settings), 2, np.where(quiet > np.maximum(CADENCES * cadence, SILENT_AFTER.of(settings)), 1, 0)
    ).astype(np.int16)


def offline_limits(cadence: Numbers, settings: Settings) -> Numbers:
    """domain.presence.offline_limit over columns."""
    return np.maximum(CADENCES * cadence, OFFLINE_AFTER.of(settings))


def _without(done: Gathering, rows: Mask) -> Gathering:
    """The outcome without the machines that the law judges."""
    gone = set(done.newest.slots[rows].tolist())
    hits = tuple({slot: times for slot, times in kept.items() if slot not in gone} for kept in done.gathered.hits)
    gathered = Gathered(done.gathered.since[:, ~rows], hits)
    return Gathering(done.newest.take(~rows), gathered, tuple(before - gone for before in done.held_before))
