"""Alarm replay (告警回放): one alarm with the rule and thresholds of its time, the exact messages around it, and why not earlier."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from data_access.engine import Tx
from data_access.queries import alarms, replay, rule_settings
from data_access.queries.alarms import AlarmRow
from data_access.queries.replay import EventRow, MachineRow, RecordedRow
from domain.alarm_book import Source
from domain.alarms import version_of
from domain.equipment import KINDS
from domain.equipment.kind import Repeats, Rule, Threshold
from domain.explanation import Account, Why, rules_of, thresholds_of
from domain.faults import RULES
from domain.presence import OFFLINE_AFTER
from domain.replay import Change, Step, Stretch, outcome, settings_at, stretches
from domain.scope import Scope
from domain.telemetry import Event, Reading
from services.replay import INSTANT, changes, raises_again, stored

AROUND: Final = timedelta(minutes=5)
TAKEN_OVER: Final = timedelta(seconds=5)  # a worker knows a changed threshold after so long at the latest


@dataclass(frozen=True, slots=True)
class Setting:
    """A threshold the rule reads: what was in force (version 0: the default), by whom and why, and what is in force now."""

    key: str
    unit: str
    default: float
    value: float
    version: int
    changed_at: datetime | None
    changed_by: str
    why: str
    now: float


@dataclass(frozen=True, slots=True)
class Played:
    """One reading as it was stored and judged. `delay` is in seconds from the device's clock to ours."""

    at: datetime
    received_at: datetime
    delay: float
    vendor: str
    values: tuple[Any, ...]
    late: bool
    accounts: tuple[Account, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """One word of a vendor with its message, and what came of it (`domain.replay.Outcome`)."""

    at: datetime
    received_at: datetime
    delay: float
    vendor: str
    event_id: str
    phase: str
    code: str | None
    vendor_code: str
    description: str
    outcome: str
    body: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One rule that could have raised the alarm: the version of its description now, and what it made of the readings before."""

    key: str
    version: str
    stretches: list[Stretch]


@dataclass(frozen=True, slots=True)
class Film:
    """Everything a screen shows of one alarm. `same` is whether the replay raises it again, None where readings cannot say."""

    alarm: AlarmRow
    evidence: Mapping[str, Any]
    version: str | None  # of the rule's description when it was raised; None where it was not written down
    settings: list[Setting]
    lately: bool  # a threshold changed within TAKEN_OVER before: the worker may have judged by the older one
    rules: list[RuleRow]
    readings: list[Played]
    words: list[Told]
    since: datetime
    until: datetime
    began_at: datetime | None  # when the evidence that raised it began
    fence: tuple[float, float, float, float] | None  # the machine's own, in degrees WGS-84
    kept: bool  # the reading that raised it is still stored
    same: bool | None


def of_alarm(scope: Scope, tx: Tx, *, alarm_id: int, at: datetime) -> Film | None:
    """The film of one alarm; None when there is none in the scope."""
    recorded, alarm = replay.one(scope, tx, alarm_id=alarm_id), alarms.by_id(scope, tx, alarm_id=alarm_id)
    machine = None if recorded is None else replay.machine(scope, tx, equipment_id=recorded.equipment_id)
    if recorded is None or alarm is None or machine is None:
        return None
    case = stored(scope, tx, machine, changes(scope, tx), since=recorded.raised_at - AROUND, until=recorded.raised_at + AROUND + INSTANT)
    rules = rules_of(KINDS[machine.kind], {recorded.family})
    steps = list(case.steps({recorded.family}))
    seen = [step for step in steps if abs(step.at - recorded.raised_at) <= AROUND]
    bodies = {(row.event.vendor, row.event.event_id, row.event.phase): row.body for row in _words(scope, tx, recorded)}
    evidence = recorded.evidence or {}
    settings = _settings(scope, tx, machine, recorded, rules)
    before = [step for step in seen if step.at <= recorded.raised_at]
    told = [RuleRow(rule.key, version_of(rule), stretches(before, rule.key)) for rule in rules]
    return Film(
        alarm=alarm,
        evidence=evidence,
        version=evidence.get("version"),
        settings=settings,
        lately=any(s.changed_at and timedelta() <= recorded.detected_at - s.changed_at < TAKEN_OVER for s in settings),
        rules=told,
        readings=[_played(step, step.said) for step in seen if isinstance(step.said, Reading)],
        words=[_told(step, step.said, bodies) for step in seen if isinstance(step.said, Event)],
        since=recorded.raised_at - AROUND,
        until=recorded.raised_at + AROUND,
        began_at=_began(told, rules, recorded, settings),
        fence=machine.subject.fence,
        kept=any(isinstance(step.said, Reading) and step.at == recorded.raised_at for step in seen),
        same=None if recorded.source == Source.PRESENCE else raises_again(steps, recorded),
    )


def _words(scope: Scope, tx: Tx, alarm: RecordedRow) -> list[EventRow]:
    since, until = alarm.raised_at - AROUND, alarm.raised_at + AROUND + INSTANT
    return replay.words(scope, tx, machines=[alarm.equipment_id], since=since, until=until)


def _settings(scope: Scope, tx: Tx, machine: MachineRow, alarm: RecordedRow, rules: Sequence[Rule]) -> list[Setting]:
    """The thresholds behind the alarm as they were when it was detected."""
    versions = rule_settings.changes(scope, tx)
    by_version = {(row.key, row.version): row for row in versions}
    then = settings_at([Change(row.key, row.value, row.version, row.changed_at) for row in versions], alarm.detected_at)
    now = rule_settings.newest(scope, tx)
    found = []
    for threshold in _thresholds(machine, alarm, rules):
        change = then.get(threshold.key)
        row = by_version[change.key, change.version] if change else None
        newest = now.get(threshold.key)
        found.append(
            Setting(
                threshold.key,
                threshold.unit,
                threshold.default,
                row.value if row else threshold.default,
                row.version if row else 0,
                row.changed_at if row else None,
                row.changed_by if row else "",
                row.why if row else "",
                newest.value if newest else threshold.default,
            )
        )
    return found


def _thresholds(machine: MachineRow, alarm: RecordedRow, rules: Sequence[Rule]) -> list[Threshold]:
    if alarm.source == Source.PRESENCE:
        return [OFFLINE_AFTER, KINDS[machine.kind].offline_alarm]
    fault = RULES.get(alarm.rule)
    said = [t for t in (fault.again_after, fault.lasts) if t] if fault and alarm.source == Source.EVENT else []
    own = [rule for rule in rules if rule.key == alarm.rule] or rules
    return list(dict.fromkeys([*(t for rule in own for t in thresholds_of(rule)), *said]))


def _began(rules: Sequence[RuleRow], described: Sequence[Rule], alarm: RecordedRow, settings: Sequence[Setting]) -> datetime | None:
    """When the evidence began without which the alarm would not be; None where the replay does not raise it."""
    rule = next((rule for rule in described if rule.key == alarm.rule), None)
    found = next((row.stretches for row in rules if row.key == alarm.rule), [])
    raising = next((one for one in reversed(found) if one.account.why is Why.RAISED and one.since == alarm.raised_at), None)
    if rule is None or raising is None:
        return None
    if not isinstance(rule, Repeats):
        return alarm.raised_at - timedelta(seconds=raising.account.held)
    within = next(timedelta(seconds=s.value) for s in settings if s.key == rule.within.key)
    counted = [one.since for one in found if one.account.why is Why.COUNTING and alarm.raised_at - one.since <= within]
    return min(counted, default=alarm.raised_at)


def _played(step: Step, reading: Reading) -> Played:
    delay = (reading.received_at - reading.sampled_at).total_seconds()
    return Played(reading.sampled_at, reading.received_at, delay, reading.vendor, reading.values, step.late, step.accounts)


def _told(step: Step, event: Event, bodies: Mapping[tuple[str, str, Any], Mapping[str, Any] | None]) -> Told:
    return Told(
        event.occurred_at,
        event.received_at,
        (event.received_at - event.occurred_at).total_seconds(),
        event.vendor,
        event.event_id,
        event.phase.value,
        event.code,
        event.vendor_code,
        event.description,
        outcome(step).value,
        bodies.get((event.vendor, event.event_id, event.phase)),
    )
