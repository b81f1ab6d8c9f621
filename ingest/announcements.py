"""What was committed and not yet told: the broker is answered first, so that a cache that is away delays no acknowledgement."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from data_access.engine import Announce


class Announcements:
    """Holds the versions of committed changes until `tell`; for one thread."""

    def __init__(self, publish: Announce) -> None:
        self._publish = publish
        self._versions: dict[str, int] = {}
        self._at: datetime | None = None

    def note(self, versions: Mapping[str, int], at: datetime) -> None:
        """Keep what a transaction has raised."""
        self._versions |= versions
        self._at = at

    def tell(self) -> None:
        """Publish everything noted since the last time, as one."""
        if self._at is None:
            return
        versions, at = self._versions, self._at
        self._versions, self._at = {}, None
        self._publish(versions, at)
