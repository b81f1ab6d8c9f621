"""A worker's right to write for its broker session. Another one of the same name waits, and takes over when this one is gone."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Final

from data_access.engine import Store, Tx
from data_access.repositories import leases

log = logging.getLogger(__name__)

Overlap = Callable[[str, str], bool]
"""Whether two topic filters can name the same topic."""

LEASE_SECONDS: Final = 15.0  # for how long a worker that hangs is waited for; one that is dead is not


class LeaseLost(Exception):
    """Another worker writes for this session now."""


class Lease:
    """The lease of one session, as one process sees it; `holder` is the name of its database connections.

    A set of filters has one session. Whoever asks for the same filters under another name gets the name they have, so that what
    waits in that session is not left behind; whoever asks for some of them waits, because no machine may meet two workers.
    """

    def __init__(
        self, store: Store, name: str, *, holder: str, filters: Sequence[str] = (), overlap: Overlap = lambda one, other: False
    ) -> None:
        self._store = store
        self._holder = holder
        self._filters = tuple(sorted(filters))
        self._overlap = overlap
        self._refused_by = ""
        self.name = name
        self.epoch = 0

    def take(self) -> bool:
        """Take it if it can be had. Raises StoreUnavailable."""
        with self._store.transaction() as tx:
            others = leases.every(tx)
            names = [held.name for held in others if self._filters and held.filters == self._filters]
            same = self.name if not names or self.name in names else names[0]
            if same != self.name:
                log.warning("session_adopted", extra={"lease": same, "asked_for": self.name})
                self.name = same
            rival = next((held.name for held in others if held.live and held.name != self.name and self._meets(held.filters)), "")
            if rival and rival != self._refused_by:
                log.error("filters_overlap", extra={"lease": self.name, "with": rival})
            self._refused_by = rival
            epoch = None if rival else leases.take(tx, self.name, filters=self._filters, holder=self._holder, seconds=LEASE_SECONDS)
        if epoch is None:
            return False
        self.epoch = epoch
        log.info("lease_taken", extra={"lease": self.name, "epoch": epoch})
        return True

    def _meets(self, filters: Sequence[str]) -> bool:
        return any(self._overlap(one, other) for one in self._filters for other in filters)

    def renew(self) -> None:
        """Prolong it. Raises LeaseLost, StoreUnavailable."""
        with self._store.transaction() as tx:
            if not leases.renew(tx, self.name, epoch=self.epoch, seconds=LEASE_SECONDS):
                raise LeaseLost

    def hold(self, tx: Tx) -> None:
        """Make sure that this transaction is written under the lease. Raises LeaseLost."""
        if not leases.hold(tx, self.name, epoch=self.epoch):
            raise LeaseLost

    def leave(self) -> None:
        """Give it back, so that nobody has to wait. Raises StoreUnavailable."""
        with self._store.transaction() as tx:
            leases.leave(tx, self.name, epoch=self.epoch)
