"""Who is told of what: messages into the outbox, in the transaction of what they are about."""

from __future__ import annotations

from datetime import datetime

from data_access.engine import Tx
from data_access.repositories.work_orders import Source, StoredOrder
from domain.work_orders import Proof, Step


def opened(tx: Tx, order: StoredOrder, *, at: datetime) -> None:
    """Tell of a new order."""


def repeated(tx: Tx, order: StoredOrder, source: Source, *, at: datetime) -> None:
    """Tell of another report of an open order."""


def moved(tx: Tx, before: StoredOrder, after: StoredOrder, step: Step, proof: Proof, *, at: datetime) -> None:
    """Tell of a step."""
