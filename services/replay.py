"""A machine's stored past, judged again by the thresholds of its time: the door to `domain.replay` for films, trials and benches."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from data_access.engine import Tx
from data_access.history import HistoryRow
from data_access.queries import readings, replay, rule_settings
from data_access.queries.replay import MachineRow, RecordedRow
from domain.alarm_book import CONTEXT, OFFLINE, Act, Source, Standing
from domain.equipment import KINDS
from domain.replay import Change, Eras, Opened, Said, Step, eras
from domain.replay import replay as judge_again
from domain.response import Response, ResponseLevel
from domain.scope import Scope
from domain.telemetry import Reading

ARRIVES_WITHIN: Final = timedelta(days=1)  # device time and ours may differ by so much: thresholds of that time are looked up
INSTANT: Final = timedelta(microseconds=1)  # the smallest step of a stored time


@dataclass(frozen=True, slots=True)
class Case:
    """One machine's stored past, ready to be judged again."""

    machine: MachineRow
    books: Eras
    history: list[Said]
    standing: list[Opened]
    recorded: list[RecordedRow]

    def steps(self, families: Collection[str] = ()) -> Iterator[Step]:
        """The law on every stored reading and word, alarms that time closed being closed at their time."""
        return judge_again(
            self.books, self.machine.subject, self.history, standing=self.standing, ended=self._ended, families=frozenset(families)
        )

    def _ended(self, opened: Opened, at: datetime) -> bool:
        return any(_same(row, opened) and row.cleared_at is not None and row.cleared_at < at for row in self.recorded)


def stored(scope: Scope, tx: Tx, machine: MachineRow, changes: Sequence[Change], *, since: datetime, until: datetime) -> Case:
    """What is stored of a machine in [since, until) of device time, with as much before it as the rules remember."""
    kind, number = KINDS[machine.kind], machine.subject.equipment_id
    books = eras(kind, changes, since=since - ARRIVES_WITHIN, until=until + ARRIVES_WITHIN)
    begin = since - max(books.memory, timedelta(seconds=CONTEXT.of(books.books[0].settings)))
    rows = history_of(scope, tx, equipment_id=number, since=begin, until=until)
    words = replay.words(scope, tx, machines=[number], since=begin, until=until)
    past = replay.recorded(scope, tx, equipment_id=number, since=begin, until=until)
    said: list[Said] = [Reading(number, machine.kind, row.vendor, row.sampled_at, row.received_at, row.values) for row in rows]
    standing = [_opened(row) for row in past if row.raised_at < begin and row.family != OFFLINE]
    return Case(machine, books, [*said, *(word.event for word in words)], standing, past)


def history_of(scope: Scope, tx: Tx, *, equipment_id: int, since: datetime, until: datetime) -> list[HistoryRow]:
    """Every stored reading of one machine in [since, until), however many answers that takes."""
    found: list[HistoryRow] = []
    while rows := readings.history_rows(scope, tx, equipment_id=equipment_id, since=since, until=until, limit=readings.MOST):
        found += rows
        if len(rows) < readings.MOST:
            break
        since = rows[-1].sampled_at + INSTANT
    return found


def raises_again(steps: Iterable[Step], alarm: RecordedRow) -> bool:
    """Whether the replay opens this alarm: the same family and rule at the same time of the same machine."""
    opened = [decision for step in steps for decision in step.decisions if decision.act is Act.OPEN]
    return any((one.family, one.rule, one.at) == (alarm.family, alarm.rule, alarm.raised_at) for one in opened)


def changes(scope: Scope, tx: Tx) -> list[Change]:
    """Every version of every threshold, for `stored`."""
    return [Change(row.key, row.value, row.version, row.changed_at) for row in rule_settings.changes(scope, tx)]


def _opened(row: RecordedRow) -> Opened:
    response = Response(ResponseLevel(row.level), row.urgent, row.reason)
    return Opened(row.family, Standing(row.rule, response, row.raised_at, row.raised_at, row.person), Source(row.source))


def _same(row: RecordedRow, opened: Opened) -> bool:
    return (row.family, row.raised_at) == (opened.family, opened.standing.raised_at)
