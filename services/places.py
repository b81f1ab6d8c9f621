"""Whether somebody was where he says: a scan of the machine's code, and a position near the machine."""

from __future__ import annotations

from data_access.engine import Tx
from data_access.repositories.work_orders import StoredOrder
from domain.work_orders import Proof, Step


def check(tx: Tx, order: StoredOrder, step: Step, proof: Proof) -> None:
    """Raises Refused(reason=wrong_machine | too_far) for a proof that does not fit the order's machine."""
