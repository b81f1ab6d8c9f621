"""Copies of orders to streets (抄送), with read receipts."""

from __future__ import annotations

from datetime import datetime

from data_access.engine import Tx
from data_access.repositories.work_orders import StoredOrder
from domain.work_orders import Step


def opened(tx: Tx, order: StoredOrder, *, at: datetime) -> None:
    """Copy a new order to the street where that is owed."""


def moved(tx: Tx, before: StoredOrder, after: StoredOrder, step: Step, *, at: datetime) -> None:
    """Copy the handling to the street that got the finding."""
