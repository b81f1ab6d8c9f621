"""Which trapped or endangered people, and which grave faults, nobody has acknowledged: the browser rings until both lists are empty."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from components.nodes import Leaves, attributes

NAME = "siren-state"


def update(rows: Mapping[str, Sequence[int]], *, at: datetime) -> Leaves:
    """`rows`: `trapped` has a number per machine: its grave alarm that nobody has acknowledged, or minus the order the seat has not
    answered; `faults` such orders about machines with nobody inside.
    """
    return {"ids": attributes(ids=_list(rows["trapped"]), faults=_list(rows["faults"]))}


def _list(numbers: Sequence[int]) -> str | None:
    return ",".join(map(str, numbers)) or None
