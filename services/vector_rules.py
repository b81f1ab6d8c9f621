"""The gathering half of a kind's rules over whole columns.

The law is domain.alarms: one reading at a time. Most readings only start, go on with or give up a hold, and for those machines
without an open alarm the same steps are taken here for thousands at once. Whatever could raise an alarm is only pointed at:
the caller hands that machine to the law, which raises it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, assert_never

import numpy as np
from numpy.typing import NDArray

from data_access.columns import MICROSECOND, moment
from domain.equipment.kind import EquipmentKind, Repeats, Rule, Settings, Unless, While
from domain.evidence import IDLE, Mark
from services.vector_conditions import Ask, Frame, Mask, Numbers, ask

SECOND: Final = 1_000_000.0  # microseconds
NEVER: Final = 0  # in `since`: nothing is being gathered

Hits = dict[int, tuple[int, ...]]
"""Slot → when a Repeats counted, in microseconds of Unix."""


@dataclass(slots=True)
class Gathered:
    """What the rules remember of machines without an open alarm; `since` is rules × machines, `hits` one dictionary a rule."""

    since: NDArray[np.int64]
    hits: tuple[Hits, ...]


@dataclass(frozen=True, slots=True)
class Sample:
    """One reading each of different machines: `at` in microseconds of Unix, `gap` seconds since the one before, `slots` their places."""

    frame: Frame
    at: NDArray[np.int64]
    gap: Numbers
    slots: NDArray[np.intp]
    suppressed: Mask


Stage = Callable[[Sample, NDArray[np.int64], Hits], tuple[NDArray[np.int64], Mask]]
"""One rule: the sample, its row of `since`, and its hits, which it changes → (the new row, which machines the law must see)."""


@dataclass(frozen=True, slots=True)
class VectorRules:
    """The rules of one kind, in the order of its table; made by `bind`."""

    stages: tuple[Stage, ...]
    suppressed: Ask | None

    def gather(self, frame: Frame, at: NDArray[np.int64], gap: Numbers, slots: NDArray[np.intp], gathered: Gathered) -> Mask:
        """Take one reading a machine into `gathered`, whose columns are those of the frame; the machines that the law must see.

        What was gathered of those is undefined afterwards.
        """
        none = np.zeros(len(at), bool)
        suppressed = none if self.suppressed is None else self.suppressed(frame).yes
        sample = Sample(frame, at, gap, slots, suppressed)
        raising = none
        for stage, row, hits in zip(self.stages, range(len(self.stages)), gathered.hits, strict=True):
            gathered.since[row], due = stage(sample, gathered.since[row], hits)
            raising = raising | due
        return raising


def bind(kind: EquipmentKind, settings: Settings) -> VectorRules:
    """The kind's rules with the thresholds of `settings` in force."""
    suppressed = None if kind.suppressed is None else ask(kind.suppressed, settings)
    return VectorRules(tuple(_stage(rule, settings) for rule in kind.rules), suppressed)


def marks_of(gathered: Gathered, column: int, slot: int) -> tuple[Mark, ...]:
    """The same memory as the law keeps it; `column` in `since`, `slot` in the hits."""
    return tuple(_mark(since, hits.get(slot, ())) for since, hits in zip(gathered.since[:, column].tolist(), gathered.hits, strict=True))


def gathers_only(marks: Sequence[Mark]) -> bool:
    """Whether these can be kept in columns: no alarm is open and no clearing evidence is looked for."""
    return not any(mark.active for mark in marks)


def put_marks(gathered: Gathered, column: int, slot: int, marks: Sequence[Mark], microseconds: Callable[[Any], int]) -> None:
    """Keep the law's memory of one machine in columns."""
    for row, mark in enumerate(marks):
        gathered.since[row, column] = NEVER if mark.since is None else microseconds(mark.since)
        if mark.hits:
            gathered.hits[row][slot] = tuple(microseconds(hit) for hit in mark.hits)
        else:
            gathered.hits[row].pop(slot, None)


def _mark(since: int, hits: tuple[int, ...]) -> Mark:
    if since == NEVER and not hits:
        return IDLE
    return Mark(since=None if since == NEVER else moment(since), hits=tuple(moment(hit) for hit in hits))


def _stage(rule: Rule, settings: Settings) -> Stage:
    match rule:
        case While():
            return _while(rule, settings)
        case Unless():
            return _unless(rule, settings)
        case Repeats():
            return _repeats(rule, settings)
    assert_never(rule)


def _while(rule: While, settings: Settings) -> Stage:
    when = ask(rule.when, settings)
    needed, widest = rule.lasting.of(settings), rule.gap.of(settings)

    def stage(sample: Sample, since: NDArray[np.int64], hits: Hits) -> tuple[NDArray[np.int64], Mask]:
        holds = when(sample.frame).yes & ~sample.suppressed
        begun = np.where((since != NEVER) & (sample.gap <= widest), since, sample.at)
        due = holds & ((sample.at - begun) / SECOND >= needed)
        return np.where(holds, begun, NEVER), due

    return stage


def _unless(rule: Unless, settings: Settings) -> Stage:
    starts, cancels, still = ask(rule.starts, settings), ask(rule.cancels, settings), ask(rule.still, settings)
    within, widest = rule.within.of(settings), rule.gap.of(settings)

    def stage(sample: Sample, since: NDArray[np.int64], hits: Hits) -> tuple[NDArray[np.int64], Mask]:
        waiting = since != NEVER
        looked_at = waiting | starts(sample.frame).yes
        goes_on = looked_at & ~sample.suppressed & (sample.gap <= widest) & cancels(sample.frame).no
        begun = np.where(waiting, since, sample.at)
        over = (sample.at - begun) / SECOND >= within
        due = goes_on & over & still(sample.frame).yes
        return np.where(goes_on, np.where(over, since, begun), NEVER), due

    return stage


def _repeats(rule: Repeats, settings: Settings) -> Stage:
    counts = ask(rule.counts, settings)
    times, within = int(rule.times.of(settings)), _whole(rule.within.of(settings))

    def stage(sample: Sample, since: NDArray[np.int64], hits: Hits) -> tuple[NDArray[np.int64], Mask]:
        due = np.zeros(len(sample.at), bool)
        if hits and sample.suppressed.any():
            for slot in sample.slots[sample.suppressed].tolist():
                hits.pop(slot, None)
        for row in np.flatnonzero(counts(sample.frame).yes & ~sample.suppressed).tolist():
            slot, at = int(sample.slots[row]), int(sample.at[row])
            recent = (*(hit for hit in hits.get(slot, ()) if at - hit <= within), at)
            hits[slot] = recent
            due[row] = len(recent) >= times
        return since, due

    return stage


def _whole(seconds: float) -> int:
    """Microseconds, as timedelta rounds them."""
    return timedelta(seconds=seconds) // MICROSECOND
