"""The form for a call (110, 119, property, telephone), and the dialogs that begin and end a drill."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from dash import dcc, html
from dash.development.base_component import Component

from components import ids
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
        *_field(ids.INTAKE_SEARCH, t("intake.machine"), placeholder=t("intake.machine_hint")),
        html.Div(id=ids.INTAKE_OFFERS, className="intake-offers", role="group", **{"aria-label": t("intake.found")}),
        html.Div(id=ids.INTAKE_HINT, className="intake-hint", role="status"),
        html.Div(
            [
                html.Div(_field(ids.INTAKE_REPORTER, t("intake.reporter"), maxLength=50)),
                html.Div(_field(ids.INTAKE_PHONE, t("intake.phone"), maxLength=30, inputMode="tel")),
                html.Div(_field(ids.INTAKE_WHEN, t("intake.when"), placeholder=t("intake.when_hint"))),
            ],
            className="intake-row",
        ),
        html.Label(t("intake.words"), htmlFor=ids.INTAKE_WORDS),
        dcc.Textarea(id=ids.INTAKE_WORDS, rows=2, maxLength=500, value="", placeholder=t("intake.words_hint")),
        dcc.Checklist(id=ids.INTAKE_DRILL, options=[{"value": "drill", "label": t("intake.drill")}], value=[], className="intake-drill"),
    ]
    head = html.H2([icon("telephone-inbound"), f" {t('intake.title')}"], id=ids.INTAKE_TITLE)
    return html.Dialog(
        [
            head,
            *fields,
            _problem(ids.INTAKE_PROBLEM),
            _ends(ids.INTAKE_CONFIRM, t("intake.save")),
            dcc.Store(id=ids.INTAKE_TEXT),
            dcc.Store(id=ids.INTAKE_MACHINE),
        ],
        id=ids.INTAKE,
        **{"aria-labelledby": ids.INTAKE_TITLE},
    )


def _begin() -> html.Dialog:
    fields = _field(ids.DRILL_NAME, t("drill.name"), placeholder=t("drill.name_hint"), maxLength=60)
    note = html.P(t("drill.about"), className="keys-note wrap")
    return html.Dialog(
        [html.H2(t("drill.start")), note, *fields, _problem(ids.DRILL_PROBLEM), _ends(ids.DRILL_START, t("drill.start"))],
        id=ids.DRILL,
    )


def _end() -> html.Dialog:
    note = html.P(t("drill.stop_about"), className="keys-note wrap")
    return html.Dialog([html.H2(t("drill.stop")), note, _ends(ids.DRILL_STOP, t("drill.stop"))], id=ids.DRILL_END)


def _choice(name: str, words: str, options: Sequence[tuple[str, str]], value: str) -> html.Fieldset:
    radios = [{"value": option, "label": html.Span([html.Span(said)], **{"data-option": option})} for option, said in options]
    return html.Fieldset([html.Legend(words), dcc.RadioItems(id=name, options=radios, value=value, className="verdicts")])


def _field(name: str, words: str, **props: Any) -> list[Component]:
    return [html.Label(words, htmlFor=name), dcc.Input(id=name, type="text", value="", autoComplete="off", **props)]


def _problem(name: str) -> html.P:
    return html.P(id=name, className="problem", role="alert")


def _ends(name: str, words: str) -> html.Div:
    close = html.Button(t("alarms.cancel"), className="ghost", **{"data-act": "close"})
    return html.Div([close, html.Button(words, id=name, className="solid", n_clicks=0)], className="row-end")
