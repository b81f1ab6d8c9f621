"""The register as screens show it: the list, the dossier, the search and the map."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, ScalarSelect, case, func, literal_column, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from data_access.conditions import Filter, Status, is_stopping, machines, matching, on_map, presence
from data_access.engine import Tx
from data_access.scoping import within
from data_access.tables import equipment, equipment_states, organizations, sites, streets, work_orders
from data_access.words import plain
from domain.scope import Scope

e, s = equipment.c, equipment_states.c

Sort = tuple[str, bool]
"""(a word of SORTS, descending)."""

SORTS: Final[dict[str, ColumnElement[Any]]] = {
    "name": e.sort_key,
    "code": e.code.collate("C"),
    "kind": e.kind,
    "street": e.street_code,
    "place_kind": e.place_kind,
    "installed_on": e.installed_on,
    "next_inspection_on": e.next_inspection_on,
    "next_maintenance_on": e.next_maintenance_on,
    "sampled_at": s.sampled_at,
}
LARGEST_PAGE: Final = 1000

# The character of each word in `map_status`.
MARKS: Final[dict[Status, str]] = {
    Status.NORMAL: "0",
    Status.WARNING: "1",
    Status.CRITICAL: "2",
    Status.OFFLINE: "3",
    Status.NOT_FITTED: "4",
    Status.NEVER: "5",
    Status.SILENT: "6",
    Status.DISUSED: "7",
    Status.UNKNOWN: "8",
}

_use_units = organizations.alias("use_units")
_maintainers = organizations.alias("maintainers")
_makers = organizations.alias("makers")
_installers = organizations.alias("installers")


@dataclass(frozen=True, slots=True)
class EquipmentRow:
    """One machine in a list."""

    id: int
    code: str
    kind: str
    name: str
    site: str | None
    address: str
    street_code: str | None
    place_kind: str
    residential: bool
    status: str
    presence: str
    monitor_vendor: str | None
    use_unit: str | None
    maintenance_unit: str | None
    use_status: str
    installed_on: date | None
    next_inspection_on: date | None
    inspection_result: str | None
    next_maintenance_on: date | None
    maintenance_contract_until: date | None
    sampled_at: datetime | None
    stopped_by: str | None  # the open order until whose end it must not run


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows of a list, and how many there are in all."""

    rows: list[EquipmentRow]
    total: int


@dataclass(frozen=True, slots=True)
class FoundRow:
    """One machine a search found."""

    id: int
    code: str
    kind: str
    name: str
    site: str | None
    address: str
    street_code: str | None
    status: str
    lng: float | None
    lat: float | None


@dataclass(frozen=True, slots=True)
class Dossier:
    """Everything the register knows of one machine; `register` holds its columns by name."""

    register: Mapping[str, Any]
    id: int
    code: str
    kind: str
    status: str
    presence: str
    street: str | None
    site: str | None
    use_unit: str | None
    maintenance_unit: str | None
    maker: str | None
    installer: str | None
    sampled_at: datetime | None
    received_at: datetime | None
    cadence_seconds: float | None
    late_count: int | None
    stopped_by: str | None  # the open order until whose end it must not run


@dataclass(frozen=True, slots=True)
class Columns:
    """The devices of the map, a list per column, in the order of `map_status`."""

    id: list[int]
    code: list[str]
    kind: list[str]
    street: list[str | None]
    lng: list[float]
    lat: list[float]
    name: list[str]


def page(
    scope: Scope,
    tx: Tx,
    *,
    filter: Filter,  # noqa: A002
    sort: Sort = ("name", False),
    offset: int = 0,
    limit: int = 100,
    at: datetime,
) -> Page:
    """Some machines of a filter, sorted; an unknown sort word sorts by name."""
    joined, status = machines()
    condition = matching(filter, status, at)
    column = SORTS.get(sort[0], SORTS["name"])
    order = (column.desc() if sort[1] else column.asc()).nulls_last()
    joined = (
        joined.outerjoin(sites, sites.c.id == e.site_id)
        .outerjoin(_use_units, _use_units.c.id == e.use_unit_id)
        .outerjoin(_maintainers, _maintainers.c.id == e.maintenance_unit_id)
    )
    statement = (
        select(
            e.id, e.code, e.kind, e.name, sites.c.name.label("site"), e.address, e.street_code, e.place_kind, e.residential,
            status.label("status"), presence().label("presence"), e.monitor_vendor,
            _use_units.c.name.label("use_unit"), _maintainers.c.name.label("maintenance_unit"), e.use_status,
            e.installed_on, e.next_inspection_on, e.inspection_result, e.next_maintenance_on, e.maintenance_contract_until, s.sampled_at,
            _stopped_by(),
        )
        .select_from(joined)
        .where(condition)
        .order_by(order, e.id)
        .offset(max(offset, 0))
        .limit(min(max(limit, 0), LARGEST_PAGE))
    )  # fmt: skip
    rows = [EquipmentRow(*row) for row in tx.rows(within(scope, statement))]
    return Page(rows, count(scope, tx, filter=filter, at=at))


def count(scope: Scope, tx: Tx, *, filter: Filter, at: datetime) -> int:  # noqa: A002
    """How many machines a filter finds."""
    joined, status = machines()
    statement = select(func.count()).select_from(joined).where(matching(filter, status, at))
    return int(tx.scalar(within(scope, statement)))


def by_code(scope: Scope, tx: Tx, *, code: str) -> Dossier | None:
    """The dossier of one machine; None when there is none in the scope."""
    joined, status = machines()
    joined = (
        joined.outerjoin(sites, sites.c.id == e.site_id)
        .outerjoin(streets, streets.c.code == e.street_code)
        .outerjoin(_use_units, _use_units.c.id == e.use_unit_id)
        .outerjoin(_maintainers, _maintainers.c.id == e.maintenance_unit_id)
        .outerjoin(_makers, _makers.c.id == e.maker_id)
        .outerjoin(_installers, _installers.c.id == e.installer_id)
    )
    named = (
        e.id, e.code, e.kind, status, presence(), streets.c.name, sites.c.name, _use_units.c.name, _maintainers.c.name,
        _makers.c.name, _installers.c.name, s.sampled_at, s.received_at, s.cadence_s, s.late_count,
        _stopped_by(),
    )  # fmt: skip
    columns = [column.label(f"named_{n}") for n, column in enumerate(named)]
    rows = tx.rows(within(scope, select(*columns, equipment).select_from(joined).where(e.code == code)))
    return next((_dossier(row[: len(named)], row[len(named) :]) for row in rows), None)


def search(scope: Scope, tx: Tx, *, text: str, limit: int = 20) -> list[FoundRow]:
    """Machines whose code, name, address, site or pinyin initials hold `text`; a code that begins with it comes first."""
    if not plain(text):
        return []
    joined, status = machines()
    nothing_else = matching(Filter(text=text), status, _ANY_TIME)
    begins = case((func.lower(e.code).startswith(plain(text), autoescape=True), 0), else_=1)
    statement = (
        select(e.id, e.code, e.kind, e.name, sites.c.name, e.address, e.street_code, status, e.lng, e.lat)
        .select_from(joined.outerjoin(sites, sites.c.id == e.site_id))
        .where(nothing_else)
        .order_by(begins, e.sort_key, e.id)
        .limit(limit)
    )
    return [FoundRow(*row) for row in tx.rows(within(scope, statement))]


def map_columns(scope: Scope, tx: Tx) -> Columns:
    """Every device of the map, by id."""
    statement = select(e.id, e.code, e.kind, e.street_code, e.lng, e.lat, e.name).where(on_map()).order_by(e.id)
    rows = tx.rows(within(scope, statement))
    return Columns(*([list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(7)]))


def map_status(scope: Scope, tx: Tx) -> str:
    """One character of MARKS per device of the map, by id."""
    joined, status = machines()
    mark = case({word.value: sign for word, sign in MARKS.items()}, value=status)
    statement = select(func.string_agg(mark, aggregate_order_by(literal_column("''"), e.id))).select_from(joined).where(on_map())
    return str(tx.scalar(within(scope, statement)) or "")


def _stopped_by() -> ScalarSelect[str]:
    """The number of the oldest open order that has put the machine out of service."""
    w = work_orders.c
    return select(w.number).where(w.equipment_id == e.id, is_stopping()).order_by(w.id).limit(1).scalar_subquery()


def _dossier(named: tuple[Any, ...], register: tuple[Any, ...]) -> Dossier:
    return Dossier(dict(zip(equipment.columns.keys(), register, strict=True)), *named)


_ANY_TIME: Final = datetime.fromisoformat("2000-01-01T00:00:00+00:00")  # a filter of text alone asks for no time
