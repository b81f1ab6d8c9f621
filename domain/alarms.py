"""From readings to verdicts: what raises an alarm, what it waits for, what clears it.

Time is the device's own sampling time, so a buffered minute that arrives at once is judged as a minute. The caller gives
readings of one device in the order of their sampling time; a late reading never comes here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, assert_never

from domain.equipment.kind import Condition, EquipmentKind, Repeats, Rule, Settings, Subject, Unless, Values, While
from domain.faults import RULES


class Word(StrEnum):
    """A decision. KEEP is never returned: it is the absence of the other three."""

    RAISE = "raise"
    HOLD = "hold"
    CLEAR = "clear"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One decision about one rule on one reading. `held` and `needed` are seconds (or counts, for a repeating rule)."""

    word: Word
    rule: str
    at: datetime
    held: float
    needed: float

    @property
    def reason(self) -> str:
        """Why, in a few words for logs: "lasting 3 of 5"."""
        return f"lasting {self.held:g} of {self.needed:g}"

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
    """What one rule remembers of one device: since when it holds (or is quiet), whether it is active, recent hits."""

    since: datetime | None = None
    active: bool = False
    hits: tuple[datetime, ...] = ()


IDLE: Final = Mark()
_ACTIVE: Final = Mark(active=True)


@dataclass(frozen=True, slots=True)
class Watch:
    """What the rules remember of one device between two readings."""

    sampled_at: datetime | None
    values: Values | None
    marks: tuple[Mark, ...]


Step = Callable[[Mark, Values, Values | None, Subject, datetime, float, bool], tuple[Mark, Verdict | None]]
"""(mark, values, previous values, subject, at, gap in seconds, suppressed) → (mark', verdict or None for KEEP)."""


@dataclass(frozen=True, slots=True)
class RuleBook:
    """The rules of one kind, bound to the thresholds in force; made by `bind`."""

    kind: str
    rules: tuple[str, ...]
    steps: tuple[Step, ...]
    suppressed: Condition | None
    memory_seconds: float  # how much history rebuilds every mark after a restart

    def fresh(self) -> Watch:
        """The memory of a device that was never seen."""
        return Watch(None, None, (IDLE,) * len(self.steps))

    def evaluate(self, watch: Watch, subject: Subject, *, values: Values, at: datetime) -> tuple[Watch, list[Verdict]]:
        """Judge one reading; `at` is its sampling time, later than `watch.sampled_at`."""
        gap = (at - watch.sampled_at).total_seconds() if watch.sampled_at else 0.0
        suppressed = self.suppressed is not None and self.suppressed(values, watch.values, subject)
        marks, verdicts = [], []
        for step, mark in zip(self.steps, watch.marks, strict=True):
            mark, verdict = step(mark, values, watch.values, subject, at, gap, suppressed)
            marks.append(mark)
            if verdict is not None:
                verdicts.append(verdict)
        return Watch(at, values, tuple(marks)), verdicts

    def opened(self, watch: Watch, family: str) -> Watch:
        """The memory once an alarm of `family` is open, whoever raised it: its rules now look for the clearing evidence."""
        return self._with(watch, family, lambda mark: mark if mark.active else _ACTIVE)

    def closed(self, watch: Watch, family: str) -> Watch:
        """The memory once the alarm of `family` is closed."""
        return self._with(watch, family, lambda mark: IDLE if mark.active else mark)

    def holds(self, watch: Watch, subject: Subject, family: str) -> bool:
        """Whether a rule of `family` is active by its own evidence, so that a vendor's word alone must not clear it."""
        return any(m.active and m.hits != () for r, m in zip(self.rules, watch.marks, strict=True) if RULES[r].family == family)

    def _with(self, watch: Watch, family: str, change: Callable[[Mark], Mark]) -> Watch:
        pairs = zip(self.rules, watch.marks, strict=True)
        return replace(watch, marks=tuple(change(mark) if RULES[rule].family == family else mark for rule, mark in pairs))


def bind(kind: EquipmentKind, settings: Settings) -> RuleBook:
    """The kind's rules with the thresholds of `settings` (rule key → number) in force."""
    spans = [_memory(rule, settings) for rule in kind.rules]
    return RuleBook(
        kind=kind.key,
        rules=tuple(rule.key for rule in kind.rules),
        steps=tuple(_bind_rule(rule, kind.position, settings) for rule in kind.rules),
        suppressed=kind.suppressed(kind.position, settings) if kind.suppressed else None,
        memory_seconds=max(spans, default=0.0),
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


def _memory(rule: Rule, settings: Settings) -> float:
    match rule:
        case While():
            return max(rule.lasting.of(settings), rule.quiet.of(settings))
        case Unless():
            return rule.within.of(settings)
        case Repeats():
            return max(rule.within.of(settings), rule.quiet.of(settings))
    assert_never(rule)


def _while(rule: While, position: Mapping[str, int], settings: Settings) -> Step:
    key, needed, quiet, widest = rule.key, rule.lasting.of(settings), rule.quiet.of(settings), rule.gap.of(settings)
    when = rule.when(position, settings)
    until = rule.until(position, settings) if rule.until else None

    def step(
        mark: Mark, values: Values, before: Values | None, subject: Subject, at: datetime, gap: float, suppressed: bool
    ) -> tuple[Mark, Verdict | None]:
        if mark.active:
            calm = until(values, before, subject) if until else not when(values, before, subject)
            if not calm:
                return (mark if mark.since is None else _ACTIVE), None
            since = mark.since or at
            held = (at - since).total_seconds()
            if held >= quiet:
                return IDLE, Verdict(Word.CLEAR, key, at, held, quiet)
            return (mark if mark.since else Mark(since, True)), None
        if suppressed or not when(values, before, subject):
            return IDLE, None
        since = mark.since if mark.since is not None and gap <= widest else at
        held = (at - since).total_seconds()
        if held >= needed:
            return _ACTIVE, Verdict(Word.RAISE, key, at, held, needed)
        return (mark if mark.since is since else Mark(since)), Verdict(Word.HOLD, key, at, held, needed)

    return step


def _unless(rule: Unless, position: Mapping[str, int], settings: Settings) -> Step:
    key, within, widest = rule.key, rule.within.of(settings), rule.gap.of(settings)
    starts, cancels = rule.starts(position, settings), rule.cancels(position, settings)

    def step(
        mark: Mark, values: Values, before: Values | None, subject: Subject, at: datetime, gap: float, suppressed: bool
    ) -> tuple[Mark, Verdict | None]:
        if cancels(values, before, subject):
            return IDLE, Verdict(Word.CLEAR, key, at, 0, 0) if mark.active else None
        if mark.active:
            return mark, None
        if suppressed or gap > widest:
            return IDLE, None
        if starts(values, before, subject):
            return Mark(at), Verdict(Word.HOLD, key, at, 0, within)
        if mark.since is None:
            return IDLE, None
        held = (at - mark.since).total_seconds()
        if held >= within:
            return _ACTIVE, Verdict(Word.RAISE, key, at, held, within)
        return mark, Verdict(Word.HOLD, key, at, held, within)

    return step


def _repeats(rule: Repeats, position: Mapping[str, int], settings: Settings) -> Step:
    key, times, quiet = rule.key, int(rule.times.of(settings)), rule.quiet.of(settings)
    within = timedelta(seconds=rule.within.of(settings))
    counts = rule.counts(position, settings)
    ends = rule.ends(position, settings) if rule.ends else None

    def step(
        mark: Mark, values: Values, before: Values | None, subject: Subject, at: datetime, gap: float, suppressed: bool
    ) -> tuple[Mark, Verdict | None]:
        hit = counts(values, before, subject)
        if mark.active:
            last = at if hit else mark.since or at
            calm = (at - last).total_seconds()
            if calm >= quiet or (ends is not None and ends(values, before, subject)):
                return IDLE, Verdict(Word.CLEAR, key, at, calm, quiet)
            return (mark if mark.since == last else Mark(last, True)), None
        if suppressed:
            return IDLE, None
        if not hit:
            return mark, None
        hits = (*(h for h in mark.hits if at - h <= within), at)
        if len(hits) >= times:
            return Mark(at, True), Verdict(Word.RAISE, key, at, len(hits), times)
        return Mark(None, False, hits), Verdict(Word.HOLD, key, at, len(hits), times)

    return step


def merge_open(books_by_kind: Mapping[str, RuleBook], kind: str, watch: Watch, families: Sequence[str]) -> Watch:
    """The memory of a device whose alarms of `families` are open, for a worker that starts."""
    book = books_by_kind[kind]
    for family in families:
        watch = book.opened(watch, family)
    return watch
