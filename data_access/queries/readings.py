"""What a machine has said: its newest reading and its history, wherever that lies."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on

from data_access.engine import Tx
from data_access.readings_codec import unpack
from data_access.scoping import within
from data_access.tables import equipment, equipment_states, readings
from domain.equipment.kind import Values
from domain.scope import Scope

e, r, s = equipment.c, readings.c, equipment_states.c
MOST: Final = 20_000  # rows of one answer


@dataclass(frozen=True, slots=True)
class LatestRow:
    """The newest reading of one machine; `values` are in the order of its kind's fields."""

    values: Values
    kind: str
    vendor: str
    sampled_at: datetime
    received_at: datetime
    cadence_seconds: float
    presence: str
    late_count: int


def history(
    scope: Scope, tx: Tx, *, equipment_id: int, since: datetime, until: datetime, every_seconds: float | None = None, limit: int = MOST
) -> list[tuple[datetime, Values]]:
    """The readings of one machine sampled in [since, until), oldest first; of each `every_seconds` the first one only."""
    statement = (
        select(r.sampled_at, r.data, e.kind)
        .select_from(readings.join(equipment, e.id == r.equipment_id))
        .where(r.equipment_id == equipment_id, r.sampled_at >= since, r.sampled_at < until)
        .limit(limit)
    )
    if every_seconds is None:
        statement = statement.order_by(r.sampled_at)
    else:
        step = func.floor(func.extract("epoch", r.sampled_at) / every_seconds)
        statement = statement.ext(distinct_on(step)).order_by(step, r.sampled_at)
    return [(sampled_at, unpack(kind, data)) for sampled_at, data, kind in tx.rows(within(scope, statement))]


def latest(scope: Scope, tx: Tx, *, equipment_id: int) -> LatestRow | None:
    """The newest reading of one machine; None when it never spoke, or lies outside the scope."""
    statement = (
        select(e.kind, s.vendor, s.sampled_at, s.received_at, s.cadence_s, s.presence, s.late_count, s.data)
        .select_from(equipment_states.join(equipment, e.id == s.equipment_id))
        .where(s.equipment_id == equipment_id)
    )
    rows = tx.rows(within(scope, statement))
    return next((LatestRow(unpack(row[0], row[-1]), *row[:-1]) for row in rows), None)
