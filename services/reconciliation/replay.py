"""An order's log, lived through again: the order after each step, the clocks that ran, and the messages that were owed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from data_access.repositories.work_orders import StoredOrder
from domain.deadlines import CLOCKS, OPENING, DeadlineKind, Owed, Since, changes, heard
from domain.notices import MOVED, OPENED, Matter, notices
from domain.work_orders import SYSTEM, Order, Step, advance
from services.order_history import as_party, as_proof, begun

Clock = tuple[str, int, str]
"""Kind, number among those of its kind, and what became of it: owed, met or dropped."""


@dataclass(frozen=True, slots=True)
class Moment:
    """An order after one event of its log; `former` is the unit, `former_team` the team that was to act before."""

    event: Any
    order: Order
    former: int | None = None
    former_team: int | None = None


def lived(log: Sequence[Any]) -> list[Moment]:
    """The order after each event, from the opening on. Raises Refused where the law does not allow a step."""
    opening, *steps = log
    moments = [Moment(opening, begun(opening))]
    for event in steps:
        before = moments[-1].order
        after = advance(before, Step(event.action), by=as_party(event), proof=as_proof(event.proof))
        moments.append(Moment(event, after, before.unit, before.team))
    return moments


def clocks(history: Iterable[Moment], *, occurred_at: datetime) -> set[Clock]:
    """Every clock that the log started, and what became of it."""
    owed: dict[tuple[DeadlineKind, int], Owed] = {}
    ends: dict[tuple[DeadlineKind, int], str] = {}
    for moment in history:
        word = _heard(moment)
        if word is None:
            continue
        done = changes(moment.order.kind, word, list(owed.values()), is_open=moment.order.is_open, at=moment.event.at)
        for key in [key for key, each in owed.items() if each.unmet and key[0] in done.meets | done.drops]:
            owed[key] = replace(owed[key], unmet=False)
            ends[key] = "met" if key[0] in done.meets else "dropped"
        for kind, (turn, began) in done.starts.items():
            first = CLOCKS[kind].since is Since.OCCURRENCE and turn == 1
            owed[kind, turn] = Owed(kind, min(began, occurred_at) if first else began, True)
    return {(kind.value, turn, ends.get((kind, turn), "owed")) for kind, turn in owed}


def _heard(moment: Moment) -> str | None:
    """What the clocks heard of an event."""
    order, event = moment.order, moment.event
    by_person = event.hand != SYSTEM.value
    return heard(event.action, order.kind, status=order.status, level=order.level, by_person=by_person)


def messages(order: StoredOrder, history: Iterable[Moment]) -> Iterator[str]:
    """The keys of the messages that opening and steps owe."""
    for moment in history:
        is_opening = moment.event.action == OPENING
        lines = OPENED if is_opening else MOVED.get(Step(moment.event.action), ())
        occasion = "opened" if is_opening else f"step:{moment.event.seq}"
        yield from (f"{order.number}:{notice.recipient}:{occasion}" for notice in notices(lines, _matter(order, moment)))


def _matter(row: StoredOrder, moment: Moment) -> Matter:
    order = moment.order
    return Matter(
        kind=order.kind,
        cause=row.cause,
        level=order.level,
        urgent=row.urgent,
        use_unit=order.use_unit,
        unit=order.unit,
        former=moment.former,
        team=order.team,
        former_team=moment.former_team,
        assignee=order.assignee,
        street=row.street_code,
    )
