"""Many rows at once: COPY into a table, or through a temporary one into an upsert."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, cast

from psycopg.types.json import Jsonb
from sqlalchemy import REAL, BigInteger, Boolean, Date, DateTime, Double, Integer, SmallInteger, Table, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA, JSONB
from sqlalchemy.types import TypeEngine

from data_access.engine import Tx
from data_access.words import json_text

Row = Mapping[str, object]

_NAMES: Final[tuple[tuple[type[TypeEngine[object]], str], ...]] = cast(
    "tuple[tuple[type[TypeEngine[object]], str], ...]",
    (
        (BigInteger, "int8"),
        (SmallInteger, "int2"),
        (Integer, "int4"),
        (Boolean, "bool"),
        (DateTime, "timestamptz"),
        (Date, "date"),
        (JSONB, "jsonb"),
        (BYTEA, "bytea"),
        (REAL, "float4"),
        (Double, "float8"),
        (Text, "text"),
    ),
)


@dataclass(frozen=True, slots=True)
class Upserted:
    """How many rows were new, changed by this call, and already there as given."""

    added: int
    changed: int
    unchanged: int


def copy_rows(tx: Tx, table: Table, rows: Sequence[Row], *, into: str | None = None) -> int:
    """COPY `rows` (column name → value, the same columns in each) into `table`; the number of rows.

    Given identities are kept and the sequence moves past them. Raises KeyError for a name that is no column.
    """
    if not rows:
        return 0
    columns = [table.c[name] for name in rows[0]]
    names = ", ".join(f'"{column.name}"' for column in columns)
    json = [isinstance(column.type, JSONB) for column in columns]
    statement = f"COPY {into or table.name} ({names}) FROM STDIN (FORMAT BINARY)"
    keys = [column.name for column in columns]
    lines = ([Jsonb(row[key], dumps=json_text) if is_json else row[key] for key, is_json in zip(keys, json, strict=True)] for row in rows)
    count = tx.copy(statement, [_type_name(column.type) for column in columns], lines)
    if into is None and "id" in keys:
        tx.execute(text(f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), (SELECT max(id) FROM {table.name}))"))
    return count


def upsert_rows(tx: Tx, table: Table, rows: Sequence[Row], *, key: str, stamp: str | None = None) -> Upserted:
    """Add the rows whose `key` is new and change those that differ in a given column; idempotent.

    `stamp` names a column that is set to now on a changed row. Within `rows` a key stands once.
    """
    if not rows:
        return Upserted(0, 0, 0)
    names = [table.c[name].name for name in rows[0]]
    draft = f"draft_{table.name}"
    tx.execute(text(f"CREATE TEMPORARY TABLE {draft} (LIKE {table.name} INCLUDING DEFAULTS) ON COMMIT DROP"))
    relaxed = ", ".join(f'ALTER COLUMN "{column.name}" DROP NOT NULL' for column in table.c)
    tx.execute(text(f"ALTER TABLE {draft} {relaxed}"))
    copy_rows(tx, table, rows, into=draft)
    done = tx.execute(text(_upsert(table, names, draft, key, stamp))).all()
    tx.execute(text(f"DROP TABLE {draft}"))
    added = sum(row.is_new for row in done)
    return Upserted(added, len(done) - added, len(rows) - len(done))


def _upsert(table: Table, names: Sequence[str], draft: str, key: str, stamp: str | None) -> str:
    listed = ", ".join(f'"{name}"' for name in names)
    rest = [name for name in names if name not in {key, "id"}]
    changes = [f'"{name}" = excluded."{name}"' for name in rest] + ([f'"{stamp}" = now()'] if stamp else [])
    old = ", ".join(f't."{name}"' for name in rest)
    new = ", ".join(f'excluded."{name}"' for name in rest)
    return (
        f'INSERT INTO {table.name} AS t ({listed}) SELECT {listed} FROM {draft} ORDER BY "{key}" '
        f'ON CONFLICT ("{key}") DO UPDATE SET {", ".join(changes)} WHERE ({old}) IS DISTINCT FROM ({new}) '
        "RETURNING (xmax = 0) AS is_new"
    )


def _type_name(kind: TypeEngine[object]) -> str:
    if isinstance(kind, ARRAY):
        return f"{_type_name(kind.item_type)}[]"
    return next(name for type_, name in _NAMES if isinstance(kind, type_))
