"""What panels share: a query is run once per change and scope, however many screens show it.

Process memory, then Redis, then one computation among all processes while the others wait for it. An answer older than the
wanted version is served only when the computation fails or takes too long: a screen that got it would not ask again.
Values are JSON bytes; nothing that comes from Redis is ever executed.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, TypeVar

import orjson
import redis
from cachelib.serializers import RedisSerializer
from flask_caching.backends.rediscache import RedisCache

from domain.errors import StoreUnavailable

log = logging.getLogger(__name__)
T = TypeVar("T")

PREFIX: Final = "putuo:cache:"
KEPT: Final = 512  # answers in process memory
STALE_SECONDS: Final = 300  # how much longer than fresh an answer is kept
PATIENCE_SECONDS: Final = 2.0  # how long one waits for another's computation
LOOK_SECONDS: Final = 0.03  # how often one looks whether another process has finished
CLAIM_SECONDS: Final = 5  # a process that dies in a computation blocks the others for no longer
REST_SECONDS: Final = 5.0  # how long Redis is left alone after it failed


@dataclass(frozen=True, slots=True)
class Cached:
    """An answer: JSON bytes, the version and time it was computed for, and whether it is what was wanted."""

    body: bytes
    version: int
    at: datetime
    fresh: bool = True


@dataclass(frozen=True, slots=True)
class _Wanted:
    key: str
    version: int
    at: datetime
    seconds: float

    def accepts(self, known: Cached | None) -> bool:
        """Whether an answer is new enough."""
        return known is not None and known.version >= self.version and abs((self.at - known.at).total_seconds()) < self.seconds


class _JsonBytes(RedisSerializer):
    """For values that are bytes already; cachelib's own would unpickle what Redis holds."""

    def dumps(self, value: bytes, protocol: int = 0) -> bytes:
        """As it is."""
        return value

    def loads(self, value: bytes | None) -> bytes | None:
        """As it is."""
        return value


class _BytesCache(RedisCache):
    serializer = _JsonBytes()


class PanelCache:
    """The cache of one process; with `redis_url` None, or Redis away, it works alone."""

    def __init__(self, redis_url: str | None) -> None:
        self._far = None if redis_url is None else _far(redis_url)
        self._near: OrderedDict[str, Cached] = OrderedDict()
        self._flights: dict[str, threading.Event] = {}
        self._lock = threading.Lock()
        self._rest_until = 0.0

    def get(self, key: str, version: int, compute: Callable[[], object], *, seconds: float = 60, at: datetime) -> Cached:
        """The answer of `compute` for `version` or later, at most `seconds` old. `key` names query, parameters and scope.

        Raises what `compute` raises, unless it is StoreUnavailable and an older answer is known.
        """
        wanted = _Wanted(key, version, at, seconds)
        known = self._remembered(key)
        if known is not None and wanted.accepts(known):
            return known
        with self._flight(key) as leads:
            if leads:
                return self._lead(wanted, compute)
        known = self._remembered(key)
        if known is not None:
            return replace(known, fresh=wanted.accepts(known))
        return self._lead(wanted, compute)

    def _lead(self, wanted: _Wanted, compute: Callable[[], object]) -> Cached:
        known = self._fetch(wanted.key) or self._remembered(wanted.key)
        if not wanted.accepts(known) and self._ask(lambda far: far.add(wanted.key + ":claim", b"1", timeout=CLAIM_SECONDS)) is False:
            known = self._await_other(wanted) or known
        if known is None or not wanted.accepts(known):
            return self._compute(wanted, compute, known)
        self._remember(wanted.key, known)
        return known

    def _compute(self, wanted: _Wanted, compute: Callable[[], object], known: Cached | None) -> Cached:
        try:
            answer = Cached(orjson.dumps(compute(), option=orjson.OPT_NON_STR_KEYS), wanted.version, wanted.at)
        except StoreUnavailable:
            if known is None:
                raise
            return replace(known, fresh=False)
        finally:
            self._ask(lambda far: far.delete(wanted.key + ":claim"))
        self._remember(wanted.key, answer)
        self._ask(lambda far: far.set(wanted.key, _write(answer), timeout=int(wanted.seconds) + STALE_SECONDS))
        return answer

    def _await_other(self, wanted: _Wanted) -> Cached | None:
        """Another process computes: look until it has finished."""
        until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until:
            time.sleep(LOOK_SECONDS)
            known = self._fetch(wanted.key)
            if wanted.accepts(known):
                return known
        return None

    @contextmanager
    def _flight(self, key: str) -> Generator[bool]:
        """Whether this thread leads; if not, the block begins when the leader has finished, or after PATIENCE_SECONDS."""
        with self._lock:
            flight = self._flights.get(key)
            leads = flight is None
            if flight is None:
                flight = self._flights[key] = threading.Event()
        if not leads:
            flight.wait(PATIENCE_SECONDS)
        try:
            yield leads
        finally:
            if leads:
                with self._lock:
                    self._flights.pop(key, None)
                flight.set()

    def _remembered(self, key: str) -> Cached | None:
        with self._lock:
            known = self._near.get(key)
            if known is not None:
                self._near.move_to_end(key)
            return known

    def _remember(self, key: str, answer: Cached) -> None:
        with self._lock:
            self._near[key] = answer
            self._near.move_to_end(key)
            while len(self._near) > KEPT:
                self._near.popitem(last=False)

    def _fetch(self, key: str) -> Cached | None:
        return _read(self._ask(lambda far: far.get(key)))

    def _ask(self, question: Callable[[Any], T]) -> T | None:
        """The answer of Redis; None while it is away."""
        if self._far is None or time.monotonic() < self._rest_until:
            return None
        try:
            return question(self._far)
        except redis.RedisError as error:
            self._rest_until = time.monotonic() + REST_SECONDS
            log.warning("cache_unavailable", extra={"cause": type(error).__name__})
            return None


def _far(redis_url: str) -> _BytesCache:
    client = redis.Redis.from_url(redis_url, socket_connect_timeout=0.2, socket_timeout=0.3)
    return _BytesCache(host=client, key_prefix=PREFIX)


def _write(answer: Cached) -> bytes:
    return b"%d %s\n%s" % (answer.version, answer.at.isoformat().encode(), answer.body)


def _read(stored: object) -> Cached | None:
    """None for anything that this module did not write."""
    if not isinstance(stored, bytes):
        return None
    head, _, body = stored.partition(b"\n")
    try:
        version, at = head.decode("ascii").split(" ")
        return Cached(body, int(version), datetime.fromisoformat(at))
    except ValueError:
        return None
