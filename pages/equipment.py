"""`/equipment`: the register as a list."""

from __future__ import annotations

import dash
from dash import html

from components import shell
from components.panels import equipment_list
from locales import t
from pages._reader import reader, titled

dash.register_page(__name__, title=titled("panel.equipment"), path="/equipment")


def layout(**query: str) -> html.Div:
    """Filters and grid."""
    who = reader()
    return shell.desk(who, "/equipment", equipment_list.frame(who, query), heading=t("panel.equipment"), fixed=True)
