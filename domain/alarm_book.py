"""The alarm policy: what verdicts, vendors' events and open alarms together decide.

The ingest worker and the in-process scoring both go through `on_reading` and `on_event`, so a day judged without a database
ends in the same alarms as a day judged with one. Pure: give each machine's readings and events in the order of device time,
keep the returned `Docket`, and carry out the `Decision`s.

    docket = fresh(book)                                   # or Docket(watch, standing) rebuilt from storage
    docket, decisions = on_reading(book, docket, subject, values=values, at=sampled_at)
    docket, decisions = on_event(book, docket, event)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from domain.alarms import RuleBook, Verdict, Watch, Word
from domain.equipment import KINDS
from domain.equipment.kind import Category, Subject, Values, seconds
from domain.faults import ENTRAPMENT, FAULTS, RULES, Fault
from domain.response import Response, level_of
from domain.telemetry import Event, Phase

OFFLINE: Final = "device_offline"
CONTEXT: Final = seconds("alarm.context_seconds", 900)  # how old a reading may be to say who is inside and in which mode the lift is
HEARD_IN_MAINTENANCE: Final = frozenset({ENTRAPMENT, "user_alarm"})  # 检修、消防 modes silence every other word of a vendor


class Act(StrEnum):
    """What to do with the one alarm a machine may have open in a family."""

    OPEN = "open"
    REPEAT = "repeat"  # occurrences + 1; the level may rise with it
    ESCALATE = "escalate"  # the level rises, nothing new occurred
    SETTLE = "settle"  # the law has reached what was seen ahead of it: the alarm gets its true beginning
    CLOSE = "close"


class Source(StrEnum):
    """Who said so; the locale key is `source.<value>`."""

    RULE = "rule"
    EVENT = "event"
    PRESENCE = "presence"
    AHEAD = "ahead"  # a rule, on a live reading, while the machine's earlier ones still waited in a backlog


@dataclass(frozen=True, slots=True)
class Standing:
    """An open alarm as far as the policy cares. `last_at` is the device time of its newest occurrence.

    `ahead`: seen on live readings while a backlog waited, and not yet reached by the law.
    """

    rule: str
    response: Response
    raised_at: datetime
    last_at: datetime
    person: bool | None
    ahead: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """One change of one alarm; `at` is device time. For a CLOSE, `rule` names what saw the end ("" for a vendor's word)."""

    act: Act
    family: str
    rule: str
    category: Category
    response: Response
    source: Source
    at: datetime
    person: bool | None = None
    evidence: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Docket:
    """Everything remembered of one machine: the memory of its rules, and its open alarms by family."""

    watch: Watch
    standing: Mapping[str, Standing] = field(default_factory=dict)


def fresh(book: RuleBook) -> Docket:
    """The docket of a machine that was never heard."""
    return Docket(book.fresh())


def on_reading(book: RuleBook, docket: Docket, subject: Subject, *, values: Values, at: datetime) -> tuple[Docket, list[Decision]]:
    """Judge one reading sampled at `at`; one that is not newer than every reading judged before decides nothing."""
    if docket.watch.is_late(at):
        return docket, []
    watch, verdicts = book.evaluate(docket.watch, subject, values=values, at=at)
    docket = Docket(watch, docket.standing)
    decisions: list[Decision] = []
    person = _passenger(book, values)
    for verdict in verdicts:
        if verdict.word is Word.HOLD:
            continue
        docket, decision = _on_verdict(book, docket, verdict, person)
        if decision is not None and not _repeats_itself(decision, decisions):
            decisions.append(decision)
    if docket.standing:
        docket = _passed(book, docket, at)
        docket = _someone_inside(docket, person, at, decisions)
        docket = _speaks_again(docket, at, decisions)
    return docket, decisions


def on_event(book: RuleBook, docket: Docket, event: Event) -> tuple[Docket, list[Decision]]:
    """Judge one word of a vendor that was not heard before; an unmapped code decides nothing."""
    if event.code is None:
        return docket, []
    fault = FAULTS[event.code]
    if event.phase is Phase.ADD:
        return _begins(book, docket, fault, event)
    return _ends(book, docket, fault, event)


def seen_ahead(docket: Docket, seen: Decision) -> tuple[Docket, Decision] | None:
    """Open the alarm that a rule saw on live readings alone, before the law has judged what came between; None where one is open.

    Whoever judges live readings alone sees no more than the law will, which raises the alarm on the same reading at the latest and
    then settles it. Until then its rules gather as if nothing were open, so the law finds the beginning that it would have found.
    """
    if seen.act is not Act.OPEN or seen.family in docket.standing:
        return None
    now = Standing(seen.rule, seen.response, seen.at, seen.at, seen.person, ahead=True)
    return Docket(docket.watch, {**docket.standing, seen.family: now}), replace(seen, source=Source.AHEAD)


def adopt(book: RuleBook, watch: Watch, standing: Mapping[str, Standing]) -> Docket:
    """The docket of a machine whose alarms were opened earlier: its rules look for the clearing evidence."""
    for family, alarm in standing.items():
        if not alarm.ahead:
            watch = book.opened(watch, family)
    return Docket(watch, standing)


def raised(old: Response, new: Response) -> Response:
    """The graver of two responses: a level may rise, never fall."""
    return max(old, new, key=lambda response: (response.level.rank, response.urgent))


def _on_verdict(book: RuleBook, docket: Docket, verdict: Verdict, person: bool | None) -> tuple[Docket, Decision | None]:
    family = verdict.family
    standing = docket.standing.get(family)
    if verdict.word is Word.CLEAR:
        if standing is None:
            return replace(docket, watch=book.closed(docket.watch, family)), None
        if verdict.at < standing.last_at:  # older than what it should end: keep looking
            return replace(docket, watch=book.opened(docket.watch, family)), None
        return _close(book, docket, family, verdict.rule, Source.RULE, verdict.at)
    evidence = {"held": verdict.held, "needed": verdict.needed, "version": book.versions[verdict.rule]}
    return _occurs(book, docket, RULES[verdict.rule], Source.RULE, verdict.at, person, evidence)


def _begins(book: RuleBook, docket: Docket, fault: Fault, event: Event) -> tuple[Docket, list[Decision]]:
    seen = _lately_seen(book, docket.watch, event)
    if fault.family not in HEARD_IN_MAINTENANCE and _in_maintenance(book, seen):
        return docket, []
    if _said_just_now(book, docket, fault, event):
        return docket, []
    person = event.person if event.person is not None or seen is None else _passenger(book, seen)
    evidence = {"event_id": event.event_id, "vendor": event.vendor, "vendor_code": event.vendor_code, "description": event.description}
    if event.channel:
        evidence["channel"] = event.channel
    docket, decision = _occurs(book, docket, fault, Source.EVENT, _moment(event), person, evidence)
    return docket, [decision]


def _ends(book: RuleBook, docket: Docket, fault: Fault, event: Event) -> tuple[Docket, list[Decision]]:
    standing = docket.standing.get(fault.family)
    if standing is None or _moment(event) < standing.last_at or book.holds(docket.watch, fault.family):
        return docket, []
    docket, decision = _close(book, docket, fault.family, "", Source.EVENT, _moment(event))
    return docket, [decision]


def _occurs(
    book: RuleBook, docket: Docket, fault: Fault, source: Source, at: datetime, person: bool | None, evidence: Mapping[str, object]
) -> tuple[Docket, Decision]:
    response = level_of(fault, person=person)
    old = docket.standing.get(fault.family)
    if old is None:
        act, now = Act.OPEN, Standing(fault.rule, response, at, at, person)
    elif old.ahead and source is Source.RULE:
        act, now = Act.SETTLE, Standing(fault.rule, raised(old.response, response), at, max(old.last_at, at), old.person or person)
    else:
        act = Act.REPEAT
        now = replace(old, response=raised(old.response, response), last_at=max(old.last_at, at), person=old.person or person)
    watch = book.opened(docket.watch, fault.family)
    decision = Decision(act, fault.family, fault.rule, fault.category, now.response, source, at, now.person, evidence)
    return Docket(watch, {**docket.standing, fault.family: now}), decision


def _close(book: RuleBook, docket: Docket, family: str, rule: str, source: Source, at: datetime) -> tuple[Docket, Decision]:
    standing = docket.standing[family]
    rest = {name: alarm for name, alarm in docket.standing.items() if name != family}
    decision = Decision(Act.CLOSE, family, rule, RULES[standing.rule].category, standing.response, source, at, standing.person)
    return Docket(book.closed(docket.watch, family), rest), decision


def _passed(book: RuleBook, docket: Docket, at: datetime) -> Docket:
    """Where the law has passed what was seen ahead and found nothing, the alarm stands, and ends as any other does."""
    for family, old in docket.standing.items():
        if old.ahead and at > old.last_at:
            docket = Docket(book.opened(docket.watch, family), {**docket.standing, family: replace(old, ahead=False)})
    return docket


def _someone_inside(docket: Docket, person: bool | None, at: datetime, decisions: list[Decision]) -> Docket:
    """A lift that stands with somebody seen inside only now is a rescue now, not when the fault comes again."""
    if not person:
        return docket
    for family, old in docket.standing.items():
        fault = RULES[old.rule]
        response = raised(old.response, level_of(fault, person=True)) if fault.traps else old.response
        if response.level is not old.response.level:
            now = replace(old, response=response, person=True)
            docket = Docket(docket.watch, {**docket.standing, family: now})
            decisions.append(Decision(Act.ESCALATE, family, old.rule, fault.category, response, Source.RULE, at, True))
    return docket


def _speaks_again(docket: Docket, at: datetime, decisions: list[Decision]) -> Docket:
    standing = docket.standing.get(OFFLINE)
    if standing is None or at < standing.last_at:
        return docket
    rest = {name: alarm for name, alarm in docket.standing.items() if name != OFFLINE}
    category = RULES[OFFLINE].category
    decisions.append(Decision(Act.CLOSE, OFFLINE, OFFLINE, category, standing.response, Source.PRESENCE, at))
    return Docket(docket.watch, rest)


def _moment(event: Event) -> datetime:
    """A vendor's clock that runs ahead must not hold an alarm open against readings of now."""
    return min(event.occurred_at, event.received_at)


def _repeats_itself(decision: Decision, earlier: list[Decision]) -> bool:
    """Two rules of one family that see the same reading saw one occurrence."""
    return decision.act is Act.REPEAT and any(e.family == decision.family and e.act in _OCCURS for e in earlier)


def _lately_seen(book: RuleBook, watch: Watch, event: Event) -> Values | None:
    """The newest reading, unless it is too old to say anything about the event."""
    if watch.sampled_at is None or abs((_moment(event) - watch.sampled_at).total_seconds()) > CONTEXT.of(book.settings):
        return None
    return watch.values


def _said_just_now(book: RuleBook, docket: Docket, fault: Fault, event: Event) -> bool:
    """Whether the open alarm's last word is so recent that this one is its echo."""
    standing = docket.standing.get(fault.family)
    if standing is None or fault.again_after is None:
        return False
    return abs((_moment(event) - standing.last_at).total_seconds()) < fault.again_after.of(book.settings)


def _in_maintenance(book: RuleBook, seen: Values | None) -> bool:
    return book.suppressed is not None and seen is not None and book.suppressed(seen, None, _NOBODY) is True


def _passenger(book: RuleBook, values: Values) -> bool | None:
    position = KINDS[book.kind].position.get("passenger")
    seen = None if position is None else values[position]
    return None if seen is None else bool(seen)


_OCCURS: Final = (Act.OPEN, Act.SETTLE, Act.REPEAT)
_NOBODY: Final = Subject(equipment_id=0)  # suppression looks at the reading alone
