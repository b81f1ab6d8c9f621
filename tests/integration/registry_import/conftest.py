"""An empty database, and a way to import into it as the command does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, Protocol

import psycopg
import pytest
from psycopg.rows import dict_row

from data_access.engine import Store, connect
from domain.coordinates import Datum
from services.registry_import import Commission, Outcome, RegisterMapping, import_register
from tests.unit.registry_import.files import district

AT = datetime(2026, 11, 20, 8, tzinfo=UTC)


class Importing(Protocol):
    """import_register with an elevator file in WGS-84 as the default."""

    def __call__(self, content: bytes, mapping: RegisterMapping = ..., **terms: Any) -> Outcome: ...


@pytest.fixture
def empty_url(fresh_database: Callable[[], str]) -> str:
    """A migrated database in which nothing was stored yet."""
    return fresh_database()


@pytest.fixture
def store(empty_url: str) -> Iterator[Store]:
    made = connect(empty_url)
    yield made
    made.close()


@pytest.fixture
def rows(empty_url: str) -> Iterator[Callable[[str], list[dict[str, Any]]]]:
    """What a statement finds behind the product's back."""
    with psycopg.connect(empty_url, autocommit=True, row_factory=dict_row) as connection:

        def run(statement: str) -> list[dict[str, Any]]:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

        yield run


@pytest.fixture
def bring_in(store: Store) -> Importing:
    def call(content: bytes, mapping: RegisterMapping = RegisterMapping(), **terms: Any) -> Outcome:  # noqa: B008 frozen
        commission = Commission(mapping=mapping, **({"kind": "elevator", "datum": Datum.WGS84} | terms))
        return import_register(store, content, commission, district=district(), at=AT)

    return call
