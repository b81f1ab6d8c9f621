"""How well was detected what was made to go wrong: truth against alarms, one line per kind of mishap."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from demo.truth import Truth
from domain.truth import AFTERWARDS, EARLY

EARLY_S: Final = EARLY.total_seconds()
AFTERWARDS_S: Final = AFTERWARDS.total_seconds()
ENTRAPMENT: Final = "entrapment"
OTHER_RECALL: Final = 0.98


@dataclass(frozen=True, slots=True)
class Raised:
    """An alarm. `raised_at` is the device's time, `detected_at` when the message that opened it arrived; epoch seconds."""

    equipment_id: int
    family: str
    rule: str
    raised_at: float
    detected_at: float


@dataclass(frozen=True, slots=True)
class Line:
    """One kind of mishap: how many, how many found, and how long that took (s from the beginning of the mishap)."""

    what: str
    family: str
    injected: int
    detected: int
    median_delay: float

    @property
    def recall(self) -> float:
        """The share that was found."""
        return self.detected / self.injected

    @property
    def passes(self) -> bool:
        """All entrapments, nearly all of everything else."""
        return self.recall >= (1.0 if self.family == ENTRAPMENT else OTHER_RECALL)


@dataclass(frozen=True, slots=True)
class Score:
    """Every line, what was missed, and alarms that nothing explains."""

    lines: tuple[Line, ...]
    missed: tuple[Truth, ...]
    false: tuple[Raised, ...]

    @property
    def passes(self) -> bool:
        """Recall as required, and no entrapment raised where nobody was trapped."""
        return all(line.passes for line in self.lines) and not any(alarm.family == ENTRAPMENT for alarm in self.false)


def score(truths: Sequence[Truth], alarms: Iterable[Raised]) -> Score:
    """Match alarms with mishaps: same machine, same family, within the mishap's time."""
    by_machine: dict[int, list[Truth]] = defaultdict(list)
    for truth in truths:
        by_machine[truth.equipment_id].append(truth)
    delays: dict[str, float] = {}
    false = []
    for alarm in sorted(alarms, key=lambda alarm: alarm.raised_at):
        explained = [truth for truth in by_machine[alarm.equipment_id] if _explains(truth, alarm)]
        if not explained:
            false.append(alarm)
        for truth in explained:
            if truth.family == alarm.family:
                delays.setdefault(truth.id, alarm.detected_at - truth.starts_at)
    lines = tuple(_line(what, mishaps, delays) for what, mishaps in sorted(_by_what(truths).items()))
    return Score(lines, tuple(truth for truth in truths if truth.id not in delays), tuple(false))


def table(outcome: Score) -> str:
    """The score for a terminal."""
    rows = [f"{'mishap':<26}{'family':<26}{'injected':>9}{'detected':>9}{'recall':>9}{'false':>7}{'median s':>10}"]
    false = _count(alarm.family for alarm in outcome.false)
    for line in outcome.lines:
        wrong = false.pop(line.family, 0)
        mark = "" if line.passes else "  ✗"
        rows.append(
            f"{line.what:<26}{line.family:<26}{line.injected:>9}{line.detected:>9}{line.recall:>9.1%}{wrong:>7}{line.median_delay:>10.1f}{mark}"
        )
    rows += [f"{'-':<26}{family:<26}{'':>9}{'':>9}{'':>9}{wrong:>7}" for family, wrong in sorted(false.items())]
    return "\n".join(rows)


def _explains(truth: Truth, alarm: Raised) -> bool:
    in_time = truth.starts_at - EARLY_S <= alarm.raised_at <= truth.ends_at + AFTERWARDS_S
    return in_time and (alarm.family == truth.family or alarm.family in truth.also)


def _line(what: str, mishaps: Sequence[Truth], delays: dict[str, float]) -> Line:
    found = [delays[truth.id] for truth in mishaps if truth.id in delays]
    return Line(what, mishaps[0].family, len(mishaps), len(found), median(found) if found else float("nan"))


def _by_what(truths: Iterable[Truth]) -> dict[str, list[Truth]]:
    grouped: dict[str, list[Truth]] = defaultdict(list)
    for truth in truths:
        grouped[truth.what].append(truth)
    return grouped


def _count(words: Iterable[str]) -> dict[str, int]:
    counted: dict[str, int] = defaultdict(int)
    for word in words:
        counted[word] += 1
    return counted
