"""`/alarms/<number>`: one alarm as it came about."""

from __future__ import annotations

import dash
from dash import html

from components import shell
from components.panels import replay
from pages._reader import reader, titled

dash.register_page(__name__, title=titled("panel.replay"), path_template="/alarms/<alarm>")


def layout(alarm: str = "", **query: str) -> html.Div:
    """The film of one alarm; `t` in the address is the second at which it begins, counted from the raise."""
    who = reader()
    return shell.desk(who, "/alarms", replay.frame(who, alarm))
