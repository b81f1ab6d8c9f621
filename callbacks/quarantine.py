"""Asking for another try: the dialog's button ends in the service; its answer closes the dialog, or says why not."""

from __future__ import annotations

from typing import Any, Final

from dash import ClientsideFunction, Dash, Input, Output, State, no_update

from callbacks.panels import PANELS, wanted
from components import ids
from components.panels import quarantine as panel
from data_access.quarantine_filter import Refusals
from domain.errors import Invalid, PutuoError
from locales import number, t
from services import quarantine
from web.clock import now
from web.context import Context
from web.refusals import refusal_filter, refusal_number
from web.session import current_actor

EVERYTHING: Final = ""  # instead of a number: all that the page's filter finds


def register(app: Dash, context: Context) -> None:
    """The callbacks of the dialog."""

    @app.callback(
        Output(ids.REPLAY_RESULT, "data"),
        Output(ids.REPLAY_PROBLEM, "children"),
        Input(ids.REPLAY_CONFIRM, "n_clicks"),
        State(ids.REPLAY_CHOSEN, "data"),
        State(ids.REPLAY_WHY, "value"),
        State(ids.params_store(panel.NAME), "data"),
        prevent_initial_call=True,
    )
    def confirm(clicks: int, chosen: object, why: object, params: object) -> tuple[Any, str]:
        try:
            count = _request(context, chosen, str(why or ""), params)
        except Invalid:
            return no_update, t("quarantine.why_missing")
        except PutuoError as refusal:
            return no_update, t(f"error.{refusal.code}")
        if not count:
            return no_update, t("quarantine.nothing_to_replay")
        return {"ok": True, "turn": clicks, "said": t("quarantine.requested_now", n=number(count))}, ""

    app.clientside_callback(
        ClientsideFunction("quarantine", "requested"),
        Output(ids.REPLAY_DONE, "data"),
        Input(ids.REPLAY_RESULT, "data"),
        prevent_initial_call=True,
    )


def _request(context: Context, chosen: object, why: str, params: object) -> int:
    """One message by its number, or what the address finds, wherever the reader has paged to."""
    at = now()
    every = chosen is None or chosen == EVERYTHING
    filter_ = refusal_filter(wanted(PANELS[panel.NAME], params), at=at) if every else Refusals(ids=(refusal_number(chosen),))
    return quarantine.request_replay(current_actor(), context.store, filter_, why=why, at=at)
