"""Why a rule did not raise yet: each reading's answer, condition by condition, from the same description the rule is made of."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache

from domain.alarms import RuleBook, Verdict, Watch, Word
from domain.equipment import KINDS
from domain.equipment.conditions import (
    Above,
    AboveLocal,
    AboveRated,
    AllOf,
    AnyOf,
    AtLeast,
    Became,
    Flipped,
    Is,
    OneOf,
    OutsideFence,
    Shows,
    WithBelt,
)
from domain.equipment.kind import ConditionFor, EquipmentKind, Repeats, Rule, Subject, Threshold, Unless, Value, Values, While
from domain.evidence import Mark
from domain.faults import RULES


class Why(StrEnum):
    """What one rule made of one reading; the locale key is `why.<value>`."""

    RAISED = "raised"
    GATHERING = "gathering"  # the evidence holds, not yet for long enough
    COUNTING = "counting"  # it came true, not yet often enough
    GAP = "gap"  # the evidence holds, but nobody saw the time before: the hold begins anew
    ABSENT = "absent"  # the evidence was spoken to be false
    UNKNOWN = "unknown"  # the device did not say, or the register does not know
    SUPPRESSED = "suppressed"  # 检修、消防: no rule raises
    NOT_STARTED = "not_started"  # what begins the waiting was not seen
    CANCELLED = "cancelled"  # the waiting was ended by what was waited for
    NOT_STILL = "not_still"  # the time is over, but the last condition is not true
    UNCOUNTED = "uncounted"  # it did not come true on this reading
    OPEN = "open"  # the alarm is open already
    CALMING = "calming"  # open, and the end is seen, not yet for long enough
    CLEARED = "cleared"


@dataclass(frozen=True, slots=True)
class Part:
    """One condition without parts of its own. `wanted` are its values, or the limit in force; the locale key is `part.<word>`."""

    word: str
    field: str
    wanted: tuple[Value, ...]
    said: Value | None
    before: Value | None
    answer: bool | None


@dataclass(frozen=True, slots=True)
class Account:
    """One rule on one reading. `held` and `needed` are seconds, or counts; `parts` are the conditions that decided."""

    rule: str
    why: Why
    held: float = 0.0
    needed: float = 0.0
    parts: tuple[Part, ...] = ()


def thresholds_of(rule: Rule) -> tuple[Threshold, ...]:
    """The thresholds a rule reads, in the order of its description."""
    return tuple(dict.fromkeys(_thresholds(rule)))


def rules_of(kind: EquipmentKind, families: Collection[str]) -> tuple[Rule, ...]:
    """The kind's rules that can raise an alarm of these families."""
    return tuple(rule for rule in kind.rules if RULES[rule.key].family in families)


@dataclass(frozen=True, slots=True)
class Seen:
    """One reading beside the one before it, as a rule looks at both."""

    position: Mapping[str, int]
    settings: Mapping[str, float]
    now: Values
    before: Values | None
    subject: Subject

    def answer(self, condition: ConditionFor) -> bool | None:
        """Whether the condition holds."""
        return condition(self.position, self.settings)(self.now, self.before, self.subject)


class Explainer:
    """Gives the accounts of the rules of some families, reading by reading."""

    def __init__(self, families: Collection[str]) -> None:
        self._families = frozenset(families)

    def __call__(self, book: RuleBook, before: Watch, after: Watch, verdicts: Sequence[Verdict], subject: Subject) -> tuple[Account, ...]:
        """The accounts of one reading: the memory before it, the memory after it, and the verdicts in between."""
        if not self._families or after.values is None or after.sampled_at is None:
            return ()
        kind = KINDS[book.kind]
        seen = Seen(kind.position, book.settings, after.values, before.values, subject)
        gap = (after.sampled_at - before.sampled_at).total_seconds() if before.sampled_at else 0.0
        suppressed = kind.suppressed is not None and seen.answer(kind.suppressed) is True
        spoken = {verdict.rule: verdict for verdict in verdicts}
        rules = {rule.key: rule for rule in rules_of(kind, self._families)}
        return tuple(
            _account(rules[key], marks, spoken.get(key), seen, after.sampled_at, gap, suppressed=suppressed)
            for key, *marks in zip(book.rules, before.marks, after.marks, strict=True)
            if key in rules
        )


def _account(
    rule: Rule, marks: Sequence[Mark], verdict: Verdict | None, seen: Seen, at: datetime, gap: float, *, suppressed: bool
) -> Account:
    before, after = marks
    evidence = _evidence(rule)
    if verdict is not None:
        return _spoken(rule, before, verdict, seen, gap)
    if before.active and after.calm is not None:
        needed = 0.0 if isinstance(rule, Unless) else rule.quiet.of(seen.settings)
        return Account(rule.key, Why.CALMING, (at - after.calm).total_seconds(), needed)
    if before.witnessed:
        return Account(rule.key, Why.OPEN)
    if isinstance(rule, Unless) and before.since is None and seen.answer(rule.starts) is not True:
        return Account(rule.key, Why.NOT_STARTED, parts=decisive(rule.starts, seen))
    if suppressed:
        return Account(rule.key, Why.SUPPRESSED, parts=_mode(seen))
    if isinstance(rule, Unless):
        return _waited(rule, before, seen, at, gap)
    answer = seen.answer(evidence)
    if isinstance(rule, Repeats):
        hits = sum((at - hit).total_seconds() <= rule.within.of(seen.settings) for hit in before.hits)
        return Account(rule.key, Why.UNKNOWN if answer is None else Why.UNCOUNTED, hits, rule.times.of(seen.settings))
    return Account(rule.key, Why.UNKNOWN if answer is None else Why.ABSENT, parts=decisive(evidence, seen))


def _spoken(rule: Rule, before: Mark, verdict: Verdict, seen: Seen, gap: float) -> Account:
    """The account of a rule that gave a verdict."""
    parts = decisive(_evidence(rule), seen)
    match verdict.word:
        case Word.RAISE:
            return Account(rule.key, Why.RAISED, verdict.held, verdict.needed, parts)
        case Word.CLEAR:
            return Account(rule.key, Why.CLEARED, verdict.held, verdict.needed)
    if isinstance(rule, Repeats):
        return Account(rule.key, Why.COUNTING, verdict.held, verdict.needed, parts)
    broken = isinstance(rule, While) and before.since is not None and gap > rule.gap.of(seen.settings)
    return Account(rule.key, Why.GAP if broken else Why.GATHERING, gap if broken else verdict.held, verdict.needed, parts)


def _waited(rule: Unless, before: Mark, seen: Seen, at: datetime, gap: float) -> Account:
    """The account of a waiting that ended, or that did not raise, on this reading."""
    held, needed = (at - (before.since or at)).total_seconds(), rule.within.of(seen.settings)
    if gap > rule.gap.of(seen.settings):
        return Account(rule.key, Why.GAP, gap, rule.gap.of(seen.settings))
    cancelled = seen.answer(rule.cancels)
    if cancelled is not False:
        why = Why.CANCELLED if cancelled else Why.UNKNOWN
        return Account(rule.key, why, held, needed, decisive(rule.cancels, seen))
    return Account(rule.key, Why.NOT_STILL, held, needed, decisive(rule.still, seen))


def decisive(condition: ConditionFor, seen: Seen) -> tuple[Part, ...]:
    """The conditions that make the whole what it is: those that share its answer, or where all must be true, all."""
    whole = seen.answer(condition)
    match condition:
        case AllOf() | AnyOf():
            deciding = [part for part in condition.parts if seen.answer(part) is whole]
            return tuple(leaf for part in deciding for leaf in decisive(part, seen))
    return (_leaf(condition, seen),)


def _leaf(condition: ConditionFor, seen: Seen) -> Part:
    answer = seen.answer(condition)
    word, key, wanted = _described(condition, seen)
    at = seen.position.get(key)
    said = None if at is None else seen.now[at]
    before = None if at is None or seen.before is None else seen.before[at]
    return Part(word, key, wanted, said, before, answer)


def _described(condition: ConditionFor, seen: Seen) -> tuple[str, str, tuple[Value, ...]]:
    """A condition's word, its field, and what it wants, in the numbers in force."""
    match condition:
        case Is():
            return "is", condition.key, (condition.wanted,)
        case OneOf():
            return "one_of", condition.key, condition.wanted
        case Shows():
            unsaid = not seen.now[seen.position[condition.key]]
            return ("is", condition.otherwise, (condition.flag,)) if unsaid else ("one_of", condition.key, condition.wanted)
        case Above():
            return "above", condition.key, (condition.limit.of(seen.settings),)
        case AtLeast():
            return "at_least", condition.key, (condition.limit.of(seen.settings),)
        case AboveRated():
            own = seen.now[seen.position[condition.own]] if condition.own else None
            rated = own or getattr(seen.subject, condition.rating)
            return "above", condition.key, (condition.ratio.of(seen.settings) * float(rated),) if rated else ()
        case AboveLocal():
            usual = (condition.indoor if seen.subject.indoor else condition.outdoor).of(seen.settings)
            return "above", condition.key, (seen.now[seen.position[condition.own]] or usual,)
        case OutsideFence():
            return "outside_fence", "", ()
        case Became():
            return "became", condition.key, (condition.was, condition.now_is)
        case Flipped():
            return "flipped", _described(condition.part, seen)[1], ()
        case WithBelt():
            return _described(condition.part, seen)
    return "other", "", ()


def _evidence(rule: Rule) -> ConditionFor:
    match rule:
        case While():
            return rule.when
        case Unless():
            return rule.still
        case Repeats():
            return rule.counts


def _mode(seen: Seen) -> tuple[Part, ...]:
    at = seen.position.get("service_mode")
    return () if at is None else (Part("is", "service_mode", (), seen.now[at], None, True),)


@lru_cache(maxsize=256)
def _thresholds(description: object) -> tuple[Threshold, ...]:
    if isinstance(description, Threshold):
        return (description,)
    slots = getattr(description, "__dataclass_fields__", None)
    inner = description if isinstance(description, tuple) else [getattr(description, name) for name in slots or ()]
    return tuple(threshold for part in inner for threshold in _thresholds(part))
