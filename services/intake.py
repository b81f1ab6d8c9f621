"""Reports on their way to orders: joined to what is under way, opened where nothing is, however many come at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from data_access.engine import Tx
from data_access.repositories import many_orders, rule_settings
from data_access.repositories import work_orders as orders
from data_access.repositories.work_orders import Opening, Source, StoredOrder
from domain.equipment.kind import Settings
from domain.incidents import Asked, Standing, absorbed, joined
from domain.order_words import OUT_OF_SERVICE
from domain.response import ResponseLevel
from domain.work_orders import OrderKind, OrderStatus, Proof, Step
from services import clocks, order_storms, work_orders

EARLIER: Final = Proof(note="occurred_earlier")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One report. `again`: its alarm was open before, so it only opens an order where nobody is at work and nobody called it false.

    `occurred_at` is when that began which it is about; `said_of` the moment it speaks of, which of an alarm is its newest occurrence.
    """

    equipment_id: int
    asked: Asked
    source: Source
    occurred_at: datetime
    said_of: datetime
    alarm_id: int | None = None
    drill: bool = False
    again: bool = False


@dataclass(frozen=True, slots=True)
class _Plan:
    """Which order each report goes to, by its cause; of each cause that needs a new order, the reports, the gravest first."""

    causes: Sequence[tuple[Told, str]]
    opening: Mapping[str, Sequence[Told]]
    known: Mapping[str, StoredOrder]
    absorbed: Mapping[str, Sequence[StoredOrder]]


def take_in(tx: Tx, told: Sequence[Told], *, at: datetime) -> list[tuple[StoredOrder, bool]]:
    """The order of each report that led to one, and whether this call opened it. All are drills, or none is."""
    if not told:
        return []
    plan = _plan(tx, told, at)
    new = order_storms.open_(tx, [_opening(reports, plan, at) for reports in plan.opening.values()], at=at)
    by_cause = {**plan.known, **{order.cause_key: order for order in new}}
    for cause in plan.opening.keys() - by_cause.keys():  # opened by somebody else in this very moment
        if (theirs := orders.open_of(tx, cause)) is not None:
            by_cause[cause] = theirs
    fresh = {order.id for order in new}
    heard = [(each, by_cause[cause]) for each, cause in plan.causes if cause in by_cause]
    order_storms.report(tx, [(order, each.source) for each, order in heard], new=fresh, at=at)
    again = [(each, order) for each, order in heard if order.id not in fresh]
    _raise(tx, _begun_earlier(tx, again, at), at)
    _absorb(tx, plan, by_cause, at)
    return [(order, order.id in fresh) for _, order in heard]


def raise_levels(tx: Tx, told: Sequence[Told], *, at: datetime) -> None:
    """Raise the orders under way that the reports belong to; none is opened, and none falls."""
    if told:
        known = _known(tx, told)
        settings = rule_settings.current(tx)
        found = [(each, known[each.equipment_id], _joined(each, known[each.equipment_id], settings, at)) for each in told]
        _raise(tx, [(each, rows[same.id]) for each, rows, same in found if same is not None], at)


def _plan(tx: Tx, told: Sequence[Told], at: datetime) -> _Plan:
    settings, known = rule_settings.current(tx), _known(tx, told)
    disproved = _disproved(tx, told, known, settings, at)
    done = many_orders.completed(tx, [row.id for rows in known.values() for row in rows.values() if row.status == OrderStatus.COMPLETED])
    causes: list[tuple[Told, str]] = []
    opening: defaultdict[str, list[Told]] = defaultdict(list)
    to_come: defaultdict[int, list[Standing]] = defaultdict(list)
    absorbing: dict[str, list[StoredOrder]] = {}
    for each in sorted(told, key=_gravity):
        rows = known[each.equipment_id]
        standing = [*(_standing(row, done.get(row.id)) for row in rows.values()), *to_come[each.equipment_id]]
        same = joined(each.asked, standing, settings=settings, said_of=each.said_of, at=at)
        if same is None and each.alarm_id in disproved:
            continue
        if same is None:
            to_come[each.equipment_id].append(_to_come(each.asked, at))
            absorbing[each.asked.cause_key] = [rows[o.id] for o in absorbed(each.asked, standing, settings=settings, at=at) if o.id in rows]
        cause = each.asked.cause_key if same is None else same.cause_key
        causes.append((each, cause))
        if same is None or same.id == 0:
            opening[cause].append(each)
    return _Plan(causes, opening, {row.cause_key: row for rows in known.values() for row in rows.values()}, absorbing)


def _known(tx: Tx, told: Sequence[Told]) -> defaultdict[int, dict[int, StoredOrder]]:
    """The open orders of the machines: machine → order id → order."""
    known: defaultdict[int, dict[int, StoredOrder]] = defaultdict(dict)
    for row in many_orders.standing(tx, (each.equipment_id for each in told), drill=told[0].drill):
        known[row.equipment_id][row.id] = row
    return known


def _disproved(
    tx: Tx, told: Sequence[Told], known: Mapping[int, Mapping[int, StoredOrder]], settings: Settings, at: datetime
) -> set[int | None]:
    """Alarms that go on although somebody has said that they are false."""
    again = [each for each in told if each.again and _joined(each, known[each.equipment_id], settings, at) is None]
    return set(many_orders.disproved(tx, [each.alarm_id for each in again])) if again else set()


def _joined(each: Told, rows: Mapping[int, StoredOrder], settings: Settings, at: datetime) -> Standing | None:
    return joined(each.asked, map(_standing, rows.values()), settings=settings, at=at)


def _opening(reports: Sequence[Told], plan: _Plan, at: datetime) -> Opening:
    first = reports[0]
    stopped = any(each.asked.out_of_service for each in reports) or any(
        row.detail.get(OUT_OF_SERVICE) for row in plan.absorbed.get(first.asked.cause_key, ())
    )
    return Opening(
        kind=first.asked.kind.value,
        status=OrderStatus.REPORTED.value,
        cause=first.asked.cause,
        cause_key=first.asked.cause_key,
        equipment_id=first.equipment_id,
        opened_at=at,
        occurred_at=min(at, *(each.occurred_at for each in reports)),
        level=first.asked.level.value,
        urgent=first.asked.urgent,
        reason=first.asked.reason,
        alarm_id=first.alarm_id,
        drill=first.drill,
        detail={OUT_OF_SERVICE: True} if stopped else {},
    )


def _begun_earlier(tx: Tx, heard: Sequence[tuple[Told, StoredOrder]], at: datetime) -> list[tuple[Told, StoredOrder]]:
    """Who reports of the same thing that it began before what is known moves the order's beginning, and the clocks that run from it."""
    began: dict[int, datetime] = {}
    for each, order in heard:
        if each.asked.kind.value == order.kind and each.occurred_at < began.get(order.id, order.occurred_at):
            began[order.id] = each.occurred_at
    earlier = {order.id: order for _, order in heard if order.id in began}
    order_storms.advance(tx, [(order, Step.NOTE, EARLIER) for order in earlier.values()], at=at)
    moved = {order.id: order for order in many_orders.begin_earlier(tx, began)}
    clocks.begun_earlier(tx, moved.values())
    return [(each, moved.get(order.id, order)) for each, order in heard]


def _raise(tx: Tx, heard: Sequence[tuple[Told, StoredOrder]], at: datetime) -> None:
    """Raise orders that are less grave than what is told of them now."""
    gravest = {order.id: (each.asked, order) for each, order in sorted(heard, key=lambda pair: _gravity(pair[0]), reverse=True)}
    rising = [
        (order, Step.ESCALATE, Proof(level=asked.level, reason=asked.reason))
        for asked, order in gravest.values()
        if order.level is None or asked.level.rank > ResponseLevel(order.level).rank
    ]
    order_storms.advance(tx, rising, at=at)
    many_orders.mark(
        tx, [o.id for each, o in heard if each.asked.out_of_service and not o.detail.get(OUT_OF_SERVICE)], {OUT_OF_SERVICE: True}
    )


def _absorb(tx: Tx, plan: _Plan, by_cause: Mapping[str, StoredOrder], at: datetime) -> None:
    """What was a fault of the same machine goes on as the rescue, which becomes as grave as it: a level never falls."""
    rescues = {row.id: by_cause[cause].id for cause, rows in plan.absorbed.items() if cause in by_cause for row in rows}
    if not rescues:
        return
    now = {row.id: row for row in many_orders.locked(tx, [*rescues, *rescues.values()])}  # as they are after this batch's other reports
    rising = {}
    for number, rescue in sorted(rescues.items(), key=lambda pair: _rank(now[pair[0]])):
        if _rank(now[number]) > _rank(now[rescue]):
            rising[rescue] = Proof(level=ResponseLevel(now[number].level), reason=now[number].reason or "")
    order_storms.advance(tx, [(now[rescue], Step.ESCALATE, proof) for rescue, proof in rising.items()], at=at)
    for number, rescue in rescues.items():
        work_orders.advance_by_system(tx, now[number], Step.MERGE, Proof(master=rescue), at=at)
    many_orders.take_alarms(tx, list(rescues))


def _rank(order: StoredOrder) -> int:
    return 0 if order.level is None else ResponseLevel(order.level).rank


def _standing(row: StoredOrder, completed_at: datetime | None = None) -> Standing:
    return Standing(
        id=row.id,
        kind=OrderKind(row.kind),
        cause=row.cause,
        cause_key=row.cause_key,
        status=OrderStatus(row.status),
        level=None if row.level is None else ResponseLevel(row.level),
        urgent=row.urgent,
        suspended=row.suspended,
        opened_at=row.opened_at,
        completed_at=completed_at,
    )


def _to_come(asked: Asked, at: datetime) -> Standing:
    """An order that this batch is about to open."""
    return Standing(
        id=0,
        kind=asked.kind,
        cause=asked.cause,
        cause_key=asked.cause_key,
        status=OrderStatus.REPORTED,
        level=asked.level,
        urgent=asked.urgent,
        suspended=False,
        opened_at=at,
    )


def _gravity(each: Told) -> tuple[Any, ...]:
    """The gravest first, then the earliest."""
    asked = each.asked
    return asked.kind is not OrderKind.RESCUE, -asked.level.rank, not asked.urgent, each.occurred_at, each.equipment_id, asked.cause
