"""Where this process hears of changes: the log in Redis, and the rows of PostgreSQL for what the log may have lost."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Mapping
from datetime import datetime
from typing import Final

from data_access.engine import Store
from data_access.queries import versions
from data_access.stream import News, StreamLog
from domain.scope import ALL, Role, Scope
from services import identity
from services.identity import Session

EVERYTHING: Final = Scope(Role.WALL, ALL, None, ALL)  # the process hears all; what a viewer is told, the hub decides


class LiveSource:
    """The source behind the hub; see web.hub.Source."""

    def __init__(self, store: Store, log: StreamLog, *, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._log = log
        self._clock = clock

    def follow(self, last_id: str | None) -> AsyncIterator[News | None]:
        """News as it is published."""
        return self._log.follow(last_id)

    async def replay(self, last_id: str) -> News | None:
        """What a returning browser has missed."""
        return await self._log.replay(last_id)

    def versions(self) -> Mapping[str, int]:
        """The rows of data_versions."""
        with self._store.reading() as tx:
            return versions.known(EVERYTHING, tx)

    def session(self, token: str) -> Session | None:
        """The session that wants to listen; never from memory, for a stream stays open long. Raises StoreUnavailable."""
        return identity.find_session(self._store, token, active=False, at=self._clock())

    def alive(self, tokens: Collection[str]) -> Mapping[str, Scope]:
        """The sessions that still hold, with what each may see now."""
        return identity.alive(self._store, tokens, at=self._clock())
