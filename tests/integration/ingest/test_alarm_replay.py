"""An alarm can be shown as it came about: its rule, its thresholds, the exact messages, and why not earlier."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import psycopg
import pytest

from data_access.engine import Store, connect
from domain.explanation import Why
from domain.scope import ALL, Role, Scope
from services import films, rule_settings, vendor_codes
from services.films import Film
from services.telemetry_memory import Memory, refresh
from services.vendor_codes import Meaning
from tests.bench.alarm_replay import fill, judge_again
from tests.integration.ingest.district import Rows, event, say, state

CENTRE = Scope(Role.OPERATIONS_CENTRE, ALL, None, ALL)
ELSEWHERE = Scope(Role.STREET, ("310107014",), None, ALL)
TRAPPED = {"Passenger_Status": True}
OPEN_DOOR = {"Passenger_Status": True, "Door_Status": 4, "Door_Close_Status": False}


def film(store: Store, alarm_id: int, at: datetime, *, scope: Scope = CENTRE) -> Film | None:
    """The film of an alarm."""
    with store.reading() as tx:
        return films.of_alarm(scope, tx, alarm_id=alarm_id, at=at)


def live(store: Store, memory: Memory, since: datetime, seconds: range, **said: object) -> None:
    """Readings that arrive one by one, two seconds after they were sampled."""
    for second in seconds:
        at = since + timedelta(seconds=second)
        say(store, memory, state(1, at, **said), at=at + timedelta(seconds=2))


@pytest.fixture
def alarm(store: Store, memory: Memory, rows: Rows, now: datetime) -> int:
    """Somebody behind shut doors: the doors stood open until `now`, and open again two minutes later."""
    live(store, memory, now, range(-20, 0, 5), **OPEN_DOOR)
    live(store, memory, now, range(0, 120, 5), **TRAPPED)
    live(store, memory, now, range(120, 140, 5), **OPEN_DOOR)
    [(number,)] = rows("SELECT id FROM alarms")
    return int(number)


def test_a_film_shows_what_was_stored_around_the_alarm(store: Store, alarm: int, now: datetime):
    shown = film(store, alarm, now)

    assert shown is not None
    assert (shown.alarm.rule, shown.alarm.raised_at, shown.same, shown.kept) == (
        "entrapment_door_closed",
        now + timedelta(seconds=60),
        True,
        True,
    )
    assert (len(shown.readings), {played.delay for played in shown.readings}) == (32, {2.0})
    assert shown.readings[0].at == now - timedelta(seconds=20)
    assert (shown.began_at, shown.version) == (now, next(row.version for row in shown.rules if row.key == "entrapment_door_closed"))


def test_a_film_says_why_not_earlier(store: Store, alarm: int, now: datetime):
    shown = film(store, alarm, now)

    assert shown is not None
    [told] = [row.stretches for row in shown.rules if row.key == "entrapment_door_closed"]
    assert [(one.account.why, one.since - now) for one in told] == [
        (Why.ABSENT, timedelta(seconds=-20)), (Why.GATHERING, timedelta()), (Why.RAISED, timedelta(seconds=60)),
    ]  # fmt: skip
    assert (told[1].account.held, told[1].account.needed) == (55, 60)


def test_a_film_keeps_the_thresholds_of_its_time(store: Store, memory: Memory, rows: Rows, now: datetime):
    rule_settings.change(store, "elevator.entrapment_seconds", 30, by="王工", why="试点", at=now - timedelta(minutes=10))
    assert refresh(store, memory)
    live(store, memory, now, range(0, 60, 5), **TRAPPED)
    rule_settings.change(store, "elevator.entrapment_seconds", 90, by="李工", why="误报多", at=now + timedelta(minutes=10))

    shown = film(store, rows("SELECT id FROM alarms")[0][0], now)

    assert shown is not None
    setting = next(one for one in shown.settings if one.key == "elevator.entrapment_seconds")
    assert (setting.value, setting.version, setting.changed_by, setting.why, setting.now, setting.default) == (
        30,
        1,
        "王工",
        "试点",
        90,
        60,
    )
    assert (shown.alarm.raised_at, shown.same) == (now + timedelta(seconds=30), True)


def test_a_vendors_words_are_shown_as_they_came(store: Store, memory: Memory, rows: Rows, now: datetime):
    vendor_codes.learn(store, [Meaning("htk", "K7", "7")], by="王工", at=now)
    assert refresh(store, memory)
    live(store, memory, now, range(0, 10, 5))
    say(store, memory, event(1, now + timedelta(seconds=10), "a-1", code="K7"), at=now + timedelta(seconds=13))

    shown = film(store, rows("SELECT id FROM alarms")[0][0], now)

    assert shown is not None
    [word] = shown.words
    assert (word.event_id, word.delay, word.outcome, shown.same) == ("a-1", 3.0, "open", True)
    assert word.body is not None
    assert word.body["alarmId"] == "a-1"


def test_an_alarm_elsewhere_has_no_film(store: Store, alarm: int, now: datetime):
    assert film(store, alarm, now, scope=ELSEWHERE) is None
    assert film(store, alarm + 999, now) is None


def test_a_history_that_was_dropped_is_said_so(store: Store, url: str, alarm: int, now: datetime):
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DELETE FROM readings")

    shown = film(store, alarm, now)

    assert shown is not None
    assert (shown.readings, shown.kept, shown.same) == ([], False, False)


def test_alarms_of_a_noisy_day_are_raised_again_with_the_same_rule_time_and_id(fresh_database: Callable[[], str]):
    url = fresh_database()
    fill(url, devices=60, hours=1.5, density=60, wanted=60)
    store = connect(url)

    outcome = judge_again(store, limit=1000)

    assert outcome.different == []
    assert outcome.same.total() >= 40
    assert {source for source, _ in outcome.same} == {"rule", "event"}


def test_an_alarm_that_readings_do_not_bear_out_is_found(store: Store, rows: Rows, url: str, alarm: int):
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("UPDATE alarms SET raised_at = raised_at + interval '1 second'")

    outcome = judge_again(store, limit=10)

    assert [replace(one, evidence=None).id for one in outcome.different] == [alarm]
