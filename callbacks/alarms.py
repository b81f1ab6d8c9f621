"""Taking note of an alarm and judging it: the dialog's button ends in a service, its answer closes the dialog or says why not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from dash import ClientsideFunction, Dash, Input, Output, State, no_update

from components import ids
from domain.errors import Conflict, Invalid, PutuoError
from domain.truth import Verdict
from locales import t, when
from services import alarms
from web.clock import now
from web.context import Context
from web.session import current_actor

REFUSALS: Final = {
    ("name", "required"): "alarms.name_missing",
    ("note", "required"): "verdict.reason_missing",
    ("verdict", "required"): "verdict.missing",
}
"""Field and reason of a refusal → the key of its sentence."""


def register(app: Dash, context: Context) -> None:
    """The callbacks of the dialog."""

    @app.callback(
        Output(ids.ACKNOWLEDGE_RESULT, "data"),
        Output(ids.ACKNOWLEDGE_PROBLEM, "children"),
        Input(ids.ACKNOWLEDGE_CONFIRM, "n_clicks"),
        State(ids.ACKNOWLEDGE_ALARM, "data"),
        State(ids.ACKNOWLEDGE_NAME, "value"),
        State(ids.ACKNOWLEDGE_NOTE, "value"),
        State(ids.ACKNOWLEDGE_VERDICT, "value"),
        State(ids.ACKNOWLEDGE_CORRECTS, "data"),
        prevent_initial_call=True,
    )
    def confirm(clicks: int, alarm_id: object, name: object, note: object, verdict: object, corrects: object) -> tuple[Any, str]:
        said = _Said(_number(alarm_id), str(name or "").strip(), str(note or "").strip(), _verdict(verdict))
        try:
            if isinstance(corrects, Mapping):
                _judge(context, said, _verdict(corrects.get("seen")))
            else:
                alarms.acknowledge(
                    current_actor(), context.store, said.alarm_id, name=said.name, note=said.note, verdict=said.verdict, at=now()
                )
        except PutuoError as refusal:
            return no_update, _why(refusal)
        return {"ok": True, "id": alarm_id, "turn": clicks}, ""

    app.clientside_callback(
        ClientsideFunction("desk", "acknowledged"),
        Output(ids.ACKNOWLEDGE_DONE, "data"),
        Input(ids.ACKNOWLEDGE_RESULT, "data"),
        prevent_initial_call=True,
    )


@dataclass(frozen=True, slots=True)
class _Said:
    """What somebody wrote into the dialog."""

    alarm_id: int
    name: str
    note: str
    verdict: Verdict | None


def _judge(context: Context, said: _Said, seen: Verdict | None) -> None:
    if said.verdict is None:
        raise Invalid(field="verdict", reason="required")
    if not said.name:
        raise Invalid(field="name", reason="required")
    alarms.judge(current_actor(), context.store, said.alarm_id, verdict=said.verdict, note=said.note, name=said.name, seen=seen, at=now())


def _why(refusal: PutuoError) -> str:
    """The sentence for a refusal: the one about its field where there is one."""
    at = refusal.data.get("at")
    if isinstance(refusal, Conflict) and isinstance(at, datetime):
        return t("alarms.first", name=refusal.data["by"], when=when(at))
    words = REFUSALS.get((str(refusal.data.get("field")), str(refusal.data.get("reason"))))
    return t(words or f"error.{refusal.code}")


def _verdict(value: object) -> Verdict | None:
    """The word of the dialog; None where nobody chose one, or it is none of ours."""
    return next((verdict for verdict in Verdict if verdict.value == value), None)


def _number(value: object) -> int:
    """The alarm's id; 0, which no alarm has, for anything else."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**63 else 0
