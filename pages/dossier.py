"""`/equipment/<code>`: one machine."""

from __future__ import annotations

import dash
from dash import html

from components import order_steps, shell
from components.panels import dossier
from pages._reader import reader, titled

dash.register_page(__name__, title=titled("panel.dossier"), path_template="/equipment/<code>")


def layout(code: str = "", **query: str) -> html.Div:
    """The dossier and the dialog of acknowledgement."""
    who = reader()
    return shell.desk(who, "/equipment", dossier.frame(who, code, query), *shell.acknowledge_dialog(who), *order_steps.dialog())
