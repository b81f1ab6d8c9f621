"""`/`: the operations centre's big screen."""

from __future__ import annotations

import dash
from dash import html

from components import shell
from components.panels import (
    ages,
    alarm_feed,
    coverage,
    district_map,
    duty,
    feeds,
    forklifts,
    funnel,
    kpis,
    outages,
    rescue_clock,
    running,
    streets,
    tables,
    ticker,
    trend,
)
from pages._reader import reader, titled

dash.register_page(__name__, title=titled("app.title"), path="/")


def layout(**_query: str) -> html.Div:
    """Three columns, five where the wall is wide enough; what is always seen comes first and is asked for first."""
    who = reader()
    return shell.wall(
        who,
        html.Div([running.frame(), streets.frame(), trend.frame(), coverage.frame()], className="col c-l"),
        html.Div([kpis.frame(), district_map.frame_wall(who), outages.frame_wall(), rescue_clock.frame()], className="col c-m"),
        html.Div([alarm_feed.frame(), funnel.frame(), feeds.frame(), forklifts.frame()], className="col c-r"),
        html.Div([ages.frame(), tables.frame_maintainers(), tables.frame_places()], className="col wide c-w first"),
        html.Div(
            [rescue_clock.frame_course(), tables.frame_kinds(), tables.frame_overdue(), tables.frame_quality()],
            className="col wide c-w last",
        ),
        ticker=ticker.frame(),
        duty=duty.wall_posts(),
    )
