"""Work orders as screens show them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, select

from data_access.engine import Tx
from data_access.scoping import of_orders
from data_access.tables import equipment, organizations, response_teams, sites, work_order_events, work_orders
from domain.scope import Scope

w, e, v = work_orders.c, equipment.c, work_order_events.c
_units = organizations.alias("units")
_use_units = organizations.alias("use_units")

_COLUMNS: Final = (
    w.id, w.number, w.kind, w.level, w.urgent, w.status, w.reason, w.cause, w.equipment_id, w.street_code, w.alarm_id,
    w.use_unit_id, w.unit_id, w.team_id, w.assignee_id, w.master_id, w.group_id, w.suspended, w.bounced, w.completed_by_id, w.rating,
    w.count, w.drill, w.detail, w.seq, w.opened_at, w.occurred_at, w.unowned_since, w.changed_at, w.closed_at,
    e.code, e.name, e.kind.label("equipment_kind"), e.address, e.lng, e.lat, sites.c.name.label("site"),
    _units.c.name.label("unit"), _use_units.c.name.label("use_unit"), response_teams.c.name.label("team"),
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


@dataclass(frozen=True, slots=True)
class EventRow:
    """One step of an order's log."""

    seq: int
    action: str
    from_status: str | None
    to_status: str
    hand: str
    actor: str
    unit: str | None
    reason: str | None
    proof: dict[str, Any] | None
    at: datetime


def by_id(scope: Scope, tx: Tx, *, order_id: int) -> OrderRow | None:
    """One order; None when there is none in the scope."""
    row = tx.execute(of_orders(scope, _rows().where(w.id == order_id))).one_or_none()
    return None if row is None else OrderRow(*tuple(row))


def log(scope: Scope, tx: Tx, *, order_id: int) -> list[EventRow]:
    """Every step of an order, oldest first; empty when it is outside the scope."""
    columns = (v.seq, v.action, v.from_status, v.to_status, v.hand, v.actor, organizations.c.name, v.reason, v.proof, v.at)
    joined = work_order_events.join(work_orders, w.id == v.work_order_id).outerjoin(organizations, organizations.c.id == v.organization_id)
    statement = select(*columns).select_from(joined).where(v.work_order_id == order_id).order_by(v.seq)
    return [EventRow(*row) for row in tx.rows(of_orders(scope, statement))]


def _rows() -> Select[Any]:
    return select(*_COLUMNS).select_from(
        work_orders.outerjoin(equipment, e.id == w.equipment_id)
        .outerjoin(sites, sites.c.id == e.site_id)
        .outerjoin(_units, _units.c.id == w.unit_id)
        .outerjoin(_use_units, _use_units.c.id == w.use_unit_id)
        .outerjoin(response_teams, response_teams.c.id == w.team_id)
    )
