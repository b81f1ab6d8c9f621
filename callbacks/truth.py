"""The truth board: what its panels ask for, and writing down what no alarm reported."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final, assert_never

from dash import ClientsideFunction, Dash, Input, Output, State, html, no_update

from callbacks.figures import Rows, street_names, vendor_titles
from components import ids
from data_access.engine import Tx
from data_access.queries import equipment
from data_access.queries import truth as queries
from data_access.queries.truth import WHOLE, Part
from domain.errors import Conflict, Invalid, PutuoError
from domain.faults import FAULTS
from domain.scope import GRANTS, Action, Scope
from locales import label, t
from services import missed_occurrences, truth
from services.truth import Basis, By, View
from web.clock import now
from web.context import Context
from web.filters import alarm_filter, said_moment, truth_view, truth_words
from web.session import current_actor, current_scope

OFFERED: Final = 8  # machines
MISSED_ROWS: Final = 20
REFUSALS: Final = {
    ("name", "required"): "missed.by_missing",
    ("note", "required"): "missed.why_missing",
    ("machine", "unclear"): "missed.machine_unclear",
    ("family", "unknown"): "missed.family_unknown",
    ("occurred_at", "unclear"): "missed.when_unclear",
    ("occurred_at", "future"): "missed.when_future",
}
"""Field and reason of a refusal → the key of its sentence."""


def board(scope: Scope, tx: Tx, *, at: datetime, **params: str) -> Rows:
    """Precision and recall of the period."""
    view = truth_view(params)
    found = truth.board(scope, tx, view=view, wanted=alarm_filter(truth_words(view), at=at), at=at)
    return {"view": view, "board": found, "streets": street_names(scope, tx), "vendors": vendor_titles(scope, tx, at)}


def load(scope: Scope, tx: Tx, *, at: datetime, **params: str) -> Rows:
    """The load of the period."""
    view = truth_view(params)
    return {"days": view.days, "duty": truth.duty(scope, tx, wanted=alarm_filter(truth_words(view), at=at), at=at)}


def actors(scope: Scope, tx: Tx, *, at: datetime, **params: str) -> Rows:
    """The rules and machines that raised most alarms in the period."""
    view = truth_view(params)
    wanted = alarm_filter(truth_words(view), at=at)
    total = sum(row.count for row in queries.hourly(scope, tx, wanted=wanted))
    found = queries.bad_actors(scope, tx, wanted=wanted)
    return {"days": view.days, "actors": found, "total": total, "streets": street_names(scope, tx)}


def missed(scope: Scope, tx: Tx, *, at: datetime, of: str = "", **params: str) -> Rows:
    """What no alarm of the period reported; `of` is one line of the board."""
    view = truth_view(params)
    since = alarm_filter(truth_words(view), at=at).detected_since or at
    simulated = truth.basis_of(tx, view) is Basis.SIMULATOR
    part = _part(view, of)
    if simulated:
        found = queries.undetected(scope, tx, since=since, at=at, of=part, limit=MISSED_ROWS)
    else:
        found = queries.missed(scope, tx, since=since, of=part, limit=MISSED_ROWS)
    may = Action.RECORD_MISSED in GRANTS.get(scope.role, frozenset())
    return {"view": view, "of": of, "missed": found, "streets": street_names(scope, tx), "simulated": simulated, "may_record": may}


def register(app: Dash, context: Context) -> None:
    """The callbacks of the two dialogs."""

    @app.callback(Output(ids.MISSED_MACHINES, "children"), Input(ids.MISSED_TEXT, "data"), prevent_initial_call=True)
    def offer(text: object) -> list[Any]:
        with context.store.reading() as tx:
            found = equipment.search(current_scope(), tx, text=str(text or ""), limit=OFFERED)
        return [html.Option(value=row.code, label=f"{row.name} · {row.address}") for row in found]

    @app.callback(
        Output(ids.MISSED_RESULT, "data"),
        Output(ids.MISSED_PROBLEM, "children"),
        Input(ids.MISSED_CONFIRM, "n_clicks"),
        State(ids.MISSED_MACHINE, "value"),
        State(ids.MISSED_FAMILY, "value"),
        State(ids.MISSED_WHEN, "value"),
        State(ids.MISSED_BY, "value"),
        State(ids.MISSED_NOTE, "value"),
        prevent_initial_call=True,
    )
    def record(clicks: int, *said: object) -> tuple[Any, str]:
        machine, family, moment, by, note = (str(word or "").strip() for word in said)
        return _answer(clicks, lambda: _record(context, machine, family, moment, by, note))

    @app.callback(
        Output(ids.WITHDRAW_RESULT, "data"),
        Output(ids.WITHDRAW_PROBLEM, "children"),
        Input(ids.WITHDRAW_CONFIRM, "n_clicks"),
        State(ids.WITHDRAW_NUMBER, "data"),
        State(ids.WITHDRAW_NOTE, "value"),
        prevent_initial_call=True,
    )
    def withdraw(clicks: int, number: object, note: object) -> tuple[Any, str]:
        chosen = number if isinstance(number, int) and not isinstance(number, bool) and 0 < number < 2**63 else 0
        why = str(note or "")
        return _answer(clicks, lambda: missed_occurrences.withdraw(current_actor(), context.store, chosen, note=why, at=now()))

    app.clientside_callback(
        ClientsideFunction("truth", "recorded"),
        Output(ids.MISSED_DONE, "data"),
        Input(ids.MISSED_RESULT, "data"),
        Input(ids.WITHDRAW_RESULT, "data"),
        prevent_initial_call=True,
    )


def _record(context: Context, machine: str, family: str, moment: str, by: str, note: str) -> None:
    at = now()
    scope = current_scope()
    with context.store.reading() as tx:
        found = equipment.search(scope, tx, text=machine, limit=2) if machine else []
    exact = [row for row in found if row.code == machine] or found
    occurred_at = said_moment(moment, at=at)
    if len(exact) != 1:
        raise Invalid(field="machine", reason="unclear")
    if occurred_at is None:
        raise Invalid(field="occurred_at", reason="unclear")
    missed_occurrences.record(
        current_actor(),
        context.store,
        code=exact[0].code,
        family=_family(family),
        occurred_at=occurred_at,
        reported_by=by,
        note=note,
        at=at,
    )


def _answer(turn: int, act: Callable[[], object]) -> tuple[Any, str]:
    """What the dialog hears: that it is done, or the sentence why not."""
    try:
        act()
    except PutuoError as refusal:
        key = REFUSALS.get((str(refusal.data.get("field")), str(refusal.data.get("reason"))), f"error.{refusal.code}")
        if isinstance(refusal, Conflict):
            alarm = refusal.data.get("alarm")
            return no_update, t("missed.reported", alarm=alarm) if alarm else t("missed.twice")
        return no_update, t(key)
    return {"ok": True, "turn": turn}, ""


def _family(words: str) -> str:
    """The family by its word in the reader's language, or by its key."""
    return next((fault.family for fault in FAULTS.values() if words in (fault.family, label("rule", fault.family))), "")


def _part(view: View, of: str) -> Part:
    """The line of the board that an address names; "none" is no vendor or no street."""
    if not of:
        return WHOLE
    key = "" if of == "none" else of
    match view.by:
        case By.RULE:
            return Part(family=key)
        case By.VENDOR:
            return Part(vendor=key)
        case By.STREET:
            return Part(street=key)
        case _:
            assert_never(view.by)
