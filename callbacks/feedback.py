"""Taking in what a citizen said: the search for the machine, and the button that opens the order."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID, uuid4

from dash import Dash, Input, Output, State, no_update

from components import feedback_form, ids
from components.links import to
from data_access.queries import equipment
from domain.errors import Conflict, Invalid, PutuoError
from domain.feedback import FeedbackKind, FeedbackOrigin
from locales import t
from services import feedback
from services.feedback import Feedback
from web.clock import now
from web.context import Context
from web.session import current_actor, current_scope

OFFERED: Final = 8  # machines
REFUSALS: Final = {"words": "feedback.words_missing", "machine": "feedback.machine_missing", "stars": "feedback.stars_missing"}
STARS: Final = frozenset("12345")
"""Field of a refusal → the key of its sentence."""


def register(app: Dash, context: Context) -> None:
    """The callbacks of the sheet."""

    @app.callback(Output(ids.FEEDBACK_MACHINES, "children"), Input(ids.FEEDBACK_TEXT, "data"), prevent_initial_call=True)
    def offer(text: object) -> list[Any]:
        with context.store.reading() as tx:
            found = equipment.search(current_scope(), tx, text=str(text or ""), limit=OFFERED)
        return feedback_form.machines([(row.code, row.name, row.address) for row in found])

    @app.callback(
        Output(ids.FEEDBACK_SAID, "children"),
        Output(ids.FEEDBACK_PROBLEM, "children"),
        Output(ids.FEEDBACK_SHEET, "data"),
        Output(ids.FEEDBACK_WORDS, "value"),
        Output(ids.FEEDBACK_STARS, "value"),
        Input(ids.FEEDBACK_CONFIRM, "n_clicks"),
        State(ids.FEEDBACK_SHEET, "data"),
        State(ids.FEEDBACK_KIND, "value"),
        State(ids.FEEDBACK_ORIGIN, "value"),
        State(ids.FEEDBACK_MACHINE, "value"),
        State(ids.FEEDBACK_REPORTER, "value"),
        State(ids.FEEDBACK_PHONE, "value"),
        State(ids.FEEDBACK_WORDS, "value"),
        State(ids.FEEDBACK_STARS, "value"),
        prevent_initial_call=True,
    )
    def receive(_clicks: int, *said: object) -> tuple[Any, str, Any, Any, Any]:
        try:
            order = feedback.receive(current_actor(), context.store, _sheet(*(str(word or "").strip() for word in said)), at=now())
        except Conflict:
            return no_update, t("feedback.twice"), no_update, no_update, no_update
        except PutuoError as refusal:
            key = REFUSALS.get(str(refusal.data.get("field")), f"error.{refusal.code}")
            return no_update, t(key), no_update, no_update, no_update
        href = None if order.order_id is None else to(f"/work-orders/{order.order_id}")
        return feedback_form.taken(order.number, href), "", str(uuid4()), "", None


def _sheet(form: str, kind: str, origin: str, code: str, reporter: str, phone: str, words: str, stars: str) -> Feedback:
    """What the fields hold. Raises Invalid for what no sheet of ours can say."""
    try:
        number, what, way = UUID(form), FeedbackKind(kind), FeedbackOrigin(origin)
    except ValueError as exc:
        raise Invalid(field="sheet", reason="unknown") from exc
    given = int(stars) if what is FeedbackKind.RATING and stars in STARS else None
    return Feedback(form=number, kind=what, origin=way, words=words, code=code, reporter=reporter, phone=phone, stars=given)
