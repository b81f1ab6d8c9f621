"""What the regulator's triggers look at: the register, rescues that were late, ratings, and the orders there are about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Date,
    Integer,
    Row,
    Select,
    Text,
    and_,
    any_,
    case,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import distinct_on

from data_access.conditions import FAILED, overdue, today
from data_access.engine import Tx
from data_access.lapses import lapse, licence_ended
from data_access.tables import citizen_ratings, drills, equipment, work_order_events, work_orders
from domain.triggers import REGISTERED, Lapse, Standing, Trigger
from domain.work_orders import OrderStatus, Step

e, w, v = equipment.c, work_orders.c, work_order_events.c
DRILLED: Final = "drill:"
"""What the keys of a drill's causes begin with."""
_late = work_orders.alias("late")  # the rescue that an order is about

SINCE: Final[Mapping[Trigger, ColumnElement[Any]]] = {
    Trigger.MAINTENANCE_LAPSED: e.maintenance_contract_until,
    Trigger.MAINTENANCE_OVERDUE: e.next_maintenance_on,
    Trigger.INSPECTION_OVERDUE: e.next_inspection_on,
    Trigger.INSPECTION_FAILED: e.last_inspected_on,
}
"""The day of the register that each cause rests on."""


@dataclass(frozen=True, slots=True)
class CauseRow:
    """A machine of which the register says that something is owed, and since which day."""

    trigger: str
    equipment_id: int
    use_unit_id: int | None
    maintenance_unit_id: int | None
    day: date | None
    why: str | None = None  # of 脱保: a Lapse


@dataclass(frozen=True, slots=True)
class RescueRow:
    """An open order about a late rescue, and what became of the rescue. `unfounded`: there was nobody to rescue, or not by this order."""

    order_id: int
    unfounded: bool
    completed_at: datetime | None


def registered_causes(tx: Tx, *, at: datetime) -> list[CauseRow]:
    """Every cause that stands in the register, by trigger and machine."""
    parts = [_stands(trigger, at) for trigger in REGISTERED]
    return [_cause(row) for row in tx.rows(union_all(*parts).order_by("trigger", "id"))]


def _stands(trigger: Trigger, at: datetime) -> Select[Any]:
    lapsed = trigger is Trigger.MAINTENANCE_LAPSED
    why, licence = (lapse(today(at)), licence_ended()) if lapsed else (null(), null())
    columns = (literal(trigger.value, Text).label("trigger"), e.id, e.use_unit_id, e.maintenance_unit_id, SINCE[trigger].label("since"))
    return select(*columns, cast(why, Text).label("why"), cast(licence, Date).label("licence")).where(_lasts(trigger, at))


def _cause(row: tuple[Any, ...]) -> CauseRow:
    trigger, machine, use_unit, maintenance_unit, since, why, licence = row
    days = {None: since, Lapse.CONTRACT_ENDED: since, Lapse.NO_LICENCE: licence}
    return CauseRow(trigger, machine, use_unit, maintenance_unit, days.get(why), why)


def _lasts(trigger: Trigger, at: datetime) -> ColumnElement[bool]:
    """A failed inspection stands until one is passed, also of a machine that is set out of use once the bureau knows of it."""
    stands = overdue(trigger.value, at)
    if trigger is not Trigger.INSPECTION_FAILED:
        return stands
    known = select(w.equipment_id).where(w.cause == trigger.value, w.closed_at.is_(None), ~w.drill)
    return or_(stands, and_(e.inspection_result == FAILED, e.id.in_(known)))


def standings(tx: Tx, causes: Sequence[tuple[str, int]]) -> dict[tuple[str, int], Standing]:
    """The newest order of each of these causes (trigger, machine), and every open one of a cause that stands in the register."""
    machines = sorted({equipment_id for _, equipment_id in causes})
    wanted = select(w.id, w.cause, w.equipment_id, w.status, w.detail, w.closed_at).where(
        w.cause.in_([trigger.value for trigger in REGISTERED]),
        ~w.drill,
        or_(w.closed_at.is_(None), w.equipment_id == any_(literal(machines, ARRAY(Integer)))),
    )
    statement = wanted.ext(distinct_on(w.cause, w.equipment_id)).order_by(w.cause, w.equipment_id, w.id.desc())
    return {(row.cause, row.equipment_id): _standing(row) for row in tx.execute(statement)}


def late_rescues(tx: Tx) -> list[tuple[RescueRow, Standing]]:
    """The open orders about late rescues, with what became of the rescues."""
    about = _late.c
    completed = select(func.max(v.at)).where(v.work_order_id == about.id, v.action == Step.COMPLETE.value).scalar_subquery()
    unfounded = or_(about.status == OrderStatus.FALSE_ALARM.value, about.master_id.is_not(None))
    statement = (
        select(w.id, w.status, w.detail, w.closed_at, unfounded.label("unfounded"), completed.label("completed_at"))
        .select_from(work_orders.join(_late, about.id == cast(w.detail[("facts", "about")].astext, BigInteger)))
        .where(w.cause == Trigger.RESCUE_OVERDUE.value, w.closed_at.is_(None))
        .order_by(w.id)
    )
    return [(RescueRow(row.id, row.unfounded, row.completed_at), _standing(row)) for row in tx.execute(statement)]


def poorly_rated(tx: Tx, *, at_most: int, limit: int) -> list[Row[Any]]:
    """Orders that somebody rated so low and nobody has opened an order about, with the fewest stars as `stars`, oldest first; those of
    a drill while one goes on.
    """
    key = case((w.drill, DRILLED), else_="") + literal(f"trigger:{Trigger.CITIZEN_RATING}:") + cast(w.id, Text)
    told = select(true()).where(_late.c.cause_key == key).exists()
    going_on = select(true()).where(drills.c.ended_at.is_(None)).exists()
    r = citizen_ratings.c
    stars = func.least(w.rating, select(func.min(r.stars)).where(r.work_order_id == w.id).scalar_subquery()).label("stars")
    poor = or_(w.rating <= at_most, w.id.in_(select(r.work_order_id).where(r.stars <= at_most)))
    statement = select(work_orders, stars).where(poor, ~told, or_(~w.drill, going_on)).order_by(w.id).limit(limit)
    return list(tx.execute(statement))


def was_opened(tx: Tx, cause_key: str) -> bool:
    """Whether there ever was an order of this cause."""
    return tx.scalar(select(w.id).where(w.cause_key == cause_key).limit(1)) is not None


def _standing(row: Row[Any]) -> Standing:
    detail = row.detail
    return Standing(row.id, OrderStatus(row.status), detail.get("facts", {}), detail.get("gone_at") is not None, row.closed_at)
