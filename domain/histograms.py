"""Counts by upper bound, as workers write them down: several added up, and the value below which a share of all lies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Distribution:
    """`counts` are cumulative, one for each bound and the last for everything."""

    bounds: tuple[float, ...]
    counts: tuple[int, ...]

    @property
    def total(self) -> int:
        """How many values there are."""
        return self.counts[-1]

    def below(self, share: float) -> float | None:
        """The value that `share` of all do not exceed, straight between two bounds; beyond the last bound that bound; None without any."""
        if not self.total:
            return None
        wanted = share * self.total
        lower, before = 0.0, 0
        for bound, count in zip(self.bounds, self.counts, strict=False):
            if count >= wanted:
                return lower + (bound - lower) * (wanted - before) / (count - before) if count > before else bound
            lower, before = bound, count
        return self.bounds[-1]


def distribution(told: Mapping[str, Any]) -> Distribution:
    """From `{"bounds": […], "counts": […]}`."""
    return Distribution(tuple(told["bounds"]), tuple(told["counts"]))


def together(several: Iterable[Distribution]) -> Distribution | None:
    """All of them as one; of other bounds than the first, an older worker's, none is counted."""
    known: Sequence[Distribution] = list(several)
    if not known:
        return None
    bounds = known[0].bounds
    columns = zip(*(one.counts for one in known if one.bounds == bounds), strict=True)
    return Distribution(bounds, tuple(map(sum, columns)))
