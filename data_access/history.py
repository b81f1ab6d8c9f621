"""Which chunks a history needs, and what the needed ones say: opening a chunk is most of what a long history costs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from data_access.chunks import EPOCH, Block, instant, micros
from data_access.readings_codec import LAYOUT, absent_code, layout_of, unpack
from domain.equipment import KINDS
from domain.equipment.kind import Field, Flag, Label, Metric, Values

_UNIX: Final = EPOCH.timestamp()
_MILLION: Final = 1_000_000


class HistoryRow(NamedTuple):
    """One reading as it is stored; `values` are in the order of its kind's fields."""

    sampled_at: datetime
    received_at: datetime
    vendor: str
    values: Values


class Chunk(NamedTuple):
    """What the index says of one, without opening it."""

    hour: datetime
    first_at: datetime
    last_at: datetime
    n: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """The readings in [since, until), at most `limit`; of each `every_seconds`, counted from 1970, the first one only."""

    since: datetime
    until: datetime
    every_seconds: float | None
    limit: int

    def chunks(self, known: Iterable[Chunk]) -> list[datetime]:
        """The hours of the chunks that hold what is wanted, of those that overlap the span, in order of time."""
        return self._full(known) if self.every_seconds is None else self._stepping(known, self.every_seconds)

    def places(self, sampled: NDArray[np.int64]) -> NDArray[np.intp]:
        """Which of some readings, sorted by time, are wanted."""
        low, high = np.searchsorted(sampled, (micros(self.since), micros(self.until)))
        inside = np.arange(low, high)
        if self.every_seconds is None or not len(inside):
            return inside[: self.limit]
        step = np.floor((sampled[inside] + int(_UNIX) * _MILLION) / _MILLION / self.every_seconds)
        return inside[np.flatnonzero(np.diff(step, prepend=step[0] - 1))][: self.limit]

    def together(self, chunked: Sequence[HistoryRow], hot: Sequence[HistoryRow]) -> list[HistoryRow]:
        """Both in the order of sampling. Of one instant what is in a chunk came first, and stays."""
        if not chunked:
            return list(hot)
        rows = {row.sampled_at: row for row in (*hot, *chunked)} if hot else {}
        ordered = [rows[moment] for moment in sorted(rows)] if hot else chunked
        if self.every_seconds is None:
            return list(ordered[: self.limit])
        sampled = np.array([micros(row.sampled_at) for row in ordered], np.int64)
        return [ordered[place] for place in self.places(sampled)]

    def _full(self, known: Iterable[Chunk]) -> list[datetime]:
        hours: list[datetime] = []
        certain = 0
        for chunk in known:
            if certain >= self.limit:
                break
            hours.append(chunk.hour)
            certain += chunk.n if chunk.first_at >= self.since else 0
        return hours

    def _stepping(self, known: Iterable[Chunk], every_seconds: float) -> list[datetime]:
        """A chunk that ends in a step which one before it has reached begins none of its own."""
        hours: list[datetime] = []
        reached = -np.inf
        for chunk in known:
            step = chunk.last_at.timestamp() // every_seconds
            if step > reached and len(hours) < self.limit:
                hours.append(chunk.hour)
            reached = step
        return hours


def rows_of(kind: str, block: Block, wanted: Wanted) -> list[HistoryRow]:
    """The wanted readings of one chunk. Raises ValueError for data of a layout that is not known."""
    chosen = block.take(wanted.places(block.sampled))
    names = [chosen.vendors[place] for place in chosen.vendor.tolist()]
    times = (map(instant, column.tolist()) for column in (chosen.sampled, chosen.received))
    return list(map(HistoryRow, *times, names, values_of(kind, chosen)))


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
