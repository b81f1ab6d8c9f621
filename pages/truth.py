"""`/truth`: how far alarms can be trusted, what they missed, and what they cost those who watch."""

from __future__ import annotations

import dash
from dash import html
from dash.development.base_component import Component

from components import ids, shell
from components.panels import truth, truth_load, truth_missed
from locales import t
from pages._reader import reader, titled

dash.register_page(__name__, title=titled("nav.truth"), path="/truth")


def layout(**query: str) -> html.Div:
    """The board, the load, those who cost most, and what was missed."""
    who = reader()
    panels: list[Component] = [truth.frame(who, query), truth_load.frame(query), truth_load.frame_actors(query)]
    panels += [html.Div(truth_missed.frame(who, query), id=ids.TRUTH_MISSED)]
    content = [html.Div(panels, className="truth-page"), *truth_missed.dialogs(who)]
    return shell.desk(who, "/truth", *content, heading=t("nav.truth"))
