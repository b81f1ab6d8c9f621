"""Readings of one kind side by side: a column a fact, a row a reading. Made by the worker, stored as they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from data_access.readings_codec import layout_of, pack, unpack
from domain.equipment.kind import Values
from domain.telemetry import Reading

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)


def microseconds(at: datetime) -> int:
    """An aware time as microseconds of Unix."""
    return (at - EPOCH) // MICROSECOND


def moment(microseconds_of_unix: int) -> datetime:
    """The aware UTC time."""
    return EPOCH + timedelta(microseconds=int(microseconds_of_unix))


@dataclass(frozen=True, slots=True)
class Columns:
    """Readings of one kind. Times are microseconds of Unix; `vendor` indexes `vendors`; `data` has the kind's stored layout."""

    kind: str
    equipment_id: NDArray[np.int32]
    sampled: NDArray[np.int64]
    received: NDArray[np.int64]
    vendor: NDArray[np.int16]
    vendors: tuple[str, ...]
    data: NDArray[np.void]

    def __len__(self) -> int:
        return len(self.equipment_id)

    def take(self, rows: NDArray[Any]) -> Columns:
        """The rows of an index array or mask."""
        return Columns(
            self.kind, self.equipment_id[rows], self.sampled[rows], self.received[rows], self.vendor[rows], self.vendors, self.data[rows]
        )

    def values(self, row: int) -> Values:
        """What one row says."""
        return unpack(self.kind, self.data[row].tobytes())

    def reading(self, row: int) -> Reading:
        """One row as the law takes it."""
        return Reading(
            int(self.equipment_id[row]),
            self.kind,
            self.vendors[self.vendor[row]],
            moment(self.sampled[row]),
            moment(self.received[row]),
            self.values(row),
        )


def columns_of(readings: Sequence[Reading]) -> Columns:
    """Readings of one kind as columns. Raises ValueError for an empty sequence."""
    if not readings:
        raise ValueError("nothing_to_read")
    kind = readings[0].kind
    vendors = tuple(sorted({reading.vendor for reading in readings}))
    place = {vendor: number for number, vendor in enumerate(vendors)}
    return Columns(
        kind,
        np.array([r.equipment_id for r in readings], np.int32),
        np.array([microseconds(r.sampled_at) for r in readings], np.int64),
        np.array([microseconds(r.received_at) for r in readings], np.int64),
        np.array([place[r.vendor] for r in readings], np.int16),
        vendors,
        records(kind, [pack(kind, r.values) for r in readings]),
    )


def joined(first: Columns, second: Columns) -> Columns:
    """The readings of both, which are of one kind, in this order."""
    vendors = tuple(sorted({*first.vendors, *second.vendors}))

    def numbers(columns: Columns) -> NDArray[np.int16]:
        return np.array([vendors.index(name) for name in columns.vendors], np.int16)[columns.vendor]

    return Columns(
        first.kind,
        np.concatenate([first.equipment_id, second.equipment_id]),
        np.concatenate([first.sampled, second.sampled]),
        np.concatenate([first.received, second.received]),
        np.concatenate([numbers(first), numbers(second)]),
        vendors,
        np.concatenate([first.data, second.data], dtype=first.data.dtype),  # else numpy would turn the stored byte order round
    )


def records(kind: str, packed: Sequence[bytes]) -> NDArray[np.void]:
    """Stored bytes of one kind as records of its layout."""
    return np.frombuffer(b"".join(packed), layout_of(kind))
