"""Taking steps with work orders: each ends in `services.work_orders.advance`, one transaction an order; and the kept filters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Any, Final

from dash import ClientsideFunction, Dash, Input, Output

from components import ids
from domain.errors import Conflict, Invalid, NotFound, PutuoError, Refused
from domain.scope import Actor
from locales import catalogue, label, language, number, t, when
from services import alarms, copies, photos, plans, receipts, saved_filters, work_orders
from web.clock import now
from web.context import Context
from web.filters import order_number
from web.order_proofs import MOST_ACTS, Act, acts_of, finished_of
from web.session import current_actor


def register(app: Dash, context: Context) -> None:
    """The callbacks of the dialog, of the bar for many orders, and of the kept filters."""

    @app.callback(Output(ids.ORDER_RESULT, "data"), Input(ids.ORDER_ACT, "data"), prevent_initial_call=True)
    def take(sent: object) -> dict[str, Any]:
        actor = current_actor()
        answers = [_answer(act.order, partial(_advance, actor, context, act)) for act in acts_of(sent)]
        for name, act in BESIDE.items():
            answers += [_answer(number, partial(act, actor, context, number)) for number in _numbers(sent, name)]
        answers += [_answer(task, partial(_finish, actor, context, task, note)) for task, note in finished_of(sent)]
        return {"turn": _turn(sent), "answers": answers}

    @app.callback(Output(ids.ORDER_SEEN, "data"), Input(ids.ORDER_OPENED, "data"))
    def see(order: object) -> int:
        with suppress(PutuoError):  # what may not be seen was not read
            return receipts.opened(current_actor(), context.store, order_number(str(order or "")), at=now())
        return 0

    @app.callback(Output(ids.ORDERS_SAVED_DATA, "data"), Input(ids.ORDERS_SAVED_ACT, "data"))
    def keep(sent: object) -> dict[str, Any]:
        said = sent if isinstance(sent, Mapping) else {}
        actor, problem = current_actor(), ""
        try:
            if said.get("forget"):
                saved_filters.forget(actor, context.store, name=str(said["forget"]))
            elif said.get("name"):
                saved_filters.keep(actor, context.store, name=str(said["name"]), query=str(said.get("query") or ""), at=now())
        except PutuoError as refusal:
            problem = why(refusal)
        found = saved_filters.kept(actor, context.store)
        return {"filters": [{"name": each.name, "query": each.query} for each in found], "problem": problem}

    for source, target, name in (
        (ids.ORDER_RESULT, ids.ORDER_DONE, "answered"),
        (ids.ORDERS_SAVED_DATA, ids.ORDERS_SAVED_DONE, "saved"),
    ):
        app.clientside_callback(
            ClientsideFunction("orders", name), Output(target, "data"), Input(source, "data"), prevent_initial_call=True
        )


def why(refusal: PutuoError) -> str:
    """The sentence for a refusal: who was first and what he did, or what the law says."""
    data = refusal.data
    at = data.get("at")
    if isinstance(refusal, Conflict) and isinstance(at, datetime):
        name = str(data.get("by") or label("hand", "system"))
        if "step" not in data:  # a task of the plan, or a copy: done is done
            return t("orders.first_done", name=name, when=when(at, seconds=True))
        step, status = label("step", str(data.get("step"))), label("order_status", str(data.get("status")))
        return t("orders.first", name=name, step=step, status=status, when=when(at, seconds=True))
    reason = f"refused.{data.get('reason')}"
    metres, limit = data.get("metres"), data.get("limit")
    if isinstance(refusal, Refused) and isinstance(metres, int) and isinstance(limit, int):
        return t("orders.too_far_by", metres=number(metres), limit=number(limit))
    if isinstance(refusal, Refused) and reason in catalogue(language()):
        needs = data.get("needs")
        missing = "、".join(label("need", str(need)) for need in needs) if isinstance(needs, list) else ""
        return f"{t(reason)}：{missing}" if missing else t(reason)
    return t(f"error.{refusal.code}")


def _advance(actor: Actor, context: Context, act: Act) -> None:
    if act.step is None:
        raise Invalid(field="step", reason="unknown")
    if not act.order:
        raise NotFound(order=act.order)
    brought = photos.read(act.photos, step=act.step)
    work_orders.advance(actor, context.store, act.order, step=act.step, proof=act.proof, seen=act.seen, photos=brought, at=now())


def _acknowledge(actor: Actor, context: Context, alarm: int) -> None:
    alarms.acknowledge(actor, context.store, alarm, name=actor.name, note=t("orders.acknowledged_together"), at=now())


def _sign(actor: Actor, context: Context, order: int) -> None:
    copies.read(actor, context.store, order, at=now())


def _finish(actor: Actor, context: Context, task: int, note: str) -> None:
    plans.finish(actor, context.store, task, note=note, at=now())


BESIDE: Final[Mapping[str, Callable[[Actor, Context, int], None]]] = {"alarms": _acknowledge, "copies": _sign}
"""What can be done beside the steps, by the name of the numbers that a browser sends: alarms, orders."""


def _answer(number: int, act: Callable[[], object]) -> dict[str, Any]:
    """Whether it is done, or the sentence why not."""
    try:
        act()
    except PutuoError as refusal:
        return {"id": number, "ok": False, "why": why(refusal), "conflict": isinstance(refusal, Conflict)}
    return {"id": number, "ok": True}


def _numbers(sent: object, name: str) -> list[int]:
    """The numbers sent under a name; nothing for nonsense."""
    numbers = sent.get(name) if isinstance(sent, Mapping) else None
    if not isinstance(numbers, list):
        return []
    return [number for number in numbers[:MOST_ACTS] if isinstance(number, int) and not isinstance(number, bool) and 0 < number < 2**63]


def _turn(sent: object) -> Any:
    return sent.get("turn") if isinstance(sent, Mapping) else None
