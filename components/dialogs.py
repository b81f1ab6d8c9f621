"""A dialog that asks for something, says what is wrong with it, and is left or confirmed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from locales import t

Words = str | Sequence[str | Component]


def dialog(name: str, title: Words, *content: Component, confirm: str, words: Words, problem: str | None = None) -> html.Dialog:
    """Closed at first. `confirm` is the id of the button that says `words`, `problem` that of the line that says what is wrong."""
    wrong = [] if problem is None else [html.P(id=problem, className="problem", role="alert")]
    close = html.Button(t("alarms.cancel"), className="ghost", **{"data-act": "close"})
    done = html.Button(words, id=confirm, className="solid", n_clicks=0)
    ends = html.Div([close, done], className="row-end")
    head = f"{name}-title"
    return html.Dialog([html.H2(title, id=head), *content, *wrong, ends], id=name, **{"aria-labelledby": head})


def field(name: str, words: str, **props: Any) -> list[Component]:
    """One line to be typed."""
    return [html.Label(words, htmlFor=name), dcc.Input(id=name, type="text", **{"value": "", "autoComplete": "off", **props})]


def note(name: str, words: str, **props: Any) -> list[Component]:
    """Some lines to be typed."""
    return [html.Label(words, htmlFor=name), dcc.Textarea(id=name, maxLength=500, value="", **{"rows": 2, **props})]
