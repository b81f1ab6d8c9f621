"""What one work order looks like in every list: its own columns, its machine's, and the names of the units concerned."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, case, literal, select

from data_access.scoping import of_orders
from data_access.tables import equipment, organizations, response_teams, sites, work_orders
from domain.response import ResponseLevel
from domain.scope import Scope

w, e = work_orders.c, equipment.c
_units = organizations.alias("units")
_use_units = organizations.alias("use_units")

_COLUMNS: Final = (
    w.id, w.number, w.kind, w.level, w.urgent, w.status, w.reason, w.cause, w.equipment_id, w.street_code, w.alarm_id,
    w.use_unit_id, w.unit_id, w.team_id, w.assignee_id, w.master_id, w.group_id, w.suspended, w.bounced, w.completed_by_id, w.rating,
    w.count, w.drill, w.detail, w.seq, w.opened_at, w.occurred_at, w.unowned_since, w.changed_at, w.closed_at,
    e.code, e.name, e.kind.label("equipment_kind"), e.address, e.lng, e.lat, sites.c.name.label("site"),
    _units.c.name.label("unit"), _use_units.c.name.label("use_unit"), response_teams.c.name.label("team"), e.maintenance_unit_id,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One order with the machine it is about and the units concerned. `seq` is the number of its newest event."""

    id: int
    number: str
    kind: str
    level: str | None
    urgent: bool
    status: str
    reason: str | None
    cause: str
    equipment_id: int | None
    street_code: str | None
    alarm_id: int | None
    use_unit_id: int | None
    unit_id: int | None
    team_id: int | None
    assignee_id: int | None
    master_id: int | None
    group_id: int | None
    suspended: bool
    bounced: int
    completed_by_id: int | None
    rating: int | None
    count: int
    drill: bool
    detail: dict[str, Any]
    seq: int
    opened_at: datetime
    occurred_at: datetime
    unowned_since: datetime | None
    changed_at: datetime
    closed_at: datetime | None
    code: str | None
    name: str | None
    equipment_kind: str | None
    address: str | None
    lng: float | None
    lat: float | None
    site: str | None
    unit: str | None
    use_unit: str | None
    team: str | None
    maintenance_unit_id: int | None


def rows_of(scope: Scope, *conditions: ColumnElement[bool]) -> Select[Any]:
    """The statement of the orders in the scope that meet the conditions, in the columns of an OrderRow."""
    joined = (
        work_orders.outerjoin(equipment, e.id == w.equipment_id)
        .outerjoin(sites, sites.c.id == e.site_id)
        .outerjoin(_units, _units.c.id == w.unit_id)
        .outerjoin(_use_units, _use_units.c.id == w.use_unit_id)
        .outerjoin(response_teams, response_teams.c.id == w.team_id)
    )
    return of_orders(scope, select(*_COLUMNS).select_from(joined).where(*conditions))


def gravest_first() -> tuple[ColumnElement[Any], ...]:
    """Level three before two before one, urgent before not, people before things, then who has waited longest."""
    levels = [(w.level == level.value, literal(-level.rank)) for level in ResponseLevel]
    return (case(*levels, else_=0), w.urgent.desc(), (w.kind == "rescue").desc(), w.opened_at, w.id)
