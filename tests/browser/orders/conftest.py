"""The town of work orders, served for a Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from data_access.engine import connect
from data_access.stream import StreamLog
from tests.integration.web.served import Server, serving
from tests.order_town import Town, settle


@pytest.fixture(scope="module")
def orders_town(database_url: str, redis_url: str) -> Iterator[Town]:
    """That town, whose changes are announced."""
    store = connect(database_url, announce=StreamLog(redis_url).publish)
    yield settle(store, at=datetime.now(UTC))
    store.close()


@pytest.fixture(scope="module")
def server(orders_town: Town, database_url: str, redis_url: str) -> Iterator[Server]:
    """That town, served."""
    with serving({"DATABASE_URL": database_url, "REDIS_URL": redis_url}) as running:
        yield running
