"""Incidents with a list: opened from orders near each other, joined by later ones, ended with the last of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, and_, or_, select, text, update

from data_access.engine import Tx
from data_access.repositories.work_orders import StoredOrder
from data_access.tables import equipment, incident_groups, work_orders
from data_access.watches import Watch, touched
from domain.incident_groups import GroupCause, Located
from domain.order_words import OrderKind, OrderStatus
from domain.response import ResponseLevel

w, e, g = work_orders.c, equipment.c, incident_groups.c
POWER_CUT: Final = "power_cut"  # the family of alarms

_RESCUE: Final = w.kind == OrderKind.RESCUE.value
_BELONGS: Final[Mapping[GroupCause, ColumnElement[bool]]] = {
    # A rescue that the list of a power cut holds is one of many people trapped all the same; other lists are for their own cause.
    GroupCause.POWER_CUT: and_(w.cause == POWER_CUT, or_(w.group_id.is_(None), g.cause == GroupCause.POWER_CUT.value)),
    GroupCause.MANY_TRAPPED: and_(_RESCUE, or_(w.group_id.is_(None), g.id.is_not(None))),
    GroupCause.DISTRICT_TRAPPED: and_(_RESCUE, or_(w.group_id.is_(None), g.id.is_not(None))),
}
_GRAVEST: Final = or_(w.level == ResponseLevel.EMERGENCY.value, w.closed_at.is_not(None))
_SETTLED: Final[Mapping[GroupCause, ColumnElement[bool]]] = {
    GroupCause.POWER_CUT: g.id.is_not(None),
    GroupCause.MANY_TRAPPED: and_(g.id.is_not(None), _GRAVEST),
    GroupCause.DISTRICT_TRAPPED: and_(g.id.is_not(None), _GRAVEST),
}
_OPEN: Final = text(
    "INSERT INTO incident_groups (cause, name, street_code, lng, lat, opened_at, last_at) "
    "SELECT :cause, CASE WHEN :placed THEN coalesce(mode() WITHIN GROUP (ORDER BY s.name), mode() WITHIN GROUP (ORDER BY t.name), '') "
    "ELSE '' END, CASE WHEN :placed THEN mode() WITHIN GROUP (ORDER BY e.street_code) END, "
    "CASE WHEN :placed THEN avg(e.lng) END, CASE WHEN :placed THEN avg(e.lat) END, min(w.opened_at), :at "
    "FROM work_orders w JOIN equipment e ON e.id = w.equipment_id LEFT JOIN sites s ON s.id = e.site_id "
    "LEFT JOIN streets t ON t.code = e.street_code WHERE w.id = ANY(:orders) RETURNING id"
)
_END: Final = text(
    "UPDATE incident_groups g SET closed_at = :at WHERE g.closed_at IS NULL "
    "AND NOT EXISTS (SELECT FROM work_orders w WHERE w.group_id = g.id AND w.closed_at IS NULL) RETURNING g.street_code"
)


def located(tx: Tx, cause: GroupCause, *, since: datetime, placed: bool) -> list[Located]:
    """Orders of this cause opened since then, oldest first; false alarms, duplicates and drills are none.

    `placed`: those alone whose place is known.
    """
    real = [w.drill.is_(False), w.master_id.is_(None), w.status != OrderStatus.FALSE_ALARM.value]
    real += [e.lng.is_not(None), e.lat.is_not(None)] if placed else []
    joined = work_orders.join(equipment, e.id == w.equipment_id).outerjoin(incident_groups, and_(g.id == w.group_id, g.closed_at.is_(None)))
    columns = (w.id, e.lng, e.lat, g.id, g.cause, _SETTLED[cause])
    statement = select(*columns).select_from(joined).where(w.opened_at >= since, _BELONGS[cause], *real)
    return [Located(*row) for row in tx.rows(statement.order_by(w.id))]


def open_(tx: Tx, cause: GroupCause, order_ids: Sequence[int], *, placed: bool, at: datetime) -> int:
    """A new incident, `placed` where most of its orders are and named after their site or street; its number."""
    return int(tx.scalar(_OPEN, {"cause": cause.value, "orders": list(order_ids), "placed": placed, "at": at}))


def join(tx: Tx, group: int, orders: Sequence[StoredOrder], *, at: datetime) -> None:
    """Put locked orders on the list of an incident."""
    tx.execute(update(work_orders).where(w.id.in_([order.id for order in orders])).values(group_id=group))
    tx.execute(update(incident_groups).where(g.id == group).values(last_at=at))
    tx.touch(*touched(Watch.WORK_ORDERS, {order.street_code for order in orders}))


def members(tx: Tx, group: int) -> list[StoredOrder]:
    """The open orders on the list, oldest first, for this transaction alone."""
    statement = select(work_orders).where(w.group_id == group, w.closed_at.is_(None)).order_by(w.id).with_for_update()
    return list(tx.execute(statement))


def end(tx: Tx, *, at: datetime) -> int:
    """Close incidents none of whose orders is open; how many."""
    rows = tx.execute(_END, {"at": at}).all()
    tx.touch(*touched(Watch.WORK_ORDERS, {row.street_code for row in rows}))
    return len(rows)
