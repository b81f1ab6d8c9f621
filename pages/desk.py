"""`/desk`: the duty officer's incident desk: everything that is open, the rescue clock, orders in circles, calls to take in."""

from __future__ import annotations

import dash
from dash import html

from components import shell
from components.panels import desk, desk_radar, intake, rescue_clock
from domain.scope import Action
from locales import t
from pages._reader import granted, reader, titled

PATH = "/desk"

dash.register_page(__name__, title=titled("nav.desk"), path=PATH)


def layout(**_query: str) -> html.Div:
    """The lines, and beside them what runs out of time."""
    who, may = reader(), granted()
    if Action.WORK_ORDERS not in may:
        return shell.not_for(who, PATH, t("desk.not_for"))
    may_report, may_drill = Action.REPORT_INCIDENT in may, Action.RUN_DRILLS in may
    page = html.Div(
        [
            desk.frame(may_report=may_report, may_drill=may_drill),
            html.Div([rescue_clock.frame(), desk_radar.frame()], className="desk-side"),
        ],
        className="desk-page",
    )
    return shell.desk(who, PATH, page, *intake.dialogs(may_report=may_report, may_drill=may_drill), heading=t("nav.desk"), fixed=True)
