"""A fresh small district for each test: its database, a store on it, and a worker's memory of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

import psycopg
import pytest

from data_access.engine import Store, connect
from services.telemetry_memory import Memory, recall
from tests.integration.ingest.district import Rows, just_now, settle


@pytest.fixture
def url(fresh_database: Callable[[], str]) -> str:
    """The district's database."""
    made = fresh_database()
    settle(made)
    return made


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    """The product's door to it."""
    made = connect(url)
    yield made
    made.close()


@pytest.fixture
def rows(url: str) -> Iterator[Rows]:
    """What a statement finds, past the product."""
    with psycopg.connect(url, autocommit=True) as connection:
        yield lambda statement: connection.execute(statement).fetchall()


@pytest.fixture
def now() -> datetime:
    """A whole second."""
    return just_now()


@pytest.fixture
def memory(store: Store, now: datetime) -> Memory:
    """What a worker that has just started knows."""
    return recall(store, at=now)
