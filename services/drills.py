"""Drills (演练, E6): begun and ended by a person. Their orders are marked, stand in no live figure, and nobody outside is told of them."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Final

from data_access.engine import Store, Tx
from data_access.repositories import audit, drills
from data_access.repositories import work_orders as orders
from data_access.repositories.audit import Entry
from domain.errors import Conflict, Invalid, NotFound, Refused
from domain.scope import Action, Actor
from domain.work_orders import SUPERVISION_CHAIN, OrderKind, OrderStatus, Proof, Step
from services import work_orders

NAME_LIMIT: Final = 60  # characters
OVER: Final = "drill_over"
"""What the log of an order says that was open when its drill ended."""


def start(actor: Actor, store: Store, *, name: str, at: datetime) -> int:
    """Begin a drill; its number. Raises NotPermitted, Invalid(field=name), Conflict while another one goes on."""
    actor.require(Action.RUN_DRILLS)
    name = name.strip()
    if not name or len(name) > NAME_LIMIT:
        raise Invalid(field="name", reason="too_long" if name else "required")
    with store.transaction() as tx:
        number = drills.start(tx, name=name, account_id=actor.account_id, started_by=actor.name, at=at)
        if number is None:
            going_on = drills.going_on(tx)
            raise Conflict(by=going_on and going_on.started_by, at=going_on and going_on.started_at)
        _note(actor, tx, number, {"started": name}, at)
    return number


def stop(actor: Actor, store: Store, *, at: datetime) -> int:
    """End the drill, after its open orders, each closed as far as it came; how many. Raises NotPermitted, NotFound."""
    actor.require(Action.RUN_DRILLS)
    with store.reading() as tx:
        unfinished = drills.unfinished(tx)
    for number, kind, status in unfinished:
        with suppress(Refused):  # somebody closes it at this moment
            _close(actor, store, number, OrderKind(kind), OrderStatus(status), at)
    with store.transaction() as tx:
        going_on = drills.going_on(tx)
        if going_on is None:
            raise NotFound(drill=None)
        drills.end(tx, going_on.id, ended_by=actor.name, at=at)
        _note(actor, tx, going_on.id, {"ended": going_on.name, "orders": len(unfinished)}, at)
    return len(unfinished)


def _close(actor: Actor, store: Store, number: int, kind: OrderKind, status: OrderStatus, at: datetime) -> None:
    if kind in SUPERVISION_CHAIN:
        with store.transaction() as tx:
            order = orders.locked(tx, number)
            if order is not None:
                work_orders.advance_by_system(tx, order, Step.CLOSE, Proof(reason=OVER), at=at)
        return
    step = Step.CONFIRM if status is OrderStatus.COMPLETED else Step.FALSE_ALARM
    work_orders.advance(actor, store, number, step=step, proof=Proof(note=OVER), at=at)


def _note(actor: Actor, tx: Tx, number: int, said: Mapping[str, object], at: datetime) -> None:
    entry = Entry(
        account_id=actor.account_id,
        username=actor.username,
        action=Action.RUN_DRILLS.value,
        object=f"drill:{number}",
        after=said,
        address=actor.address,
    )
    audit.append(tx, entry, at)
