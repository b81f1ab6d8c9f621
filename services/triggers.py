"""The regulator's triggers (监管触发): each cause opens exactly one order at the bureau, which follows its cause until that is gone.

What stands in the register (脱保, 维保超期, 超期未检, 检验不合格) is compared with its orders once a minute; 超时救援 is opened when the
rescue's clock runs out, 市民评价 for a poor rating. All of it can be done twice and changes nothing the second time.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from data_access.engine import Store, Tx
from data_access.repositories import dispatch, rule_settings
from data_access.repositories import triggers as causes
from data_access.repositories import work_orders as orders
from data_access.repositories.triggers import CauseRow
from data_access.repositories.work_orders import Opening, Source, StoredOrder
from domain.equipment.kind import Settings
from domain.scope import Role
from domain.triggers import CHARGES, POOR_RATING, Facts, Move, Standing, Trigger, move_for, new_mender
from domain.work_orders import Proof, Step
from services import publicity, work_orders

log = logging.getLogger(__name__)

MOST: Final = 500  # orders that one minute opens or changes: the rest of a large import follows in the next ones
MENDER_CHANGED: Final = "mender_changed"
"""What the log says where the register names another unit; the locale key is `order_reason.<value>`."""
TOGETHER: Final = 50  # of them in one transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """One reason to open an order: whose matter it is, and what it rests on. `key` tells it from others of its trigger."""

    trigger: Trigger
    key: str
    equipment_id: int | None
    unit_id: int | None
    facts: Facts
    drill: bool = False
    words: str = ""


@dataclass(frozen=True, slots=True)
class Minute:
    """What one minute did."""

    opened: int = 0
    changed: int = 0
    closed: int = 0


Deed = Callable[[Tx], str]
"""One thing to do, inside a transaction; it says which field of Minute counts it."""


def minute(store: Store, at: datetime) -> Minute:
    """Open, change and close what the triggers ask for now, and keep the list of publicity. Raises StoreUnavailable."""
    with store.reading() as tx:
        settings = rule_settings.current(tx)
        deeds = [*_rescues(tx, settings, at), *_ratings(tx, settings, at), *_registered(tx, settings, at)][:MOST]
    counted = dict.fromkeys(Minute.__dataclass_fields__, 0)
    for first in range(0, len(deeds), TOGETHER):
        with store.transaction() as tx:
            for deed in deeds[first : first + TOGETHER]:
                counted[deed(tx)] += 1
    done = Minute(**counted)
    if done != Minute():
        log.info("triggers", extra=asdict(done))
    publicity.gather(store, at)
    return done


def open_trigger(tx: Tx, cause: Cause, *, at: datetime) -> StoredOrder:
    """The open order of this cause, which is new or was there. Its clocks run from now: the bureau could not know before."""
    charge = CHARGES[cause.trigger]
    opening = Opening(
        kind=charge.kind.value,
        status=work_orders.first_status(charge.kind),
        cause=cause.trigger.value,
        cause_key=_key(cause),
        equipment_id=cause.equipment_id,
        opened_at=at,
        occurred_at=at,
        urgent=charge.urgent,
        unit_id=cause.unit_id,
        drill=cause.drill,
        detail={"facts": dict(cause.facts)},
    )
    order, _ = work_orders.open_(tx, opening, Source(channel="automatic", source=cause.trigger.value, at=at, words=cause.words))
    return order


def rescue_overdue(tx: Tx, order: StoredOrder, *, at: datetime) -> StoredOrder | None:
    """The bureau's order about a rescue that took too long; None where that rescue already had one."""
    cause = Cause(
        trigger=Trigger.RESCUE_OVERDUE,
        key=str(order.id),
        equipment_id=order.equipment_id,
        unit_id=_who_had_it(tx, order),
        facts=_rescue_facts(order.id, None),
        drill=order.drill,
        words=order.number,
    )
    return None if causes.was_opened(tx, _key(cause)) else open_trigger(tx, cause, at=at)


def _who_had_it(tx: Tx, order: StoredOrder) -> int | None:
    """The unit that answers for an order: whoever was sent, and after a rescue that nobody answered whoever maintains the machine."""
    return order.unit_id or dispatch.maintainers(tx, [order.equipment_id]).get(order.equipment_id)


def _registered(tx: Tx, settings: Settings, at: datetime) -> Iterator[Deed]:
    rows = {(row.trigger, row.equipment_id): row for row in causes.registered_causes(tx, at=at)}
    standing = causes.standings(tx, list(rows))
    for key in sorted(rows.keys() | standing.keys()):
        cause = _cause_of(rows[key]) if key in rows else None
        yield from _deed(cause, standing.get(key), settings, at)


def _rescues(tx: Tx, settings: Settings, at: datetime) -> Iterator[Deed]:
    for row, standing in causes.late_rescues(tx):
        facts = None if row.unfounded else _rescue_facts(standing.facts["about"], row.completed_at)
        move = move_for(facts, standing, settings=settings, at=at)
        yield from _follow(move, standing, facts, at)


def _ratings(tx: Tx, settings: Settings, at: datetime) -> Iterator[Deed]:
    for order in causes.poorly_rated(tx, at_most=int(POOR_RATING.of(settings)), limit=MOST):
        cause = Cause(
            trigger=Trigger.CITIZEN_RATING,
            key=str(order.id),
            equipment_id=order.equipment_id,
            unit_id=_who_had_it(tx, order),
            facts={"about": order.id, "number": order.number, "rating": order.stars},
            drill=order.drill,
            words=order.number,
        )
        yield _opening(cause, at)


def _deed(cause: Cause | None, standing: Standing | None, settings: Settings, at: datetime) -> Iterator[Deed]:
    facts = None if cause is None else cause.facts
    move = move_for(facts, standing, settings=settings, at=at)
    if move is Move.OPEN and cause is not None:
        yield _opening(cause, at)
    elif standing is not None:
        yield from _follow(move, standing, facts, at)


def _opening(cause: Cause, at: datetime) -> Deed:
    def opened(tx: Tx) -> str:
        open_trigger(tx, cause, at=at)
        return "opened"

    return opened


def _follow(move: Move, standing: Standing, facts: Facts | None, at: datetime) -> Iterator[Deed]:
    """What becomes of an open order whose cause changed or went; nothing where somebody closed it meanwhile."""
    if move in (Move.REST, Move.OPEN):
        return

    def followed(tx: Tx) -> str:
        order = orders.locked(tx, standing.order_id)
        if order is None or order.closed_at is not None:
            return "changed"
        mender = new_mender(facts, standing, order.unit_id)
        if move is Move.CLOSE:
            work_orders.advance_by_system(tx, order, Step.CLOSE, Proof(reason=Move.GONE.value), at=at)
        elif mender is not None:
            work_orders.advance_by_system(tx, order, Step.NAME_UNIT, Proof(unit=mender, reason=MENDER_CHANGED), at=at)
        else:
            work_orders.advance_by_system(tx, order, Step.NOTE, Proof(note=move.value), at=at)
        orders.describe(tx, order.id, **_known(facts, at))
        return "closed" if move is Move.CLOSE else "changed"

    yield followed


def _known(facts: Facts | None, at: datetime) -> dict[str, Any]:
    return {"gone_at": at.isoformat()} if facts is None else {"facts": dict(facts), "gone_at": None}


def _cause_of(row: CauseRow) -> Cause:
    trigger = Trigger(row.trigger)
    mender = row.maintenance_unit_id if CHARGES[trigger].mender is Role.MAINTENANCE_UNIT else row.use_unit_id
    return Cause(
        trigger=trigger,
        key=str(row.equipment_id),
        equipment_id=row.equipment_id,
        unit_id=mender,
        facts={"day": row.day and row.day.isoformat(), "mender": mender} | ({} if row.why is None else {"why": row.why}),
    )


def _rescue_facts(about: int, completed_at: datetime | None) -> Facts:
    return {"about": about, "completed_at": completed_at and completed_at.isoformat()}


def _key(cause: Cause) -> str:
    return f"{causes.DRILLED if cause.drill else ''}trigger:{cause.trigger}:{cause.key}"
