"""Closed hours of readings become chunks and roll-ups; late readings find their place there; what is too old goes.

Nothing is dropped that has not been read back: a chunk is decoded as it stands in the database and compared with what it was
made of, and an hour's partition goes only when, with writers kept out, every machine's chunk has as many readings as it has.
Each step is a transaction of bounded size, and repeating any of them changes nothing, so a schedule may be killed anywhere.
"""

from __future__ import annotations

import logging
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import numpy as np
import orjson
from numpy.typing import NDArray

from data_access import partitions
from data_access.chunks import EPOCH, Block, covers, merge, same
from data_access.engine import Store, Tx
from data_access.partitions import CHUNKS, HOUR, READINGS, ROLLUPS, hour_of
from data_access.readings_codec import unpack
from data_access.repositories import chunks, quarantine, rollups
from data_access.repositories.chunks import Key, Machine
from data_access.repositories.quarantine import Refused
from data_access.rollups import rollup
from domain.equipment import KINDS
from domain.equipment.kind import Settings
from domain.errors import StoreUnavailable
from domain.rollups import Span, day_of, together
from domain.telemetry import Reject
from domain.thresholds import CHUNKS_KEPT, READINGS_HOT, ROLLUPS_KEPT

log = logging.getLogger(__name__)

HOT_AT_LEAST: Final = 2.0  # hours; a worker rebuilds its memory from them
LATE_SETTLES: Final = timedelta(minutes=10)  # a late reading waits for others of its machine and hour: a chunk is written once
BATCH: Final = 60_000  # readings of one transaction
TICK_LEAST: Final = 600_000  # readings of one tick
TICK_MOST: Final = 5_000_000  # 83,000 a second: the city's 330,000 machines at 5 s are 66,000
TICK_SHARE: Final = 20  # an hour is compacted over so many ticks, not in one rush that others feel
PARTITIONS_A_TICK: Final = 48
DIFFERING_MOST: Final = 500  # machines that are mended while an hour is frozen
BEFORE_ALL: Final = (-1, EPOCH)

_NAMED: Final[set[Key]] = set()  # damaged chunks that the log has named


class Unfaithful(chunks.Damaged):
    """Chunks read back are not what was written. Nothing of their transaction is kept."""


@dataclass(slots=True)
class Kept:
    """What one tick did: partitions made and dropped, readings compacted, late ones merged, what came again or contradicted."""

    made: int = 0
    dropped: int = 0
    compacted: int = 0
    merged: int = 0
    repeated: int = 0
    conflicts: int = 0
    expired: int = 0


def keep(store: Store, settings: Settings, at: datetime) -> Kept:
    """One tick of everything that time does to stored readings. Raises StoreUnavailable."""
    done = Kept()
    done.made = _make_partitions(store, at)
    closed = hour_of(at - timedelta(hours=max(HOT_AT_LEAST, READINGS_HOT.of(settings))))
    merge_late(store, closed, done, at)
    compact(store, closed, done)
    _forget(store, settings, done, at)
    return done


def compact(store: Store, before: datetime, done: Kept) -> None:
    """Compact the hours that ended before a moment, the oldest first, as far as a tick goes. Raises StoreUnavailable."""
    with store.reading() as tx:
        hours = chunks.closed_hours(tx, before)
        budget = min(TICK_MOST, max(TICK_LEAST, chunks.estimate(tx, hours) // TICK_SHARE))
    for hour in hours:
        with _refusing({"hour": hour.isoformat()}):
            while count := _compact_some(store, hour):
                done.compacted += count
                if done.compacted >= budget:
                    return
            done.dropped += _close(store, hour)


def merge_late(store: Store, before: datetime, done: Kept, at: datetime) -> None:
    """Bring readings of hours without a partition into their chunks, as far as a tick goes. Raises StoreUnavailable.

    Readings of a damaged chunk stay where they are, and keep nobody else's out.
    """
    after, damaged = BEFORE_ALL, set[Key]()
    while done.merged + done.repeated < TICK_LEAST:
        try:
            with store.transaction() as tx:
                chunks.exclusive(tx)
                taken = chunks.take_late(tx, after, before=before, received_before=at - LATE_SETTLES, but=damaged, most=BATCH)
                merged = _absorb(tx, taken)
        except chunks.Damaged as refusal:  # of keys among those taken, so that none is met twice
            damaged |= refusal.keys
            _name_once(refusal.keys)
            continue
        if not taken:
            return
        machine, hour = max(taken)
        after = (machine, taken[machine, hour].rows([-1])[0][0])
        done.merged += merged.new
        done.repeated += merged.repeated
        done.conflicts += merged.conflicts


def _name_once(keys: Iterable[Key]) -> None:
    """Say of each chunk once in this process that it is damaged: it is met again with every tick."""
    for machine, hour in sorted(set(keys) - _NAMED):
        log.error("chunk_unfaithful", extra={"equipment_id": machine, "hour": hour.isoformat()})
        _NAMED.add((machine, hour))


@contextmanager
def _refusing(where: Mapping[str, str]) -> Generator[None]:
    """Leave what cannot be compacted faithfully where it is, say so, and go on with the rest."""
    try:
        yield
    except chunks.Damaged:
        log.exception("chunk_unfaithful", extra=where)


@dataclass(frozen=True, slots=True)
class Absorbed:
    """Readings that were new to their chunks, that stood there already, and that contradicted one that did."""

    new: int = 0
    repeated: int = 0
    conflicts: int = 0


@dataclass(frozen=True, slots=True)
class Merged:
    """A chunk as it becomes: all readings, how many are new, what was brought, and the places in it that contradict."""

    whole: Block
    new: int
    brought: Block
    differ: NDArray[np.intp]

    @property
    def agreeing(self) -> Block:
        """What was brought and contradicts nothing."""
        return self.brought.take(np.setdiff1d(np.arange(len(self.brought)), self.differ))


def _compact_some(store: Store, hour: datetime) -> int:
    """The next machines of an hour; the number of their readings, 0 when there are none left."""
    with store.transaction() as tx:
        blocks = chunks.read_after(tx, hour, chunks.through(tx, hour), most=BATCH) if chunks.begin(tx, hour) else {}
        if blocks:
            _absorb(tx, blocks)
            chunks.note_through(tx, hour, max(machine for machine, _ in blocks))
    return sum(map(len, blocks.values()))


def _close(store: Store, hour: datetime) -> bool:
    """Drop an hour's partition once every reading of it is in a chunk; False where that must wait for the next tick."""
    try:
        _mend(store, hour)
        with store.transaction() as tx:
            if not chunks.begin(tx, hour):
                return False
            chunks.freeze(tx, hour)
            late = chunks.differing(tx, hour, most=DIFFERING_MOST)
            if len(late) == DIFFERING_MOST:
                return False
            _absorb(tx, chunks.read(tx, hour, late))
            chunks.drop(tx, hour)
    except StoreUnavailable:  # readers or a batch were in the way; if it was more than that, the next tick says so
        log.info("hour_busy", extra={"hour": hour.isoformat()})
        return False
    return True


def _mend(store: Store, hour: datetime) -> None:
    """Bring in what came while the hour was being compacted, machine by machine, without keeping anybody out."""
    with store.transaction() as tx:
        if chunks.begin(tx, hour):
            _absorb(tx, chunks.read(tx, hour, chunks.differing(tx, hour, most=DIFFERING_MOST)))


def _absorb(tx: Tx, blocks: Mapping[Key, Block]) -> Absorbed:
    """Merge readings into their chunks, verify what was written, and sum up. Raises Damaged, Unfaithful."""
    known = chunks.stored(tx, blocks.keys())
    merged = {key: _merged(known.get(key), brought) for key, brought in blocks.items()}
    changed = {key: one.whole for key, one in merged.items() if one.new}
    chunks.put(tx, changed)
    _verify(chunks.stored(tx, blocks.keys()), merged)
    _sum_up(tx, changed)
    conflicts = quarantine.put(tx, _contradictions(tx, merged)) if any(len(one.differ) for one in merged.values()) else 0
    new = sum(one.new for one in merged.values())
    return Absorbed(new, sum(map(len, blocks.values())) - new - conflicts, conflicts)


def _merged(known: Block | None, brought: Block) -> Merged:
    if known is None:
        return Merged(brought, len(brought), brought, np.empty(0, np.intp))
    whole, differ = merge(known, brought)
    return Merged(whole, len(whole) - len(known), brought, differ)


def _verify(written: Mapping[Key, Block], merged: Mapping[Key, Merged]) -> None:
    if differing := {key for key, one in merged.items() if not _is_faithful(written.get(key), one)}:
        raise Unfaithful(differing)


def _is_faithful(found: Block | None, one: Merged) -> bool:
    return found is not None and same(found, one.whole) and covers(found, one.agreeing)


def _sum_up(tx: Tx, changed: Mapping[Key, Block]) -> None:
    """The roll-ups of the hours that changed, and of their days."""
    known = chunks.machines(tx, {machine for machine, _ in changed})
    hours = {key: rollup(known[key[0]].kind, one, until=key[1] + HOUR) for key, one in changed.items() if key[0] in known}
    rollups.put(tx, Span.HOUR, hours)
    days = rollups.hours_of(tx, {(machine, day_of(hour)) for machine, hour in hours})
    rollups.put(tx, Span.DAY, {key: together(parts) for key, parts in days.items()})


def _contradictions(tx: Tx, merged: Mapping[Key, Merged]) -> list[Refused]:
    """What says something else of an instant than the reading that came first."""
    differing = [(machine, one.brought.rows(one.differ)) for (machine, _), one in merged.items() if len(one.differ)]
    known = chunks.machines(tx, {machine for machine, _ in differing})
    return [_refused(known.get(machine), row) for machine, rows in differing for row in rows]


def _refused(machine: Machine | None, row: tuple[datetime, datetime, str, bytes]) -> Refused:
    """A reading as a message again; as its packed bytes where the register no longer knows the machine."""
    sampled_at, received_at, vendor, data = row
    kind, code = machine or ("", "")
    said: dict[str, Any] = {"data": data.hex()}
    if machine is not None:
        fields = zip(KINDS[kind].fields, unpack(kind, data), strict=True)
        said = {field.wire: value for field, value in fields if value is not None}
    payload = orjson.dumps({"registerNumber": code, "samplingTime": sampled_at.isoformat(), **said})
    topic = f"pt/v1/{vendor}/{kind}/{code}/state"
    return Refused(vendor, topic, Reject.CONFLICT.value, payload, received_at, sampled_at.isoformat(), code or None, again=True)


def _make_partitions(store: Store, at: datetime) -> int:
    """The hours ahead, and the months of chunks and roll-ups."""
    with store.transaction() as tx:
        if partitions.fenced(tx):  # of a schedule that died
            partitions.unfence(tx)
    with store.reading() as tx:
        hours, crowded = partitions.missing(tx, at), partitions.crowded(tx)
    made = _make_beyond_a_fence(store, hours, at) if crowded else _make_hours(store, hours[:PARTITIONS_A_TICK])
    for series in (CHUNKS, ROLLUPS):
        with store.transaction() as tx:
            made += len(partitions.ensure_months(tx, series, at))
    return made


def _make_hours(store: Store, hours: Iterable[datetime]) -> int:
    """A transaction for each: a new partition locks the default one, and a batch may be waiting for it."""
    made = 0
    for hour in hours:
        with store.transaction() as tx:
            made += partitions.make(tx, READINGS, hour)
    return made


def _make_beyond_a_fence(store: Store, hours: Iterable[datetime], at: datetime) -> int:
    """After weeks without a schedule the default partition is large: only hours of which it surely holds nothing, and all at once."""
    begin = hour_of(at + partitions.FENCE_AHEAD)
    beyond = [hour for hour in hours if hour >= begin]
    if not beyond:
        return 0
    with store.transaction() as tx:
        partitions.fence(tx, begin)
    try:
        with store.transaction() as tx:
            if not partitions.prove_fence(tx):
                log.warning("readings_from_the_future", extra={"beyond": begin.isoformat()})
                beyond = []
        return _make_hours(store, beyond)
    finally:
        with store.transaction() as tx:
            partitions.unfence(tx)


def _forget(store: Store, settings: Settings, done: Kept, at: datetime) -> None:
    for series, kept in ((CHUNKS, CHUNKS_KEPT), (ROLLUPS, ROLLUPS_KEPT)):
        before = at - timedelta(days=kept.of(settings))
        with store.transaction() as tx:
            done.dropped += len(partitions.drop_before(tx, series, before))
            done.expired += partitions.forget_before(tx, series, before)
