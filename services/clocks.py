"""The legal clocks of orders, as rows: started, met, paused and dropped by their steps. The number of statements is that of one order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from math import ceil

from data_access.engine import Store, Tx
from data_access.repositories import calendar, rule_settings
from data_access.repositories import deadlines as rows
from data_access.repositories.deadlines import Moved, Start, StoredDeadline
from data_access.repositories.work_orders import StoredOrder
from domain.calendar import Calendar
from domain.deadlines import CLOCKS, OPENING, Clock, DeadlineKind, Measure, Owed, Since, changes, due_at, heard, pause_of, warned_by
from domain.equipment.kind import Settings
from domain.response import ResponseLevel, ResponseReason
from domain.work_orders import ENDED, OrderKind, OrderStatus, Step

Taken = tuple[StoredOrder, StoredOrder, Step]
"""A step that was taken: the order before, the order after, and the step."""


def started(tx: Tx, order: StoredOrder, *, at: datetime) -> None:
    """Start the clocks of a new order."""
    started_all(tx, [order], at=at)


def started_all(tx: Tx, orders: Iterable[StoredOrder], *, at: datetime) -> None:
    """Start the clocks of new orders."""
    book = _Book(tx, at)
    for order in orders:
        book.take(order, OPENING, ())
    book.write()


def moved(tx: Tx, before: StoredOrder, after: StoredOrder, step: Step, *, at: datetime) -> None:
    """What a step does to the clocks."""
    moved_all(tx, [(before, after, step)], at=at)


def moved_all(tx: Tx, steps: Iterable[Taken], *, at: datetime) -> None:
    """What the steps of different orders do to their clocks."""
    told = [(before, after, word) for before, after, step in steps if (word := _heard(after, step)) is not None]
    if not told:
        return
    known: defaultdict[int, list[StoredDeadline]] = defaultdict(list)
    for row in rows.of_orders(tx, [after.id for _, after, _ in told]):
        known[row.work_order_id].append(row)
    book = _Book(tx, at)
    for before, after, word in told:
        still = book.take(after, word, known[after.id])
        book.suspend(before, after, still)
    book.write()


def begun_earlier(tx: Tx, orders: Iterable[StoredOrder]) -> None:
    """The clocks of some orders that run from the occurrence, now that it was earlier than was known; what is over stays over."""
    began = {order.id: order.occurred_at for order in orders}
    running = [row for row in rows.of_orders(tx, began) if _is_owed(row) and row.breached_at is None] if began else []
    counted = [row for row in running if CLOCKS[DeadlineKind(row.kind)].since is Since.OCCURRENCE]
    moved = [row for row in counted if began[row.work_order_id] < row.started_at]
    rows.begin_earlier(tx, {row.id: row.started_at - began[row.work_order_id] for row in moved})


def notified(store: Store, at: datetime) -> int:
    """Meet the clocks of whoever had to be told: when his message left counts, not when that is noticed. Raises StoreUnavailable."""
    with store.transaction() as tx:
        told = rows.told(tx, kind=DeadlineKind.NOTIFY.value)
        rows.meet_each(tx, [(row.id, row.sent_at) for row in told])
        rows.announce(tx, {row.street_code for row in told})
    return len(told)


def ends_by(days: Calendar, deadlines: Iterable[StoredDeadline]) -> Mapping[int, datetime]:
    """When clocks in working days end by another calendar; those whose end stays are left out."""
    ends = {row: due_at(CLOCKS[DeadlineKind(row.kind)], row.started_at, row.span, days, paused_days=row.paused_days) for row in deadlines}
    return {row.id: end for row, end in ends.items() if end != row.due_at}


@dataclass
class _Book:
    """What is to be written of several orders' clocks, gathered and then written at once."""

    tx: Tx
    at: datetime
    met: list[int] = field(default_factory=list)
    dropped: list[int] = field(default_factory=list)
    paused: list[int] = field(default_factory=list)
    resumed: list[Moved] = field(default_factory=list)
    begun: list[Start] = field(default_factory=list)

    @cached_property
    def settings(self) -> Settings:
        """The thresholds in force."""
        return rule_settings.current(self.tx)

    @cached_property
    def days(self) -> Calendar:
        """The calendar in force, read where a clock counts working days."""
        return calendar.current(self.tx)

    def take(self, order: StoredOrder, step: str, known: Sequence[StoredDeadline]) -> list[StoredDeadline]:
        """Note what a step does; the deadlines that are owed as before."""
        is_open = OrderStatus(order.status) not in ENDED and order.master_id is None
        done = changes(OrderKind(order.kind), step, [_owed(row) for row in known], is_open=is_open, at=self.at)
        unmet = [row for row in known if _is_owed(row)]
        self.met += [row.id for row in unmet if row.kind in done.meets]
        self.dropped += [row.id for row in unmet if row.kind in done.drops]
        self.begun += [self._start(order, CLOCKS[kind], turn, began, known) for kind, (turn, began) in done.starts.items()]
        return [row for row in unmet if row.kind not in done.meets | done.drops]

    def suspend(self, before: StoredOrder, after: StoredOrder, still: Sequence[StoredDeadline]) -> None:
        """An order that waits with a reason lets its pausable clocks stand still; one that is over already stays over."""
        pausable = [row for row in still if CLOCKS[DeadlineKind(row.kind)].pauses]
        if after.suspended and not before.suspended:
            self.paused += [row.id for row in pausable if row.due_at > self.at]
        elif before.suspended and not after.suspended:
            self.resumed += [self._resumed(row) for row in pausable if row.paused_at is not None]

    def write(self) -> None:
        """Write what was noted."""
        rows.meet(self.tx, self.met, at=self.at)
        rows.drop(self.tx, self.dropped, at=self.at)
        rows.pause(self.tx, self.paused, at=self.at)
        rows.resume(self.tx, self.resumed)
        rows.start(self.tx, self.begun)

    def _start(self, order: StoredOrder, clock: Clock, turn: int, began: datetime, known: Sequence[StoredDeadline]) -> Start:
        """A clock that goes on after a REDO has the beginning it had, and what was over stays over."""
        earlier = [row for row in known if row.kind == clock.kind and row.started_at == began]
        if clock.since is Since.OCCURRENCE and not earlier:
            began = min(began, order.occurred_at)
        span = ceil(clock.limit.of(self.settings))
        warned, next_warning_at = warned_by(clock, began, self.settings, at=self.at)
        return Start(
            work_order_id=order.id,
            kind=clock.kind.value,
            turn=turn,
            started_at=began,
            due_at=due_at(clock, began, span, self._days_for(clock)),
            span=span,
            warned=warned,
            next_warning_at=next_warning_at,
            breached_at=min((row.breached_at for row in earlier if row.breached_at), default=None),
        )

    def _resumed(self, row: StoredDeadline) -> Moved:
        clock = CLOCKS[DeadlineKind(row.kind)]
        days = self._days_for(clock)
        seconds, waited = pause_of(clock, days, row.paused_at, self.at)
        paused = {"paused_seconds": row.paused_seconds + seconds, "paused_days": row.paused_days + waited}
        return Moved(row.id, due_at(clock, row.started_at, row.span, days, **paused), **paused)

    def _days_for(self, clock: Clock) -> Calendar:
        return self.days if clock.measure is Measure.WORKING_DAYS else Calendar()


def _heard(after: StoredOrder, step: Step) -> str | None:
    level = None if after.level is None else ResponseLevel(after.level)
    by_person = after.reason == ResponseReason.RAISED_BY_PERSON.value
    return heard(step, OrderKind(after.kind), status=OrderStatus(after.status), level=level, by_person=by_person)


def _owed(row: StoredDeadline) -> Owed:
    return Owed(DeadlineKind(row.kind), row.started_at, _is_owed(row))


def _is_owed(row: StoredDeadline) -> bool:
    return row.met_at is None and row.dropped_at is None
