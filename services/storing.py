"""Readings into history, each identity once: what is newer than everything heard is copied in, the rest is asked for first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data_access.columns import Columns
from data_access.engine import Tx
from data_access.repositories import telemetry
from services.fleet import Fleet
from services.vector_conditions import Mask


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of the readings of one kind. `columns` and `slots` are sorted by machine and time."""

    columns: Columns
    slots: NDArray[np.intp]
    judged: Mask  # newly stored and newer than what was heard before
    late: Mask  # newly stored, history only
    duplicates: int
    conflicts: tuple[int, ...]  # rows in the order of arrival

    @property
    def count(self) -> int:
        """Readings that were offered."""
        return len(self.slots)

    @property
    def new(self) -> int:
        """Readings that were stored."""
        return int(np.count_nonzero(self.judged) + np.count_nonzero(self.late))


def store_readings(tx: Tx, fleet: Fleet, said: Columns, *, careful: bool) -> Stored:
    """Store what is new. A reading newer than its machine's newest cannot be stored yet, unless somebody else stored it: `careful`.

    Raises AlreadyStored where that was so and `careful` is not set.
    """
    columns, slots, order = _in_order(fleet, said)
    again = _said_before(columns, slots)
    newer = columns.sampled > fleet.sampled[slots]
    copied = ~again & newer & (not careful)
    asked = ~again & ~copied
    if copied.any():
        telemetry.copy_columns(tx, columns if copied.all() else columns.take(copied))
    new = copied.copy()
    new[asked] = telemetry.append_columns(tx, columns.take(asked))
    differ = _differing(tx, columns, again, new)
    refused = int(np.count_nonzero(~new))
    return Stored(columns, slots, new & newer, new & ~newer, refused - len(differ), tuple(sorted(order[differ].tolist())))


def only_judged(fleet: Fleet, said: Columns) -> Stored:
    """Readings that are to be judged and not stored: those newer than what the fleet has heard, each identity once."""
    columns, slots, _ = _in_order(fleet, said)
    newer = (columns.sampled > fleet.sampled[slots]) & ~_said_before(columns, slots)
    return Stored(columns, slots, newer, np.zeros(len(slots), bool), int(np.count_nonzero(~newer)), ())


def _in_order(fleet: Fleet, said: Columns) -> tuple[Columns, NDArray[np.intp], NDArray[np.intp]]:
    """The readings by machine and time, the machines' slots, and where each stood among the arrivals."""
    slots = fleet.slots_of(said.equipment_id)
    order = np.lexsort((said.sampled, slots))
    return _of(fleet, said.take(order)), slots[order], order


def _said_before(columns: Columns, slots: NDArray[np.intp]) -> Mask:
    """The readings whose identity the one before them has."""
    again = np.zeros(len(slots), bool)
    again[1:] = (slots[1:] == slots[:-1]) & (columns.sampled[1:] == columns.sampled[:-1])
    return again


def _of(fleet: Fleet, columns: Columns) -> Columns:
    """The same with the vendors as the fleet numbers them."""
    numbers = fleet.vendor_numbers(columns.vendors)
    return Columns(
        columns.kind,
        columns.equipment_id,
        columns.sampled,
        columns.received,
        numbers[columns.vendor],
        tuple(fleet.vendors),
        columns.data,
    )


def _differing(tx: Tx, columns: Columns, again: Mask, new: Mask) -> NDArray[Any]:
    """The rows that were not stored and say something else than what is."""
    refused = np.flatnonzero(~new)
    if not len(refused):
        return refused
    first = np.maximum.accumulate(np.where(again, 0, np.arange(len(again))))  # the first row of the same identity
    held = telemetry.stored_data(tx, columns.take(~new & ~again))
    differ = []
    for row in refused.tolist():
        original = int(first[row])
        key = (int(columns.equipment_id[row]), int(columns.sampled[row]))
        known = columns.data[original].tobytes() if new[original] else held[key]
        if columns.data[row].tobytes() != known:
            differ.append(row)
    return np.array(differ, np.intp)
