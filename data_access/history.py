"""What is wanted of a history, and what chunks say of it: opening a chunk is most of what a long history costs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from data_access.chunks import EPOCH, Block, instant, joined, micros
from data_access.readings_codec import LAYOUT, absent_code, layout_of, unpack
from domain.equipment import KINDS
from domain.equipment.kind import Field, Flag, Label, Metric, Values

_UNIX: Final = EPOCH.timestamp()
_MILLION: Final = 1_000_000
AN_HOUR: Final = 3600  # seconds, and the span of a chunk


class HistoryRow(NamedTuple):
    """One reading as it is stored; `values` are in the order of its kind's fields."""

    sampled_at: datetime
    received_at: datetime
    vendor: str
    values: Values


@dataclass(frozen=True, slots=True)
class Wanted:
    """The readings in [since, until), at most `limit`; of each `step` seconds, counted from 1970, the first one only."""

    since: datetime
    until: datetime
    step: float | None
    limit: int

    @property
    def firsts(self) -> bool:
        """Whether no more than the first reading of a chunk is ever wanted."""
        return self.step is not None and self.step % AN_HOUR == 0

    def places(self, sampled: NDArray[np.int64]) -> NDArray[np.intp]:
        """Which of some readings, sorted by time, are wanted."""
        low, high = np.searchsorted(sampled, (micros(self.since), micros(self.until)))
        inside = np.arange(low, high)
        if self.step is None or not len(inside):
            return inside[: self.limit]
        steps = np.floor((sampled[inside] + int(_UNIX) * _MILLION) / _MILLION / self.step)
        return inside[np.flatnonzero(np.diff(steps, prepend=steps[0] - 1))][: self.limit]

    def together(self, chunked: Sequence[HistoryRow], hot: Sequence[HistoryRow]) -> list[HistoryRow]:
        """Both in the order of sampling. Of one instant what is in a chunk came first, and stays."""
        if not chunked:
            return list(hot)
        rows = {row.sampled_at: row for row in (*hot, *chunked)} if hot else {}
        ordered = [rows[moment] for moment in sorted(rows)] if hot else chunked
        if self.step is None:
            return list(ordered[: self.limit])
        sampled = np.array([micros(row.sampled_at) for row in ordered], np.int64)
        return [ordered[place] for place in self.places(sampled)]


def wanted(since: datetime, until: datetime, every_seconds: float | None, limit: int) -> Wanted:
    """A step of twenty minutes or more becomes whole hours: then a span of any length costs no more than its points."""
    if every_seconds is not None and every_seconds >= AN_HOUR / 3:
        every_seconds = AN_HOUR * max(1, round(every_seconds / AN_HOUR))
    return Wanted(since, until, every_seconds, limit)


def rows_of(kind: str, blocks: Iterable[Block], wanted: Wanted) -> list[HistoryRow]:
    """The wanted readings of each block. Raises ValueError for data of a layout that is not known."""
    chosen = [one.take(wanted.places(one.sampled)) for one in blocks]
    if not chosen:
        return []
    whole = joined(chosen)
    names = [whole.vendors[place] for place in whole.vendor.tolist()]
    times = (map(instant, column.tolist()) for column in (whole.sampled, whole.received))
    return list(map(HistoryRow, *times, names, values_of(kind, whole)))


def values_of(kind: str, block: Block) -> list[Values]:
    """The values of every reading: by columns where all are of the kind's present layout."""
    layout = layout_of(kind)
    present = block.data.shape[1] == layout.itemsize and bool((block.size == layout.itemsize).all() and (block.data[:, 0] == LAYOUT).all())
    if not present:
        return [unpack(kind, data) for *_, data in block.rows()]
    records = np.frombuffer(block.data.tobytes(), layout)
    return list(zip(*(_column(field, records[field.key]) for field in KINDS[kind].fields), strict=True))


def _column(field: Field, codes: NDArray[Any]) -> list[Any]:
    absent = codes == absent_code(field)
    if absent.all():
        return [None] * len(codes)
    values = _decoded(field, codes)
    return [None if is_absent else value for value, is_absent in zip(values, absent.tolist(), strict=True)] if absent.any() else values


def _decoded(field: Field, codes: NDArray[Any]) -> list[Any]:
    match field:
        case Label():
            texts = {code: code.decode(errors="replace") for code in set(codes.tolist())}  # what is absent is no text, and goes
            return [texts[code] for code in codes.tolist()]
        case Metric():
            return list((codes / field.scale).tolist())
        case Flag():
            return list((codes != 0).tolist())
    return list(codes.tolist())
