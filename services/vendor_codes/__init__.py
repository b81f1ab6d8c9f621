"""What vendors' own fault codes mean: rows of vendor_code_map, verbatim text to canonical code."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

from data_access.engine import Store, Tx
from data_access.repositories import audit, vendors, worker_memory
from domain.errors import Invalid
from domain.faults import FAULTS
from services.commands import csv_rows

LONGEST: Final = 128  # characters; a longer code is refused at ingest
COLUMNS: Final = ("vendor", "code", "canonical")


class Meaning(NamedTuple):
    """A vendor's code, exactly as the vendor writes it, and the canonical code it stands for."""

    vendor: str
    code: str
    canonical: str


def in_force(store: Store) -> list[Meaning]:
    """Every row, by vendor and code. Raises StoreUnavailable."""
    with store.reading() as tx:
        return sorted(Meaning(*names, canonical) for names, canonical in worker_memory.codes(tx).items())


def learn(store: Store, meanings: Iterable[Meaning], *, by: str, at: datetime) -> int:
    """Put meanings in force, all or none; how many are new or changed. Raises Invalid, StoreUnavailable."""
    wanted: dict[tuple[str, str], str] = {}
    for vendor, code, canonical in meanings:
        if wanted.setdefault((vendor, code), canonical) != canonical:
            raise Invalid(field="code", reason=f"{vendor} {code!r} means both {wanted[vendor, code]} and {canonical}")
    with store.transaction() as tx:
        _check(tx, wanted)
        before = worker_memory.codes(tx)
        changed = {names: canonical for names, canonical in wanted.items() if before.get(names) != canonical}
        vendors.map_codes(tx, [(*names, canonical) for names, canonical in changed.items()])
        for vendor in sorted({vendor for vendor, _ in changed}):
            _note(tx, vendor, before, changed, by=by, at=at)
    return len(changed)


def read(path: Path) -> list[Meaning]:
    """The rows of a UTF-8 CSV file with the columns vendor, code, canonical. Raises Invalid."""
    return list(map(Meaning._make, csv_rows(path, COLUMNS)))


def _check(tx: Tx, wanted: Mapping[tuple[str, str], str]) -> None:
    names = vendors.names(tx)
    for (vendor, code), canonical in wanted.items():
        if vendor not in names:
            raise Invalid(field="vendor", reason=f"{vendor!r} is no vendor of the platform")
        if not code.strip() or len(code) > LONGEST or not code.isprintable():
            raise Invalid(field="code", reason=f"{code[:LONGEST]!r} is no code")
        if canonical not in FAULTS:
            raise Invalid(field="canonical", reason=f"{canonical!r} is no canonical code")


def _note(
    tx: Tx, vendor: str, before: Mapping[tuple[str, str], str], changed: Mapping[tuple[str, str], str], *, by: str, at: datetime
) -> None:
    """One entry per vendor, with its codes as they were and as they are."""
    codes = {code: canonical for (name, code), canonical in changed.items() if name == vendor}
    entry = audit.Entry(
        account_id=None,
        username=by,
        action="map_vendor_codes",
        object=f"vendor:{vendor}",
        before={code: before.get((vendor, code)) for code in codes},
        after=codes,
    )
    audit.append(tx, entry, at)
