"""Taking note of an alarm: the dialog's button ends in the service, its answer closes the dialog or says why not."""

from __future__ import annotations

from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, State, no_update

from components import ids
from domain.errors import PutuoError
from locales import t
from services import alarms
from web.clock import now
from web.context import Context
from web.session import current_actor


def register(app: Dash, context: Context) -> None:
    """The callbacks of the dialog."""

    @app.callback(
        Output(ids.ACKNOWLEDGE_RESULT, "data"),
        Output(ids.ACKNOWLEDGE_PROBLEM, "children"),
        Input(ids.ACKNOWLEDGE_CONFIRM, "n_clicks"),
        State(ids.ACKNOWLEDGE_ALARM, "data"),
        State(ids.ACKNOWLEDGE_NAME, "value"),
        State(ids.ACKNOWLEDGE_NOTE, "value"),
        prevent_initial_call=True,
    )
    def confirm(clicks: int, alarm_id: object, name: object, note: object) -> tuple[Any, str]:
        said, remark = str(name or "").strip(), str(note or "").strip()
        if not said:
            return no_update, t("alarms.name_missing")
        try:
            alarms.acknowledge(current_actor(), context.store, _number(alarm_id), name=said, note=remark, at=now())
        except PutuoError as refusal:
            return no_update, t(f"error.{refusal.code}")
        return {"ok": True, "id": alarm_id, "turn": clicks}, ""

    app.clientside_callback(
        ClientsideFunction("desk", "acknowledged"),
        Output(ids.ACKNOWLEDGE_DONE, "data"),
        Input(ids.ACKNOWLEDGE_RESULT, "data"),
        prevent_initial_call=True,
    )


def _number(value: object) -> int:
    """The alarm's id; 0, which no alarm has, for anything else."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**63 else 0
