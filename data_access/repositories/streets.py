"""Streets and towns."""

from __future__ import annotations

from collections.abc import Sequence

from data_access.engine import Tx
from data_access.repositories.bulk import Row, Upserted, upsert_rows
from data_access.tables import streets
from data_access.watches import Watch
from data_access.words import sort_key


def upsert(tx: Tx, rows: Sequence[Row]) -> Upserted:
    """Add or change streets by code: code, name, kind, lng, lat, area_km2, geometry."""
    done = upsert_rows(tx, streets, [{"sort_key": sort_key(str(row["name"])), **row} for row in rows], key="code")
    if done.added or done.changed:
        tx.touch(Watch.EQUIPMENT)
    return done
