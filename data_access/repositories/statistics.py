"""Statistics messages: a machine's daily sums, kept as they came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from psycopg.types.json import Jsonb

from data_access.engine import Tx

Row = tuple[int, datetime, datetime, str, Mapping[str, object]]
"""(equipment_id, sampled_at, received_at, vendor, body)"""

_APPEND: Final = (
    "INSERT INTO statistics (equipment_id, sampled_at, received_at, vendor, body) "
    "SELECT * FROM unnest(%b::int4[], %b::timestamptz[], %b::timestamptz[], %b::text[], %b::jsonb[]) "
    "ON CONFLICT (equipment_id, sampled_at) DO NOTHING"
)


def append(tx: Tx, rows: Sequence[Row]) -> int:
    """Store what is new; the first of a machine and moment wins. The number of new rows."""
    if not rows:
        return 0
    ids, sampled, received, vendors, bodies = zip(*rows, strict=True)
    with tx.cursor() as cursor:
        cursor.execute(_APPEND, (list(ids), list(sampled), list(received), list(vendors), [Jsonb(body) for body in bodies]))
        return cursor.rowcount
