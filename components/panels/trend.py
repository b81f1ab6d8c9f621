"""Alarms of the last day by the hour, lifts and forklifts apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from dash import html

from components import charts
from components.layout import graph, panel
from components.nodes import Leaves
from locales import label, t
from locales.times import SHANGHAI, moment_of

NAME = "trend"
HOURS = 24
KINDS = (("elevator", charts.ELEVATOR), ("forklift", charts.FORKLIFT))


def frame() -> html.Section:
    """One chart."""
    return panel(NAME, graph(NAME, "chart"), symbol="activity", hint=t("trend.hint"))


def update(rows: Sequence[Mapping[str, Any]], *, at: datetime) -> Leaves:
    """`rows`: hour, kind, count; an hour without alarms is a true zero."""
    first = at.astimezone(SHANGHAI).replace(minute=0, second=0, microsecond=0) - timedelta(hours=HOURS - 1)
    hours = [first + timedelta(hours=n) for n in range(HOURS)]
    counted = {(moment_of(row["hour"]), row["kind"]): row["count"] for row in rows}
    marks = [hour.strftime("%m-%d %H:00") for hour in hours]
    series = [
        charts.area(marks, [counted.get((hour, kind), 0) for hour in hours], label("kind", kind), color, hovertemplate="%{y}")
        for kind, color in KINDS
    ]
    shown = [n for n, hour in enumerate(hours) if hour.hour % 4 == 0]
    axis = {
        **charts.AXIS,
        "type": "category",
        "tickvals": [marks[n] for n in shown],
        "ticktext": [hours[n].strftime("%H:00") for n in shown],
        "range": [0, HOURS - 1],
    }
    busiest = max((count for trace in series for count in trace["y"]), default=0)  # type: ignore[attr-defined]
    values = {**charts.AXIS, "rangemode": "tozero", "nticks": 5, "range": [0, max(busiest, 4) * 1.1], "tickformat": ",d"}
    return {"chart": {"figure": {"data": series, "layout": charts.layout(xaxis=axis, yaxis=values)}}, "sub": t("trend.unit")}
