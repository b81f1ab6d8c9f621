"""From readings to verdicts: what raises an alarm, what it waits for, what clears it.

Time is the device's own sampling time, so a buffered minute that arrives at once is judged as a minute. The caller gives
readings of one device in the order of their sampling time; a late reading never comes here.

A rule is idle, *witnessed* (its own evidence raised the alarm) or *armed* (somebody else's word opened the alarm: the rule
looks for the clearing evidence and goes on gathering its own).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple, assert_never

from domain.equipment.kind import Condition, EquipmentKind, Repeats, Rule, Settings, Subject, Unless, Values, While
from domain.faults import RULES


class Word(StrEnum):
    """A decision. There is no member for KEEP: it is the absence of a verdict."""

    RAISE = "raise"
    HOLD = "hold"
    CLEAR = "clear"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One decision about one rule on one reading. `held` and `needed` are seconds, or counts for RAISE and HOLD of a Repeats."""

    word: Word
    rule: str
    at: datetime
    held: float
    needed: float

    @property
    def reason(self) -> str:
        """Why, in a few words for logs and the alarm's evidence: "3 of 5"."""
        return f"{self.held:g} of {self.needed:g}"

    @property
    def until(self) -> datetime:
        """When a HOLD of seconds becomes a RAISE if nothing changes."""
        return self.at + timedelta(seconds=self.needed - self.held)

    @property
    def family(self) -> str:
        """The family of alarms the rule belongs to; at most one alarm of a family is open per machine."""
        return RULES[self.rule].family


@dataclass(frozen=True, slots=True)
class Mark:
    """What one rule remembers of one device.

    `since`: when the raising evidence began; `calm`: when the clearing evidence began; `hits`: recent counts of a Repeats;
    `active`: an alarm of the family is open; `witnessed`: our own evidence raised or joined it, not only a vendor's word.
    """

    since: datetime | None = None
    calm: datetime | None = None
    active: bool = False
    witnessed: bool = False
    hits: tuple[datetime, ...] = ()


IDLE: Final = Mark()
_WITNESSED: Final = Mark(active=True, witnessed=True)


@dataclass(frozen=True, slots=True)
class Watch:
    """What the rules remember of one device between two readings."""

    sampled_at: datetime | None
    values: Values | None
    marks: tuple[Mark, ...]


class Sample(NamedTuple):
    """One reading as the rules see it; `gap` is the seconds since the previous one, 0 for the first."""

    values: Values
    before: Values | None
    subject: Subject
    at: datetime
    gap: float
    suppressed: bool


Step = Callable[[Mark, Sample], tuple[Mark, Verdict | None]]
"""One rule on one reading: (mark', verdict or None for KEEP)."""


@dataclass(frozen=True, slots=True)
class RuleBook:
    """The rules of one kind, bound to the thresholds in force; made by `bind`."""

    kind: str
    rules: tuple[str, ...]
    steps: tuple[Step, ...]
    suppressed: Condition | None
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
        """Judge one reading; `at` is its sampling time, later than `watch.sampled_at`."""
        gap = (at - watch.sampled_at).total_seconds() if watch.sampled_at else 0.0
        suppressed = self.suppressed is not None and self.suppressed(values, watch.values, subject) is True
        sample = Sample(values, watch.values, subject, at, gap, suppressed)
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
        return self._with(watch, family, lambda mark: _WITNESSED if witnessed and not mark.witnessed else replace(mark, active=True))

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
    hold = max((_hold_seconds(rule, settings) for rule in kind.rules), default=0.0)
    quiet = max((_quiet_seconds(rule, settings) for rule in kind.rules), default=0.0)
    return RuleBook(
        kind=kind.key,
        rules=tuple(rule.key for rule in kind.rules),
        steps=tuple(_bind_rule(rule, kind.position, settings) for rule in kind.rules),
        suppressed=kind.suppressed(kind.position, settings) if kind.suppressed else None,
        hold_seconds=hold,
        memory_seconds=max(hold, quiet),
    )


def books(kinds: Sequence[EquipmentKind], settings: Settings) -> dict[str, RuleBook]:
    """A rule book per kind that has rules."""
    return {kind.key: bind(kind, settings) for kind in kinds if kind.rules}


def _bind_rule(rule: Rule, position: Mapping[str, int], settings: Settings) -> Step:
    match rule:
        case While():
            return _while(rule, position, settings)
        case Unless():
            return _unless(rule, position, settings)
        case Repeats():
            return _repeats(rule, position, settings)
    assert_never(rule)


def _hold_seconds(rule: Rule, settings: Settings) -> float:
    match rule:
        case While():
            return rule.lasting.of(settings)
        case Unless():
            return rule.within.of(settings) + rule.gap.of(settings)  # the start is seen against the reading before it
        case Repeats():
            return rule.within.of(settings)
    assert_never(rule)


def _quiet_seconds(rule: Rule, settings: Settings) -> float:
    match rule:
        case While() | Repeats():
            return rule.quiet.of(settings)
        case Unless():
            return 0.0
    assert_never(rule)


def _while(rule: While, position: Mapping[str, int], settings: Settings) -> Step:
    key, needed, quiet, widest = rule.key, rule.lasting.of(settings), rule.quiet.of(settings), rule.gap.of(settings)
    when = rule.when(position, settings)
    until = rule.until(position, settings) if rule.until else _opposite(when)

    def step(mark: Mark, sample: Sample) -> tuple[Mark, Verdict | None]:
        if mark.active:
            if until(sample.values, sample.before, sample.subject) is True:
                return _calming(mark, key, mark.calm or sample.at, sample.at, quiet)
            mark = mark if mark.calm is None else replace(mark, calm=None)
            if mark.witnessed:
                return mark, None
        if sample.suppressed or when(sample.values, sample.before, sample.subject) is not True:
            return _without_evidence(mark), None
        since = mark.since if mark.since is not None and sample.gap <= widest else sample.at
        return _gathering(mark, key, since, sample.at, needed)

    return step


def _unless(rule: Unless, position: Mapping[str, int], settings: Settings) -> Step:
    key, within, widest = rule.key, rule.within.of(settings), rule.gap.of(settings)
    starts, cancels = rule.starts(position, settings), rule.cancels(position, settings)
    still = rule.still(position, settings)
    until = rule.until(position, settings)

    def step(mark: Mark, sample: Sample) -> tuple[Mark, Verdict | None]:
        values, before, subject = sample.values, sample.before, sample.subject
        if mark.active:
            if until(values, before, subject) is True:
                return IDLE, Verdict(Word.CLEAR, key, sample.at, 0, 0)
            if mark.witnessed:
                return mark, None
        if mark.since is None and starts(values, before, subject) is not True:
            return mark, None
        if sample.suppressed or sample.gap > widest or cancels(values, before, subject) is True:
            return _without_evidence(mark), None
        since = mark.since or sample.at
        if (sample.at - since).total_seconds() >= within and still(values, before, subject) is not True:
            return mark, None
        return _gathering(mark, key, since, sample.at, within)

    return step


def _repeats(rule: Repeats, position: Mapping[str, int], settings: Settings) -> Step:
    key, times, quiet = rule.key, int(rule.times.of(settings)), rule.quiet.of(settings)
    within = timedelta(seconds=rule.within.of(settings))
    counts = rule.counts(position, settings)
    ends = rule.ends(position, settings)

    def step(mark: Mark, sample: Sample) -> tuple[Mark, Verdict | None]:
        at = sample.at
        hit = counts(sample.values, sample.before, sample.subject)
        if mark.active:
            if ends(sample.values, sample.before, sample.subject) is True:
                return IDLE, Verdict(Word.CLEAR, key, at, 0, 0)
            calm = mark.calm or at if hit is False else at  # only a spoken "no" is quiet
            if (at - calm).total_seconds() >= quiet:
                return IDLE, Verdict(Word.CLEAR, key, at, (at - calm).total_seconds(), quiet)
            mark = mark if mark.calm == calm else replace(mark, calm=calm)
            if mark.witnessed:
                return mark, None
        if sample.suppressed:
            return _without_evidence(mark), None
        if not hit:
            return mark, None
        hits = (*(h for h in mark.hits if at - h <= within), at)
        if len(hits) >= times:
            return Mark(calm=at, active=True, witnessed=True), Verdict(Word.RAISE, key, at, len(hits), times)
        return replace(mark, hits=hits), Verdict(Word.HOLD, key, at, len(hits), times)

    return step


def _gathering(mark: Mark, key: str, since: datetime, at: datetime, needed: float) -> tuple[Mark, Verdict]:
    held = (at - since).total_seconds()
    if held >= needed:
        return _WITNESSED, Verdict(Word.RAISE, key, at, held, needed)
    return (mark if mark.since is since else replace(mark, since=since)), Verdict(Word.HOLD, key, at, held, needed)


def _calming(mark: Mark, key: str, calm: datetime, at: datetime, quiet: float) -> tuple[Mark, Verdict | None]:
    """A gap does not break the quiet: a device that speaks once in four minutes must be able to clear."""
    held = (at - calm).total_seconds()
    if held >= quiet:
        return IDLE, Verdict(Word.CLEAR, key, at, held, quiet)
    return (mark if mark.calm is calm else replace(mark, since=None, calm=calm)), None


def _without_evidence(mark: Mark) -> Mark:
    if not mark.active:
        return IDLE
    return mark if mark.since is None and not mark.hits else replace(mark, since=None, hits=())


def _opposite(when: Condition) -> Condition:
    def holds(now: Values, before: Values | None, subject: Subject) -> bool | None:
        answer = when(now, before, subject)
        return None if answer is None else not answer

    return holds
