"""Who is sent: the nearest eligible team, with the reason."""

from __future__ import annotations

from datetime import datetime

from data_access.engine import Tx
from data_access.repositories.work_orders import StoredOrder
from domain.work_orders import Proof


def choose(tx: Tx, order: StoredOrder, *, at: datetime) -> Proof | None:
    """The proof of a DISPATCH step (unit, team, reason, weighed); None where nobody is eligible, and the centre must choose."""
    return None
