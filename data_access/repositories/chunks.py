"""Closed hours of readings on their way into chunks: whole machines out of an hour's partition, late ones out of the default one.

Every transaction that writes chunks calls `exclusive` first, so that two schedules cannot write the same one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import select, text

from data_access.chunks import Block, NotAChunk, block, decode, encode, instant
from data_access.engine import Tx
from data_access.locks import Lock
from data_access.partitions import READINGS
from data_access.tables import equipment

Key = tuple[int, datetime]
"""A chunk's identity: (equipment_id, hour)."""

ROW_BYTES: Final = 85  # of a reading in its partition, about
DROP_WAITS_MS: Final = 800  # shorter than PostgreSQL waits before it looks for a deadlock: a batch in our way goes first

# Bytes end to end instead of rows: a machine's hour comes as one row, and nothing is parsed.
_JOINED: Final = (
    "string_agg(timestamptz_send(sampled_at), ''::bytea), string_agg(timestamptz_send(received_at), ''::bytea), "
    "CASE WHEN min(vendor) = max(vendor) THEN ARRAY[min(vendor)] ELSE array_agg(vendor) END, "
    "string_agg(int2send(octet_length(data)::int2), ''::bytea), string_agg(data, ''::bytea)"
)
_LAST: Final = "SELECT equipment_id FROM {table} WHERE equipment_id > %s ORDER BY equipment_id, sampled_at OFFSET %s LIMIT 1"
_SPAN: Final = "equipment_id > %s AND equipment_id <= %s"
_SOME: Final = "equipment_id = ANY(%s::int4[])"
_READ: Final = (
    f"SELECT equipment_id, {_JOINED} "
    "FROM (SELECT * FROM {table} WHERE {where} ORDER BY equipment_id, sampled_at) r GROUP BY equipment_id"
)
_TAKE: Final = (
    "WITH due AS (SELECT equipment_id, sampled_at FROM readings_default r WHERE (equipment_id, sampled_at) > (%s, %s) "
    "AND sampled_at < %s AND received_at < %s AND NOT EXISTS (SELECT FROM unnest(%s::int4[], %s::timestamptz[]) AS k (equipment_id, hour) "
    "WHERE k.equipment_id = r.equipment_id AND r.sampled_at >= k.hour AND r.sampled_at < k.hour + interval '1 hour') "
    "ORDER BY equipment_id, sampled_at LIMIT %s), "
    "taken AS (DELETE FROM readings_default r USING due d "
    "WHERE r.equipment_id = d.equipment_id AND r.sampled_at = d.sampled_at RETURNING r.*) "
    f"SELECT equipment_id, date_trunc('hour', sampled_at, 'UTC') AS hour, {_JOINED} "
    "FROM (SELECT * FROM taken ORDER BY equipment_id, sampled_at) r GROUP BY 1, 2 ORDER BY 1, 2"
)
_STORED: Final = (
    "SELECT c.equipment_id, c.hour, c.data FROM unnest(%b::int4[], %b::timestamptz[]) AS k (equipment_id, hour) "
    "JOIN reading_chunks c USING (equipment_id, hour) WHERE c.hour BETWEEN %b AND %b"
)
_PUT: Final = (
    "INSERT INTO reading_chunks AS c (hour, first_at, last_at, equipment_id, n, data) "
    "SELECT * FROM unnest(%b::timestamptz[], %b::timestamptz[], %b::timestamptz[], %b::int4[], %b::int4[], %b::bytea[]) "
    "ON CONFLICT (equipment_id, hour) DO UPDATE SET first_at = excluded.first_at, last_at = excluded.last_at, n = excluded.n, "
    "data = excluded.data"
)
_DIFFERING: Final = (
    "SELECT r.equipment_id FROM (SELECT equipment_id, count(*) AS n FROM {table} GROUP BY 1) r "
    "LEFT JOIN reading_chunks c ON c.equipment_id = r.equipment_id AND c.hour = %s "
    "WHERE c.n IS DISTINCT FROM r.n ORDER BY 1 LIMIT %s"
)
_NOTE: Final = text(
    "INSERT INTO compactions (hour, through) VALUES (:hour, :through) ON CONFLICT (hour) DO UPDATE SET through = excluded.through"
)
_BEFORE_ALL: Final = -1


class Damaged(Exception):
    """These chunks cannot be read."""

    def __init__(self, keys: Collection[Key]) -> None:
        self.keys = frozenset(keys)
        super().__init__(*sorted(keys))


class Machine(NamedTuple):
    """What the register says of one."""

    kind: str
    code: str


def exclusive(tx: Tx) -> None:
    """Wait until nobody else writes chunks, and keep others waiting until the transaction ends."""
    tx.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": Lock.CHUNKS})


def begin(tx: Tx, hour: datetime) -> bool:
    """Take the turn to write chunks of an hour; False when its partition is gone, because somebody else was faster."""
    exclusive(tx)
    return tx.scalar(text("SELECT to_regclass(:name)"), {"name": READINGS.name(hour)}) is not None


def closed_hours(tx: Tx, before: datetime) -> list[datetime]:
    """The hours with a partition of their own that end at or before a moment, the oldest first."""
    return [READINGS.begins(name) for name in READINGS.ended(tx, before)]


def estimate(tx: Tx, hours: Collection[datetime]) -> int:
    """About how many readings lie in the partitions of these hours."""
    sizes = text("SELECT coalesce(sum(pg_relation_size(to_regclass(name))), 0) FROM unnest(CAST(:names AS text[])) AS name")
    return int(tx.scalar(sizes, {"names": [READINGS.name(hour) for hour in hours]})) // ROW_BYTES


def through(tx: Tx, hour: datetime) -> int:
    """The last machine of an hour that is compacted; below every number where none is."""
    found = tx.scalar(text("SELECT through FROM compactions WHERE hour = :hour"), {"hour": hour})
    return _BEFORE_ALL if found is None else int(found)


def note_through(tx: Tx, hour: datetime, equipment_id: int) -> None:
    """Note how far an hour is compacted."""
    tx.execute(_NOTE, {"hour": hour, "through": equipment_id})


def read_after(tx: Tx, hour: datetime, equipment_id: int, *, most: int) -> dict[Key, Block]:
    """The next machines of an hour, each with all its readings; they have some more than `most` readings together, or are the last."""
    with tx.cursor() as cursor:
        last = cursor.execute(_table(_LAST, hour), (equipment_id, most)).fetchone()
        upto = last[0] if last else 2**31 - 1
        return _blocks(hour, cursor.execute(_table(_READ, hour, _SPAN), (equipment_id, upto), binary=True))


def read(tx: Tx, hour: datetime, machines: Collection[int]) -> dict[Key, Block]:
    """All readings of some machines of an hour."""
    with tx.cursor() as cursor:
        return _blocks(hour, cursor.execute(_table(_READ, hour, _SOME), (list(machines),), binary=True))


def take_late(
    tx: Tx, after: tuple[int, datetime], *, before: datetime, received_before: datetime, but: Collection[Key], most: int
) -> dict[Key, Block]:
    """Take out of the default partition what was sampled and received before these times, after a machine and time: `most` rows.

    What belongs to a chunk of `but` stays.
    """
    machines, hours = [machine for machine, _ in but], [hour for _, hour in but]
    with tx.cursor() as cursor:
        rows = cursor.execute(_TAKE, (*after, before, received_before, machines, hours, most), binary=True)
        return {(equipment_id, hour): block(*columns) for equipment_id, hour, *columns in rows}


def stored(tx: Tx, keys: Collection[Key]) -> dict[Key, Block]:
    """The chunks there are of these. Raises Damaged."""
    if not keys:
        return {}
    machines, hours = [machine for machine, _ in keys], [hour for _, hour in keys]
    with tx.cursor() as cursor:
        rows = cursor.execute(_STORED, (machines, hours, min(hours), max(hours)), binary=True)
        read = {(equipment_id, hour): _decoded(data) for equipment_id, hour, data in rows}
    if damaged := {key for key, one in read.items() if one is None}:
        raise Damaged(damaged)
    return {key: one for key, one in read.items() if one is not None}


def put(tx: Tx, blocks: Mapping[Key, Block]) -> None:
    """Write chunks, in place of those that are there."""
    if not blocks:
        return
    ordered = sorted(blocks.items())
    columns = (
        [hour for (_, hour), _ in ordered],
        [instant(int(one.sampled[0])) for _, one in ordered],
        [instant(int(one.sampled[-1])) for _, one in ordered],
        [machine for (machine, _), _ in ordered],
        [len(one) for _, one in ordered],
        [encode(one) for _, one in ordered],
    )
    with tx.cursor() as cursor:
        cursor.execute(_PUT, columns)


def freeze(tx: Tx, hour: datetime) -> None:
    """Let nobody write into an hour's partition until the transaction ends; other hours go on."""
    tx.execute(text(f"LOCK TABLE {READINGS.name(hour)} IN SHARE MODE"))


def differing(tx: Tx, hour: datetime, *, most: int) -> list[int]:
    """Machines of an hour's partition whose chunk has not the same number of readings, at most so many.

    It counts every reading of the hour, about six million a second, and takes the time it needs.
    """
    tx.execute(text("SET LOCAL statement_timeout = 0"))
    with tx.cursor() as cursor:
        return [machine for (machine,) in cursor.execute(_table(_DIFFERING, hour), (hour, most))]


def drop(tx: Tx, hour: datetime) -> None:
    """Drop an hour's partition. Raises StoreUnavailable where a batch is in the way for too long: it may be waiting for us."""
    tx.execute(text(f"SET LOCAL lock_timeout = {DROP_WAITS_MS}"))
    tx.execute(text(f"DROP TABLE {READINGS.name(hour)}"))
    tx.execute(text("DELETE FROM compactions WHERE hour = :hour"), {"hour": hour})


def machines(tx: Tx, numbers: Collection[int]) -> dict[int, Machine]:
    """Those of these machines that the register knows."""
    e = equipment.c
    return {row.id: Machine(row.kind, row.code) for row in tx.execute(select(e.id, e.kind, e.code).where(e.id.in_(list(numbers))))}


def _decoded(data: bytes) -> Block | None:
    try:
        return decode(data)
    except NotAChunk:
        return None


def _table(statement: str, hour: datetime, where: str = "") -> bytes:
    return statement.format(table=READINGS.name(hour), where=where).encode()


def _blocks(hour: datetime, rows: Any) -> dict[Key, Block]:
    return {(equipment_id, hour): block(*columns) for equipment_id, *columns in rows}
