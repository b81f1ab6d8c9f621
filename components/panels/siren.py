"""Which trapped or endangered people nobody has acknowledged: the browser rings until the list is empty."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from components.nodes import Leaves, attributes

NAME = "siren-state"


def update(rows: Sequence[int], *, at: datetime) -> Leaves:
    """`rows`: a number per machine: its grave alarm that nobody has acknowledged, or minus the order the seat has not answered."""
    return {"ids": attributes(ids=",".join(map(str, rows)) or None)}
