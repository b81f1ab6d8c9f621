"""`/map`: every device, filtered by kind, status and street."""

from __future__ import annotations

import dash
from dash import html

from components import shell
from components.panels import district_map, map_filters
from locales import t
from pages._reader import reader, titled

dash.register_page(__name__, title=titled("nav.map"), path="/map")


def layout(**query: str) -> html.Div:
    """Filters, map, card."""
    who = reader()
    content = [map_filters.frame(query), district_map.frame_desk(who), map_filters.card(query)]
    return shell.desk(who, "/map", html.Div(content, className="map-page"), heading=t("nav.map"), fixed=True)
