"""The live stream, served by gunicorn's workers on real servers."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack

import psycopg
import pytest
import redis

from data_access.engine import Store, connect
from data_access.stream import KEY, StreamLog
from data_access.watches import Watch, touched
from tests.integration.web import town
from tests.integration.web.served import Server, serving
from web.asgi import THREADS

OWN = f"street:{town.CHANGFENG}:alarms"
OTHER = f"street:{town.GANQUAN}:alarms"


@pytest.fixture(scope="module")
def store(database_url: str, redis_url: str) -> Iterator[Store]:
    """The worker's side: what it commits is announced."""
    town.settle(database_url)
    made = connect(database_url, announce=StreamLog(redis_url).publish)
    yield made
    made.close()


@pytest.fixture(scope="module")
def server(store: Store, database_url: str, redis_url: str) -> Iterator[Server]:
    """Two workers: an event must reach the viewers of both."""
    with serving({"DATABASE_URL": database_url, "REDIS_URL": redis_url}, workers=2) as found:
        yield found


def change(store: Store, street: str) -> None:
    """Something happened to the alarms of a street."""
    with store.transaction() as tx:
        tx.touch(*touched(Watch.ALARMS, {street}))


def version(database: psycopg.Connection, watch: str) -> int:
    row = database.execute("SELECT version FROM data_versions WHERE watch = %s", (watch,)).fetchone()
    return row[0] if row else 0


@pytest.mark.parametrize(
    ("username", "query", "method", "status"),
    [
        pytest.param(None, "", "GET", 401, id="a stranger"),
        pytest.param("changfeng", f"?watches={OTHER}", "GET", 403, id="a street asks for another street"),
        pytest.param("changfeng", f"?watches={OWN},alarms", "GET", 403, id="a street asks for the district"),
        pytest.param("centre", "?watches=everything", "GET", 403, id="the centre asks for what does not exist"),
        pytest.param("centre", "", "POST", 405, id="a stream is read"),
    ],
)
def test_who_may_not_listen(server: Server, username: str | None, query: str, method: str, status: int) -> None:
    cookie = server.sign_in(username) if username else "putuo_session=made-up"

    assert server.request(f"/stream{query}", method=method, cookie=cookie).status == status


def test_a_stream_is_not_buffered_by_proxies(server: Server) -> None:
    with server.listen(server.sign_in("centre")) as events:
        assert events.headers["X-Accel-Buffering"] == "no"
        assert events.headers["Cache-Control"] == "no-store"
        assert events.headers["Content-Type"] == "text/event-stream; charset=utf-8"


def test_a_change_reaches_every_viewer_of_every_worker(server: Server, store: Store, database: psycopg.Connection) -> None:
    cookie, before = server.sign_in("centre"), version(database, "alarms")
    with ExitStack() as open_streams:
        viewers = [open_streams.enter_context(server.listen(cookie)) for _ in range(8)]
        for viewer in viewers:
            viewer.until("beat")

        change(store, town.CHANGFENG)

        assert [viewer.versions_of("alarms", at_least=before + 1)[1]["alarms"] for viewer in viewers] == [before + 1] * 8


def test_a_street_hears_no_other_street(server: Server, store: Store, database: psycopg.Connection) -> None:
    before = version(database, OWN)
    heard: set[str] = set()
    with server.listen(server.sign_in("changfeng")) as events:
        events.until("beat")
        for _ in range(3):
            change(store, town.GANQUAN)
        change(store, town.CHANGFENG)

        for event, _, data in events:
            heard |= set(data["versions"]) if event == "message" else set()
            if event == "message" and data["versions"].get(OWN, 0) > before:
                break

    assert OWN in heard
    assert {watch for watch in heard if watch.startswith("street:") and town.CHANGFENG not in watch} == set()
    assert "alarms" not in heard


def test_a_stream_stays_quick_while_every_thread_waits_for_the_database(
    server: Server, store: Store, database: psycopg.Connection, database_url: str
) -> None:
    cookie, before = server.sign_in("centre"), version(database, "alarms")
    with server.listen(cookie) as events, psycopg.connect(database_url) as blocker:
        events.until("beat")
        blocker.execute("LOCK TABLE equipment IN ACCESS EXCLUSIVE MODE")
        waiting = [
            threading.Thread(target=lambda: server.request("/export/equipment.csv", cookie=cookie).read()) for _ in range(4 * THREADS)
        ]
        for thread in waiting:
            thread.start()

        began = time.monotonic()
        change(store, town.CHANGFENG)
        events.versions_of("alarms", at_least=before + 1)
        took = time.monotonic() - began

        blocked = sum(thread.is_alive() for thread in waiting)
        blocker.rollback()
        for thread in waiting:
            thread.join()
    assert blocked > 2 * THREADS
    assert took < 2


def test_a_viewer_who_returns_is_told_what_it_missed(server: Server, store: Store, database: psycopg.Connection) -> None:
    cookie, before = server.sign_in("centre"), version(database, "alarms")
    with server.listen(cookie) as events:
        events.until("beat")
        change(store, town.CHANGFENG)
        last_id, _ = events.versions_of("alarms", at_least=before + 1)
    change(store, town.CHANGFENG)
    change(store, town.GANQUAN)

    with server.listen(cookie, Last_Event_ID=last_id) as events:
        identity, versions = events.versions_of("alarms", at_least=before + 1)

    assert versions["alarms"] == before + 3
    assert identity > last_id


@pytest.mark.parametrize("last_id", ["1-0", "99999999999999-0", "nonsense", "1-0; DROP"])
def test_a_viewer_whose_past_is_gone_must_resync(server: Server, store: Store, redis_url: str, last_id: str) -> None:
    change(store, town.CHANGFENG)
    with redis.Redis.from_url(redis_url) as client:
        assert client.xlen(KEY) > 0

    with server.listen(server.sign_in("centre"), Last_Event_ID=last_id) as events:
        assert events.until("resync") == {}


def test_a_stream_ends_with_its_session(server: Server) -> None:
    cookie = server.sign_in("centre")
    with server.listen(cookie) as events:
        events.until("beat")

        server.request("/logout", method="POST", cookie=cookie).read()

        assert all(event != "resync" for event, _, _ in events)
    assert server.request("/stream", cookie=cookie).status == 401


def test_a_stream_ends_when_its_reader_may_see_less(server: Server, database: psycopg.Connection) -> None:
    town.add_account(database, "moving", "bureau", None)
    cookie = server.sign_in("moving")
    with server.listen(cookie, query="?watches=alarms") as events:
        events.until("beat")

        database.execute("UPDATE accounts SET streets = %s WHERE username = 'moving'", ([town.CHANGFENG],))

        assert all(event != "resync" for event, _, _ in events)
    assert server.request("/stream?watches=alarms", cookie=cookie).status == 403


def test_without_redis_the_rows_keep_the_screen_alive(store: Store, database: psycopg.Connection, database_url: str) -> None:
    before = version(database, "alarms")
    with serving({"DATABASE_URL": database_url, "REDIS_URL": "redis://127.0.0.1:1/0"}) as alone:
        cookie = alone.sign_in("centre")
        with alone.listen(cookie) as events:
            events.until("beat")
            change(store, town.CHANGFENG)

            assert events.versions_of("alarms", at_least=before + 1)
        assert alone.request("/readyz").status == 200
