"""The legal clocks of an order, as rows: started, met, paused and dropped by its steps."""

from __future__ import annotations

from datetime import datetime

from data_access.engine import Tx
from data_access.repositories.work_orders import StoredOrder
from domain.work_orders import Step


def started(tx: Tx, order: StoredOrder, *, at: datetime) -> None:
    """Start the clocks of a new order."""


def moved(tx: Tx, before: StoredOrder, after: StoredOrder, step: Step, *, at: datetime) -> None:
    """What a step does to the clocks."""
