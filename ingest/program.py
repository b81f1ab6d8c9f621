"""What the programs of this room have in common: settings, logs, an end by signal, a store whose commits are announced."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import logs
import settings
from data_access.engine import Store, connect
from data_access.stream import StreamLog
from settings import Settings


def configured() -> Settings:
    """The environment's settings; logs go as they say."""
    deployment = settings.load()
    logs.configure(deployment.log_level)
    return deployment


def until_told() -> threading.Event:
    """What SIGTERM and SIGINT set."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop


@contextmanager
def stored(deployment: Settings, *, name: str, pool_size: int) -> Iterator[Store]:
    """The store while the block lasts; every screen hears of its commits."""
    announce = StreamLog(deployment.redis_url.get_secret_value()).publish
    store = connect(deployment.database_url.get_secret_value(), announce=announce, pool_size=pool_size, name=name)
    try:
        yield store
    finally:
        store.close()
