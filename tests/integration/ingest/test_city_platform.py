"""Pulling from the city platform: whole, once, through everything that goes wrong on the way."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from threading import Event, Thread
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from data_access.engine import Store, connect
from domain.errors import StoreUnavailable
from ingest.sources.city_platform import pull as pulling
from ingest.sources.city_platform.__main__ import main
from ingest.sources.city_platform.client import Account, CityClient
from ingest.sources.city_platform.pull import FIRST_WAIT, LONGEST_WAIT, OVERLAP, SIZE, SOURCE, Backoff, pull_all, pull_event, run
from ingest.sources.city_platform.resources import EVENTS
from ingest.sources.link import Link
from tests.fake_city_platform import (
    PASSWORD,
    USERNAME,
    City,
    Mood,
    breaks_off,
    city_platform,
    drips,
    fails,
    forgets_tokens,
    says,
    well,
)
from tests.integration.ingest.district import PATIENCE_S, wait_for

PLACE = "普陀区"
LIFTS = "liftBaseInfos"
LOGIN = "/iot/api/v1/login"
START = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
START_MS = int(START.timestamp() * 1000)
LONG_AGO_MS = START_MS - 7 * 24 * 3_600_000


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.at = START

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def city() -> Iterator[City]:
    with city_platform() as made:
        yield made


@pytest.fixture(scope="module")
def url(fresh_database: Callable[[], str]) -> str:
    return fresh_database()


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("TRUNCATE exchange_records, exchange_feeds")
    made = connect(url)
    yield made
    made.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def client(city: City, clock: Clock) -> CityClient:
    return CityClient(Link(city.url, patience=1.0), Account(USERNAME, PASSWORD), clock=clock)


@pytest.fixture
def pull(store: Store, client: CityClient, clock: Clock) -> Callable[[], float | None]:
    return lambda: pull_all(store, client, [PLACE], clock=clock)


@pytest.fixture
def look(url: str, store: Store) -> Iterator[Callable[..., list[dict[str, Any]]]]:
    with psycopg.connect(url, autocommit=True, row_factory=dict_row) as connection:
        yield lambda statement: connection.execute(statement).fetchall()


@pytest.fixture
def feed(look: Callable[..., list[dict[str, Any]]]) -> Callable[..., dict[str, Any]]:
    def of(resource: str = LIFTS, place: str = f"/{PLACE}") -> dict[str, Any]:
        (row,) = look(f"SELECT * FROM exchange_feeds WHERE source = '{SOURCE}' AND resource = '{resource}{place}'")
        return row

    return of


@pytest.fixture
def stored(look: Callable[..., list[dict[str, Any]]]) -> Callable[..., int]:
    return lambda resource=LIFTS: int(look(f"SELECT count(*) AS n FROM exchange_records WHERE resource = '{resource}'")[0]["n"])


def test_every_resource_is_read_to_its_end_once(city: City, pull, stored, feed, look) -> None:
    city.fill(LIFTS, 2 * SIZE + 7, modified=LONG_AGO_MS)
    city.fill("maintenanceRecords", SIZE, modified=LONG_AGO_MS, key="workOrderNumber")
    city.fill("liftInspects", 3, modified=LONG_AGO_MS)

    assert pull() is None

    assert [stored(name) for name in (LIFTS, "maintenanceRecords", "liftInspects", "liftMaintenanceUses")] == [2 * SIZE + 7, SIZE, 3, 0]
    row = feed()
    newest = datetime.fromtimestamp(LONG_AGO_MS / 1000, UTC) + timedelta(seconds=2 * SIZE + 6)
    assert (row["pulled"], row["rejected"], row["failures"], row["lag_seconds"], row["last_error"]) == (2 * SIZE + 7, 0, 0, 0, None)
    assert (row["last_ok_at"], row["last_record_at"], row["cursor_at"]) == (START, START, newest)
    assert feed("liftMaintenanceUses")["last_record_at"] is None
    assert city.asked[LOGIN] == 1
    assert look("SELECT body ->> 'address' AS address FROM exchange_records ORDER BY key LIMIT 1") == [{"address": "长寿路 0 号"}]


def test_reading_again_asks_for_what_changed_and_doubles_nothing(city: City, pull, stored, feed, look, clock: Clock) -> None:
    city.fill(LIFTS, 20, modified=LONG_AGO_MS)
    pull()
    received = look("SELECT key, received_at FROM exchange_records ORDER BY key")

    clock.at += timedelta(minutes=5)
    city.records[LIFTS][3] |= {"address": "迁移", "lastModifiedDate": START_MS}
    city.records[LIFTS].append({"registerNumber": "new", "lastModifiedDate": START_MS + 1})
    pull()

    assert (stored(), feed()["pulled"]) == (21, 22)
    changed = look(f"SELECT key FROM exchange_records WHERE received_at = '{clock.at.isoformat()}' ORDER BY key")
    assert [row["key"] for row in changed] == [city.records[LIFTS][3]["registerNumber"], "new"]
    assert len(received) == 20
    assert city.since[:1] == [0]
    assert max(city.since) == LONG_AGO_MS + 19_000 - int(OVERLAP.total_seconds() * 1000)


def test_an_older_version_that_comes_late_changes_nothing(city: City, pull, look) -> None:
    city.records[LIFTS] = [{"registerNumber": "a", "lastModifiedDate": START_MS, "address": "new"}]
    pull()

    city.records[LIFTS] = [{"registerNumber": "a", "lastModifiedDate": START_MS - 1_000, "address": "old"}]
    pull()

    assert look("SELECT body ->> 'address' AS address FROM exchange_records") == [{"address": "new"}]


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


def test_a_record_that_moves_while_it_is_read_pushes_no_other_through(city: City, pull, stored, feed) -> None:
    """The first record is modified after the first page: all others slip one place forward, one of them onto the page just read."""
    city.fill(LIFTS, 2 * SIZE, modified=LONG_AGO_MS)
    moved = iter([True])

    def modify(number: int) -> None:
        if number == 0 and next(moved, False):
            city.records[LIFTS][0] |= {"lastModifiedDate": START_MS, "address": "moved"}

    city.after_page = modify

    assert pull() is None
    assert (stored(), feed()["failures"]) == (2 * SIZE, 0)


def test_a_list_that_never_rests_does_not_move_the_cursor(city: City, pull, stored, feed) -> None:
    city.fill(LIFTS, 2 * SIZE, modified=LONG_AGO_MS)
    city.after_page = lambda number: city.records[LIFTS].append(
        {"registerNumber": f"n{len(city.records[LIFTS])}", "lastModifiedDate": START_MS}
    )

    assert pull() == 0.0

    assert "changed during" in feed()["last_error"]
    assert (feed()["cursor_at"], stored() >= 2 * SIZE) == (None, True)


def test_a_record_that_the_platform_holds_twice_does_not_keep_it_from_settling(city: City, pull, stored, feed) -> None:
    city.fill(LIFTS, SIZE + 5, modified=LONG_AGO_MS)
    city.records[LIFTS] += [dict(city.records[LIFTS][0]), dict(city.records[LIFTS][-1])]

    assert pull() is None
    assert (stored(), feed()["failures"], feed()["cursor_at"] is None) == (SIZE + 5, 0, False)


def test_smaller_pages_than_asked_for_are_read_to_the_end(city: City, pull, stored) -> None:
    city.fill(LIFTS, 70, modified=LONG_AGO_MS)
    city.largest_page = 20

    assert pull() is None
    assert stored() == 70


def test_what_is_no_record_is_counted_and_the_rest_kept(city: City, pull, stored, feed) -> None:
    good = {"registerNumber": "good", "lastModifiedDate": LONG_AGO_MS}
    unregistered = {"manufacturerCode": "91310000MA1K", "leaveFactoryNumber": 7788, "lastModifiedDate": LONG_AGO_MS}
    nasty = {"registerNumber": "nasty", "lastModifiedDate": LONG_AGO_MS, "address": "\u0000 \\ ' \U0001f6d7"}
    bad = [{}, {"registerNumber": ["x"]}, {"registerNumber": "x" * 201}, {"registerNumber": "a\nb"}, {"registerNumber": True}]
    city.records[LIFTS] = [good, unregistered, nasty, *[{**entry, "n": n} for n, entry in enumerate(bad)]]

    assert pull() is None
    assert (stored(), feed()["rejected"]) == (3, len(bad))


def test_a_modification_in_the_future_does_not_hide_what_comes_after(city: City, pull, stored, clock: Clock) -> None:
    city.records[LIFTS] = [{"registerNumber": "ahead", "lastModifiedDate": START_MS + 10**9}]
    pull()
    city.records[LIFTS].append({"registerNumber": "later", "lastModifiedDate": START_MS})

    assert pull() is None
    assert stored() == 2


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


def test_an_event_is_followed_until_it_is_final(city: City, store: Store, client: CityClient, clock: Clock, pull, look) -> None:
    city.events["E%2F1"] = {"eventNumber": "E/1", "currentStatus": 3, "eventDesc": "困人"}

    assert pull_event(store, client, "E/1", clock=clock) == 1
    city.events["E%2F1"] = {"eventNumber": "E/1", "currentStatus": 6}
    pull()
    asked = city.asked["/platform/api/v1/eventReports/E%2F1"]
    pull()

    assert look("SELECT key, body ->> 'currentStatus' AS status FROM exchange_records") == [{"key": "E/1", "status": "6"}]
    assert (asked, city.asked["/platform/api/v1/eventReports/E%2F1"]) == (2, 2)


def test_an_event_that_is_gone_keeps_nobody_from_asking_for_the_others(city: City, store: Store, client, clock, pull, look, feed) -> None:
    for number in ("E1", "E2", "E3"):
        city.events[number] = {"eventNumber": number, "currentStatus": 3}
        pull_event(store, client, number, clock=clock)
    del city.events["E2"]
    for number in ("E1", "E3"):
        city.events[number] = {"eventNumber": number, "currentStatus": 6}

    assert pull() is None

    assert look("SELECT key, body ->> 'currentStatus' AS status FROM exchange_records ORDER BY key") == [
        {"key": "E1", "status": "6"},
        {"key": "E2", "status": "3"},
        {"key": "E3", "status": "6"},
    ]
    assert (feed(EVENTS, "")["rejected"], feed(EVENTS, "")["failures"]) == (1, 0)


def test_the_program_pulls_until_it_is_told_to_stop(city: City, url: str, stored, store: Store, client: CityClient) -> None:
    city.fill(LIFTS, 5, modified=LONG_AGO_MS)
    stop = Event()
    thread = Thread(target=run, args=(store, client, stop), kwargs={"places": [PLACE], "every": 0.05, "clock": lambda: datetime.now(UTC)})
    thread.start()
    wait_for(stored, 5)

    city.records[LIFTS].append({"registerNumber": "next", "lastModifiedDate": int(datetime.now(UTC).timestamp() * 1000)})
    wait_for(stored, 6)

    stop.set()
    thread.join(PATIENCE_S)
    assert not thread.is_alive()


def test_the_command_reads_its_settings_and_the_databases_clock(city: City, url: str, stored, feed, monkeypatch, capsys) -> None:
    city.fill(LIFTS, 5, modified=LONG_AGO_MS)
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    assert main(["--once"]) == 2
    assert "PUTUO_CITY_PLATFORM_URL" in capsys.readouterr().err

    monkeypatch.setenv("PUTUO_CITY_PLATFORM_URL", city.url)
    monkeypatch.setenv("PUTUO_CITY_PLATFORM_USERNAME", USERNAME)
    monkeypatch.setenv("PUTUO_CITY_PLATFORM_PASSWORD", PASSWORD)
    assert main(["--once"]) == 0
    assert stored() == 5

    monkeypatch.setattr(Store, "time", lambda _: datetime(2031, 1, 1, tzinfo=UTC))  # another machine's clock than ours
    city.events["E1"] = {"currentStatus": 2}
    assert main(["--event", "E1"]) == 0
    assert main(["--event", "E2"]) == 1
    assert main(["--once"]) == 0
    assert feed()["last_ok_at"] >= datetime(2031, 1, 1, tzinfo=UTC)
