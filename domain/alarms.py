"""From readings to verdicts: the rule book of a kind, and what it remembers of one device.

Time is the device's own sampling time, so a buffered minute that arrives at once is judged as a minute. The caller gives
readings of one device in the order of their sampling time; a late one is history only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256

from domain.equipment.kind import Condition, EquipmentKind, Rule, Settings, Subject, Values
from domain.evidence import IDLE, WITNESSED, Mark, Step, Verdict, Word, hold_seconds, quiet_seconds, step_of
from domain.faults import RULES

__all__ = ["Mark", "RuleBook", "Verdict", "Watch", "Word", "bind", "books", "version_of"]


@dataclass(frozen=True, slots=True)
class Watch:
    """What the rules remember of one device between two readings."""

    sampled_at: datetime | None
    values: Values | None
    marks: tuple[Mark, ...]

    def is_late(self, at: datetime) -> bool:
        """Whether a reading sampled at `at` is history only: not newer than what was judged."""
        return self.sampled_at is not None and at <= self.sampled_at


@dataclass(frozen=True, slots=True)
class RuleBook:
    """The rules of one kind, bound to the thresholds in force; made by `bind`."""

    kind: str
    rules: tuple[str, ...]
    steps: tuple[Step, ...]
    suppressed: Condition | None
    settings: Settings
    versions: Mapping[str, str]  # of each rule's description
    hold_seconds: float  # how much history rebuilds every hold of an idle device after a restart
    memory_seconds: float  # how much rebuilds the quiet times of open alarms as well

    @property
    def families(self) -> frozenset[str]:
        """The families of alarms these rules can raise and clear."""
        return frozenset(RULES[rule].family for rule in self.rules)

    def fresh(self) -> Watch:
        """The memory of a device that was never seen."""
        return Watch(None, None, (IDLE,) * len(self.steps))

    def evaluate(self, watch: Watch, subject: Subject, *, values: Values, at: datetime) -> tuple[Watch, list[Verdict]]:
        """Judge one reading by its sampling time `at`; a late one changes nothing."""
        if watch.is_late(at):
            return watch, []
        gap = (at - watch.sampled_at).total_seconds() if watch.sampled_at else 0.0
        suppressed = self.suppressed is not None and self.suppressed(values, watch.values, subject) is True
        sample = (values, watch.values, subject, at, gap, suppressed)
        marks, verdicts = [], []
        for step, mark in zip(self.steps, watch.marks, strict=True):
            mark, verdict = step(mark, sample)
            marks.append(mark)
            if verdict is not None:
                verdicts.append(verdict)
        return Watch(at, values, tuple(marks)), verdicts

    def opened(self, watch: Watch, family: str) -> Watch:
        """The memory once an alarm of `family` is open, whoever raised it: its rules now look for the clearing evidence.

        Where one rule's own evidence raised it, its sisters count as witnesses too and do not raise the same trouble again.
        """
        witnessed = self.holds(watch, family)
        return self._with(watch, family, lambda mark: WITNESSED if witnessed and not mark.witnessed else replace(mark, active=True))

    def closed(self, watch: Watch, family: str) -> Watch:
        """The memory once the alarm of `family` is closed; evidence that was still gathering goes on gathering."""
        return self._with(watch, family, lambda mark: IDLE if mark.witnessed else Mark(since=mark.since, hits=mark.hits))

    def holds(self, watch: Watch, family: str) -> bool:
        """Whether our own evidence keeps the alarm of `family` open, so that a vendor's word alone must not clear it."""
        return any(mark.witnessed for rule, mark in zip(self.rules, watch.marks, strict=True) if RULES[rule].family == family)

    def _with(self, watch: Watch, family: str, change: Callable[[Mark], Mark]) -> Watch:
        pairs = zip(self.rules, watch.marks, strict=True)
        return replace(watch, marks=tuple(change(mark) if RULES[rule].family == family else mark for rule, mark in pairs))


def bind(kind: EquipmentKind, settings: Settings) -> RuleBook:
    """The kind's rules with the thresholds of `settings` (rule key → number) in force."""
    hold = max((hold_seconds(rule, settings) for rule in kind.rules), default=0.0)
    quiet = max((quiet_seconds(rule, settings) for rule in kind.rules), default=0.0)
    return RuleBook(
        kind=kind.key,
        rules=tuple(rule.key for rule in kind.rules),
        steps=tuple(step_of(rule, kind.position, settings) for rule in kind.rules),
        suppressed=kind.suppressed(kind.position, settings) if kind.suppressed else None,
        settings=settings,
        versions={rule.key: version_of(rule) for rule in kind.rules},
        hold_seconds=hold,
        memory_seconds=max(hold, quiet),
    )


def version_of(rule: Rule) -> str:
    """The version of a rule's description: it changes with its conditions, its thresholds' keys and defaults, and nothing else."""
    return sha256(repr(rule).encode()).hexdigest()[:8]


def books(kinds: Sequence[EquipmentKind], settings: Settings) -> dict[str, RuleBook]:
    """A rule book per kind that has rules."""
    return {kind.key: bind(kind, settings) for kind in kinds if kind.rules}
