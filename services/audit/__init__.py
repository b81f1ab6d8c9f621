"""Whether the audit log is as it was written: each entry carries the hash of the one before it."""

from __future__ import annotations

from dataclasses import dataclass

from data_access.engine import Store
from data_access.repositories import audit


@dataclass(frozen=True, slots=True)
class Finding:
    """How many entries there are, and the first that was changed or before which one is missing; None when the chain holds."""

    entries: int
    broken_at: int | None


def verify(store: Store) -> Finding:
    """Follow the chain from its first entry. Raises StoreUnavailable."""
    with store.reading() as tx:
        return Finding(audit.count(tx), audit.first_broken(tx))
