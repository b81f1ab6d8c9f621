"""`/duty`: who is on duty, which teams stand where, what they are licensed for, and the rosters of the coming week."""

from __future__ import annotations

import dash
from dash import html

from components import shell
from components.panels import duty, duty_forms, duty_team
from locales import t
from pages._reader import reader, titled

dash.register_page(__name__, title=titled("nav.duty"), path="/duty")


def layout(**query: str) -> html.Div:
    """The posts above, the teams with their map at the left, the chosen team at the right."""
    who = reader()
    left = html.Div([duty.frame_posts(who), duty.frame(who, query)], className="duty-left")
    content = [html.Div([left, duty_team.frame(query)], className="duty-page"), *duty_forms.dialogs(who)]
    return shell.desk(who, "/duty", *content, heading=t("nav.duty"))
