"""What of the demonstration's register is due: maintenance, inspections and contracts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import text

from data_access.engine import Tx

# Maintenance is the clock of it all: every day has hundreds of visits, so the newest visit is the last day that was lived through.
_LIVED_UNTIL: Final = text("SELECT max(last_maintained_on) FROM equipment WHERE demo")
_COLUMNS: Final = (
    "id, code, kind, name, address, site_id, street_code, last_maintained_on, next_maintenance_on, maintenance_contract_until, "
    "last_inspected_on, next_inspection_on, inspection_result, extra"
)
_DUE: Final = text(
    f"SELECT {_COLUMNS} FROM equipment WHERE demo AND use_status = 'in_use' AND (next_maintenance_on <= :today "
    "OR next_inspection_on <= :today OR maintenance_contract_until <= :today OR inspection_result = 'failed') ORDER BY id"
)
_ONE: Final = text(f"SELECT {_COLUMNS} FROM equipment WHERE demo AND id = :number FOR UPDATE")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One machine of the demonstration, as far as it is kept in good order; days are Shanghai's."""

    id: int
    code: str
    kind: str
    name: str
    address: str
    site_id: int | None
    street_code: str | None
    last_maintained_on: date | None
    next_maintenance_on: date | None
    maintenance_contract_until: date | None
    last_inspected_on: date | None
    next_inspection_on: date | None
    inspection_result: str | None
    extra: dict[str, object]


def lived_until(tx: Tx) -> date | None:
    """The last day on which somebody maintained something; None without any machine of a demonstration."""
    day: date | None = tx.scalar(_LIVED_UNTIL)
    return day


def due(tx: Tx, *, today: date) -> Sequence[Kept]:
    """The machines of which something is due today or was before, or that have failed their inspection."""
    return [Kept(**row) for row in tx.execute(_DUE, {"today": today}).mappings()]


def one(tx: Tx, number: int) -> Kept | None:
    """One machine, for this transaction alone; None where it is no demonstration's."""
    row = tx.execute(_ONE, {"number": number}).mappings().one_or_none()
    return None if row is None else Kept(**row)
