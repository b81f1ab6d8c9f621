"""How each shape of rule turns the readings of one device into verdicts: what it waits for, and what it remembers meanwhile.

A rule is idle, *witnessed* (its own evidence raised the alarm) or *armed* (somebody else's word opened the alarm: the rule
looks for the clearing evidence and goes on gathering its own).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, assert_never

from domain.equipment.kind import Condition, Repeats, Rule, Settings, Subject, Unless, Values, While
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
WITNESSED: Final = Mark(active=True, witnessed=True)


Sample = tuple[Values, Values | None, Subject, datetime, float, bool]
"""One reading as the rules see it: (values, previous values, subject, at, gap in seconds since the previous one, suppressed)."""

Step = Callable[[Mark, Sample], tuple[Mark, Verdict | None]]
"""One rule on one reading: (mark', verdict or None for KEEP)."""


def step_of(rule: Rule, position: Mapping[str, int], settings: Settings) -> Step:
    """The rule with its thresholds in force."""
    match rule:
        case While():
            return _while(rule, position, settings)
        case Unless():
            return _unless(rule, position, settings)
        case Repeats():
            return _repeats(rule, position, settings)
    assert_never(rule)


def hold_seconds(rule: Rule, settings: Settings) -> float:
    """How much history rebuilds the rule's hold."""
    match rule:
        case While():
            return rule.lasting.of(settings)
        case Unless():
            return rule.within.of(settings) + rule.gap.of(settings)  # the start is seen against the reading before it
        case Repeats():
            return rule.within.of(settings)
    assert_never(rule)


def quiet_seconds(rule: Rule, settings: Settings) -> float:
    """How much history rebuilds the rule's quiet time."""
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
        values, before, subject, at, gap, suppressed = sample
        if mark.active:
            if until(values, before, subject) is True:
                return _calming(mark, key, mark.calm or at, at, quiet)
            mark = mark if mark.calm is None else replace(mark, calm=None)
            if mark.witnessed:
                return mark, None
        if suppressed or when(values, before, subject) is not True:
            return (_without_evidence(mark) if mark.active else IDLE), None
        since = mark.since if mark.since is not None and gap <= widest else at
        return _gathering(mark, key, since, at, needed)

    return step


def _unless(rule: Unless, position: Mapping[str, int], settings: Settings) -> Step:
    key, within, widest = rule.key, rule.within.of(settings), rule.gap.of(settings)
    starts, cancels = rule.starts(position, settings), rule.cancels(position, settings)
    still = rule.still(position, settings)
    until = rule.until(position, settings)

    def step(mark: Mark, sample: Sample) -> tuple[Mark, Verdict | None]:
        values, before, subject, at, gap, suppressed = sample
        if mark.active:
            if until(values, before, subject) is True:
                return IDLE, Verdict(Word.CLEAR, key, at, 0, 0)
            if mark.witnessed:
                return mark, None
        if mark.since is None and starts(values, before, subject) is not True:
            return mark, None
        if suppressed or gap > widest or cancels(values, before, subject) is not False:  # only a spoken "no" goes on waiting
            return (_without_evidence(mark) if mark.active else IDLE), None
        since = mark.since or at
        if (at - since).total_seconds() >= within and still(values, before, subject) is not True:
            return mark, None
        return _gathering(mark, key, since, at, within)

    return step


def _repeats(rule: Repeats, position: Mapping[str, int], settings: Settings) -> Step:
    key, times, quiet = rule.key, int(rule.times.of(settings)), rule.quiet.of(settings)
    within = timedelta(seconds=rule.within.of(settings))
    counts = rule.counts(position, settings)
    ends = rule.ends(position, settings)

    def step(mark: Mark, sample: Sample) -> tuple[Mark, Verdict | None]:
        values, before, subject, at, _, suppressed = sample
        hit = counts(values, before, subject)
        if mark.active:
            if ends(values, before, subject) is True:
                return IDLE, Verdict(Word.CLEAR, key, at, 0, 0)
            calm = mark.calm or at if hit is False else at  # only a spoken "no" is quiet
            if (at - calm).total_seconds() >= quiet:
                return IDLE, Verdict(Word.CLEAR, key, at, (at - calm).total_seconds(), quiet)
            mark = mark if mark.calm == calm else replace(mark, calm=calm)
            if mark.witnessed:
                return mark, None
        if suppressed:
            return (_without_evidence(mark) if mark.active else IDLE), None
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
        return WITNESSED, Verdict(Word.RAISE, key, at, held, needed)
    return (mark if mark.since is since else replace(mark, since=since)), Verdict(Word.HOLD, key, at, held, needed)


def _calming(mark: Mark, key: str, calm: datetime, at: datetime, quiet: float) -> tuple[Mark, Verdict | None]:
    """A gap does not break the quiet: a device that speaks once in four minutes must be able to clear."""
    held = (at - calm).total_seconds()
    if held >= quiet:
        return IDLE, Verdict(Word.CLEAR, key, at, held, quiet)
    return (mark if mark.calm is calm else replace(mark, since=None, calm=calm)), None


def _without_evidence(mark: Mark) -> Mark:
    """An armed mark that lost what it had gathered."""
    return mark if mark.since is None and not mark.hits else replace(mark, since=None, hits=())


def _opposite(when: Condition) -> Condition:
    def holds(now: Values, before: Values | None, subject: Subject) -> bool | None:
        answer = when(now, before, subject)
        return None if answer is None else not answer

    return holds
