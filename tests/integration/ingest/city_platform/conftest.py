"""A city platform to pull from, a clock that a test moves, and ways to look at what was stored."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from data_access.engine import Store, connect
from ingest.sources.city_platform.client import Account, CityClient
from ingest.sources.city_platform.pull import SOURCE, pull_all
from ingest.sources.link import Link
from tests.fake_city_platform import PASSWORD, USERNAME, City, city_platform

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
