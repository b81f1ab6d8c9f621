"""When the worker is behind: live readings heard in passing, and the alarms they show opened before the backlog is through."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from time import monotonic
from typing import Final

from data_access.engine import Store
from domain.errors import StoreUnavailable
from ingest.client import Client
from ingest.decode import Decoder
from services.leases import LeaseLost
from services.lookout import Lookout
from services.telemetry import Rite
from services.telemetry_memory import Memory

log = logging.getLogger(__name__)

BEHIND_SECONDS: Final = 5.0  # between sampling and receipt of half of a full batch: a backlog
CAUGHT_UP_SECONDS: Final = 2.0
QUIET_SECONDS: Final = 3.0  # without a full batch: what comes late then comes late from the vendor
LOOK_SECONDS: Final = 0.25  # between two looks, so that they take little from the backlog


class Post:
    """Manned while the worker is behind, or may be. For the thread that drives the client."""

    def __init__(self, client: Client, store: Store, *, rite: Rite, clock: Callable[[], datetime]) -> None:
        self._client = client
        self._store = store
        self._rite = rite
        self._clock = clock
        self._lookout: Lookout | None = None
        self._looked_at = 0.0
        self._full_at = 0.0
        self._behind = False

    @property
    def behind(self) -> bool:
        """Whether a backlog is being worked off."""
        return self._behind

    def man(self, memory: Memory) -> None:
        """Begin to listen; whoever starts does so before anything else, because he does not know what waits for him."""
        self._client.look_out()
        self._lookout = Lookout(memory)
        self._full_at = monotonic()

    def note(self, memory: Memory, *, lag: float, full: bool) -> None:
        """Man or leave the post by the last batch: `lag` in seconds between sampling and receipt, `full` where more was waiting."""
        if full:
            self._full_at = monotonic()
        if not self._behind and full and lag > BEHIND_SECONDS:
            self._behind = True
            log.info("backlog_found", extra={"behind_seconds": round(lag)})
            if self._lookout is None:
                self.man(memory)
        elif self._lookout is not None and (lag < CAUGHT_UP_SECONDS or monotonic() - self._full_at > QUIET_SECONDS):
            self.leave()

    def rest(self) -> None:
        """Leave the post where nothing at all comes any more."""
        if self._lookout is not None and monotonic() - self._full_at > QUIET_SECONDS:
            self.leave()

    def look(self, memory: Memory, decoder: Decoder) -> int:
        """Judge what was heard live meanwhile; how many alarms that opened. Raises StoreUnavailable and LeaseLost.

        Should anything else fail, the post is left: what was heard comes in its turn, and the backlog must go on.
        """
        if self._lookout is None:
            return 0
        self._client.glance()
        if monotonic() - self._looked_at < LOOK_SECONDS:
            return 0
        self._looked_at = monotonic()
        if not self._lookout.is_current:
            self._lookout = Lookout(memory)
        messages = self._client.seen()
        try:
            return self._lookout.look(self._store, decoder.read_all(messages), at=self._clock(), rite=self._rite) if messages else 0
        except (StoreUnavailable, LeaseLost):
            raise
        except Exception:
            log.exception("lookout_failed")
            self.leave()
            return 0

    def leave(self) -> None:
        """Forget what was heard live: it comes in its turn."""
        if self._lookout is not None and self._behind:
            log.info("backlog_worked_off")
        self._lookout, self._behind = None, False
        self._client.look_away()
