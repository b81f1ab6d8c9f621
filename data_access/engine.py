"""The door to PostgreSQL: a store, its transactions, and the versions they raise."""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final, LiteralString

import psycopg
from psycopg.abc import Buffer
from psycopg.types.string import StrBinaryDumper, StrDumperUnknown
from sqlalchemy import Connection, CursorResult, Engine, Executable, ScalarResult, create_engine, event, exc, text

from data_access import arrays
from data_access.words import json_text, storable
from domain.errors import StoreUnavailable

log = logging.getLogger(__name__)

Announce = Callable[[Mapping[str, int], datetime], None]
"""Told after a commit: watch → its new version, and the database's time of the change."""

# A peer that is gone without a word is noticed within fifteen seconds, whether we wait for its answer or it for ours.
NETWORK: Final = {"connect_timeout": 5, "keepalives_idle": 5, "keepalives_interval": 3, "keepalives_count": 3, "tcp_user_timeout": 15_000}
OPTIONS: Final = "-c timezone=UTC -c lock_timeout=5s -c statement_timeout=30s -c idle_in_transaction_session_timeout=60s -c jit=off"

_RAISE: Final = text(
    "INSERT INTO data_versions AS v (watch, version, changed_at) "
    "SELECT watch, 1, statement_timestamp() FROM unnest(CAST(:watches AS text[])) AS watch ORDER BY watch "  # one lock order
    "ON CONFLICT (watch) DO UPDATE SET version = v.version + 1, changed_at = excluded.changed_at "
    "RETURNING watch, version, changed_at"
)


class _Text(StrDumperUnknown):
    """Text as PostgreSQL can keep it: what a stranger typed or sent never breaks a statement or a batch."""

    def dump(self, obj: str) -> Buffer | None:
        """The bytes on the wire."""
        try:
            return super().dump(obj)
        except (psycopg.DataError, UnicodeEncodeError):
            return super().dump(storable(obj))


class _BinaryText(StrBinaryDumper):
    """The same for binary parameters."""

    def dump(self, obj: str) -> Buffer | None:
        """The bytes on the wire."""
        try:
            return super().dump(obj)
        except (psycopg.DataError, UnicodeEncodeError):
            return super().dump(storable(obj))


class Tx:
    """One transaction; what it touches is announced when it has committed."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.touched: set[str] = set()

    def execute(
        self, statement: Executable, parameters: Mapping[str, object] | Sequence[Mapping[str, object]] | None = None
    ) -> CursorResult[Any]:
        """Run a statement."""
        return self.connection.execute(statement, parameters)

    def rows(self, statement: Executable) -> list[tuple[Any, ...]]:
        """All rows, as plain tuples."""
        return [tuple(row) for row in self.connection.execute(statement)]

    def scalar(self, statement: Executable, parameters: Mapping[str, object] | None = None) -> Any:
        """The first column of the first row, or None."""
        return self.connection.scalar(statement, parameters)

    def scalars(self, statement: Executable, parameters: Mapping[str, object] | None = None) -> ScalarResult[Any]:
        """The first column of every row."""
        return self.connection.scalars(statement, parameters)

    def cursor(self) -> psycopg.Cursor[tuple[Any, ...]]:
        """A psycopg cursor inside this transaction, for bulk statements with binary arrays."""
        driver: psycopg.Connection[tuple[Any, ...]] = self.connection.connection.driver_connection  # type: ignore[assignment]
        return driver.cursor()

    def copy(self, statement: LiteralString, types: Sequence[str], rows: Iterable[Sequence[object]]) -> int:
        """Stream `rows` into a `COPY … FROM STDIN (FORMAT binary)`; the number of rows."""
        with self.cursor() as cursor:
            with cursor.copy(statement) as copy:
                copy.set_types(types)
                for row in rows:
                    copy.write_row(row)
            return cursor.rowcount

    def touch(self, *watches: str) -> None:
        """Note that what these watches stand for has changed."""
        self.touched.update(map(str, watches))

    def raise_versions(self) -> tuple[dict[str, int], datetime] | None:
        """Raise each touched watch once, as the transaction's last statement; the new versions and their time."""
        if not self.touched:
            return None
        rows = self.execute(_RAISE, {"watches": sorted(self.touched)}).all()
        return {row.watch: row.version for row in rows}, rows[0].changed_at


class Store:
    """A database; made by `connect`."""

    def __init__(self, engine: Engine, announce: Announce | None) -> None:
        self._engine = engine
        self._announce = announce

    @contextmanager
    def transaction(self) -> Generator[Tx]:
        """All or nothing; touched watches are raised before the commit and announced after it. Raises StoreUnavailable."""
        with translated(), self._engine.begin() as connection:
            tx = Tx(connection)
            yield tx
            raised = tx.raise_versions()
        if raised is not None and self._announce is not None:
            self._announce(*raised)

    @contextmanager
    def reading(self) -> Generator[Tx]:
        """One read-only snapshot: every query inside sees the same moment. Raises StoreUnavailable."""
        with translated(), self._engine.connect() as connection:
            snapshot = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            with snapshot.begin():
                yield Tx(snapshot)

    def ping(self) -> None:
        """Raise StoreUnavailable unless the database answers."""
        with self.reading() as tx:
            tx.scalar(text("SELECT 1"))

    def time(self) -> datetime:
        """The database's clock, which all processes share. Raises StoreUnavailable."""
        with self.reading() as tx:
            now: datetime = tx.scalar(text("SELECT clock_timestamp()"))
        return now

    @contextmanager
    def elected(self, key: int) -> Generator[bool]:
        """Whether this process leads: an advisory lock held for the block, on a connection of its own. Raises StoreUnavailable."""
        with translated(), self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            won = bool(connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": key}))
            try:
                yield won
            finally:
                if won and not connection.invalidated:
                    connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": key})

    def close(self) -> None:
        """Give all connections back."""
        self._engine.dispose()


def connect(url: str, *, announce: Announce | None = None, pool_size: int = 5, name: str = "putuo") -> Store:
    """A store on `url` (postgresql://…); connections are made when needed. `announce` hears of every committed change."""
    engine = create_engine(
        dialect_url(url),
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=True,
        pool_timeout=10,
        pool_recycle=1800,
        json_serializer=json_text,
        connect_args={**NETWORK, "options": OPTIONS, "application_name": name},
    )
    event.listen(engine, "connect", _adapt)
    return Store(engine, announce)


def dialect_url(url: str) -> str:
    """The URL as SQLAlchemy wants it, with psycopg 3 as the driver."""
    scheme, _, rest = url.partition("://")
    return f"postgresql+psycopg://{rest}" if scheme in {"postgresql", "postgres"} else url


def _adapt(connection: psycopg.Connection[Any], _record: object) -> None:
    arrays.register(connection)
    connection.adapters.register_dumper(str, _BinaryText)
    connection.adapters.register_dumper(str, _Text)  # the last one is used where a statement does not ask for binary


@contextmanager
def translated() -> Generator[None]:
    """Turn the loss of the database, a lock or statement that takes too long, and an exhausted pool into StoreUnavailable."""
    try:
        yield
    except (exc.OperationalError, exc.InterfaceError, exc.TimeoutError, psycopg.OperationalError, psycopg.InterfaceError) as error:
        log.warning("store_unavailable", extra={"cause": type(error).__name__})
        raise StoreUnavailable from error
