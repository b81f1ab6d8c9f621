"""`/alarms`: the feed, filtered by the address; acknowledge with name and note."""

from __future__ import annotations

import dash
from dash import html

from components import shell
from components.panels import alarm_list, outages
from locales import t
from pages._reader import reader, titled

dash.register_page(__name__, title=titled("nav.alarms"), path="/alarms")


def layout(**query: str) -> html.Div:
    """The list and its dialog."""
    who = reader()
    panels = (outages.frame(), alarm_list.frame(who, query))
    return shell.desk(who, "/alarms", *panels, *shell.acknowledge_dialog(who), heading=t("nav.alarms"))
