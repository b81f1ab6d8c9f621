"""How alembic reaches the database: the URL it is given, or DATABASE_URL; a lock that is not free within seconds gives up."""

from __future__ import annotations

import os

from alembic import context
from sqlalchemy import create_engine, pool, text

from data_access.engine import dialect_url
from data_access.locks import Lock
from data_access.tables import metadata


def run() -> None:
    """Run the wanted migrations in one transaction."""
    url = context.config.attributes.get("url") or os.environ["DATABASE_URL"]
    engine = create_engine(dialect_url(url), poolclass=pool.NullPool, connect_args={"connect_timeout": 10, "options": "-c timezone=UTC"})
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL statement_timeout = '10min'"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": Lock.MIGRATIONS})
        connection.execute(text("SET LOCAL lock_timeout = '5s'"))
        context.configure(connection=connection, target_metadata=metadata, transactional_ddl=True)
        context.run_migrations()


run()
