"""The duty officer's hands: taking a call at the seat, writing down what a caller reports, beginning and ending a drill."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from dash import ClientsideFunction, Dash, Input, Output, State, no_update

from components import ids
from components.panels import intake
from data_access.queries import equipment, order_lists
from domain.equipment.elevator import ELEVATOR
from domain.errors import Conflict, Invalid, PutuoError
from domain.incidents import WAYS, Origin, Way, What
from domain.scope import GRANTS, Action
from locales import t, when
from services import drills, incidents, seats
from services.incidents import Report
from web.clock import now
from web.context import Context
from web.filters import said_moment
from web.session import current_actor, current_scope

OFFERED: Final = 8  # machines
SHOWN: Final = 3  # open orders of the chosen machine
REFUSALS: Final = {
    ("machine", "required"): "intake.machine_missing",
    ("occurred_at", "unclear"): "missed.when_unclear",
    ("occurred_at", "future"): "missed.when_future",
    ("occurred_at", "long_ago"): "intake.when_long_ago",
    ("name", "required"): "drill.name_missing",
    ("drill", "over"): "drill.over",
}
"""Field and reason of a refusal → the key of its sentence."""


@dataclass(frozen=True, slots=True)
class _Call:
    """What the form holds."""

    origin: Origin
    what: What
    code: str
    reporter: str
    phone: str
    moment: str
    words: str
    drill: bool


def register(app: Dash, context: Context) -> None:
    """The callbacks of the lines, the form and the drill."""
    _seat(app, context)
    _intake(app, context)
    _drill(app, context)
    app.clientside_callback(
        ClientsideFunction("incidents", "done"),
        Output(ids.DESK_DONE, "data"),
        *(Input(name, "data") for name in ids.DESK_RESULTS),
        prevent_initial_call=True,
    )


def _seat(app: Dash, context: Context) -> None:
    @app.callback(
        Output(ids.DESK_RESULT, "data"),
        Input(ids.DESK_ACT, "data"),
        prevent_initial_call=True,
    )
    def answer(act: object) -> Any:
        said = act if isinstance(act, Mapping) else {}
        try:
            seats.answer(current_actor(), context.store, _number(said.get("id")), at=now())
        except PutuoError as refusal:
            return {"ok": False, "words": _why(refusal), "turn": said.get("turn")}
        return {"ok": True, "words": t("desk.taken"), "turn": said.get("turn")}


def _intake(app: Dash, context: Context) -> None:
    @app.callback(
        Output(ids.INTAKE_OFFERS, "children"),
        Output(ids.INTAKE_MACHINE, "data"),  # another search chooses anew
        Input(ids.INTAKE_TEXT, "data"),
        prevent_initial_call=True,
    )
    def offer(text: object) -> tuple[list[Any], str]:
        scope = current_scope().narrow(kinds=(ELEVATOR.key,))
        with context.store.reading() as tx:
            found = equipment.search(scope, tx, text=str(text or ""), limit=OFFERED)
            busy = order_lists.of_machines(scope, tx, codes=[row.code for row in found])
        return intake.offers([asdict(row) for row in found], busy), ""

    @app.callback(Output(ids.INTAKE_HINT, "children"), Input(ids.INTAKE_MACHINE, "data"), prevent_initial_call=True)
    def hint(code: object) -> list[Any]:
        scope, at = current_scope(), now()
        with context.store.reading() as tx:
            machine = equipment.by_code(scope, tx, code=str(code or ""))
            if machine is None:
                return []
            orders = order_lists.of_equipment(scope, tx, equipment_id=machine.id)
        live = [asdict(row) for row in orders if row.closed_at is None and row.master_id is None and not row.drill]
        return intake.hint(live[:SHOWN], at=at.isoformat())

    @app.callback(
        Output(ids.INTAKE_RESULT, "data"),
        Output(ids.INTAKE_PROBLEM, "children"),
        Input(ids.INTAKE_CONFIRM, "n_clicks"),
        State(ids.INTAKE_ORIGIN, "value"),
        State(ids.INTAKE_WHAT, "value"),
        State(ids.INTAKE_MACHINE, "data"),
        State(ids.INTAKE_REPORTER, "value"),
        State(ids.INTAKE_PHONE, "value"),
        State(ids.INTAKE_WHEN, "value"),
        State(ids.INTAKE_WORDS, "value"),
        State(ids.INTAKE_DRILL, "value"),
        prevent_initial_call=True,
    )
    def report(turn: int, origin: object, what: object, code: object, *said: object) -> tuple[Any, str]:
        reporter, phone, moment, words = (str(word or "").strip() for word in said[:4])
        call = _Call(_origin(origin), _what(what), str(code or ""), reporter, phone, moment, words, drill=bool(said[4]))
        return _answer(turn, lambda: _report(context, call, at=now()))


def _drill(app: Dash, context: Context) -> None:
    @app.callback(
        Output(ids.DRILL_RESULT, "data"),
        Output(ids.DRILL_PROBLEM, "children"),
        Input(ids.DRILL_START, "n_clicks"),
        State(ids.DRILL_NAME, "value"),
        prevent_initial_call=True,
    )
    def start(turn: int, name: object) -> tuple[Any, str]:
        def act() -> str:
            drills.start(current_actor(), context.store, name=str(name or ""), at=now())
            return t("drill.begun")

        return _answer(turn, act)

    @app.callback(
        Output(ids.DRILL_ENDED, "data"),
        Input(ids.DRILL_STOP, "n_clicks"),
        prevent_initial_call=True,
    )
    def stop(turn: int) -> Any:
        try:
            closed = drills.stop(current_actor(), context.store, at=now())
        except PutuoError as refusal:
            return {"ok": False, "words": _why(refusal), "turn": turn}
        return {"ok": True, "words": t("drill.ended", n=closed), "turn": turn}


def _report(context: Context, call: _Call, *, at: datetime) -> str:
    """Take the call in; the sentence that says what became of it."""
    if not call.code:
        raise Invalid(field="machine", reason="required")
    occurred_at = said_moment(call.moment, at=at) if call.moment else None
    if call.moment and occurred_at is None:
        raise Invalid(field="occurred_at", reason="unclear")
    actor = current_actor()
    told = Report(
        origin=call.origin,
        what=call.what,
        code=call.code,
        reporter=call.reporter,
        phone=call.phone,
        words=call.words,
        occurred_at=occurred_at,
        drill=call.drill,
    )
    answer = incidents.report(actor, context.store, told, at=at)
    if Action.ANSWER_SEAT in GRANTS.get(actor.scope.role, frozenset()):
        with suppress(Conflict):  # whoever took it in at the seat has it; where it rang for nobody, or somebody has it, that stays
            seats.answer(actor, context.store, answer.order_id, at=at)
    return t("intake.opened" if answer.is_new else "intake.joined", number=answer.number)


def _answer(turn: int, act: Callable[[], str]) -> tuple[Any, str]:
    """What the page hears: that it is done, or the sentence why not."""
    try:
        return {"ok": True, "words": act(), "turn": turn}, ""
    except PutuoError as refusal:
        return no_update, _why(refusal)


def _why(refusal: PutuoError) -> str:
    at = refusal.data.get("at")
    if isinstance(refusal, Conflict) and isinstance(at, datetime):
        return t("desk.first", name=refusal.data["by"], when=when(at))
    return t(REFUSALS.get((str(refusal.data.get("field")), str(refusal.data.get("reason"))), f"error.{refusal.code}"))


def _origin(value: object) -> Origin:
    """Who called; the telephone for anything that no caller can be."""
    callers = (origin for origin, way in WAYS.items() if way is Way.PASSIVE)
    return next((origin for origin in callers if origin.value == value), Origin.PHONE)


def _what(value: object) -> What:
    """What is reported; somebody trapped for anything unknown, so that nobody is left inside."""
    return next((what for what in What if what.value == value), What.TRAPPED)


def _number(value: object) -> int:
    """The order's number; 0, which no order has, for anything else."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**63 else 0
