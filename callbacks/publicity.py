"""Publicity: what its panel asks for, and the dialog's button that says what was done."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, State, no_update

from callbacks.figures import Rows, street_names
from components import ids
from data_access.engine import Tx
from data_access.queries import publicity as queries
from data_access.queries import rule_settings
from domain.behaviour import COMPARED_DAYS, PUBLICISTS
from domain.errors import Conflict, Invalid, PutuoError
from domain.scope import Scope
from locales import t, when
from services import publicity
from web.clock import now
from web.context import Context
from web.session import current_actor


def entries(scope: Scope, tx: Tx, *, at: datetime, behaviour: str = "", done: str = "") -> Rows:
    """What is on the list in the scope; with `done` "0", what is still to be done."""
    settings = {key: version.value for key, version in rule_settings.newest(scope, tx).items()}
    days = max(int(COMPARED_DAYS.of(settings)), 1)
    return {
        "params": {name: word for name, word in (("behaviour", behaviour), ("done", done)) if word},
        "entries": queries.listed(scope, tx, days=days, open_only=done == "0", behaviour=behaviour),
        "days": days,
        "streets": street_names(scope, tx),
        "may_record": scope.role in PUBLICISTS,
    }


def register(app: Dash, context: Context) -> None:
    """The callbacks of the dialog."""

    @app.callback(
        Output(ids.PUBLICITY_RESULT, "data"),
        Output(ids.PUBLICITY_PROBLEM, "children"),
        Input(ids.PUBLICITY_CONFIRM, "n_clicks"),
        State(ids.PUBLICITY_CHOSEN, "data"),
        State(ids.PUBLICITY_NOTE, "value"),
        prevent_initial_call=True,
    )
    def record(clicks: int, chosen: object, note: object) -> tuple[Any, str]:
        number = chosen if isinstance(chosen, int) and not isinstance(chosen, bool) and 0 < chosen < 2**31 else 0
        try:
            publicity.done(current_actor(), context.store, number, note=str(note or ""), at=now())
        except Conflict as first:
            return no_update, t("publicity.twice", by=first.data["by"], when=when(first.data["at"]))  # type: ignore[arg-type]
        except Invalid:
            return no_update, t("publicity.note_missing")
        except PutuoError as refusal:
            return no_update, t(f"error.{refusal.code}")
        return {"ok": True, "turn": clicks}, ""

    app.clientside_callback(
        ClientsideFunction("publicity", "recorded"),
        Output(ids.PUBLICITY_DONE, "data"),
        Input(ids.PUBLICITY_RESULT, "data"),
        prevent_initial_call=True,
    )
