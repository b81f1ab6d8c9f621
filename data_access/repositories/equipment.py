"""The register of machines."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Row as SqlRow
from sqlalchemy import select, text

from data_access.engine import Tx
from data_access.repositories.bulk import Row, Upserted, copy_rows, upsert_rows
from data_access.tables import equipment
from data_access.watches import Watch, touched
from data_access.words import initials, search_key, sort_key

EquipmentRow = SqlRow[Any]
"""A row of the register, columns as attributes."""

_BIND: Final = text(
    "UPDATE equipment e SET monitor_vendor = b.name, updated_at = now() "
    "FROM unnest(CAST(:ids AS int4[]), CAST(:names AS text[])) AS b (id, name) WHERE e.id = b.id RETURNING e.street_code"
)

# An alarm is seen by whoever is responsible for its machine now.
_MOVE_ALARMS: Final = text(
    "UPDATE alarms a SET street_code = e.street_code FROM equipment e "
    "WHERE e.id = a.equipment_id AND e.code = ANY(CAST(:codes AS text[])) AND a.street_code IS DISTINCT FROM e.street_code "
    "RETURNING e.street_code"
)

# What the database would put where a column is not named; a row that names it as None gets the same.
DEFAULTS: Final[dict[str, object]] = {
    "residential": False,
    "place_kind": "other",
    "address": "",
    "add_on": False,
    "indoor": False,
    "has_belt": True,
    "use_status": "in_use",
    "extra": {},
    "demo": False,
}


def add_all(tx: Tx, rows: Sequence[Row]) -> int:
    """COPY new machines (column → value, the same columns in each; id may be given); the number of rows."""
    _touch(tx, rows)
    return copy_rows(tx, equipment, [_complete(row) for row in rows])


def upsert(tx: Tx, rows: Sequence[Row]) -> Upserted:
    """Add or change machines by code; columns that are not given keep what is stored. A second call changes nothing.

    A machine that moves takes its alarms along into the other street.

    `kind`, `code`, `name` and `address` must be among the columns; a code stands once in `rows`.
    """
    codes = [str(row["code"]) for row in rows]
    before = _streets(tx, codes)
    done = upsert_rows(tx, equipment, [_named(row) for row in rows], key="code", stamp="updated_at")
    if done.added or done.changed:
        _touch(tx, rows)
        tx.touch(*touched(Watch.EQUIPMENT, before))
    moved = set(tx.scalars(_MOVE_ALARMS, {"codes": codes})) if done.changed else set()
    tx.touch(*touched(Watch.ALARMS, moved | before if moved else moved))
    return done


def exists(tx: Tx) -> bool:
    """Whether any machine is registered."""
    return tx.scalar(select(equipment.c.id).limit(1)) is not None


def monitorable(tx: Tx, kinds: Collection[str]) -> list[EquipmentRow]:
    """Every machine of these kinds that is not scrapped, in the order of ids."""
    rows = tx.execute(select(equipment).where(equipment.c.kind.in_(kinds), equipment.c.use_status != "scrapped").order_by(equipment.c.id))
    return list(rows)


def bind(tx: Tx, vendors: Mapping[int, str]) -> None:
    """Say whose monitor each of these machines has (id → vendor)."""
    if vendors:
        streets = set(tx.scalars(_BIND, {"ids": list(vendors), "names": list(vendors.values())}))
        tx.touch(*touched(Watch.EQUIPMENT, streets))


def stored(tx: Tx, codes: Collection[str]) -> dict[str, dict[str, object]]:
    """The rows of these codes as stored, by code."""
    rows = tx.execute(select(equipment).where(equipment.c.code.in_(codes))).mappings()
    return {row["code"]: dict(row) for row in rows}


def _complete(row: Row) -> dict[str, object]:
    named = _named(row)
    return named | {name: value for name, value in DEFAULTS.items() if named.get(name) is None}


def _named(row: Row) -> dict[str, object]:
    """With the columns that follow from the name, and None replaced by the default where a column needs a value."""
    name, code, address = str(row["name"]), str(row["code"]), str(row.get("address") or "")
    filled = {key: DEFAULTS[key] if value is None and key in DEFAULTS else value for key, value in row.items()}
    found_by = {"pinyin": initials(name), "sort_key": sort_key(name), "search_key": search_key(code, address, names=(name,))}
    return filled | found_by


def _touch(tx: Tx, rows: Iterable[Row]) -> None:
    tx.touch(*touched(Watch.EQUIPMENT, {None if row.get("street_code") is None else str(row["street_code"]) for row in rows}))


def _streets(tx: Tx, codes: Sequence[str]) -> set[str | None]:
    return set(tx.scalars(select(equipment.c.street_code).where(equipment.c.code.in_(codes)).distinct()))
