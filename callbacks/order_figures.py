"""What the panels of work orders ask of the store. Numbers and words of enums only; no language."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from callbacks.figures import Rows, may_acknowledge, street_names
from data_access.engine import Tx
from data_access.queries import deadlines, equipment, order_details, order_lists, order_photos, work_orders
from data_access.queries.order_details import UnitRow
from data_access.queries.work_orders import EventRow, OrderRow
from domain.coordinates import Point
from domain.discretion import seen, sight
from domain.dispatch import metres_between
from domain.response import ResponseLevel
from domain.scope import GRANTS, Action, Role, Scope
from domain.work_orders import Need, OrderKind, Party, Rule, Step, allowed
from services.work_orders import as_order
from web.filters import LARGEST_ALARM, order_filter, order_page_number

PAGE: Final = 50
LANE: Final = 30
DOSSIER_ORDERS: Final = 20


def order_page(scope: Scope, tx: Tx, *, at: datetime, **params: str) -> Rows:
    """One page of orders and one row more, or the board's lanes; and the figures of the tabs for the same filter."""
    wanted = order_filter(params, at=at)
    shown: Rows = {"params": params, "streets": street_names(scope, tx), "counts": order_lists.counts(scope, tx, wanted=wanted, at=at)}
    if params.get("view") == "board":
        lanes = order_lists.board(scope, tx, wanted=wanted, limit=LANE, at=at)
        orders = _with_clocks(scope, tx, [row for rows in lanes.values() for row in rows], at)
        by_id = {row["id"]: row for row in orders}
        drawn = {lane: [by_id[row.id] for row in rows] for lane, rows in lanes.items()}
        choices = _choices_together(scope, tx, orders)
        return shown | {"choices": choices, "lanes": drawn, "lane_counts": order_lists.lane_counts(scope, tx, wanted=wanted, at=at)}
    number, gravest = order_page_number(params), params.get("sort") != "new"
    found = order_lists.page(scope, tx, wanted=wanted, gravest=gravest, offset=PAGE * (number - 1), limit=PAGE + 1, at=at)
    orders = _with_clocks(scope, tx, found, at)
    return shown | {"choices": _choices_together(scope, tx, orders), "orders": orders, "page": number}


def order(scope: Scope, tx: Tx, *, at: datetime, order: str = "") -> Rows:
    """One work order with everything beside it and what this reader may do next, or None."""
    found = work_orders.by_id(scope, tx, order_id=_number(order))
    if found is None:
        return None
    log = work_orders.log(scope, tx, order_id=found.id)
    related = order_details.related(scope, tx, order_id=found.id, master_id=found.master_id, group_id=found.group_id)
    steps = permitted(scope, found)
    return {
        "order": found,
        "circling": bool(order_lists.circling(scope, tx, order_ids=[found.id], at=at)),
        "log": log,
        "photos": order_photos.of_order(scope, tx, order_id=found.id),
        "names": order_details.names(scope, tx, **_numbers(found, log)),
        "clocks": order_lists.clocks(scope, tx, order_ids=[found.id]),
        "reckonings": deadlines.reckonings(scope, tx, order_id=found.id),
        "sources": _sources(scope, tx, found),
        "told": order_details.told(scope, tx, order_id=found.id),
        "copies": order_details.copies(scope, tx, order_id=found.id),
        "tasks": order_details.tasks(scope, tx, order_id=found.id),
        "prompts": order_details.prompts(scope, tx, order_id=found.id),
        "related": related,
        "group": order_details.group(scope, tx, group_id=found.group_id) if found.group_id else None,
        "streets": street_names(scope, tx),
        "role": scope.role.value,
        "steps": [_said(rule) for rule in steps],
        "choices": _choices(scope, tx, found, steps),
    }


def dossier_orders(scope: Scope, tx: Tx, *, at: datetime, code: str = "") -> Rows:
    """The orders of one machine, newest first; None where there is no such machine in the scope."""
    machine = equipment.by_code(scope, tx, code=code)
    if machine is None:
        return None
    found = order_lists.of_equipment(scope, tx, equipment_id=machine.id, limit=DOSSIER_ORDERS)
    return {"orders": _with_clocks(scope, tx, found, at), "streets": street_names(scope, tx)}


def permitted(scope: Scope, order: OrderRow) -> tuple[Rule, ...]:
    """The steps that a reader of this scope may take with the order now, in the order of the table."""
    if Action.WORK_ORDERS not in GRANTS.get(scope.role, frozenset()):
        return ()
    return allowed(as_order(order), Party(scope.role, scope.organization))


def _with_clocks(scope: Scope, tx: Tx, found: Sequence[OrderRow], at: datetime) -> list[dict[str, Any]]:
    """Each order with its clock that runs out next, whether it goes round in circles, and the steps that need no thought."""
    running = order_lists.running(scope, tx, order_ids=[row.id for row in found])
    taken = may_acknowledge(scope)
    circles = order_lists.circling(scope, tx, order_ids=[row.id for row in found], at=at)
    return [
        asdict(row)
        | {
            "clock": running.get(row.id),
            "circling": row.id in circles,
            "steps": [rule.step.value for rule in permitted(scope, row)],
            "may_acknowledge": taken and row.alarm_id is not None,
        }
        for row in found
    ]


def _said(rule: Rule) -> dict[str, Any]:
    return {"step": rule.step.value, "to": rule.to and rule.to.value, "needs": sorted(need.value for need in rule.needs)}


def _choices(scope: Scope, tx: Tx, order: OrderRow, steps: Sequence[Rule]) -> dict[str, list[dict[str, Any]]]:
    """What can be chosen for the needs of the steps: units, people, masters, levels."""
    needed = {need for rule in steps for need in rule.needs}
    choices: dict[str, list[dict[str, Any]]] = {}
    if Need.UNIT in needed:
        kind = Role.USE_UNIT.value if order.kind == OrderKind.BEHAVIOR.value else Role.MAINTENANCE_UNIT.value
        choices["unit"] = _by_distance(order, order_details.units(scope, tx, kind=kind))
    if Need.ASSIGNEE in needed:
        choices["assignee"] = [asdict(row) for row in order_details.people(scope, tx, unit_id=order.unit_id)]
    if Need.MASTER in needed:
        choices["master"] = [asdict(row) for row in order_details.masters(scope, tx, order=order)]
    if Need.LEVEL in needed:
        present = ResponseLevel(order.level).rank if order.level else 0
        choices["level"] = [{"level": level.value} for level in ResponseLevel if level.rank > present]
    return choices


def _choices_together(scope: Scope, tx: Tx, orders: Sequence[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Whom many orders can be given to, where one of those on the page can be given to anybody."""
    steps = {step for row in orders for step in row["steps"]}
    choices: dict[str, list[dict[str, Any]]] = {}
    if Step.DISPATCH.value in steps:
        choices["unit"] = [asdict(row) for row in order_details.units(scope, tx)]
    if Step.ASSIGN.value in steps:
        choices["assignee"] = [asdict(row) for row in order_details.people(scope, tx, unit_id=None)]
    return choices


def _by_distance(order: OrderRow, found: Sequence[UnitRow]) -> list[dict[str, Any]]:
    """Units and teams, the nearest to the order's machine first; `metres` is as the crow flies, None where a place is unknown."""
    there = _point(order.lng, order.lat)
    rows = [asdict(row) | {"metres": metres_between(_point(row.lng, row.lat), there)} for row in found]
    return sorted(rows, key=lambda row: (row["metres"] is None, row["metres"] or 0.0))


def _point(lng: float | None, lat: float | None) -> Point | None:
    return None if lng is None or lat is None else Point(lng, lat)


def _numbers(order: OrderRow, log: Iterable[EventRow]) -> dict[str, set[int]]:
    """The units, teams, people and orders that a log speaks of by number."""
    proofs = [event.proof for event in log if event.proof]

    def spoken_of(name: str) -> set[int]:
        return {int(proof[name]) for proof in proofs if proof.get(name) is not None}

    masters = spoken_of("master") | ({order.master_id} if order.master_id else set())
    people = spoken_of("assignee") | ({order.assignee_id} if order.assignee_id else set())
    return {"units": spoken_of("unit"), "teams": spoken_of("team"), "persons": people, "orders": masters}


def _sources(scope: Scope, tx: Tx, order: OrderRow) -> list[dict[str, Any]]:
    """Who reported the order, as far as this reader may know."""
    by = sight(OrderKind(order.kind), scope.role)
    return [seen(asdict(row), by) for row in order_details.sources(scope, tx, order_id=order.id)]


def _number(text: str) -> int:
    """The order's number in an address; 0, which no order has, for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 and int(text) <= LARGEST_ALARM else 0
