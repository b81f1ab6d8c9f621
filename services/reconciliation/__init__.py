"""Whether what is stored of work orders is whole: nothing lost, nothing doubled, nothing half-written.

The log of an order is the truth. From it alone its row, its legal clocks and its messages are made again by the law, and compared;
from log and clocks together its copies, the calls of the seat, the warnings, and what follows from a breach.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from data_access.engine import Store
from data_access.repositories import reconciliation, rule_settings, team_phones
from data_access.repositories.reconciliation import Books
from domain.deadlines import DeadlineKind
from domain.errors import PutuoError
from domain.work_orders import Order
from services import retention
from services.order_history import as_order
from services.reconciliation import derived
from services.reconciliation.replay import clocks, lived, messages

SHOWN: Final = 20
_TEAMS: Final = f":{team_phones.RECIPIENT}"
"""In the keys of messages to teams: no log tells which of them had a telephone, and they are queued with their unit's or not at all."""
Finding = tuple[str, str]
"""The sort of what is wrong, and the name of it."""


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What was looked at (sort → how many), and what is wrong (sort → names)."""

    counts: dict[str, int]
    wrong: dict[str, list[str]]

    def __str__(self) -> str:
        looked = "looked at: " + ", ".join(f"{count} {what}" for what, count in self.counts.items())
        found = [line for sort, names in self.wrong.items() for line in (f"{sort}: {len(names)}", *_some(names))]
        return "\n".join([looked, *(found or ["nothing lost, doubled or half-written"])])


def reconcile(store: Store, *, alarms_since: datetime | None = None, at: datetime) -> Reconciled:
    """Compare everything in one snapshot; with `alarms_since` also every alarm since then with its order. Raises StoreUnavailable."""
    with store.reading() as tx:
        kept = reconciliation.books(tx)
        kept_since = retention.kept_since(rule_settings.current(tx), at)
        wrong: defaultdict[str, list[str]] = defaultdict(list, reconciliation.faults(tx, at=at))
        if alarms_since is not None:
            wrong["alarms without an order"] = reconciliation.unanswered_alarms(tx, since=alarms_since)
    for each in kept:
        for sort, name in _of_order(each, kept_since):
            wrong[sort].append(f"{each.order.number} {name}")
    counts = {
        "orders": len(kept),
        "events": sum(len(each.log) for each in kept),
        "clocks": sum(len(each.deadlines) for each in kept),
        "messages": sum(len(each.keys) for each in kept),
        "copies": sum(len(each.copies) for each in kept),
        "seat calls": sum(len(each.calls) for each in kept),
    }
    return Reconciled(counts, {sort: names for sort, names in wrong.items() if names})


def _of_order(kept: Books, kept_since: datetime) -> Iterator[Finding]:
    numbers = [event.seq for event in kept.log]
    if numbers != list(range(1, kept.order.seq + 1)):
        yield "half-written orders", f"has {kept.order.seq} events, its log {numbers}"
        return
    try:
        history = lived(kept.log)
    except PutuoError as refused:
        yield "logs that break the law", str(refused)
        return
    yield from _row(kept, history[-1].order)
    yield from _compare("copies", derived.copies(kept), kept.copies)
    yield from derived.seat_faults(kept, history)
    yield from _compare("clocks", clocks(history, occurred_at=kept.order.occurred_at), set(map(_clock, kept.deadlines)))
    if kept.order.closed_at is not None and kept.order.closed_at < kept_since:
        return  # what was said of it may be gone
    told = {key for key in kept.keys if key.endswith(":opened") or ":step:" in key}
    yield from derived.clock_faults(kept, history)
    owed = {key for key in messages(kept.order, history) if key in told or _TEAMS not in key}
    yield from _compare("messages", owed, told)


def _row(kept: Books, told: Order) -> Iterator[Finding]:
    row = kept.order
    if as_order(row) != told:
        yield "rows that differ from their log", f"is {as_order(row)}, its log tells {told}"
    if (row.closed_at is None) != told.is_open:
        yield "half-closed orders", f"is {row.status}, closed at {row.closed_at}"
    if (row.unowned_since is None) != told.is_owned:
        yield "orders of which it is unclear who has them", f"is {row.status}, nobody's since {row.unowned_since}"


def _compare(what: str, owed: set[Any], stored: set[Any]) -> Iterator[Finding]:
    yield from ((f"lost {what}", str(each)) for each in sorted(owed - stored) if not _told_by_gateway(each, stored))
    yield from ((f"{what} that nothing asked for", str(each)) for each in sorted(stored - owed) if not _told_by_gateway(each, owed))


def _told_by_gateway(each: Any, others: Iterable[Any]) -> bool:
    """Whether the two differ in this alone: the gateway's word that a unit's message left meets a clock, and is no step of the log."""
    return each[0] == DeadlineKind.NOTIFY and any(other[:2] == each[:2] for other in others)


def _clock(row: Any) -> tuple[str, int, str]:
    return row.kind, row.turn, "met" if row.met_at else "dropped" if row.dropped_at else "owed"


def _some(names: list[str]) -> list[str]:
    more = [f"  … and {len(names) - SHOWN} more"] if len(names) > SHOWN else []
    return [*(f"  {name}" for name in names[:SHOWN]), *more]
