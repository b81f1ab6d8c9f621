"""The use case: one file, one transaction, and an outcome that says what became of every row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

from data_access.engine import Store, Tx
from data_access.locks import Lock
from data_access.repositories import audit, deployments, equipment, organizations, sites, streets, vendors
from data_access.repositories.bulk import Upserted
from data_access.repositories.organizations import Unit
from domain.coordinates import Datum
from domain.scope import Action
from services.registry_import.cells import Value
from services.registry_import.districts import District
from services.registry_import.entries import APART, ROLES, Entry, NamedUnit, RowReader, Terms, entries
from services.registry_import.fields import EXTRA, FIELDS
from services.registry_import.findings import Effect, Finding, Reason, Refused
from services.registry_import.layout import lay_out
from services.registry_import.mapping import RegisterMapping
from services.registry_import.report import Outcome
from services.registry_import.tables import LIMITS, OLE_MAGIC, ZIP_MAGIC, Limits, Table
from services.registry_import.texts import read_csv
from services.registry_import.units import credit_codes, identify
from services.registry_import.workbooks import read_workbook

T = TypeVar("T")

SHANGHAI: Final = ZoneInfo("Asia/Shanghai")
AT_ONCE: Final = 5_000  # rows of one statement: below PostgreSQL's 65,535 parameters and the statement timeout
FACTS: Final = tuple(name for name in FIELDS if name not in APART and not name.startswith(EXTRA))
COLUMNS: Final = (*FACTS, "lng", "lat", "street_code", "site_id", *(f"{role}_id" for role in ROLES))
SITE_FACTS: Final = ("street_code", "place_kind", "address", "lng", "lat")


@dataclass(frozen=True, slots=True)
class Commission:
    """How a file is to be imported. `strict`: one bad cell or row refuses everything. `rehearsal`: nothing is written."""

    mapping: RegisterMapping = field(default_factory=RegisterMapping)
    kind: str | None = None
    datum: Datum = Datum.GCJ02
    strict: bool = False
    rehearsal: bool = False
    limits: Limits = LIMITS
    by: str = "command line"  # who the audit log names


class _RolledBack(Exception):
    """Leaves the transaction of a rehearsal, or of a strict import with bad cells, without a commit."""


def import_register(store: Store, content: bytes, commission: Commission, *, district: District, at: datetime) -> Outcome:
    """Import a register file into a real district's database, all or nothing; importing it again changes nothing.

    Raises Refused for a file that cannot be taken at all, WrongDistrict in a demonstration, StoreUnavailable.
    """
    mapping = commission.mapping
    table = read_table(content, mapping, limits=commission.limits)
    layout, findings = lay_out(table.header, mapping)
    kind = commission.kind or mapping.kind
    if kind is None and not layout.fields.keys() & {"kind", "category_code"}:
        raise Refused(Reason.NO_KIND_COLUMN)
    with store.reading() as tx:
        known_vendors = vendors.names(tx)
    terms = Terms(kind, mapping.datum or commission.datum, mapping.bounds, district, known_vendors, at.astimezone(SHANGHAI).date())
    reader = RowReader(layout, terms, findings)
    taken, rows = entries(reader, table.rows)
    if not rows:
        raise Refused(Reason.NO_ROWS)
    with store.elected(Lock.IMPORT) as alone:
        if not alone:
            raise Refused(Reason.BUSY)
        return _written(store, taken, rows, reader, commission, digest=sha256(content).hexdigest(), at=at)


def read_table(content: bytes, mapping: RegisterMapping, *, limits: Limits = LIMITS) -> Table:
    """The file as a table, by what it is and not by what it is called. Raises Refused."""
    if content.startswith(OLE_MAGIC):
        raise Refused(Reason.OLD_WORKBOOK)
    if content.startswith(ZIP_MAGIC):
        return read_workbook(content, mapping, limits=limits)
    return read_csv(content, mapping, limits=limits)


def _written(
    store: Store, taken: Sequence[Entry], rows: int, reader: RowReader, commission: Commission, *, digest: str, at: datetime
) -> Outcome:
    try:
        with store.transaction() as tx:
            deployments.declare(tx, "real", at=at)
            streets.upsert(tx, _street_rows(reader.terms.district))
            unit_ids = _unit_ids(tx, taken, reader)
            done = [_write_chunk(tx, chunk, unit_ids, reader) for chunk in _chunks(taken)]
            outcome = _outcome(done, rows, reader, commission)
            if not outcome.written:
                raise _RolledBack
            if outcome.inserted or outcome.changed:
                audit.append(tx, _noted(outcome, commission.by, digest), at)
    except _RolledBack:
        pass
    return outcome


def _outcome(done: Sequence[Upserted], rows: int, reader: RowReader, commission: Commission) -> Outcome:
    added, changed, unchanged = (sum(getattr(part, name) for part in done) for name in ("added", "changed", "unchanged"))
    refused = rows - added - changed - unchanged
    findings = tuple(sorted(reader.findings, key=lambda finding: finding.row or 0))
    stopped = commission.strict and any(finding.row and finding.effect is not Effect.KEPT for finding in findings)
    return Outcome(rows, added, changed, unchanged, refused, findings, written=not (stopped or commission.rehearsal), stopped=stopped)


def _noted(outcome: Outcome, by: str, digest: str) -> audit.Entry:
    figures = {name: getattr(outcome, name) for name in ("rows", "inserted", "changed", "unchanged", "refused")}
    return audit.Entry(account_id=None, username=by, action=Action.IMPORT_REGISTER.value, object=f"register:{digest}", after=figures)


def _write_chunk(tx: Tx, chunk: Sequence[Entry], unit_ids: Mapping[NamedUnit, int], reader: RowReader) -> Upserted:
    stored = equipment.stored(tx, [entry.code for entry in chunk])
    fitting = []
    for entry in chunk:
        before = stored.get(entry.code, {}).get("kind", entry.kind)
        if before == entry.kind:
            fitting.append(entry)
        else:
            reader.findings.append(Finding(entry.row, reader.layout.header("code"), entry.code, Reason.KIND_CHANGED, str(before)))
    site_ids = _site_ids(tx, fitting)
    return equipment.upsert(tx, [_row(entry, stored.get(entry.code, {}), unit_ids, site_ids) for entry in fitting])


def _row(entry: Entry, stored: Mapping[str, object], unit_ids: Mapping[NamedUnit, int], site_ids: Mapping[str, int]) -> dict[str, object]:
    """The columns as they shall be: what the file says over what is stored, so that a blank cell erases nothing."""
    units = {f"{role}_id": unit_ids[unit] for role, unit in entry.units.items()}
    site = {"site_id": site_ids[entry.site]} if entry.site else {}
    row: dict[str, object] = {**{column: stored.get(column) for column in COLUMNS}, **entry.values, **units, **site}
    name = row["name"] or entry.site or row["address"] or entry.code
    extra = {**_object(stored.get("extra")), **_plain(entry.extra)}
    return {**row, "code": entry.code, "kind": entry.kind, "name": name, "extra": extra}


def _unit_ids(tx: Tx, taken: Sequence[Entry], reader: RowReader) -> dict[NamedUnit, int]:
    codes = sorted(credit_codes(taken))
    stored: dict[str, str] = {}
    for chunk in _chunks(codes):
        stored |= organizations.names_of(tx, chunk)
    meant, findings = identify(taken, stored, reader.layout)
    reader.findings.extend(findings)
    kinds = {meant[unit]: role for entry in reversed(taken) for role, unit in entry.units.items()}
    units = {unit: Unit(unit.name, unit.credit_code, kinds[unit]) for unit in meant.values()}
    ids: dict[Unit, int] = {}
    for some in _chunks(list(units.values())):
        ids |= organizations.ensure(tx, some)
    return {named: ids[units[unit]] for named, unit in meant.items()}


def _site_ids(tx: Tx, chunk: Sequence[Entry]) -> dict[str, int]:
    """The site of each name; of what several machines say about one place the first word counts."""
    said: dict[str, dict[str, object]] = {}
    for entry in chunk:
        if entry.site:
            said[entry.site] = {fact: entry.values[fact] for fact in SITE_FACTS if fact in entry.values} | said.get(entry.site, {})
    stored = sites.stored(tx, list(said))
    rows = [
        {fact: stored.get(name, {}).get(fact) for fact in SITE_FACTS} | _defaults(stored.get(name)) | facts | {"name": name}
        for name, facts in said.items()
    ]
    return sites.ensure(tx, rows) if rows else {}


def _defaults(stored: Mapping[str, object] | None) -> dict[str, object]:
    return {} if stored else {"place_kind": "other", "address": ""}


def _street_rows(district: District) -> list[dict[str, object]]:
    return [
        {
            "code": street.code,
            "name": street.name,
            "kind": street.kind,
            "lng": street.label.lng,
            "lat": street.label.lat,
            "area_km2": street.area_km2,
            "geometry": dict(street.geometry),
        }
        for street in district.streets
    ]


def _plain(extra: Mapping[str, Value]) -> dict[str, object]:
    """As JSON holds it."""
    return {name: value if isinstance(value, str | int | float) else value.isoformat() for name, value in extra.items()}


def _object(extra: object) -> dict[str, object]:
    return dict(extra) if isinstance(extra, Mapping) else {}


def _chunks(items: Sequence[T]) -> Iterator[Sequence[T]]:
    return (items[start : start + AT_ONCE] for start in range(0, len(items), AT_ONCE))
