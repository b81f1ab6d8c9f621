"""Units (单位)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import insert, select

from data_access.engine import Tx
from data_access.repositories.bulk import Row, copy_rows
from data_access.tables import organizations
from data_access.watches import Watch
from data_access.words import initials


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit as a register names it. Two units with the same credit code are one; without a code the name decides."""

    name: str
    credit_code: str | None = None
    kind: str = "use_unit"
    demo: bool = False


def add_all(tx: Tx, rows: Sequence[Row]) -> int:
    """COPY new units (name, credit_code, kind, demo; id may be given); the number of rows."""
    tx.touch(Watch.EQUIPMENT)
    return copy_rows(tx, organizations, [{"pinyin": initials(str(row["name"])), **row} for row in rows])


def ensure(tx: Tx, units: Iterable[Unit]) -> dict[Unit, int]:
    """The id of each unit; unknown ones are created."""
    wanted = list(dict.fromkeys(units))
    known = _known(tx, wanted)
    for unit in wanted:
        if _key(unit) not in known:
            known[_key(unit)] = _create(tx, unit)
    return {unit: known[_key(unit)] for unit in wanted}


def names_of(tx: Tx, credit_codes: Collection[str]) -> dict[str, str]:
    """The stored name of each unit with one of these credit codes, by code."""
    rows = tx.execute(select(organizations.c.credit_code, organizations.c.name).where(organizations.c.credit_code.in_(credit_codes)))
    return {row.credit_code: row.name for row in rows}


def _known(tx: Tx, wanted: Sequence[Unit]) -> dict[tuple[str, str], int]:
    columns = select(organizations.c.id, organizations.c.name, organizations.c.credit_code)
    codes = [unit.credit_code for unit in wanted if unit.credit_code]
    names = [unit.name for unit in wanted if not unit.credit_code]
    by_code = tx.execute(columns.where(organizations.c.credit_code.in_(codes)))
    by_name = tx.execute(columns.where(organizations.c.name.in_(names)).order_by(organizations.c.id.desc()))
    return {("code", row.credit_code): row.id for row in by_code} | {("name", row.name): row.id for row in by_name}


def _key(unit: Unit) -> tuple[str, str]:
    return ("code", unit.credit_code) if unit.credit_code else ("name", unit.name)


def _create(tx: Tx, unit: Unit) -> int:
    row = {"name": unit.name, "credit_code": unit.credit_code, "kind": unit.kind, "pinyin": initials(unit.name), "demo": unit.demo}
    tx.touch(Watch.EQUIPMENT)
    return int(tx.scalar(insert(organizations).values(row).returning(organizations.c.id)))
