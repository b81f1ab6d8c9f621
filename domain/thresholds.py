"""Every threshold there is, by its key. A module that declares some stands in DECLARING, so that none is unknown."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Final

from domain import (
    alarm_book,
    behaviour,
    deadlines,
    dispatch,
    district_plan,
    equipment,
    faults,
    incident_groups,
    incidents,
    outages,
    outbox,
    presence,
    quarantine,
    response,
    seats,
    triggers,
    truth,
)
from domain.equipment.kind import DECLARED, Threshold

READINGS_HOT: Final = Threshold("storage.hot_hours", 3, "h")  # row by row, before they are compacted
CHUNKS_KEPT: Final = Threshold("storage.chunks_days", 396, "d")  # 13 months
MESSAGES_KEPT: Final = Threshold("storage.messages_days", 396, "d")  # 13 months, after the order they are about was closed
ROLLUPS_KEPT: Final = Threshold("storage.rollups_days", 1826, "d")  # 5 years
DECLARING: Final = (
    alarm_book,
    behaviour,
    deadlines,
    dispatch,
    district_plan,
    equipment,
    faults,
    incident_groups,
    incidents,
    outages,
    outbox,
    presence,
    quarantine,
    response,
    seats,
    triggers,
    truth,
)
THRESHOLDS: Final[Mapping[str, Threshold]] = DECLARED
FARTHEST: Final = 100  # times the default: what is more is a slip of the keyboard


def is_sane(threshold: Threshold, value: float) -> bool:
    """Whether a value can be put in force: positive, or 0 where the default is, and no more than FARTHEST times the default."""
    positive = value > 0 or value == threshold.default == 0
    return isfinite(value) and positive and value <= FARTHEST * max(threshold.default, 1)
