"""Back-test (试算): what a threshold would have raised over stored history, beside what the present one raises."""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from data_access.engine import Store, Tx
from data_access.queries import back_tests as queries
from data_access.queries import replay as history
from data_access.queries.back_tests import BackTestRow
from data_access.queries.replay import MachineRow
from data_access.repositories import audit, back_tests, rule_settings
from data_access.repositories.back_tests import Plan
from domain.alarm_book import CONTEXT
from domain.back_test import Alarm, Difference, Tally, books, concerns, differences, families_of, tried_on
from domain.equipment import KINDS
from domain.equipment.kind import Settings
from domain.errors import Invalid, NotFound
from domain.replay import Eras, Judge, Said, faded, in_turn
from domain.scope import Actor, Scope
from domain.telemetry import Event, Reading
from domain.thresholds import THRESHOLDS, is_sane
from services.replay import history_of
from services.rule_settings import may_change

log = logging.getLogger(__name__)

LONGEST: Final = timedelta(days=31)  # of history in one test
WINDOW: Final = timedelta(hours=6)  # of one machine in memory at a time
MACHINES: Final = 20  # between two signs of life
MOST_READINGS: Final = 20_000_000  # of one test: some ten minutes of a core
LISTED: Final = 300  # differences kept by name; the counts hold all of them
SILENT: Final = timedelta(minutes=2)  # a running test that gave no sign of life for so long has lost its program

Clock = Callable[[], datetime]
Ids = Mapping[tuple[str, datetime], int]
"""(family, raised_at) → the stored alarm."""


@dataclass(slots=True)
class Result:
    """What the two judgements came to so far."""

    present: Counter[str] = field(default_factory=Counter)  # alarms by rule
    trial: Counter[str] = field(default_factory=Counter)
    changes: Counter[tuple[str, str]] = field(default_factory=Counter)  # (rule, added | removed | moved)
    listed: list[dict[str, Any]] = field(default_factory=list)

    def add(self, machine: MachineRow, present: list[Alarm], trial: list[Alarm], ids: Callable[[], Ids]) -> None:
        """Take in one machine; `ids` knows the stored alarms that the present ones may be."""
        self.present.update(alarm.rule for alarm in present)
        self.trial.update(alarm.rule for alarm in trial)
        found = differences(present, trial)
        self.changes.update((one.rule, one.change.value) for one in found)
        if room := found[: LISTED - len(self.listed)]:
            known = ids()
            self.listed += [_listed(machine, one, known) for one in room]

    def as_json(self) -> dict[str, Any]:
        """As it is stored: by rule, and the first differences by name."""
        names = sorted(self.present.keys() | self.trial.keys() | {rule for rule, _ in self.changes})
        by_rule = [
            {"rule": rule, "present": self.present[rule], "trial": self.trial[rule]}
            | {change: self.changes[rule, change] for change in ("added", "removed", "moved")}
            for rule in names
        ]
        return {"rules": by_rule, "listed": self.listed, "differences": self.changes.total()}


def begin(
    actor: Actor, store: Store, *, key: str, trial: float, kind: str, streets: tuple[str, ...] = (), vendor: str | None = None,
    since: datetime, until: datetime, at: datetime,
) -> int:  # fmt: skip
    """Write down what is to be tried; the test's number, for `run`. Raises NotPermitted, NotFound, Invalid, Conflict."""
    may_change(actor)
    threshold = THRESHOLDS.get(key)
    if threshold is None:
        raise NotFound(threshold=key)
    if not is_sane(threshold, trial):
        raise Invalid(field="value", reason="not_sane")
    if kind not in tried_on(key):
        raise Invalid(field="kind", reason="no_readings")
    if not timedelta() < until - since <= LONGEST:
        raise Invalid(field="since", reason="too_long")
    with store.transaction() as tx:
        back_tests.give_up(tx, before=at - SILENT, at=at)
        present = threshold.of(rule_settings.current(tx))
        plan = Plan(key=key, present=present, trial=trial, kind=kind, streets=streets, vendor=vendor, since=since, until=until)
        number = back_tests.begin(tx, plan, account_id=actor.account_id, started_by=actor.name, at=at)
        entry = audit.Entry(
            account_id=actor.account_id,
            username=actor.username,
            action="back_test",
            object=f"rule_setting:{key}",
            after={"test": number, "value": trial, "kind": kind, "since": since.isoformat(), "until": until.isoformat()},
            address=actor.address,
        )
        audit.append(tx, entry, at)
    return number


def stop(actor: Actor, store: Store, number: int, *, at: datetime) -> None:
    """Ask a running test to stop. Raises NotPermitted."""
    may_change(actor)
    with store.transaction() as tx:
        back_tests.stop(tx, number, at=at)


def run(store: Store, scope: Scope, number: int, *, clock: Clock) -> str:
    """Carry the test out and keep its result; the state it ended in. Whatever goes wrong ends it as `failed`."""
    state, result = "failed", None
    try:
        state, result = _run(store, scope, number, clock)
    except Exception:
        log.exception("back_test_failed", extra={"test": number})
    with store.transaction() as tx:
        back_tests.finish(tx, number, state=state, result=result.as_json() if result else None, at=clock())
    log.info("back_test", extra={"test": number, "state": state})
    return state


def _run(store: Store, scope: Scope, number: int, clock: Clock) -> tuple[str, Result]:
    with store.reading() as tx:
        test = queries.by_id(scope, tx, number=number)
        if test is None:
            raise NotFound(back_test=number)
        settings = rule_settings.current(tx)
        total = history.count_machines(scope, tx, kind=test.kind, streets=test.streets, vendor=test.vendor or "")
    families = families_of(test.key, KINDS[test.kind])
    sides = [(books(KINDS[test.kind], families, chosen), chosen) for chosen in (settings, {**settings, test.key: test.trial})]
    begin = test.since - max(max(eras.memory for eras, _ in sides), timedelta(seconds=CONTEXT.of(settings)))
    result, done, judged = Result(), 0, 0
    for machines in _chunks(store, scope, test):
        with store.reading() as tx:
            words = _words(scope, tx, machines, families, since=begin, until=test.until)
            for machine in machines:
                spoken = words.get(machine.subject.equipment_id, [])
                (present, trial), count = _judged(scope, tx, test, machine, sides, spoken, begin)
                result.add(machine, present, trial, partial(_ids, scope, tx, test, machine))
                judged += count
        done += len(machines)
        with store.transaction() as tx:
            go_on = back_tests.advance(tx, number, machines=total, done=done, readings=judged, at=clock())
        if not go_on:
            return "stopped", result
        if judged >= MOST_READINGS:
            return "cut", result
    return "done", result


def _chunks(store: Store, scope: Scope, test: BackTestRow) -> Iterator[list[MachineRow]]:
    last = 0
    while True:
        with store.reading() as tx:
            machines = history.machines(
                scope, tx, kind=test.kind, streets=test.streets, vendor=test.vendor or "", after=last, limit=MACHINES
            )
        if not machines:
            return
        yield machines
        last = machines[-1].subject.equipment_id


def _judged(
    scope: Scope,
    tx: Tx,
    test: BackTestRow,
    machine: MachineRow,
    sides: Sequence[tuple[Eras, Settings]],
    words: Sequence[Event],
    begin: datetime,
) -> tuple[list[list[Alarm]], int]:
    """One machine's alarms under the present thresholds and under the trial's, and how much was judged."""
    judges = [Judge(eras, machine.subject, ended=partial(faded, settings=settings)) for eras, settings in sides]
    tallies = [Tally(test.since) for _ in sides]
    judged = 0
    while begin < test.until:
        end = min(begin + WINDOW, test.until)
        said = [*_said(scope, tx, machine, since=begin, until=end), *(word for word in words if begin <= word.occurred_at < end)]
        for one in in_turn(said):
            for judge, tally in zip(judges, tallies, strict=True):
                tally.add(judge(one))
        judged += len(said)
        begin = end
    return [tally.alarms for tally in tallies], judged


def _said(scope: Scope, tx: Tx, machine: MachineRow, *, since: datetime, until: datetime) -> list[Said]:
    number = machine.subject.equipment_id
    rows = history_of(scope, tx, equipment_id=number, since=since, until=until)
    return [Reading(number, machine.kind, row.vendor, row.sampled_at, row.received_at, row.values) for row in rows]


def _words(
    scope: Scope, tx: Tx, machines: Sequence[MachineRow], families: frozenset[str], *, since: datetime, until: datetime
) -> dict[int, list[Event]]:
    """The vendors' words about these families, by machine."""
    found: defaultdict[int, list[Event]] = defaultdict(list)
    for row in history.words(scope, tx, machines=[machine.subject.equipment_id for machine in machines], since=since, until=until):
        if concerns(row.event, families):
            found[row.event.equipment_id].append(row.event)
    return found


def _ids(scope: Scope, tx: Tx, test: BackTestRow, machine: MachineRow) -> Ids:
    """The stored alarms of the machine by family and time."""
    rows = history.recorded(scope, tx, equipment_id=machine.subject.equipment_id, since=test.since, until=test.until)
    return {(row.family, row.raised_at): row.id for row in rows}


def _listed(machine: MachineRow, found: Difference, known: Ids) -> dict[str, Any]:
    present = found.present
    return {
        "change": found.change.value,
        "code": machine.code,
        "name": machine.name,
        "rule": found.rule,
        "alarm": known.get((present.family, present.raised_at)) if present else None,
        "present": _moments(present),
        "trial": _moments(found.trial),
    }


def _moments(alarm: Alarm | None) -> dict[str, Any] | None:
    if alarm is None:
        return None
    cleared = alarm.cleared_at.isoformat() if alarm.cleared_at else None
    return {"rule": alarm.rule, "raised_at": alarm.raised_at.isoformat(), "cleared_at": cleared}
