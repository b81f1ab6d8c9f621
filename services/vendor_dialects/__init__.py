"""How vendors speak: their dialect, and what they call our machines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

from data_access.engine import Store, Tx
from data_access.repositories import audit, equipment, vendors
from domain.dialects import Dialect
from domain.errors import Invalid
from services.commands import csv_rows

LONGEST: Final = 64  # characters of an identifier; a longer one is refused at ingest
COLUMNS: Final = ("vendor", "their_id", "code")


class Name(NamedTuple):
    """What a vendor calls a machine (elevatorNo, liftNo, deviceNo, macAddr …), verbatim, and the machine's code."""

    vendor: str
    their_id: str
    code: str


def spoken(store: Store) -> list[tuple[str, str]]:
    """Every vendor with its dialect. Raises StoreUnavailable."""
    with store.reading() as tx:
        others = vendors.dialects(tx)
        return [(name, others.get(name, Dialect.PLATFORM.value)) for name in sorted(vendors.names(tx))]


def named(store: Store) -> list[Name]:
    """Every name, by vendor and identifier. Raises StoreUnavailable."""
    with store.reading() as tx:
        return sorted(Name(*theirs, code) for theirs, code in vendors.their_codes(tx).items())


def speak(store: Store, vendor: str, dialect: str, *, by: str, at: datetime) -> None:
    """Say which dialect a vendor speaks; in force within seconds. Raises Invalid, StoreUnavailable."""
    known = [known.value for known in Dialect]
    if dialect not in known:
        raise Invalid(field="dialect", reason=f"{dialect!r} is none of {', '.join(known)}")
    with store.transaction() as tx:
        _check_vendor(tx, vendor)
        before = vendors.dialects(tx).get(vendor, Dialect.PLATFORM.value)
        if before != dialect:
            vendors.speak(tx, vendor, Dialect(dialect))
            _note(tx, vendor, "change_dialect", {"dialect": before}, {"dialect": dialect}, by=by, at=at)


def learn(store: Store, names: Iterable[Name], *, by: str, at: datetime) -> int:
    """Put names in force, all or none; how many are new or changed. Raises Invalid, StoreUnavailable."""
    wanted: dict[tuple[str, str], str] = {}
    for vendor, their_id, code in names:
        if wanted.setdefault((vendor, their_id), code) != code:
            raise Invalid(field="their_id", reason=f"{vendor} {their_id!r} is both {wanted[vendor, their_id]} and {code}")
    with store.transaction() as tx:
        _check(tx, wanted)
        before = vendors.their_codes(tx)
        changed = {theirs: code for theirs, code in wanted.items() if before.get(theirs) != code}
        vendors.map_devices(tx, [(*theirs, code) for theirs, code in changed.items()])
        for vendor in sorted({vendor for vendor, _ in changed}):
            mine = [their_id for name, their_id in changed if name == vendor]
            old = {their_id: before.get((vendor, their_id)) for their_id in mine}
            _note(tx, vendor, "name_machines", old, {their_id: changed[vendor, their_id] for their_id in mine}, by=by, at=at)
    return len(changed)


def read(path: Path) -> list[Name]:
    """The rows of a UTF-8 CSV file with the columns vendor, their_id, code. Raises Invalid."""
    return list(map(Name._make, csv_rows(path, COLUMNS)))


def _check_vendor(tx: Tx, vendor: str) -> None:
    if vendor not in vendors.names(tx):
        raise Invalid(field="vendor", reason=f"{vendor!r} is no vendor of the platform")


def _check(tx: Tx, wanted: Mapping[tuple[str, str], str]) -> None:
    """A machine may be named before its monitor is bound, never before it is registered."""
    for vendor in sorted({vendor for vendor, _ in wanted}):
        _check_vendor(tx, vendor)
    registered = equipment.stored(tx, sorted(set(wanted.values())))
    for (_, their_id), code in wanted.items():
        if not their_id.strip() or their_id != their_id.strip() or len(their_id) > LONGEST or not their_id.isprintable():
            raise Invalid(field="their_id", reason=f"{their_id[:LONGEST]!r} is no identifier")
        if code not in registered:
            raise Invalid(field="code", reason=f"{code!r} is not in the register")


def _note(tx: Tx, vendor: str, action: str, before: Mapping[str, object], after: Mapping[str, object], *, by: str, at: datetime) -> None:
    entry = audit.Entry(account_id=None, username=by, action=action, object=f"vendor:{vendor}", before=before, after=after)
    audit.append(tx, entry, at)
