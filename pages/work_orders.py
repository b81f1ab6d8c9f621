"""`/work-orders`: list and board, filtered by the address; take a step with one order or with many."""

from __future__ import annotations

import dash
from dash import html

from components import shell
from components.links import link
from components.panels import work_orders
from domain.feedback import RECEIVERS
from locales import t
from pages._reader import reader, titled
from web.session import current_scope

dash.register_page(__name__, title=titled("nav.work_orders"), path="/work-orders")


def layout(**query: str) -> html.Div:
    """The page and what hands need on it."""
    who = reader()
    content = [_beside(), work_orders.frame(who, query), *work_orders.hands(who)]
    return shell.desk(who, "/work-orders", *content, heading=t("nav.work_orders"))


def _beside() -> html.Div:
    """What belongs to orders and has a page of its own."""
    links = [link(t("orders.publicity"), "/publicity", className="ghost")]
    if current_scope().role in RECEIVERS:
        links.append(link(t("feedback.title"), "/feedback", className="ghost"))
    return html.Div(links, className="crumb")
