"""What follows from an order's opening and from every step: clocks, messages, copies, the district plan,
and what the alarms turned out to be. One list, one place."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from data_access.engine import Tx
from data_access.repositories.work_orders import Source, StoredOrder
from domain.work_orders import Proof, Step
from services import clocks, copies, notices, order_verdicts, plans, reporters, seats


def opened(tx: Tx, order: StoredOrder, *, at: datetime) -> None:
    """A new order: its clocks run, whoever is concerned is told, the seat rings, the district plan begins at level three."""
    opened_all(tx, [order], at=at)


def repeated(tx: Tx, order: StoredOrder, source: Source, *, at: datetime) -> None:
    """Another report of what an open order is about."""
    notices.repeated(tx, order, source, at=at)


def moved(tx: Tx, before: StoredOrder, after: StoredOrder, step: Step, proof: Proof, *, at: datetime) -> None:
    """A step was taken."""
    moved_all(tx, [(before, after, step, proof)], at=at)


def opened_all(tx: Tx, orders: Sequence[StoredOrder], *, at: datetime) -> None:
    """Many new orders: what `opened` does with each, in statements whose number does not grow with theirs."""
    clocks.started_all(tx, orders, at=at)
    notices.opened_all(tx, orders, at=at)
    copies.opened_all(tx, orders, at=at)
    seats.opened(tx, orders, at=at)
    plans.opened_all(tx, orders, at=at)


def repeated_all(tx: Tx, reports: Sequence[tuple[StoredOrder, Source]], *, at: datetime) -> None:
    """Other reports of open orders: what `repeated` does with each."""
    for order, source in reports:
        repeated(tx, order, source, at=at)


def reported(tx: Tx, orders: Sequence[StoredOrder], *, at: datetime) -> None:
    """Somebody who left a number reported these orders, new ones or old ones: he is told that it was received."""
    reporters.received_all(tx, orders, at=at)


def moved_all(tx: Tx, steps: Sequence[tuple[StoredOrder, StoredOrder, Step, Proof]], *, at: datetime) -> None:
    """Steps taken with many orders, each (before, after, step, proof): what `moved` does with each."""
    clocks.moved_all(tx, [(before, after, step) for before, after, step, _ in steps], at=at)
    notices.moved_all(tx, steps, at=at)
    reporters.moved_all(tx, [(after, step) for _, after, step, _ in steps], at=at)
    for before, after, step, _ in steps:
        order_verdicts.moved(tx, after, step, at=at)
        seats.moved(tx, before, after, at=at)
    copies.moved_all(tx, [(before, after) for before, after, _, _ in steps], at=at)
    plans.moved_all(tx, steps, at=at)
