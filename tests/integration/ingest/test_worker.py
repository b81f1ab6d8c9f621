"""In which order the worker answers, and when it stops."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from threading import Event

import pytest

from data_access.engine import Store, connect
from ingest.announcements import Announcements
from ingest.client import Broker, Client
from ingest.decode import Message
from ingest.worker import Worker
from tests.integration.ingest.district import just_now, state

HELD = 3


class Ear(Client):
    """A client without a broker: a lift speaks at each look, without end. It notes what was acknowledged and is told to stop at once."""

    def __init__(self, stop: Event, done: list[str]) -> None:
        super().__init__(Broker("mqtt://127.0.0.1:1", "ear"))
        self._stop, self._done = stop, done

    @property
    def waiting(self) -> int:
        """As many as an ear may hold when it is told to stop."""
        return HELD

    def open(self, client_id: str | None = None) -> None:
        """Nobody is there."""

    def take(self, *, limit: int, idle: float, window: float) -> list[Message]:
        """The first reading of the next lift."""
        self._stop.set()
        return [Message(*state(len(self._done), just_now(60)), received_at=just_now(), qos=1)]

    def acknowledge(self, messages: Sequence[Message]) -> None:
        """Note it."""
        self._done.append("acknowledged")


@pytest.fixture
def done(url: str) -> Iterator[list[str]]:
    """What a worker did that was told to stop at its first batch."""
    done: list[str] = []

    def publish(versions: object, at: datetime) -> None:
        done.append("published")

    news, stop = Announcements(publish), Event()
    store: Store = connect(url, announce=news.note)
    Worker(Ear(stop, done), store, name="ear", tell=news.tell).run(stop)
    yield done
    store.close()


def test_the_broker_is_answered_before_the_screens_are_told(done: list[str]) -> None:
    assert done[:4] == ["acknowledged", "published", "acknowledged", "published"]


def test_a_worker_that_is_told_to_stop_commits_what_it_holds_and_no_more(done: list[str]) -> None:
    assert done.count("acknowledged") == 1 + HELD
