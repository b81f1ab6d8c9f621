"""A worker's right to write for its broker session. Another one of the same name waits, and takes over when this one is gone."""

from __future__ import annotations

import logging
from typing import Final

from data_access.engine import Store, Tx
from data_access.repositories import leases

log = logging.getLogger(__name__)

LEASE_SECONDS: Final = 20.0  # for how long a worker that hangs is waited for; one that is dead is not


class LeaseLost(Exception):
    """Another worker writes for this session now."""


class Lease:
    """The lease of one session, as one process sees it; `holder` is the name of its database connections."""

    def __init__(self, store: Store, name: str, *, holder: str) -> None:
        self._store = store
        self._name = name
        self._holder = holder
        self.epoch = 0

    def take(self) -> bool:
        """Take it if it can be had. Raises StoreUnavailable."""
        with self._store.transaction() as tx:
            epoch = leases.take(tx, self._name, holder=self._holder, seconds=LEASE_SECONDS)
        if epoch is None:
            return False
        self.epoch = epoch
        log.info("lease_taken", extra={"lease": self._name, "epoch": epoch})
        return True

    def renew(self) -> None:
        """Prolong it. Raises LeaseLost, StoreUnavailable."""
        with self._store.transaction() as tx:
            if not leases.renew(tx, self._name, epoch=self.epoch, seconds=LEASE_SECONDS):
                raise LeaseLost

    def hold(self, tx: Tx) -> None:
        """Make sure that this transaction is written under the lease. Raises LeaseLost."""
        if not leases.hold(tx, self._name, epoch=self.epoch):
            raise LeaseLost

    def leave(self) -> None:
        """Give it back, so that nobody has to wait. Raises StoreUnavailable."""
        with self._store.transaction() as tx:
            leases.leave(tx, self._name, epoch=self.epoch)
