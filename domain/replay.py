"""One machine's history judged again: the same law in the same order, so that it ends in the same alarms, and says why not sooner.

    for step in replay(eras, subject, history, standing=open_before, families={"entrapment"}): ...

Pure, like the law itself. Who replays gives the readings and words as they are stored, and the thresholds as they were in force.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from domain.alarm_book import Act, Decision, Docket, Source, Standing, adopt, fresh, on_event, on_reading
from domain.alarms import RuleBook, bind
from domain.equipment import KINDS
from domain.equipment.kind import EquipmentKind, Repeats, Settings, Subject
from domain.evidence import WITNESSED
from domain.explanation import Account, Explainer
from domain.faults import ENTRAPMENT, FAULTS, RULES
from domain.telemetry import Event, Phase, Reading

Said = Reading | Event

TOGETHER: Final = timedelta(milliseconds=100)
"""What arrives closer together was one batch of the worker, which puts it into the order of the machine's clock."""


MARGIN: Final = timedelta(seconds=30)  # for what began just before


@dataclass(frozen=True, slots=True)
class Change:
    """One version of one threshold, in force from `at` on."""

    key: str
    value: float
    version: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Eras:
    """The rule books of one kind by the time from which each was in force; the first one was in force before."""

    since: tuple[datetime, ...]
    books: tuple[RuleBook, ...]

    def at(self, moment: datetime) -> RuleBook:
        """The book in force at `moment` of our own clock."""
        return self.books[bisect_right(self.since, moment)]

    @property
    def memory(self) -> timedelta:
        """How much history rebuilds every hold and every quiet time under any of the books, the widest gap within a hold among it."""
        return timedelta(seconds=max(book.memory_seconds + _widest(book) for book in self.books)) + MARGIN


@dataclass(frozen=True, slots=True)
class Opened:
    """An open alarm of the replay: what the policy knows of it, and whose word opened it."""

    family: str
    standing: Standing
    source: Source


Ended = Callable[[Opened, datetime], bool]
"""Whether somebody other than readings and words had closed this alarm by the device time given: time itself, mostly."""


@dataclass(frozen=True, slots=True)
class Step:
    """One reading or word, and what the law made of it. `at` is device time; `late` ones were history only."""

    said: Said
    at: datetime
    late: bool
    standing: frozenset[str]  # the families that were open before it
    decisions: tuple[Decision, ...]
    accounts: tuple[Account, ...]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Readings one after the other of which a rule made the same; `held` and `needed` are those of the last one."""

    since: datetime
    until: datetime
    readings: int
    account: Account


class Outcome(StrEnum):
    """What the law made of a vendor's word; the locale key is `outcome.<value>`."""

    OPEN = "open"
    REPEAT = "repeat"
    CLOSE = "close"
    UNMAPPED = "unmapped"  # nobody has said what this code of the vendor's means
    ECHO = "echo"  # the open alarm's last word is so recent that this one is the same occurrence
    SUPPRESSED = "suppressed"  # 检修、消防
    KEPT = "kept"  # the end of a word, while our own evidence still holds or the alarm is newer than it
    NOTHING_OPEN = "nothing_open"


def settings_at(changes: Iterable[Change], moment: datetime) -> dict[str, Change]:
    """The newest version of each threshold that was in force at `moment`; keys without one had their default."""
    found: dict[str, Change] = {}
    for change in sorted(changes, key=lambda change: (change.at, change.version)):
        if change.at <= moment:
            found[change.key] = change
    return found


def eras(kind: EquipmentKind, changes: Sequence[Change], *, since: datetime, until: datetime) -> Eras:
    """The kind's rule books between two moments of our own clock."""
    turns = sorted({change.at for change in changes if since < change.at <= until})
    return Eras(tuple(turns), tuple(bind(kind, _values(changes, moment)) for moment in (since, *turns)))


def always(kind: EquipmentKind, settings: Settings) -> Eras:
    """One book for all times."""
    return Eras((), (bind(kind, settings),))


class Judge:
    """One machine under the law: give it readings and words in their turn. `standing` was open before."""

    def __init__(
        self,
        eras: Eras,
        subject: Subject,
        *,
        standing: Sequence[Opened] = (),
        ended: Ended = lambda opened, at: False,
        families: Collection[str] = (),
    ) -> None:
        self._eras = eras
        self._subject = subject
        self._ended = ended
        self._families = families
        self._explain = Explainer(families)
        self._opened = {alarm.family: alarm for alarm in standing}
        self._docket = _with_standing(eras.books[0], standing)

    def __call__(self, said: Said) -> Step:
        """Judge it by the book of its time; accounts are given for the rules of the families that were asked about."""
        book, at, docket = self._eras.at(said.received_at), device_time(said), self._docket
        for alarm in [alarm for alarm in self._opened.values() if self._ended(alarm, at)]:
            docket = _without(book, docket, self._opened.pop(alarm.family).family)
        late = isinstance(said, Reading) and docket.watch.is_late(at)
        standing = frozenset(docket.standing)
        accounts: tuple[Account, ...] = ()
        if isinstance(said, Event):
            self._docket, decisions = on_event(book, docket, said)
        else:
            if self._families and not late:
                after, verdicts = book.evaluate(docket.watch, self._subject, values=said.values, at=at)
                accounts = self._explain(book, docket.watch, after, verdicts, self._subject)
            self._docket, decisions = on_reading(book, docket, self._subject, values=said.values, at=at)
        for decision in decisions:
            self._note(decision)
        return Step(said, at, late, standing, tuple(decisions), accounts)

    def _note(self, decision: Decision) -> None:
        """Keep beside the docket who opened what; a rule that joins a vendor's word makes it our own."""
        if decision.act is Act.CLOSE:
            self._opened.pop(decision.family, None)
        elif (standing := self._docket.standing.get(decision.family)) is not None:  # else it closed again on the same reading
            known = self._opened.get(decision.family)
            source = decision.source if known is None or decision.source is Source.RULE else known.source
            self._opened[decision.family] = Opened(decision.family, standing, source)


def replay(
    eras: Eras,
    subject: Subject,
    history: Iterable[Said],
    *,
    standing: Sequence[Opened] = (),
    ended: Ended = lambda opened, at: False,
    families: Collection[str] = (),
) -> Iterator[Step]:
    """Judge the history of one machine again, in whatever order it is given."""
    judge = Judge(eras, subject, standing=standing, ended=ended, families=families)
    return map(judge, in_turn(history))


def stretches(steps: Iterable[Step], rule: str) -> list[Stretch]:
    """What one rule made of the readings, with those that differ only in how long the evidence had held put together."""
    found: list[Stretch] = []
    for step in steps:
        for account in step.accounts:
            if account.rule != rule:
                continue
            if found and _alike(found[-1].account, account):
                found[-1] = Stretch(found[-1].since, step.at, found[-1].readings + 1, account)
            else:
                found.append(Stretch(step.at, step.at, 1, account))
    return found


def outcome(step: Step) -> Outcome:
    """What a vendor's word led to. Raises TypeError for a reading."""
    if not isinstance(step.said, Event):
        raise TypeError("a reading is no word")
    if step.decisions:
        return Outcome(step.decisions[0].act.value)
    if step.said.code is None:
        return Outcome.UNMAPPED
    stands = FAULTS[step.said.code].family in step.standing
    if step.said.phase is Phase.DISAPPEAR:
        return Outcome.KEPT if stands else Outcome.NOTHING_OPEN
    return Outcome.ECHO if stands else Outcome.SUPPRESSED


def in_turn(history: Iterable[Said]) -> list[Said]:
    """The order in which the worker judged: batches as they arrived, each in the order of the machine's own clock."""
    turn: list[Said] = []
    batch: list[Said] = []
    ended: set[tuple[str, str]] = set()
    for said in sorted(history, key=lambda said: (said.received_at, device_time(said))):
        if isinstance(said, Event):
            if said.phase is Phase.ADD and (said.vendor, said.event_id) in ended:
                continue  # its end came first: it opened nothing
            if said.phase is Phase.DISAPPEAR:
                ended.add((said.vendor, said.event_id))
        if batch and said.received_at - batch[-1].received_at > TOGETHER:
            turn += sorted(batch, key=_turn)
            batch = []
        batch.append(said)
    return turn + sorted(batch, key=_turn)


def device_time(said: Said) -> datetime:
    """The moment a reading or a word speaks of, by the machine's clock."""
    return said.sampled_at if isinstance(said, Reading) else said.occurred_at


def faded(opened: Opened, at: datetime, *, settings: Settings) -> bool:
    """Whether an alarm that rests on a vendor's word alone has outlived it, as the schedule would find."""
    if opened.source is not Source.EVENT or opened.family == ENTRAPMENT:
        return False
    return (at - opened.standing.last_at).total_seconds() > RULES[opened.standing.rule].lasts.of(settings)


def _alike(one: Account, other: Account) -> bool:
    """Whether two accounts of a rule differ in nothing but seconds and the device's exact figures."""
    parts = [[(part.word, part.field, part.answer) for part in account.parts] for account in (one, other)]
    return one.why is other.why and parts[0] == parts[1]


def _values(changes: Sequence[Change], moment: datetime) -> dict[str, float]:
    return {key: change.value for key, change in settings_at(changes, moment).items()}


def _widest(book: RuleBook) -> float:
    gaps = [rule.gap for rule in KINDS[book.kind].rules if rule.key in book.rules and not isinstance(rule, Repeats)]
    return max((gap.of(book.settings) for gap in gaps), default=0.0)


def _turn(said: Said) -> tuple[datetime, int]:
    """A worker puts readings first, then what began, then what ended."""
    return device_time(said), 0 if isinstance(said, Reading) else 1 if said.phase is Phase.ADD else 2


def _with_standing(book: RuleBook, standing: Sequence[Opened]) -> Docket:
    """The docket of a machine whose alarms were open before; what our own evidence had raised is witnessed still."""
    docket = adopt(book, fresh(book).watch, {alarm.family: alarm.standing for alarm in standing})
    witnessed = {alarm.family for alarm in standing if alarm.source is Source.RULE}
    pairs = zip(book.rules, docket.watch.marks, strict=True)
    marks = tuple(WITNESSED if RULES[rule].family in witnessed else mark for rule, mark in pairs)
    return replace(docket, watch=replace(docket.watch, marks=marks))


def _without(book: RuleBook, docket: Docket, family: str) -> Docket:
    rest = {name: standing for name, standing in docket.standing.items() if name != family}
    return Docket(book.closed(docket.watch, family), rest)
