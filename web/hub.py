"""Fan-out of the live stream in one process: a follower tells every viewer which of its watches have a new version."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol

import orjson

from data_access.stream import News, StreamUnavailable
from domain.errors import StoreUnavailable
from domain.scope import Scope

log = logging.getLogger(__name__)

PACE_SECONDS: Final = 0.5  # at most two events a second and viewer
BEAT_SECONDS: Final = 5.0
REREAD_SECONDS: Final = 5.0  # a crash between commit and publication delays a panel by this much
FALLBACK_SECONDS: Final = 2.0  # the same while Redis is away
VERIFY_SECONDS: Final = 2.0  # an open stream outlives its session, or its reader's scope, by no more


class Source(Protocol):
    """Where news comes from: Redis as it happens, PostgreSQL for the whole truth."""

    def follow(self, last_id: str | None) -> AsyncIterator[News | None]:
        """News after `last_id` (None: from now on), and None whenever it was quiet. Raises StreamUnavailable."""

    async def replay(self, last_id: str) -> News | None:
        """All that happened after `last_id` as one; None when part of it is gone. Raises StreamUnavailable."""

    def versions(self) -> Mapping[str, int]:
        """The version of every watch; blocks. Raises StoreUnavailable."""

    def alive(self, tokens: Collection[str]) -> Mapping[str, Scope]:
        """Those sessions that are still valid, with what each may see now; blocks. Raises StoreUnavailable."""


@dataclass(slots=True, eq=False)
class Viewer:
    """One open stream. What it was not told yet is merged by watch: a slow reader costs no memory and misses nothing.

    `hears` was allowed to `scope`; the stream of a reader who may see more or less since then ends, and asks again.
    """

    token: str
    scope: Scope
    hears: frozenset[str]
    pending: dict[str, int] = field(default_factory=dict)
    last_id: str = ""
    at: datetime | None = None
    lost: bool = False
    gone: bool = False
    wake: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self, news: News) -> None:
        """Note the news of the watches this viewer may hear."""
        heard = {watch: version for watch, version in news.versions.items() if watch in self.hears}
        if heard:
            self.pending |= heard
            self.last_id, self.at = news.id or self.last_id, news.at
            self.wake.set()

    def resync(self) -> None:
        """Something was missed: the viewer must ask for the versions itself."""
        self.lost = True
        self.wake.set()

    def leave(self) -> None:
        """End the stream."""
        self.gone = True
        self.wake.set()

    def take(self) -> bytes:
        """All that was noted since the last time, as frames; empty when nothing was."""
        self.wake.clear()
        frames = frame({}, event="resync") if self.lost else b""
        if self.pending:
            frames += frame({"id": self.last_id, "at": self.at, "versions": self.pending}, identity=self.last_id)
        self.pending, self.lost = {}, False
        return frames


def frame(data: object, *, event: str = "", identity: str = "") -> bytes:
    """One server-sent event; without `event` it is the browser's plain message."""
    head = (f"event: {event}\n" if event else "") + (f"id: {identity}\n" if identity else "")
    return head.encode() + b"data: " + orjson.dumps(data) + b"\n\n"


class Hub:
    """The viewers of this process and the tasks that serve them all: follow Redis, re-read the rows, verify the sessions."""

    def __init__(self, source: Source, *, clock: Callable[[], datetime]) -> None:
        self._source = source
        self._clock = clock
        self._viewers: set[Viewer] = set()
        self._versions: dict[str, int] = {}
        self._tasks: tuple[asyncio.Task[None], ...] = ()
        self._last_id: str | None = None
        self.following = False  # whether news comes from Redis at the moment, not from re-reading the rows

    @property
    def viewers(self) -> int:
        """How many streams are open."""
        return len(self._viewers)

    async def start(self) -> None:
        """Begin to follow."""
        self._tasks = tuple(asyncio.create_task(work()) for work in (self._follow, self._reread, self._verify))

    async def stop(self) -> None:
        """Send every viewer away and stop following."""
        for viewer in self._viewers:
            viewer.leave()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = ()

    async def frames(self, viewer: Viewer, *, since: str = "") -> AsyncGenerator[bytes]:
        """The frames of one stream, first to last; `since` is the last id the browser has seen."""
        self._viewers.add(viewer)
        try:
            yield b"retry: 2000\n\n" + self._beat()
            await self._catch_up(viewer, since)
            async for frames in self._told(viewer):
                yield frames
        finally:
            self._viewers.discard(viewer)

    async def _told(self, viewer: Viewer) -> AsyncIterator[bytes]:
        loop = asyncio.get_running_loop()
        beat_at = loop.time() + BEAT_SECONDS
        while True:
            await _until(viewer.wake, seconds=beat_at - loop.time())
            if viewer.gone:
                return
            if loop.time() >= beat_at:
                beat_at = loop.time() + BEAT_SECONDS
                yield self._beat()
            if frames := viewer.take():
                yield frames
                await asyncio.sleep(PACE_SECONDS)

    def _beat(self) -> bytes:
        return b": beat\n" + frame({"at": self._clock()}, event="beat")

    async def _catch_up(self, viewer: Viewer, since: str) -> None:
        """Tell a newcomer the present versions, and one who returns what it missed."""
        if not since:
            viewer.tell(News(id=self._last_id or "", at=self._clock(), versions=self._versions))
            return
        try:
            missed = await self._source.replay(since)
        except StreamUnavailable:
            missed = None
        if missed is None:
            viewer.resync()
        else:
            viewer.tell(missed)

    async def _follow(self) -> None:
        while True:
            try:
                async for news in self._source.follow(self._last_id):
                    self.following = True
                    if news is not None:
                        self._last_id = news.id
                        self._spread(news)
            except StreamUnavailable:
                if self.following:
                    log.warning("stream_falls_back", extra={"every_seconds": FALLBACK_SECONDS})
                self.following = False
            await asyncio.sleep(FALLBACK_SECONDS)

    async def _reread(self) -> None:
        while True:
            try:
                rows = await asyncio.to_thread(self._source.versions)
            except StoreUnavailable:
                rows = {}
            newer = {watch: version for watch, version in rows.items() if version > self._versions.get(watch, 0)}
            if newer:
                self._spread(News(id="", at=self._clock(), versions=newer))
            await asyncio.sleep(REREAD_SECONDS if self.following else FALLBACK_SECONDS)

    async def _verify(self) -> None:
        while True:
            await asyncio.sleep(VERIFY_SECONDS)
            tokens = {viewer.token for viewer in self._viewers}
            if not tokens:
                continue
            try:
                alive = await asyncio.to_thread(self._source.alive, tokens)
            except StoreUnavailable:
                continue
            for viewer in self._viewers:
                if viewer.token in tokens and alive.get(viewer.token) != viewer.scope:
                    viewer.leave()

    def _spread(self, news: News) -> None:
        self._versions |= news.versions
        for viewer in self._viewers:
            viewer.tell(news)


async def _until(event: asyncio.Event, *, seconds: float) -> None:
    """Wait for the event, but no longer than `seconds`."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return
