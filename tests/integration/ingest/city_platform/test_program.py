"""Single events, and the program that pulls them and the lists."""

from __future__ import annotations

from datetime import UTC, datetime
from threading import Event, Thread

from data_access.engine import Store
from ingest.sources.city_platform.__main__ import main
from ingest.sources.city_platform.client import CityClient
from ingest.sources.city_platform.pull import pull_event, run
from ingest.sources.city_platform.resources import EVENTS
from tests.fake_city_platform import PASSWORD, USERNAME, City
from tests.integration.ingest.city_platform.conftest import LIFTS, LONG_AGO_MS, PLACE, Clock
from tests.integration.ingest.district import PATIENCE_S, wait_for


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
