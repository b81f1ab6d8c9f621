"""What follows from an order's opening and from every step: clocks, messages, copies, the district plan. One list, one place."""

from __future__ import annotations

from datetime import datetime

from data_access.engine import Tx
from data_access.repositories.work_orders import Source, StoredOrder
from domain.work_orders import Proof, Step
from services import clocks, copies, notices, plans


def opened(tx: Tx, order: StoredOrder, *, at: datetime) -> None:
    """A new order: its clocks run, whoever is concerned is told, the district plan begins at level three."""
    clocks.started(tx, order, at=at)
    notices.opened(tx, order, at=at)
    copies.opened(tx, order, at=at)
    plans.opened(tx, order, at=at)


def repeated(tx: Tx, order: StoredOrder, source: Source, *, at: datetime) -> None:
    """Another report of what an open order is about."""
    notices.repeated(tx, order, source, at=at)


def moved(tx: Tx, before: StoredOrder, after: StoredOrder, step: Step, proof: Proof, *, at: datetime) -> None:
    """A step was taken."""
    clocks.moved(tx, before, after, step, at=at)
    notices.moved(tx, before, after, step, proof, at=at)
    copies.moved(tx, before, after, step, at=at)
    plans.moved(tx, before, after, step, at=at)
