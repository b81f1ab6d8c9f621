"""What the hours and days of a machine came to."""

from __future__ import annotations

from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import select

from data_access.engine import Tx
from data_access.rollups import restore
from data_access.scoping import within
from data_access.tables import equipment, reading_rollups
from domain.rollups import Rollup, Span
from domain.scope import Scope

e, r = equipment.c, reading_rollups.c
MOST: Final = 10_000


class RollupRow(NamedTuple):
    """One hour, or one Shanghai day, of a machine."""

    since: datetime
    rollup: Rollup


def rollups(scope: Scope, tx: Tx, *, equipment_id: int, span: Span, since: datetime, until: datetime, limit: int = MOST) -> list[RollupRow]:
    """The roll-ups of one machine that begin in [since, until), oldest first; of closed hours only, so a few hours behind."""
    statement = (
        select(r.since, r.data)
        .select_from(reading_rollups.join(equipment, e.id == r.equipment_id))
        .where(r.equipment_id == equipment_id, r.span == span.value, r.since >= since, r.since < until)
        .order_by(r.since)
        .limit(limit)
    )
    return [RollupRow(begin, restore(data)) for begin, data in tx.rows(within(scope, statement))]
