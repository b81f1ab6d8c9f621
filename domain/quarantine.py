"""What becomes of refused messages: how many are kept as they came, and whether one may be offered again."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Final

from domain.equipment.kind import Threshold

KEPT_BYTES: Final = 64 * 1024  # of one payload
LINE_BREAKS: Final = "\n\r\t"
FEW_CONTROLS: Final = 10  # of so many characters one may be a control character in what is still called text
KEPT_PER_MINUTE: Final = Threshold("quarantine.kept_per_minute", 1000, "1/min")  # of one vendor and reason; the others are only counted
KEPT_MEGABYTES: Final = Threshold("quarantine.kept_megabytes", 512, "MB")  # of all payloads; then the oldest go


class ReplayState(StrEnum):
    """Where a refused message stands; the locale key is `quarantine_state.<value>`."""

    KEPT = "kept"  # nobody has asked for it yet
    REQUESTED = "requested"
    ACCEPTED = "accepted"
    REFUSED = "refused"  # offered again, and refused again


def replay_state(requested_at: datetime | None, replayed_at: datetime | None, outcome: str | None) -> ReplayState:
    """The state of a row; a new request takes back an earlier outcome."""
    if requested_at is None:
        return ReplayState.KEPT
    return ReplayState(outcome) if replayed_at is not None and outcome else ReplayState.REQUESTED


def shown(payload: bytes) -> str:
    """A foreign payload as harmless text: what is text as it is, everything else in hexadecimal, sixteen bytes to a line."""
    words = _text_of(payload)
    if words is None:
        return "\n".join(payload[start : start + 16].hex(" ") for start in range(0, len(payload), 16))
    return "".join(char if char.isprintable() or char in LINE_BREAKS else "\N{REPLACEMENT CHARACTER}" for char in words)


def _text_of(payload: bytes) -> str | None:
    """The payload as UTF-8, also when it was cut within its last character; None where it is something else."""
    for cut in range(min(4, len(payload) + 1)):
        try:
            words = payload[: len(payload) - cut].decode("utf-8")
        except UnicodeDecodeError:
            continue
        control = sum(not char.isprintable() and char not in LINE_BREAKS for char in words)
        return words if control * FEW_CONTROLS <= len(words) else None
    return None
