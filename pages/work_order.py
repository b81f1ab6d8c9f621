"""`/work-orders/<id>`: one work order."""

from __future__ import annotations

import dash
from dash import html

from components import order_steps, shell
from components.panels import work_order
from pages._reader import reader, titled

dash.register_page(__name__, title=titled("panel.work-order"), path_template="/work-orders/<order>")


def layout(order: str = "", **query: str) -> html.Div:
    """The order and the dialog of its steps; `step` in the address opens the dialog for that step."""
    who = reader()
    return shell.desk(who, "/work-orders", work_order.frame(who, order), *order_steps.dialog(), *order_steps.opened(order))
