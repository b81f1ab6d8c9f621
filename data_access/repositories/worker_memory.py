"""What an ingest worker must know before it judges the first reading: the register, thresholds, last states, open alarms."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import Row, select

from data_access.engine import Tx
from data_access.tables import data_versions, equipment, equipment_states, vendor_code_map


class Sampled(NamedTuple):
    """One stored reading, still packed."""

    equipment_id: int
    sampled_at: datetime
    received_at: datetime
    data: bytes


# One walk down the primary key per machine: a scan would read an hour of the whole district.
_REPLAY: Final = (
    "SELECT s.equipment_id, r.sampled_at, r.received_at, r.data FROM equipment_states s CROSS JOIN LATERAL ("
    " SELECT sampled_at, received_at, data FROM readings WHERE equipment_id = s.equipment_id"
    " AND sampled_at > s.sampled_at - make_interval(secs => %(seconds)s) AND sampled_at <= %(until)s ORDER BY sampled_at) r"
    " WHERE s.equipment_id = ANY(%(ids)s::int4[])"
)


def devices(tx: Tx) -> list[Row[Any]]:
    """Every machine of the register as far as a message concerns it."""
    c = equipment.c
    columns = (c.id, c.code, c.kind, c.monitor_vendor, c.rated_speed, c.rated_load, c.has_belt, c.indoor, c.fence, c.street_code)
    return list(tx.execute(select(*columns).order_by(c.id)))


def codes(tx: Tx) -> dict[tuple[str, str], str]:
    """(vendor, vendor's code) → canonical code."""
    c = vendor_code_map.c
    return {(row.vendor, row.code): row.canonical for row in tx.execute(select(c.vendor, c.code, c.canonical))}


def states(tx: Tx) -> list[Row[Any]]:
    """The newest reading of every machine that ever spoke, with its cadence in seconds."""
    s, e = equipment_states.c, equipment.c
    columns = (s.equipment_id, e.kind, s.vendor, s.sampled_at, s.received_at, s.data, s.cadence_s)
    return list(tx.execute(select(*columns).join(equipment, e.id == s.equipment_id)))


def replay(tx: Tx, ids: Sequence[int], *, seconds: float, until: datetime) -> list[Sampled]:
    """What each of these machines said from `seconds` before its newest written state to `until`, machine by machine in order.

    Newest states are written a few seconds late under load; readings never are.
    """
    with tx.cursor() as cursor:
        cursor.execute(_REPLAY, {"seconds": seconds, "until": until, "ids": list(ids)}, binary=True)
        return list(map(Sampled._make, cursor))


def versions(tx: Tx, watches: Collection[str]) -> dict[str, int]:
    """The versions of some watches; one that was never touched is 0."""
    c = data_versions.c
    found = {row.watch: row.version for row in tx.execute(select(c.watch, c.version).where(c.watch.in_(watches)))}
    return {watch: found.get(watch, 0) for watch in watches}
