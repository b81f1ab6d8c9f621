"""The live stream's log in Redis: what was touched, in the order of commits. It may be lost at any time without harm."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import orjson
import redis
import redis.asyncio

log = logging.getLogger(__name__)

KEY: Final = "putuo:stream"
KEPT: Final = 2_000  # entries, about
CONNECT_SECONDS: Final = 0.2
ANSWER_SECONDS: Final = 0.3
REST_SECONDS: Final = 2.0  # how long Redis is left alone after it failed
QUIET_SECONDS: Final = 1.0  # how often a follower hears that nothing happened
_ID: Final = re.compile(r"\d{1,19}-\d{1,19}")


class StreamUnavailable(Exception):
    """Redis cannot be reached."""


@dataclass(frozen=True, slots=True)
class News:
    """One entry, or several as one: watch → its version. `id` is "" where it has no place in the log."""

    id: str
    at: datetime
    versions: Mapping[str, int]


class StreamLog:
    """The log at a Redis URL. Writing never fails and never waits long; reading raises StreamUnavailable."""

    def __init__(self, redis_url: str) -> None:
        self._url = redis_url
        self._client = redis.Redis.from_url(redis_url, socket_connect_timeout=CONNECT_SECONDS, socket_timeout=ANSWER_SECONDS)
        self._rest_until = 0.0
        self._failing = False

    def publish(self, versions: Mapping[str, int], at: datetime) -> None:
        """Append what was touched. While Redis is away nothing is kept: followers re-read the versions' rows."""
        if time.monotonic() < self._rest_until:
            return
        entry: dict[Any, Any] = {"versions": orjson.dumps(versions), "at": at.isoformat()}
        try:
            self._client.xadd(KEY, entry, maxlen=KEPT, approximate=True)
        except redis.RedisError as error:
            self._rest_until = time.monotonic() + REST_SECONDS
            if not self._failing:
                log.warning("stream_unavailable", extra={"cause": type(error).__name__})
            self._failing = True
        else:
            self._failing = False

    def ping(self) -> None:
        """Raise StreamUnavailable unless Redis answers."""
        try:
            self._client.ping()
        except redis.RedisError as error:
            raise StreamUnavailable from error

    async def follow(self, last_id: str | None) -> AsyncGenerator[News | None]:
        """News after `last_id` (None: from now on), for ever; None at once and whenever it was quiet. Raises StreamUnavailable."""
        async with self._reader() as client:
            position = last_id if last_id and _ID.fullmatch(last_id) else await _newest(client)
            yield None
            while True:
                answer = await client.xread({KEY: position}, count=200, block=int(QUIET_SECONDS * 1000))
                entries = _entries(answer)
                for entry in entries:
                    position = entry.id
                    yield entry
                if not entries:
                    yield None

    async def replay(self, last_id: str) -> News | None:
        """All that happened after `last_id` as one; None when part of it may be gone. Raises StreamUnavailable."""
        if not _ID.fullmatch(last_id):
            return None
        async with self._reader() as client:
            oldest: Any = await client.xrange(KEY, count=1)
            newest = await _newest(client)
            if not oldest or _order(oldest[0][0].decode()) > _order(last_id) or _order(newest) < _order(last_id):
                return None
            entries: Any = await client.xrange(KEY, min=f"({last_id}")
        later = [_news(*entry) for entry in entries]
        if not later:
            return News(last_id, datetime.fromtimestamp(_order(last_id)[0] / 1000, UTC), {})
        versions = {watch: version for news in later for watch, version in news.versions.items()}
        return News(later[-1].id, later[-1].at, versions)

    @asynccontextmanager
    async def _reader(self) -> AsyncGenerator[redis.asyncio.Redis]:
        client = redis.asyncio.Redis.from_url(self._url, socket_connect_timeout=CONNECT_SECONDS, socket_timeout=5 * QUIET_SECONDS)
        try:
            yield client
        except (redis.RedisError, OSError) as error:
            raise StreamUnavailable from error
        finally:
            await client.aclose()


async def _newest(client: redis.asyncio.Redis) -> str:
    newest: Any = await client.xrevrange(KEY, count=1)
    return newest[0][0].decode() if newest else "0-0"


def _entries(answer: Any) -> list[News]:
    streams = answer.values() if isinstance(answer, dict) else (entries for _, entries in answer or [])
    return [_news(*entry) for entries in streams for entry in _flat(entries)]


def _flat(entries: Any) -> list[Any]:
    """RESP3 wraps a stream's entries once more."""
    return entries[0] if entries and isinstance(entries[0], list) and entries[0] and isinstance(entries[0][0], list | tuple) else entries


def _news(identity: bytes, fields: Mapping[bytes, bytes]) -> News:
    return News(identity.decode(), datetime.fromisoformat(fields[b"at"].decode()), orjson.loads(fields[b"versions"]))


def _order(identity: str) -> tuple[int, int]:
    milliseconds, _, sequence = identity.partition("-")
    return int(milliseconds), int(sequence)
