"""Trying a threshold before it is put in force: which rules it touches, and how two judgements of one history differ. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from domain.alarm_book import CONTEXT, Act
from domain.equipment import KINDS
from domain.equipment.kind import EquipmentKind, Settings, Threshold
from domain.explanation import rules_of, thresholds_of
from domain.faults import FAULTS, RULES
from domain.replay import Eras, Step, always
from domain.telemetry import Event


class Change(StrEnum):
    """What becomes of an alarm under other thresholds; the locale key is `change.<value>`."""

    ADDED = "added"
    REMOVED = "removed"
    MOVED = "moved"  # raised for the same trouble, at another time or by another rule


@dataclass(frozen=True, slots=True)
class Alarm:
    """One alarm of a judgement, in device time; `cleared_at` is None where the history ends before it."""

    family: str
    rule: str
    raised_at: datetime
    cleared_at: datetime | None


@dataclass(frozen=True, slots=True)
class Difference:
    """One alarm that the two judgements do not share."""

    change: Change
    present: Alarm | None
    trial: Alarm | None

    @property
    def rule(self) -> str:
        """The rule it counts for: that of the trial, else of the present."""
        alarm = self.trial or self.present
        return alarm.rule if alarm else ""


def families_of(key: str, kind: EquipmentKind) -> frozenset[str]:
    """The families of the kind's alarms that a threshold has a say in; empty where readings cannot show its effect."""
    if not kind.rules:
        return frozenset()
    if key == CONTEXT.key:
        return frozenset(fault.family for fault in FAULTS.values() if fault.fits(kind.key))
    by_rules = {RULES[rule.key].family for rule in kind.rules if key in {t.key for t in thresholds_of(rule)}}
    by_words = {fault.family for fault in FAULTS.values() if fault.fits(kind.key) and _reads(fault.again_after, fault.lasts, key=key)}
    return frozenset(by_rules | by_words)


def tried_on(key: str) -> tuple[str, ...]:
    """The kinds on whose history a threshold can be tried."""
    return tuple(name for name, kind in KINDS.items() if families_of(key, kind))


def books(kind: EquipmentKind, families: Collection[str], settings: Settings) -> Eras:
    """The rules of some families alone, under these thresholds: the others neither raise nor cost time."""
    return always(replace(kind, rules=rules_of(kind, families)), settings)


def concerns(event: Event, families: Collection[str]) -> bool:
    """Whether a vendor's word is about one of these families."""
    return event.code is not None and FAULTS[event.code].family in families


class Tally:
    """The alarms of one judgement, gathered step by step; those raised before `since` are lead-in."""

    def __init__(self, since: datetime) -> None:
        self._since = since
        self._open: dict[str, Alarm] = {}
        self._closed: list[Alarm] = []

    def add(self, step: Step) -> None:
        """Take in what one reading or word led to."""
        for decision in step.decisions:
            if decision.act is Act.OPEN:
                self._shelve(decision.family, decision.at)  # time itself closed the one before
                self._open[decision.family] = Alarm(decision.family, decision.rule, decision.at, None)
            elif decision.act is Act.CLOSE:
                self._shelve(decision.family, decision.at)

    @property
    def alarms(self) -> list[Alarm]:
        """The alarms raised since then, in the order of their families and times."""
        found = [alarm for alarm in (*self._closed, *self._open.values()) if alarm.raised_at >= self._since]
        return sorted(found, key=lambda alarm: (alarm.family, alarm.raised_at))

    def _shelve(self, family: str, at: datetime) -> None:
        alarm = self._open.pop(family, None)
        if alarm is not None and alarm.raised_at >= self._since:
            self._closed.append(replace(alarm, cleared_at=max(at, alarm.raised_at)))


def differences(present: Sequence[Alarm], trial: Sequence[Alarm]) -> list[Difference]:
    """What the trial of one machine adds, takes away, and moves; alarms that overlap in time are about the same trouble."""
    found: list[Difference] = []
    rest = list(present)
    for new in trial:
        old = next((one for one in rest if _overlap(one, new)), None)
        if old is None:
            found.append(Difference(Change.ADDED, None, new))
            continue
        rest.remove(old)
        if (old.rule, old.raised_at) != (new.rule, new.raised_at):
            found.append(Difference(Change.MOVED, old, new))
    return [*found, *(Difference(Change.REMOVED, old, None) for old in rest)]


def _overlap(one: Alarm, other: Alarm) -> bool:
    return (
        one.family == other.family
        and (one.cleared_at is None or other.raised_at <= one.cleared_at)
        and (other.cleared_at is None or one.raised_at <= other.cleared_at)
    )


def _reads(*thresholds: Threshold | None, key: str) -> bool:
    return any(threshold is not None and threshold.key == key for threshold in thresholds)
