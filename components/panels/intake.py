"""The form for a call (110, 119, property, telephone), and the dialogs that begin and end a drill."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from dash import dcc, html
from dash.development.base_component import Component

from components import ids
from components.dialogs import dialog, field, note
from components.layout import icon
from components.links import link
from components.panels.order_rows import order_href
from domain.incidents import WAYS, Way, What
from locales import ago, label, t

CALLERS: Final = tuple(origin for origin, way in WAYS.items() if way is Way.PASSIVE)
Row = Mapping[str, Any]


def dialogs(*, may_report: bool, may_drill: bool) -> list[Component]:
    """The dialogs of those who may use them, and the Stores through which they speak."""
    stores = [dcc.Store(id=name) for name in (ids.DESK_ACT, *ids.DESK_RESULTS, ids.DESK_DONE)]
    said = html.Div(id=ids.DESK_SAID, className="desk-said", role="status")
    return [*([_form()] if may_report else []), *([_begin(), _end()] if may_drill else []), said, *stores]


def offers(found: Sequence[Row], busy: Mapping[str, Sequence[object]]) -> list[Component]:
    """The machines that a search found, as buttons; `busy` are the codes that have an open order."""
    return [
        html.Button(
            [
                html.B(row["name"]),
                html.Small(" · ".join(word for word in (row["site"], row["address"]) if word)),
                *([html.Span(t("intake.busy"), className="mark")] if row["code"] in busy else []),
            ],
            className="intake-offer",
            type="button",
            **{"data-code": row["code"]},
        )
        for row in found
    ]


def hint(orders: Sequence[Row], *, at: str) -> list[Component]:
    """What goes on at the chosen machine already: the report becomes another source of it."""
    if not orders:
        return [html.Span(t("intake.fresh"), className="calm")]
    words = [
        link(
            t(
                "intake.open_order",
                number=row["number"],
                kind=label("order_kind", row["kind"]),
                status=label("order_status", row["status"]),
                ago=ago(row["opened_at"], at),
            ),
            order_href(row),
            target="_blank",
        )
        for row in orders
    ]
    return [icon("exclamation-triangle-fill"), html.Span(t("intake.duplicate")), *words]


def _form() -> html.Dialog:
    fields = [
        _choice(ids.INTAKE_ORIGIN, t("intake.origin"), [(origin.value, label(origin)) for origin in CALLERS], CALLERS[0].value),
        _choice(ids.INTAKE_WHAT, t("intake.what"), [(what.value, label(what)) for what in What], What.TRAPPED.value),
        *field(ids.INTAKE_SEARCH, t("intake.machine"), placeholder=t("intake.machine_hint")),
        html.Div(id=ids.INTAKE_OFFERS, className="intake-offers", role="group", **{"aria-label": t("intake.found")}),
        html.Div(id=ids.INTAKE_HINT, className="intake-hint", role="status"),
        html.Div(
            [
                html.Div(field(ids.INTAKE_REPORTER, t("intake.reporter"), maxLength=50)),
                html.Div(field(ids.INTAKE_PHONE, t("intake.phone"), maxLength=30, inputMode="tel")),
                html.Div(field(ids.INTAKE_WHEN, t("intake.when"), placeholder=t("intake.when_hint"))),
            ],
            className="intake-row",
        ),
        *note(ids.INTAKE_WORDS, t("intake.words"), placeholder=t("intake.words_hint")),
        dcc.Checklist(id=ids.INTAKE_DRILL, options=[{"value": "drill", "label": t("intake.drill")}], value=[], className="intake-drill"),
    ]
    head, stores = (
        [icon("telephone-inbound"), f" {t('intake.title')}"],
        [dcc.Store(id=name) for name in (ids.INTAKE_TEXT, ids.INTAKE_MACHINE)],
    )
    confirm, words = ids.INTAKE_CONFIRM, t("intake.save")
    return dialog(ids.INTAKE, head, *fields, *stores, problem=ids.INTAKE_PROBLEM, confirm=confirm, words=words)


def _begin() -> html.Dialog:
    named = field(ids.DRILL_NAME, t("drill.name"), placeholder=t("drill.name_hint"), maxLength=60)
    about, words = html.P(t("drill.about"), className="keys-note wrap"), t("drill.start")
    return dialog(ids.DRILL, words, about, *named, problem=ids.DRILL_PROBLEM, confirm=ids.DRILL_START, words=words)


def _end() -> html.Dialog:
    about = html.P(t("drill.stop_about"), className="keys-note wrap")
    return dialog(ids.DRILL_END, t("drill.stop"), about, confirm=ids.DRILL_STOP, words=t("drill.stop"))


def _choice(name: str, words: str, options: Sequence[tuple[str, str]], value: str) -> html.Fieldset:
    radios = [{"value": option, "label": html.Span([html.Span(said)], **{"data-option": option})} for option, said in options]
    return html.Fieldset([html.Legend(words), dcc.RadioItems(id=name, options=radios, value=value, className="verdicts")])
