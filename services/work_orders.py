"""Open a work order, and take a step with it: the row is locked, the law decides, the log grows, and everybody concerned is told.

`advance` is what people do, `advance_by_system` what time and machines do; both end in `_step`, one transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from data_access.engine import Store, Tx
from data_access.queries import former_orders
from data_access.queries import work_orders as queries
from data_access.repositories import audit, order_photos
from data_access.repositories import work_orders as orders
from data_access.repositories.audit import Entry
from data_access.repositories.order_photos import Photo
from data_access.repositories.work_orders import Event, Opening, Source, StoredOrder
from domain.errors import Conflict, NotFound
from domain.order_words import OUT_OF_SERVICE
from domain.response import ResponseReason
from domain.scope import Action, Actor
from domain.work_orders import FIRST, REPORTER, SYSTEM, Order, OrderKind, OrderStatus, Party, Proof, Step, check_merge
from domain.work_orders import advance as decide
from services import dispatching, followers, order_checks, places
from services.order_history import as_json
from services.order_history import as_order as as_order

COLUMNS: Final[Mapping[str, str]] = {
    "status": "status",
    "level": "level",
    "unit": "unit_id",
    "team": "team_id",
    "assignee": "assignee_id",
    "master": "master_id",
    "suspended": "suspended",
    "bounced": "bounced",
    "rating": "rating",
    "completed_by": "completed_by_id",
}
"""What a step may change, and the column it is kept in."""
HARMLESS: Final = frozenset({Step.NOTE, Step.ESCALATE})
"""Steps that stand in nobody's way: a rescuer's acceptance does not fail because the level rose while he read."""
SYSTEM_PARTY: Final = Party(SYSTEM)
REPORTER_PARTY: Final = Party(REPORTER)
NOTHING: Final = Proof()


def open_(tx: Tx, opening: Opening, source: Source) -> tuple[StoredOrder, bool]:
    """The open order of this cause with this report added, and whether it is new; a new one is followed, and somebody is sent."""
    event = Event(action="open", from_status=None, to_status=opening.status, hand=SYSTEM.value, at=opening.opened_at, reason=opening.reason)
    order, is_new = orders.open_(tx, opening, event)
    added = orders.add_source(tx, order.id, source)
    if is_new:
        followers.opened(tx, order, at=opening.opened_at)
        order = send(tx, order, at=opening.opened_at)
    elif added:
        followers.repeated(tx, order, source, at=opening.opened_at)
    if added and source.phone:
        followers.reported(tx, [order], at=opening.opened_at)
    return order, is_new


def first_status(kind: OrderKind) -> str:
    """Where an order of this kind begins."""
    return FIRST[kind].value


def advance(
    actor: Actor,
    store: Store,
    order_id: int,
    *,
    step: Step,
    proof: Proof = NOTHING,
    seen: int | None = None,
    photos: Sequence[Photo] = (),
    at: datetime,
) -> int:
    """Take a step; the number of its event. `seen` is the newest event the actor knew of; `photos` are kept with the step.

    Raises NotPermitted, NotFound, Conflict(by, step, status) when somebody acted since or took it away, Refused with the law's reason.
    """
    actor.require(Action.WORK_ORDERS)
    proof = replace(proof, photos=tuple(photo.sha256 for photo in photos))
    with store.transaction() as tx:
        order = _locked(actor, tx, order_id, proof.master if step is Step.MERGE else None)
        _unchanged(tx, order, step, seen)
        party = Party(actor.scope.role, actor.scope.organization)
        order_checks.check(tx, order_checks.Named(order, step, party, proof))
        places.check(tx, order, step, proof)
        proof = dispatching.weighed(tx, order, step, proof, at=at)
        moved = _step(tx, order, step, party, proof, actor=actor, at=at)
        order_photos.keep(tx, order.id, photos, seq=order.seq + 1, account_id=actor.account_id, at=at)
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


def advance_by_reporter(tx: Tx, order: StoredOrder, step: Step, proof: Proof, *, at: datetime) -> StoredOrder:
    """Take a step with a locked order for whoever reported it, who has no account; the order as it is now. Raises Refused."""
    return _step(tx, order, step, REPORTER_PARTY, proof, actor=None, at=at)


def decided(
    order: StoredOrder, step: Step, party: Party, proof: Proof, *, actor: Actor | None = None, at: datetime
) -> tuple[Event, dict[str, Any]]:
    """What a step with an order writes: its line in the log, and the columns that change. Raises Refused."""
    before = as_order(order)
    after = decide(before, step, by=party, proof=proof)
    if step is Step.ORDER:
        proof = replace(proof, unit=after.unit)  # the log says whom it went to, also where nobody named it
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
    changes = _changes(order, before, after, at)
    if step is Step.ESCALATE and (why := _why(party, proof)) is not None:
        changes["reason"] = why.value
    return event, changes


def _why(party: Party, proof: Proof) -> ResponseReason | None:
    """Why an order has its level now: a person's own words stay in the log."""
    if party.hand is not SYSTEM:
        return ResponseReason.RAISED_BY_PERSON
    return ResponseReason(proof.reason) if proof.reason in set(ResponseReason) else None


def _step(tx: Tx, order: StoredOrder, step: Step, party: Party, proof: Proof, *, actor: Actor | None, at: datetime) -> StoredOrder:
    event, changes = decided(order, step, party, proof, actor=actor, at=at)
    moved = orders.move(tx, order, event, changes)
    if step is Step.MERGE:
        _tell_master(tx, order, proof, at=at)
    followers.moved(tx, order, moved, step, proof, at=at)
    return send(tx, moved, at=at) if step is Step.RETURN else moved


def _changes(order: StoredOrder, before: Order, after: Order, at: datetime) -> dict[str, Any]:
    """The columns that a step changes. Who has nobody keeps the moment since when, whatever else happens to it."""
    changes = {column: getattr(after, name) for name, column in COLUMNS.items() if getattr(after, name) != getattr(before, name)}
    unowned_since = None if after.is_owned else order.unowned_since or at
    if unowned_since != order.unowned_since:
        changes["unowned_since"] = unowned_since
    if before.is_open and not after.is_open:
        changes["closed_at"] = at
    return changes


def _tell_master(tx: Tx, order: StoredOrder, proof: Proof, *, at: datetime) -> None:
    """The master's log says which order goes on as it. Raises NotFound, Refused."""
    master = None if proof.master is None else orders.locked(tx, proof.master)
    order_checks.check_master(order, master)
    if master is not None:
        check_merge(as_order(order), as_order(master))
        order_checks.check_urgency(order, master)
        if order.detail.get(OUT_OF_SERVICE):
            orders.describe(tx, master.id, **{OUT_OF_SERVICE: True})  # its machine stays stopped until the master is closed
        _step(tx, master, Step.NOTE, SYSTEM_PARTY, Proof(note=order.number, master=order.id), actor=None, at=at)


def send(tx: Tx, order: StoredOrder, *, at: datetime) -> StoredOrder:
    """Send the best team that has not given the order back; where there is none, it waits for the centre."""
    if order.status != OrderStatus.REPORTED.value:
        return order
    choice = dispatching.choose(tx, order, at=at)
    return order if choice is None else _step(tx, order, Step.DISPATCH, SYSTEM_PARTY, choice, actor=None, at=at)


def _locked(actor: Actor, tx: Tx, order_id: int, master_id: int | None) -> StoredOrder:
    """The order of the actor's scope, and the master it is to go on as, which must be there too. Raises NotFound, Conflict.

    They are locked in the order of their numbers, so that two merges towards each other do not wait for each other.
    """
    wanted = sorted({order_id, master_id or order_id})
    for number in wanted:
        if queries.by_id(actor.scope, tx, order_id=number) is None:
            raise _withdrawn(actor, tx, number) or NotFound(order=number)
    found = {number: orders.locked(tx, number) for number in wanted}
    order = found[order_id]
    if order is None:
        raise NotFound(order=order_id)
    return order


def _withdrawn(actor: Actor, tx: Tx, order_id: int) -> Conflict | None:
    """Who took the order from the actor's unit, and how; None where his unit never had it."""
    former = former_orders.by_id(actor.scope, tx, order_id=order_id)
    if former is None:
        return None
    return Conflict(by=former.taken.actor, step=former.taken.action, status=former.taken.to_status, at=former.taken.at)


def _unchanged(tx: Tx, order: StoredOrder, step: Step, seen: int | None) -> None:
    """Nobody acts on an order that is not the one he saw: who came first, and what he did, is what the other is told."""
    if seen is None or seen == order.seq:
        return
    since = orders.log(tx, order.id, after=min(seen, order.seq - 1))
    first = next((event for event in since if event.action not in HARMLESS or event.action == step is not Step.NOTE), None)
    if first is not None:
        raise Conflict(by=first.actor, step=first.action, status=order.status, at=first.at)
