"""The hands of the page of notifications: send dead letters again, sign for copies."""

from __future__ import annotations

from typing import Any, Final

from dash import Dash, Input, Output

from components import ids
from domain.errors import PutuoError
from locales import number, t
from services import copies, notifications
from web.clock import now
from web.context import Context
from web.refusals import refusal_number
from web.session import current_actor

RETRY: Final = "notice"
SIGN: Final = "copy-sign"


def register(app: Dash, context: Context) -> None:
    """The one callback of both buttons."""

    @app.callback(Output(ids.NOTICE_TOLD, "children"), Input(ids.NOTICE_ACT, "data"), prevent_initial_call=True)
    def act(asked: Any) -> str:
        try:
            return _done(context, asked if isinstance(asked, dict) else {})
        except PutuoError as refusal:
            return t(f"error.{refusal.code}")


def _done(context: Context, asked: dict[str, Any]) -> str:
    """What was done, in words; what is no known act does nothing."""
    at, chosen = now(), asked.get("id")
    if asked.get("act") == RETRY:
        ids_ = None if chosen == "" else [refusal_number(chosen)]
        return t("notifications.requeued", n=number(notifications.retry(current_actor(), context.store, ids_, at=at)))
    if asked.get("act") == SIGN:
        return t("copies.signed", n=number(copies.read(current_actor(), context.store, refusal_number(chosen), at=at)))
    return ""
