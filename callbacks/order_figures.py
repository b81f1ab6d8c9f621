"""What the panels of work orders ask of the store. Numbers and words of enums only; no language."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any, Final

from callbacks import order_choices
from callbacks.figures import Rows, may_acknowledge, street_names
from data_access.engine import Tx
from data_access.queries import (
    deadlines,
    equipment,
    former_orders,
    order_details,
    order_lists,
    order_photos,
    order_seats,
    plans,
    work_orders,
)
from data_access.queries.work_orders import EventRow, OrderRow
from domain.discretion import Sight, seen, sight, without_numbers
from domain.scope import GRANTS, Action, Scope
from domain.work_orders import WELCOME, Need, OrderKind, Party, Rule, Step, allowed
from services.work_orders import as_order
from web.filters import order_filter, order_number, order_page_number

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
        choices = order_choices.for_many(scope, tx, orders, at=at)
        return shown | {"choices": choices, "lanes": drawn, "lane_counts": order_lists.lane_counts(scope, tx, wanted=wanted, at=at)}
    number, gravest = order_page_number(params), params.get("sort") != "new"
    found = order_lists.page(scope, tx, wanted=wanted, gravest=gravest, offset=PAGE * (number - 1), limit=PAGE + 1, at=at)
    orders = _with_clocks(scope, tx, found, at)
    return shown | {"choices": order_choices.for_many(scope, tx, orders, at=at), "orders": orders, "page": number}


def order(scope: Scope, tx: Tx, *, at: datetime, order: str = "") -> Rows:
    """One work order with everything beside it and what this reader may do next; of one that his unit had, what it saw; else None."""
    found = work_orders.by_id(scope, tx, order_id=order_number(order))
    if found is None:
        former = former_orders.by_id(scope, tx, order_id=order_number(order))
        return former and {"former": former}
    log = work_orders.log(scope, tx, order_id=found.id)
    related = order_details.related(scope, tx, order_id=found.id, master_id=found.master_id, group_id=found.group_id)
    steps = permitted(scope, found)
    return {
        "order": found,
        "circling": bool(order_lists.circling(scope, tx, order_ids=[found.id], at=at)),
        "log": _log(scope, found, log),
        "photos": order_photos.of_order(scope, tx, order_id=found.id),
        "calls": order_seats.calls(scope, tx, order_id=found.id),
        "names": order_details.names(scope, tx, **_numbers(found, log)),
        "clocks": order_lists.clocks(scope, tx, order_ids=[found.id]),
        "reckonings": deadlines.reckonings(scope, tx, order_id=found.id),
        "sources": _sources(scope, tx, found),
        "told": order_details.told(scope, tx, order_id=found.id),
        "copies": order_details.copies(scope, tx, order_id=found.id),
        "tasks": plans.tasks(scope, tx, order_id=found.id),
        "prompts": order_details.prompts(scope, tx, order_id=found.id),
        "related": related,
        "group": order_details.group(scope, tx, group_id=found.group_id) if found.group_id else None,
        "streets": street_names(scope, tx),
        "role": scope.role.value,
        "steps": [_said(found, rule) for rule in steps],
        "choices": order_choices.for_one(scope, tx, found, steps, at=at),
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


def _said(order: OrderRow, rule: Rule) -> dict[str, Any]:
    needs = order_choices.needs_of(order, rule)
    welcome = WELCOME.get(rule.step, frozenset()) - needs
    return {"step": rule.step.value, "to": rule.to and rule.to.value, "needs": _values(needs), "welcome": _values(welcome)}


def _values(needs: Iterable[Need]) -> list[str]:
    return sorted(need.value for need in needs)


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


def _log(scope: Scope, order: OrderRow, log: Iterable[EventRow]) -> list[EventRow]:
    """The order's steps, as far as this reader may know who reported it."""
    by = sight(OrderKind(order.kind), scope.role)
    return [_discreet(event) if by is Sight.NOTHING else event for event in log]


def _discreet(event: EventRow) -> EventRow:
    """A step as somebody reads it who may not learn who complained: without the numbers in its words, and of a rating its stars alone,
    because its note says who was called, and when.
    """
    reason = event.reason and without_numbers(event.reason, Sight.NOTHING)
    if not event.proof or "note" not in event.proof:
        return replace(event, reason=reason)
    note = "" if event.action == Step.RATE else without_numbers(event.proof["note"], Sight.NOTHING)
    return replace(event, reason=reason, proof=event.proof | {"note": note})
