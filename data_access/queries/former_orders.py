"""Orders that a unit had and somebody took away: what it may still see of them, which is what it saw and who took them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import func, select

from data_access.engine import Tx
from data_access.queries.work_orders import EventRow
from data_access.tables import equipment, organizations, sites, work_order_events, work_orders
from domain.scope import Scope
from domain.work_orders import Step

w, v, e = work_orders.c, work_order_events.c, equipment.c
SENDING: Final = (Step.DISPATCH.value, Step.TRANSFER.value, Step.ORDER.value)
TAKING: Final = (Step.TRANSFER.value, Step.RETURN.value)
OWN_PROOF: Final = ("note", "scan", "position")
"""What a unit reads again of its own steps: nothing that stands for somebody else."""


@dataclass(frozen=True, slots=True)
class FormerRow:
    """An order as it stood for a unit until `taken`: its own time with it, the sending and the taking among it."""

    number: str
    kind: str
    place: str | None
    taken: EventRow
    log: list[EventRow]


def by_id(scope: Scope, tx: Tx, *, order_id: int) -> FormerRow | None:
    """An order that the reader's unit had and has no more; None for one that it never had, and for readers of no unit."""
    if scope.organization is None:
        return None
    mine = (v.work_order_id == order_id, v.proof["unit"].as_integer() == scope.organization)
    sent = tx.scalar(select(func.max(v.seq)).where(*mine, v.action.in_(SENDING)))
    log = [] if sent is None else _since(tx, order_id, seq=sent)
    end = next((place for place, (event, _) in enumerate(log) if event.action in TAKING and event.seq != sent), None)
    if end is None:
        return None
    shown = [_discreet(event, own=unit == scope.organization) for event, unit in log[: end + 1]]
    place = func.coalesce(sites.c.name, e.name)
    joined = work_orders.outerjoin(equipment, e.id == w.equipment_id).outerjoin(sites, sites.c.id == e.site_id)
    order = tx.execute(select(w.number, w.kind, place.label("place")).select_from(joined).where(w.id == order_id)).one()
    return FormerRow(order.number, order.kind, order.place, shown[-1], shown)


def _since(tx: Tx, order_id: int, *, seq: int) -> Sequence[tuple[EventRow, int | None]]:
    """The steps from this one on, each with the unit that took it."""
    columns = (v.seq, v.action, v.from_status, v.to_status, v.hand, v.actor, organizations.c.name, v.reason, v.proof, v.at)
    joined = work_order_events.outerjoin(organizations, organizations.c.id == v.organization_id)
    statement = select(*columns, v.organization_id).select_from(joined).where(v.work_order_id == order_id, v.seq >= seq)
    return [(EventRow(*row[:-1]), row[-1]) for row in tx.rows(statement.order_by(v.seq))]


def _discreet(event: EventRow, *, own: bool) -> EventRow:
    proof: dict[str, Any] = {name: event.proof[name] for name in OWN_PROOF if name in event.proof} if own and event.proof else {}
    return replace(event, proof=proof or None)
