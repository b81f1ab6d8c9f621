"""Work orders: opened once a cause, read under lock, and moved on with their log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, insert, literal, select, text, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import insert as upsert

from data_access.engine import Tx
from data_access.tables import equipment, incident_sources, work_order_events, work_orders
from data_access.watches import Watch, touched
from domain.work_orders import OrderStatus

w = work_orders.c
StoredOrder = Row[Any]
"""A row of work_orders."""

_NUMBER: Final = text("SELECT nextval('work_order_numbers')")


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """A new order. `cause_key` says what it is about: while an order of that cause is open there is no second one.

    Times are ours, except `occurred_at`, when it began by the word of whoever saw it: how long a person is inside counts from it.
    """

    kind: str
    status: str
    cause: str
    cause_key: str
    equipment_id: int | None
    opened_at: datetime
    occurred_at: datetime
    level: str | None = None
    urgent: bool = False
    reason: str | None = None
    alarm_id: int | None = None
    unit_id: int | None = None
    group_id: int | None = None
    drill: bool = False
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One step taken, as the log keeps it. `hand` is a role or "system"; `from_status` None is the opening."""

    action: str
    from_status: str | None
    to_status: str
    hand: str
    at: datetime
    account_id: int | None = None
    actor: str = ""
    organization_id: int | None = None
    reason: str | None = None
    proof: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One report of what an order is about: `channel` automatic, active or passive (自动、主动、被动)."""

    channel: str
    source: str
    at: datetime
    alarm_id: int | None = None
    reporter: str = ""
    phone: str = ""
    words: str = ""
    account_id: int | None = None


def open_(tx: Tx, opening: Opening, event: Event) -> tuple[StoredOrder, bool]:
    """The open order of the cause, and whether this call opened it. Its machine's street and units become the order's."""
    number = f"PT{opening.opened_at:%y%m%d}{tx.scalar(_NUMBER):07d}"
    e = equipment.c
    machine = tx.execute(select(e.street_code, e.use_unit_id).where(e.id == opening.equipment_id)).one_or_none()
    values = {name: getattr(opening, name) for name in Opening.__dataclass_fields__} | {
        "number": number,
        "street_code": machine and machine.street_code,
        "use_unit_id": machine and machine.use_unit_id,
        "seq": 1,
        "changed_at": opening.opened_at,
        "unowned_since": opening.opened_at if opening.status == OrderStatus.REPORTED else None,  # the bureau's own are never nobody's
    }
    statement = upsert(work_orders).values(**values)
    made = tx.execute(
        statement.on_conflict_do_nothing(index_elements=[w.cause_key], index_where=w.closed_at.is_(None)).returning(work_orders)
    ).one_or_none()
    if made is None:
        return tx.execute(select(work_orders).where(w.cause_key == opening.cause_key, w.closed_at.is_(None)).with_for_update()).one(), False
    _append(tx, made.id, 1, replace(event, proof=as_opened(made)))
    _touch(tx, made.street_code)
    return made, True


def locked(tx: Tx, order_id: int) -> StoredOrder | None:
    """One order, for this transaction alone."""
    return tx.execute(select(work_orders).where(w.id == order_id).with_for_update()).one_or_none()


def open_of(tx: Tx, cause_key: str) -> StoredOrder | None:
    """The open order of a cause, for this transaction alone."""
    return tx.execute(select(work_orders).where(w.cause_key == cause_key, w.closed_at.is_(None)).with_for_update()).one_or_none()


def move(tx: Tx, order: StoredOrder, event: Event, changes: Mapping[str, Any]) -> StoredOrder:
    """Append the step to the log of an order that is locked, and change the row with it; the order as it is now."""
    _append(tx, order.id, order.seq + 1, event)
    statement = update(work_orders).where(w.id == order.id).values(**changes, seq=order.seq + 1, changed_at=event.at).returning(work_orders)
    moved = tx.execute(statement).one()
    _touch(tx, moved.street_code)
    return moved


def describe(tx: Tx, order_id: int, **said: Any) -> None:
    """Add to what is known of an order beside the law (`detail`); a name that is there already is replaced."""
    added = w.detail.op("||")(literal(said, JSONB))
    _touch(tx, tx.scalar(update(work_orders).where(w.id == order_id).values(detail=added).returning(w.street_code)))


def log(tx: Tx, order_id: int, *, after: int = 0) -> list[Row[Any]]:
    """The steps of an order in their order, those after the number `after`."""
    v = work_order_events.c
    return list(tx.execute(select(work_order_events).where(v.work_order_id == order_id, v.seq > after).order_by(v.seq)))


def add_source(tx: Tx, order_id: int, source: Source) -> bool:
    """Add a report to an order; False when that alarm is among its reports already."""
    values = {name: getattr(source, name) for name in Source.__dataclass_fields__} | {"work_order_id": order_id}
    s = incident_sources.c
    statement = upsert(incident_sources).values(**values).on_conflict_do_nothing(index_elements=[s.work_order_id, s.alarm_id])
    return tx.scalar(statement.returning(s.id)) is not None


def sources(tx: Tx, order_ids: Sequence[int]) -> list[Row[Any]]:
    """The reports of some orders, oldest first."""
    s = incident_sources.c
    return list(tx.execute(select(incident_sources).where(s.work_order_id.in_(order_ids)).order_by(s.at, s.id)))


def as_opened(order: StoredOrder) -> dict[str, Any]:
    """What the order began with, so that its log alone tells what it is."""
    said = {"kind": order.kind, "level": order.level, "use_unit": order.use_unit_id, "unit": order.unit_id}
    return {name: value for name, value in said.items() if value is not None}


def _append(tx: Tx, order_id: int, seq: int, event: Event) -> None:
    values = {name: getattr(event, name) for name in Event.__dataclass_fields__}
    tx.execute(insert(work_order_events).values(work_order_id=order_id, seq=seq, **values))


def _touch(tx: Tx, street: str | None) -> None:
    tx.touch(*touched(Watch.WORK_ORDERS, {street}))
