"""The migrated schema is what the tables say, and migrating again changes nothing."""

from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from data_access.migrations import upgrade
from data_access.tables import metadata
from domain.errors import StoreUnavailable


def _differences(store):
    def of_the_product(thing, name, kind, reflected, compare_to):
        return not (kind == "table" and reflected and name.startswith(("readings_", "reading_chunks_", "reading_rollups_")))

    with store.reading() as tx:
        context = MigrationContext.configure(tx.connection, opts={"include_object": of_the_product, "compare_server_default": True})
        return compare_metadata(context, metadata)


def test_the_migrations_make_what_the_tables_say(store):
    assert _differences(store) == []


def test_migrating_twice_changes_nothing(store, database_url):
    upgrade(database_url)

    assert _differences(store) == []


def test_no_extension_is_needed(store):
    with store.reading() as tx:
        assert list(tx.scalars(text("SELECT extname FROM pg_extension"))) == ["plpgsql"]


def test_every_foreign_key_has_an_index(store):
    bare = text(
        "SELECT c.conrelid::regclass || '.' || a.attname FROM pg_constraint c "
        "JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1] "
        "WHERE c.contype = 'f' AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.conrelid AND i.indkey[0] = c.conkey[1])"
    )
    with store.reading() as tx:
        assert list(tx.scalars(bare)) == []


def test_a_database_that_is_away_is_said_so():
    with pytest.raises(StoreUnavailable):
        upgrade("postgresql://nobody@127.0.0.1:1/nothing")
