"""Whether this is the demonstration district or the real one, as stored in the database."""

from __future__ import annotations

from typing import Final

from data_access.engine import Store
from data_access.queries import deployment
from domain.errors import StoreUnavailable

DEMONSTRATION: Final = "demonstration"


class Deployment:
    """The stored mode; it never changes once it is stored, so it is asked for only until then."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._mode: str | None = None

    @property
    def mode(self) -> str | None:
        """`demonstration`, `real`, or None: nothing is stored yet, or the database is away."""
        if self._mode is None:
            try:
                with self._store.reading() as tx:
                    self._mode = deployment.mode(tx)
            except StoreUnavailable:
                return None
        return self._mode

    @property
    def demonstration(self) -> bool:
        """Whether every screen carries the 演示 mark."""
        return self.mode == DEMONSTRATION
