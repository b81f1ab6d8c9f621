"""The sheet on which is written down what a citizen said."""

from __future__ import annotations

from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from components import ids
from components.layout import icon
from components.links import link
from domain.feedback import FeedbackKind, FeedbackOrigin
from locales import label, t


def frame(sheet: str) -> html.Section:
    """An empty sheet; `sheet` is its number."""
    kinds = [(kind.value, label("trigger", kind)) for kind in FeedbackKind]
    origins = [(origin.value, label("origin", origin)) for origin in FeedbackOrigin]
    stars = [(str(number), t(f"rate.star_{number}")) for number in range(1, 6)]
    fields = [
        _choice(ids.FEEDBACK_KIND, t("feedback.kind"), kinds),
        html.Div(_choice(ids.FEEDBACK_STARS, t("rate.stars"), stars, first=False), className="of-rating"),
        _choice(ids.FEEDBACK_ORIGIN, t("feedback.origin"), origins),
        *_field(ids.FEEDBACK_MACHINE, t("feedback.machine"), placeholder=t("filter.q"), list=ids.FEEDBACK_MACHINES),
        html.Datalist(id=ids.FEEDBACK_MACHINES),
        dcc.Store(id=ids.FEEDBACK_TEXT),
        *_field(ids.FEEDBACK_REPORTER, t("feedback.reporter"), maxLength=50),
        *_field(ids.FEEDBACK_PHONE, t("intake.phone"), maxLength=30, inputMode="tel"),
        html.Label(t("feedback.words"), htmlFor=ids.FEEDBACK_WORDS),
        dcc.Textarea(id=ids.FEEDBACK_WORDS, rows=4, maxLength=500, value=""),
        html.P(id=ids.FEEDBACK_PROBLEM, className="problem", role="alert"),
        html.Div(id=ids.FEEDBACK_SAID, role="status"),
        html.Div(html.Button(t("feedback.save"), id=ids.FEEDBACK_CONFIRM, className="solid", n_clicks=0), className="row-end"),
        dcc.Store(id=ids.FEEDBACK_SHEET, data=sheet),
    ]
    head = html.Div([icon("chat-left-text"), html.H2(t("feedback.title"))], className="pn-h")
    return html.Section([head, html.Div(fields, className="pn-b feedback-sheet")], className="pn", **{"aria-label": t("feedback.title")})


def taken(number: str, href: str | None) -> list[Component]:
    """The order that a sheet led to; praise leads to none."""
    if href is None:
        return [html.Span(t("feedback.praise_taken"))]
    return [html.Span(t("feedback.taken")), link(number, href)]


def machines(found: list[tuple[str, str, str]]) -> list[Component]:
    """What a search offers: code, name, address."""
    return [html.Option(value=code, label=f"{name} · {address}") for code, name, address in found]


def _choice(name: str, words: str, options: list[tuple[str, str]], *, first: bool = True) -> html.Fieldset:
    """Radio buttons; `first`: the first of them is chosen from the start."""
    radios = [{"value": value, "label": said} for value, said in options]
    chosen = options[0][0] if first else None
    return html.Fieldset([html.Legend(words), dcc.RadioItems(id=name, options=radios, value=chosen, className="verdicts")])


def _field(name: str, words: str, **props: Any) -> list[Component]:
    return [html.Label(words, htmlFor=name), dcc.Input(id=name, type="text", value="", autoComplete="off", **props)]
