"""A second worker of one session waits, is seen to wait, and takes over."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

from data_access.engine import connect
from ingest.client import Broker, Client
from ingest.worker import Worker
from tests.integration.ingest.district import PATIENCE_S, Rows, wait_for

SESSION = "shared"
MARKS = "SELECT worker FROM ingest_marks ORDER BY 1"


@contextmanager
def one(url: str, mqtt_url: str, holder: str) -> Iterator[Event]:
    """A worker of the session; setting the event ends it."""
    client, store, stop = Client(Broker(mqtt_url, SESSION)), connect(url, name=holder), Event()
    thread = Thread(target=Worker(client, store, name=SESSION, holder=holder).run, args=(stop,), name=holder)
    thread.start()
    try:
        yield stop
    finally:
        stop.set()
        thread.join(PATIENCE_S)
        store.close()
        assert not thread.is_alive()


def test_who_stands_by_is_seen_until_it_takes_over(url: str, mqtt_url: str, rows: Rows) -> None:
    with one(url, mqtt_url, "first") as first:
        wait_for(lambda: rows(MARKS), [(SESSION,)])
        with one(url, mqtt_url, "second"):
            wait_for(lambda: rows(MARKS), [(SESSION,), (f"{SESSION}/standby",)])

            first.set()

            wait_for(lambda: rows(MARKS), [(SESSION,)])
            epochs = f"SELECT (counters -> 'gauges' ->> 'lease_epoch')::int FROM ingest_marks WHERE worker = '{SESSION}'"
            wait_for(lambda: rows(epochs), [(2,)])
