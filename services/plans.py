"""The district plan (应急预案) of a level-three order: the departments' tasks, each with owner and clock."""

from __future__ import annotations

from datetime import datetime

from data_access.engine import Tx
from data_access.repositories.work_orders import StoredOrder
from domain.work_orders import Step


def opened(tx: Tx, order: StoredOrder, *, at: datetime) -> None:
    """Open the checklist of an order that begins at level three."""


def moved(tx: Tx, before: StoredOrder, after: StoredOrder, step: Step, *, at: datetime) -> None:
    """Open the checklist of an order that rises to level three."""
