"""What follows from an order's log and clocks beside its messages: copies to streets, calls of the seat, warnings, and breaches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any

from data_access.repositories.reconciliation import Books
from domain.deadline_notices import BREACHED, WARNED
from domain.deadlines import DeadlineKind
from domain.notices import Line, Matter, notices
from domain.order_words import OrderKind
from domain.response import ResponseLevel
from domain.scope import Role
from domain.seats import calls_again, calls_for
from domain.work_orders import Step
from services.copies import COPIED_CAUSES, FOUND, HANDLED
from services.overdue import ACCIDENT_CANDIDATE
from services.reconciliation.replay import Moment

Copy = tuple[str, str]
"""A street and the occasion."""


def copies(kept: Books) -> set[Copy]:
    """The copies that are owed of an order."""
    order = kept.order
    if order.cause not in COPIED_CAUSES or order.street_code is None or order.drill:
        return set()
    is_over = order.closed_at is not None or order.master_id is not None
    return {(order.street_code, occasion) for occasion in (FOUND, *([HANDLED] if is_over else []))}


def seat_faults(kept: Books, history: Sequence[Moment]) -> Iterator[tuple[str, str]]:
    """Calls of the seat that are missing, and those that ring for nobody."""
    order = kept.order
    rung = [moment for moment in _rings(history) if calls_for(moment.order.kind, moment.order.level, urgent=order.urgent)]
    times = [moment.event.at for moment in history]
    if rung and not kept.calls:
        yield "lost seat calls", f"called for the seat at {rung[0].event.at}, and never rang"
    elif times == sorted(times):  # else a clock was set back, and nobody can say what rang when
        yield from (("lost seat calls", f"rose at {each.event.at}, and did not ring") for each in rung[1:] if not _rang(kept.calls, each))
    if (order.closed_at is not None or order.master_id is not None) and any(_is_waiting(call) for call in kept.calls):
        yield "seat calls that ring for nobody", f"is {order.status}, and rings"


def clock_faults(kept: Books, history: Sequence[Moment]) -> Iterator[tuple[str, str]]:
    """Warnings and breaches of which nobody was told, and breaches of which nothing followed."""
    for row in kept.deadlines:
        kind = DeadlineKind(row.kind)
        if row.warned and row.turn == 1:
            yield from _untold("warnings", kept, row, f"warning:{row.warned}", WARNED.get(kind, ()))
        if row.breached_at is not None and not _goes_on(row, kept.deadlines):
            yield from _untold("breaches", kept, row, "breach", BREACHED.get(kind, ()))
            yield from _without_consequence(kept, history, row)


def _rings(history: Sequence[Moment]) -> Iterator[Moment]:
    """The opening, and each rise of the level that somebody else than the seat itself has made."""
    yield history[0]
    for before, after in pairwise(history):
        by_others = after.event.action == Step.ESCALATE.value and after.event.hand != Role.OPERATIONS_CENTRE.value
        if by_others and calls_again(before.order.level, after.order.level):
            yield after


def _rang(calls: Iterable[Any], moment: Moment) -> bool:
    at = moment.event.at
    ends = [(call, call.answered_at or call.dropped_at) for call in calls]
    return any(call.called_at <= at and (end is None or end >= at) for call, end in ends)


def _is_waiting(call: Any) -> bool:
    return call.answered_at is None and call.dropped_at is None


def _goes_on(row: Any, rows: Iterable[Any]) -> bool:
    """Whether it goes on from an earlier turn, which was breached already."""
    return any(other.kind == row.kind and other.turn < row.turn and other.breached_at == row.breached_at for other in rows)


def _untold(what: str, kept: Books, row: Any, occasion: str, lines: Sequence[Line]) -> Iterator[tuple[str, str]]:
    """Who had to hear of it whichever unit it was with, and did not."""
    order = kept.order
    level = None if order.level is None else ResponseLevel(order.level)
    matter = Matter(
        kind=OrderKind(order.kind),
        cause=order.cause,
        level=level,
        urgent=order.urgent,
        use_unit=order.use_unit_id,
        unit=None,
        assignee=None,
        street=order.street_code,
    )
    keys = [f"{order.number}:{notice.recipient}:{row.kind}:{row.turn}:{occasion}" for notice in notices(lines, matter)]
    yield from ((f"lost messages of {what}", key) for key in keys if key not in kept.keys)


def _without_consequence(kept: Books, history: Sequence[Moment], row: Any) -> Iterator[tuple[str, str]]:
    order, sort = kept.order, "breaches without their consequence"
    was_open = order.closed_at is None or order.closed_at > row.breached_at
    if row.kind == DeadlineKind.LEVEL_THREE.value and was_open and order.level != ResponseLevel.EMERGENCY.value:
        yield sort, f"is {order.level} after {row.kind}"
    noted = any((moment.event.proof or {}).get("note") == ACCIDENT_CANDIDATE for moment in history)
    if row.kind == DeadlineKind.ACCIDENT.value and not (noted and order.detail.get(ACCIDENT_CANDIDATE)):
        yield sort, f"is no candidate after {row.kind}"
