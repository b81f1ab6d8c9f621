"""Whoever uploads answers for it: a score per data vendor, from what its messages of the last day were worth.

Every record carries its uploader, its source and its times, so each part can be traced back to the rows behind it. The weights
are ours: no regulation sets any. A part nobody can know yet is left out, and the others share its weight.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from domain.telemetry import Reject


class Part(StrEnum):
    """What a score is made of; the locale key is `uploader.<value>`."""

    GOOD = "good"  # messages that could be taken, of all
    PUNCTUAL = "punctual"  # monitors that speak at their own pace, of those that ever spoke
    COMPLETE = "complete"  # fields that are filled, of those its kind of machine has
    TRUTHFUL = "truthful"  # readings that do not contradict others or the clock; alarms that turned out to be right


WEIGHTS: Final = {Part.GOOD: 0.40, Part.PUNCTUAL: 0.25, Part.COMPLETE: 0.20, Part.TRUTHFUL: 0.15}
CONTRADICTIONS: Final = frozenset({Reject.CONFLICT, Reject.FUTURE, Reject.TOO_OLD, Reject.NOT_BOUND, Reject.CODE_MISMATCH})
"""Refusals that say that something is not as it is told: two readings of one second, an impossible clock, another's machine."""
FEWEST_MESSAGES: Final = 100  # less says nothing about a vendor
FEWEST_VERDICTS: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Conduct:
    """What a vendor did in a day. `filled` is a share, None where no reading was looked at."""

    messages: int
    refused: int
    contradictions: int
    spoken: int  # monitors that ever spoke
    timely: int  # of these, that speak now
    filled: float | None = None
    confirmed: int = 0  # verdicts on its alarms
    false: int = 0


@dataclass(frozen=True, slots=True)
class Score:
    """0 to 100; None where too little was heard. `parts` are shares, None where unknown."""

    total: float | None
    parts: dict[Part, float | None]


def score(conduct: Conduct) -> Score:
    """The weighted mean of the parts that are known."""
    parts = {
        Part.GOOD: _good(conduct),
        Part.PUNCTUAL: conduct.timely / conduct.spoken if conduct.spoken else None,
        Part.COMPLETE: conduct.filled,
        Part.TRUTHFUL: _truthful(conduct),
    }
    known = {part: share for part, share in parts.items() if share is not None}
    if parts[Part.GOOD] is None:
        return Score(None, parts)
    weight = sum(WEIGHTS[part] for part in known)
    return Score(round(100 * sum(WEIGHTS[part] * share for part, share in known.items()) / weight, 1), parts)


def _good(conduct: Conduct) -> float | None:
    """A batch is one message and may hold several refused items: a share never falls below none."""
    return max(0.0, 1 - conduct.refused / conduct.messages) if conduct.messages >= FEWEST_MESSAGES else None


def _truthful(conduct: Conduct) -> float | None:
    if conduct.messages < FEWEST_MESSAGES:
        return None
    consistent = max(0.0, 1 - conduct.contradictions / conduct.messages)
    judged = conduct.confirmed + conduct.false
    return consistent * conduct.confirmed / judged if judged >= FEWEST_VERDICTS else consistent
