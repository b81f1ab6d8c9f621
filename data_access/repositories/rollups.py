"""What hours and days of machines came to."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final

from data_access import rollups
from data_access.engine import Tx
from domain.rollups import Rollup, Span, next_day

Key = tuple[int, datetime]
"""(equipment_id, beginning of the span)."""

_PUT: Final = (
    "INSERT INTO reading_rollups (since, equipment_id, n, span, data) "
    "SELECT since, equipment_id, n, %b, data FROM unnest(%b::timestamptz[], %b::int4[], %b::int4[], %b::bytea[]) "
    "AS r (since, equipment_id, n, data) "
    "ON CONFLICT (equipment_id, span, since) DO UPDATE SET n = excluded.n, data = excluded.data"
)
_HOURS: Final = (
    "SELECT r.equipment_id, k.day, r.data FROM unnest(%b::int4[], %b::timestamptz[], %b::timestamptz[]) AS k (equipment_id, day, next) "
    "JOIN reading_rollups r ON r.equipment_id = k.equipment_id AND r.span = %b AND r.since >= k.day AND r.since < k.next "
    "WHERE r.since >= %b AND r.since < %b"
)


def put(tx: Tx, span: Span, found: Mapping[Key, Rollup]) -> None:
    """Write the roll-ups of one span, in place of those that are there."""
    if not found:
        return
    ordered = sorted(found.items())
    columns = (
        [since for (_, since), _ in ordered],
        [machine for (machine, _), _ in ordered],
        [one.readings for _, one in ordered],
        [rollups.store(one) for _, one in ordered],
    )
    with tx.cursor() as cursor:
        cursor.execute(_PUT, (span.value, *columns))


def hours_of(tx: Tx, days: Collection[Key]) -> dict[Key, list[Rollup]]:
    """All hours of some machines' days, by machine and day."""
    if not days:
        return {}
    machines, begins = [machine for machine, _ in days], [day for _, day in days]
    ends = [next_day(day) for day in begins]
    hours: dict[Key, list[Rollup]] = {}
    with tx.cursor() as cursor:
        for machine, day, data in cursor.execute(_HOURS, (machines, begins, ends, Span.HOUR.value, min(begins), max(ends)), binary=True):
            hours.setdefault((machine, day), []).append(rollups.restore(data))
    return hours
