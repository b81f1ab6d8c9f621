"""What becomes of refused messages: how many are kept as they came, and whether one may be offered again."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Final

from domain.equipment.kind import Threshold

KEPT_BYTES: Final = 64 * 1024  # of one payload
KEPT_PER_MINUTE: Final = Threshold("quarantine.kept_per_minute", 1000, "1/min")  # of one vendor and reason; the others are only counted
KEPT_MEGABYTES: Final = Threshold("quarantine.kept_megabytes", 512, "MB")  # of all payloads; then the oldest go


class ReplayState(StrEnum):
    """Where a refused message stands; the locale key is `replay.<value>`."""

    KEPT = "kept"  # nobody has asked for it yet
    REQUESTED = "requested"
    ACCEPTED = "accepted"
    REFUSED = "refused"  # offered again, and refused again


def replay_state(requested_at: datetime | None, replayed_at: datetime | None, outcome: str | None) -> ReplayState:
    """The state of a row; a new request takes back an earlier outcome."""
    if requested_at is None:
        return ReplayState.KEPT
    return ReplayState(outcome) if replayed_at is not None and outcome else ReplayState.REQUESTED


def is_whole(*, size: int, kept: int) -> bool:
    """Whether all of a payload was kept: a message that was cut, or could not be written down, cannot be offered again."""
    return 0 < size == kept
