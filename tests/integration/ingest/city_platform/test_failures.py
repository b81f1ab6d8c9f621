"""What goes wrong on the way to the city platform is noted, and made good by the next reading."""

from __future__ import annotations

import random
from datetime import timedelta
from threading import Event
from typing import Any

import pytest

from data_access.engine import Store, connect
from domain.errors import StoreUnavailable
from ingest.sources.city_platform import pull as pulling
from ingest.sources.city_platform.client import CityClient
from ingest.sources.city_platform.pull import FIRST_WAIT, LONGEST_WAIT, SIZE, Backoff, pull_all, run
from tests.fake_city_platform import City, Mood, breaks_off, drips, fails, forgets_tokens, says, well
from tests.integration.ingest.city_platform.conftest import LIFTS, LOGIN, LONG_AGO_MS, PLACE, START, START_MS, Clock


@pytest.mark.parametrize(
    ("moods", "login_moods", "sign_ins"),
    [
        pytest.param([well, forgets_tokens], [], 2, id="the token ends in the middle of the pages"),
        pytest.param([says({"status": 401, "message": "token"})], [], 2, id="refused in the body of a 200"),
    ],
)
def test_a_token_that_ends_is_renewed_and_the_page_asked_for_again(
    city: City, pull, stored, moods: list[Mood], login_moods: list[Mood], sign_ins: int
) -> None:
    city.fill(LIFTS, 3 * SIZE, modified=LONG_AGO_MS)
    city.moods.extend(moods)

    assert pull() is None
    assert (stored(), city.asked[LOGIN]) == (3 * SIZE, sign_ins)


def test_a_token_is_renewed_before_it_ends(city: City, pull, clock: Clock) -> None:
    city.life_ms = START_MS + 30 * 60_000  # as an instant

    for minutes in (0, 28, 30):
        clock.at = START + timedelta(minutes=minutes)
        assert pull() is None

    assert city.asked[LOGIN] == 2


@pytest.mark.parametrize(
    ("moods", "said"),
    [
        pytest.param([fails(500)], "status 500", id="500"),
        pytest.param([fails(503, Retry_After="17")], "status 503", id="503"),
        pytest.param([says({"status": 500, "message": "…"})], "status 500", id="an error in a 200"),
        pytest.param([says(b"<html>")], "not JSON", id="no JSON"),
        pytest.param([says(b"[" * 100_000)], "not JSON", id="nesting"),
        pytest.param([says([])], "status 200", id="a list"),
        pytest.param([says({"status": 200})], "no page", id="no result"),
        pytest.param([says({"status": 200, "result": {"content": {}, "totalElements": 1}})], "no page", id="no content"),
        pytest.param([says({"status": 200, "result": {"content": [], "totalElements": "1"}})], "no page", id="no number"),
        pytest.param([breaks_off], "broke off", id="half an answer"),
        pytest.param([drips], "in time", id="a byte now and then"),
        pytest.param([well, fails(500)], "status 500", id="in the middle of the pages"),
    ],
)
def test_a_failure_is_noted_and_the_next_reading_makes_it_good(city: City, pull, stored, feed, clock, moods: list[Mood], said: str) -> None:
    city.fill(LIFTS, 2 * SIZE, modified=LONG_AGO_MS)
    city.moods.extend(moods)

    assert pull() in {0.0, 17.0}

    failed = feed()
    assert (failed["failures"], failed["last_ok_at"], failed["cursor_at"]) == (1, None, None)
    assert said in failed["last_error"]
    assert feed("liftInspects")["failures"] == 0  # the others are read all the same

    clock.at += timedelta(minutes=1)
    assert pull() is None
    good = feed()
    assert (stored(), good["pulled"], good["failures"], good["last_error"]) == (2 * SIZE, 2 * SIZE, 0, None)


def test_the_lag_grows_while_nothing_can_be_read(city: City, pull, feed, clock: Clock) -> None:
    pull()
    for minutes in (10, 20):
        clock.at = START + timedelta(minutes=minutes)
        city.moods.append(fails(500))
        pull()

    assert (feed()["lag_seconds"], feed()["failures"], feed()["last_ok_at"]) == (1200.0, 2, START)


def test_a_wrong_password_is_tried_once_a_reading(city: City, pull, feed) -> None:
    city.password = "changed"

    assert pull() == 0.0

    assert city.asked[LOGIN] == 1
    assert all("status 401" in feed(name)["last_error"] for name in (LIFTS, "liftInspects", "maintenanceRecords"))


@pytest.mark.parametrize("token", [None, 7, "", "a\r\nX: y", "ключ"])
def test_what_is_no_token_is_no_sign_in(city: City, pull, feed, token: object) -> None:
    city.login_moods.append(says({"status": 200, "result": {"token": token, "expirationTime": 1}}))

    assert pull() == 0.0
    assert "token" in feed()["last_error"]


def test_a_kill_between_pages_loses_and_doubles_nothing(city: City, store: Store, pull, stored, feed, monkeypatch) -> None:
    """The process ends after the first page was stored: what survives of it is only what was committed."""
    city.fill(LIFTS, 3 * SIZE, modified=LONG_AGO_MS)
    keep = pulling.exchange.keep

    def killed(*arguments: Any, **named: Any) -> int:
        keep(*arguments, **named)
        raise KeyboardInterrupt

    with monkeypatch.context() as death:
        death.setattr(pulling.exchange, "keep", killed)
        with pytest.raises(KeyboardInterrupt):
            pull()
    assert (stored(), feed()["cursor_at"]) == (SIZE, None)

    assert pull() is None
    assert (stored(), feed()["pulled"]) == (3 * SIZE, 3 * SIZE)


def test_a_database_that_is_away_leaves_everything_for_later(
    city: City, store: Store, client: CityClient, clock: Clock, monkeypatch
) -> None:
    waits: list[float] = []
    stop = Event()
    monkeypatch.setattr(stop, "wait", lambda seconds: waits.append(seconds) or (len(waits) == 2 and stop.set()))
    away = connect("postgresql://nobody@127.0.0.1:1/nothing")

    run(away, client, stop, places=[PLACE], every=300, clock=clock, backoff=Backoff(random.Random(1)))

    assert FIRST_WAIT / 2 <= waits[0] <= FIRST_WAIT <= waits[1] <= 2 * FIRST_WAIT
    with pytest.raises(StoreUnavailable):
        pull_all(away, client, [PLACE], clock=clock)


def test_waits_grow_spread_out_and_heed_what_the_platform_asks() -> None:
    backoff = Backoff(random.Random(7))

    waits = [backoff.wait(0.0) for _ in range(12)]

    assert all(min(FIRST_WAIT * 2**n, LONGEST_WAIT) / 2 <= wait <= min(FIRST_WAIT * 2**n, LONGEST_WAIT) for n, wait in enumerate(waits))
    assert len(set(waits)) == len(waits)
    backoff.reset()
    assert backoff.wait(60.0) == 60.0
