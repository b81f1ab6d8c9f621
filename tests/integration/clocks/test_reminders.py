"""The tick that takes steps by itself: its parts, its minute, its leader."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest

from data_access.engine import Store, connect
from data_access.locks import Lock
from domain.errors import StoreUnavailable
from ingest import schedule
from services import reminders
from tests.integration.clocks.conftest import AT


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, datetime]]:
    """What the tick's parts were called for, instead of the parts."""
    calls: list[tuple[str, datetime]] = []

    def part(name: str, error: Exception | None = None):
        def work(store: Store, at: datetime) -> None:
            calls.append((name, at))
            if error is not None:
                raise error

        return name, work

    monkeypatch.setattr(reminders, "ALWAYS", (part("first"), part("broken", RuntimeError("broken")), part("last")))
    monkeypatch.setattr(reminders, "EACH_MINUTE", (part("minutely"),))
    return calls


def test_a_part_that_fails_does_not_stop_the_others(store: Store, heard: list[tuple[str, datetime]]):
    reminders.tick(store, AT)

    assert [name for name, _ in heard] == ["first", "broken", "last", "minutely"]


@pytest.mark.parametrize(
    ("seconds", "turns"),
    [([0, 5, 55, 59], 1), ([0, 30, 60, 65, 120], 3), ([0, -7200, -7195], 2), ([0, 7200, 7205], 2)],
    ids=["within", "each minute", "set back", "jumped ahead"],
)
def test_what_is_done_each_minute_is_done_once_a_minute(
    database_url: str, heard: list[tuple[str, datetime]], seconds: list[int], turns: int
):
    store = connect(database_url, name="a process of its own")

    for second in seconds:
        reminders.tick(store, AT + timedelta(seconds=second))
    store.close()

    assert len([name for name, _ in heard if name == "minutely"]) == turns


def test_who_does_not_lead_does_nothing(store: Store, heard: list[tuple[str, datetime]]):
    with store.elected(Lock.REMINDERS) as leads:
        other = reminders.tick(store, AT)

    assert (leads, other, heard) == (True, False, [])


def test_a_lost_database_ends_the_turn_and_is_said(store: Store, heard: list[tuple[str, datetime]], monkeypatch: pytest.MonkeyPatch):
    def lost(store: Store, at: datetime) -> None:
        raise StoreUnavailable

    monkeypatch.setattr(reminders, "ALWAYS", (("lost", lost), *reminders.ALWAYS))

    with pytest.raises(StoreUnavailable):
        reminders.tick(store, AT)

    assert heard == []


def test_the_schedule_ticks_its_reminders_until_told_to_stop(store: Store, monkeypatch: pytest.MonkeyPatch):
    stop, ticked = threading.Event(), threading.Event()

    def tick(store: Store, at: datetime) -> None:
        ticked.set()
        stop.set()

    monkeypatch.setattr(reminders, "tick", tick)
    monkeypatch.setattr(schedule.presence, "watch", lambda store, at: None)
    monkeypatch.setattr(schedule.schedule, "minute", lambda store, at: None)

    schedule.run(store, stop, clock=lambda: AT)

    assert ticked.is_set()
