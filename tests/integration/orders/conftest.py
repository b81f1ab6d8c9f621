"""The town of work orders in a database of each module's own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from data_access.engine import connect
from tests.order_town import Town, settle


@pytest.fixture(scope="module")
def town(database_url: str) -> Iterator[Town]:
    """The module's own town."""
    store = connect(database_url, name="tests")
    yield settle(store)
    store.close()
