"""Sites (场所)."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import select

from data_access.engine import Tx
from data_access.repositories.bulk import Row, copy_rows, upsert_rows
from data_access.tables import sites
from data_access.watches import Watch
from data_access.words import initials, search_key


def add_all(tx: Tx, rows: Sequence[Row]) -> int:
    """COPY new sites (name, street_code, place_kind, address, lng, lat, demo; id may be given); the number of rows."""
    tx.touch(Watch.EQUIPMENT)
    return copy_rows(tx, sites, [_complete(row) for row in rows])


def ensure(tx: Tx, rows: Sequence[Row]) -> dict[str, int]:
    """The id of each site by name; unknown ones are created, known ones take the given columns."""
    done = upsert_rows(tx, sites, [_complete(row) for row in rows], key="name")
    if done.added or done.changed:
        tx.touch(Watch.EQUIPMENT)
    names = [str(row["name"]) for row in rows]
    return {row.name: row.id for row in tx.execute(select(sites.c.id, sites.c.name).where(sites.c.name.in_(names)))}


def stored(tx: Tx, names: Collection[str]) -> dict[str, dict[str, object]]:
    """The sites of these names as stored, by name."""
    rows = tx.execute(select(sites).where(sites.c.name.in_(names))).mappings()
    return {row["name"]: dict(row) for row in rows}


def _complete(row: Row) -> dict[str, object]:
    name = str(row["name"])
    found_by = {"pinyin": initials(name), "search_key": search_key(str(row.get("address") or ""), names=(name,))}
    return {"place_kind": "other", "address": "", **row, **found_by}
