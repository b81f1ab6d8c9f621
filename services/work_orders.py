"""Open a work order, and take a step with it: the row is locked, the law decides, the log grows, and everybody concerned is told.

`advance` is what people do, `advance_by_system` what time and machines do; both end in `_step`, one transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any, Final

from data_access.engine import Store, Tx
from data_access.queries import work_orders as queries
from data_access.repositories import audit
from data_access.repositories import work_orders as orders
from data_access.repositories.audit import Entry
from data_access.repositories.work_orders import Event, Opening, Source, StoredOrder
from domain.errors import Conflict, NotFound
from domain.response import ResponseLevel
from domain.scope import Action, Actor
from domain.work_orders import FIRST, SYSTEM, Order, OrderKind, OrderStatus, Party, Proof, Step
from domain.work_orders import advance as decide
from services import dispatching, followers, places

CHANGED: Final = ("status", "level", "unit", "assignee", "master", "suspended", "bounced", "rating", "completed_by")
COLUMNS: Final = {"unit": "unit_id", "assignee": "assignee_id", "master": "master_id", "completed_by": "completed_by_id"}
SYSTEM_PARTY: Final = Party(SYSTEM)
NOTHING: Final = Proof()


def open_(tx: Tx, opening: Opening, source: Source) -> tuple[StoredOrder, bool]:
    """The open order of this cause with this report added, and whether it is new; a new one is followed, and somebody is sent."""
    event = Event(action="open", from_status=None, to_status=opening.status, hand=SYSTEM.value, at=opening.opened_at, reason=opening.reason)
    order, is_new = orders.open_(tx, opening, event)
    added = orders.add_source(tx, order.id, source)
    if is_new:
        followers.opened(tx, order, at=opening.opened_at)
        order = _send(tx, order, at=opening.opened_at)
    elif added:
        followers.repeated(tx, order, source, at=opening.opened_at)
    return order, is_new


def first_status(kind: OrderKind) -> str:
    """Where an order of this kind begins."""
    return FIRST[kind].value


def advance(actor: Actor, store: Store, order_id: int, *, step: Step, proof: Proof = NOTHING, seen: int | None = None, at: datetime) -> int:
    """Take a step; the number of its event. `seen` is the number of the newest event the actor knew of.

    Raises NotPermitted, NotFound, Conflict(by, step, status) when somebody acted since, Refused with the law's reason.
    """
    actor.require(Action.WORK_ORDERS)
    with store.transaction() as tx:
        if queries.by_id(actor.scope, tx, order_id=order_id) is None:
            raise NotFound(order=order_id)
        order = orders.locked(tx, order_id)
        if order is None:
            raise NotFound(order=order_id)
        _unchanged(tx, order, seen)
        party = Party(actor.scope.role, actor.scope.organization)
        places.check(tx, order, step, proof)
        moved = _step(tx, order, step, party, proof, actor=actor, at=at)
        entry = Entry(
            account_id=actor.account_id,
            username=actor.username,
            action=Action.WORK_ORDERS.value,
            object=f"work_order:{order_id}",
            before={"status": order.status, "seq": order.seq},
            after={"status": moved.status, "seq": moved.seq, "step": step.value},
            reason=proof.reason or None,
            address=actor.address,
        )
        audit.append(tx, entry, at)
    return int(moved.seq)


def advance_by_system(tx: Tx, order: StoredOrder, step: Step, proof: Proof, *, at: datetime) -> StoredOrder:
    """Take a step with a locked order because time or a machine says so; the order as it is now. Raises Refused."""
    return _step(tx, order, step, SYSTEM_PARTY, proof, actor=None, at=at)


def as_order(row: Any) -> Order:
    """A stored order as the law sees it."""
    return Order(
        OrderKind(row.kind),
        OrderStatus(row.status),
        None if row.level is None else ResponseLevel(row.level),
        row.use_unit_id,
        row.unit_id,
        row.assignee_id,
        row.master_id,
        row.suspended,
        row.bounced,
        row.rating,
        row.completed_by_id,
    )


def as_json(proof: Proof) -> dict[str, Any]:
    """What of a proof is kept in the log: what it holds, and nothing empty."""
    return {name: value for name, value in asdict(proof).items() if value not in (None, "", ())}


def as_proof(stored: Mapping[str, Any] | None) -> Proof:
    """A proof as it was kept."""
    held = dict(stored or {})
    for name in ("position", "photos"):
        if name in held:
            held[name] = tuple(held[name])
    if "level" in held:
        held["level"] = ResponseLevel(held["level"])
    return Proof(**{name: value for name, value in held.items() if name in _PROOF_FIELDS})


def _step(tx: Tx, order: StoredOrder, step: Step, party: Party, proof: Proof, *, actor: Actor | None, at: datetime) -> StoredOrder:
    before = as_order(order)
    after = decide(before, step, by=party, proof=proof)
    event = Event(
        action=step.value,
        from_status=before.status.value,
        to_status=after.status.value,
        hand=party.hand.value,
        at=at,
        account_id=actor.account_id if actor else None,
        actor=actor.name if actor else "",
        organization_id=party.unit,
        reason=proof.reason or None,
        proof=as_json(proof) or None,
    )
    changes: dict[str, Any] = {
        COLUMNS.get(name, name): getattr(after, name) for name in CHANGED if getattr(after, name) != getattr(before, name)
    }
    if step in (Step.DISPATCH, Step.TRANSFER, Step.RETURN):
        changes |= {"team_id": proof.team, "unowned_since": order.unowned_since or at}
    if step in (Step.ACCEPT, Step.ASSIGN, Step.VERIFY):
        changes |= {"unowned_since": None}
    if before.is_open and not after.is_open:
        changes |= {"closed_at": at, "unowned_since": None}
    moved = orders.move(tx, order, event, changes)
    followers.moved(tx, order, moved, step, proof, at=at)
    return _send(tx, moved, at=at) if step is Step.RETURN else moved


def _send(tx: Tx, order: StoredOrder, *, at: datetime) -> StoredOrder:
    """Send the best team that has not given the order back; where there is none, it waits for the centre."""
    if order.status != OrderStatus.REPORTED.value:
        return order
    choice = dispatching.choose(tx, order, at=at)
    return order if choice is None else _step(tx, order, Step.DISPATCH, SYSTEM_PARTY, choice, actor=None, at=at)


def _unchanged(tx: Tx, order: StoredOrder, seen: int | None) -> None:
    """Nobody acts on an order that is not the one he saw: who came first, and what he did, is what the other is told."""
    if seen is None or seen == order.seq:
        return
    newest = orders.log(tx, order.id, after=order.seq - 1)[-1]
    raise Conflict(by=newest.actor, step=newest.action, status=order.status, at=newest.at)


_PROOF_FIELDS: Final = frozenset(each.name for each in fields(Proof))
