"""Alarms of the last day by the hour, lifts and forklifts apart: a bar per hour, drawn by style alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import Any, Final

from dash import html

from components.layout import leaf_of, panel
from components.nodes import Leaves, Node, node, nodes, text
from locales import label, number, t
from locales.times import SHANGHAI, moment_of

NAME = "trend"
HOURS: Final = 24
LABELLED: Final = 4  # hours between two words under the bars
KINDS: Final = ("elevator", "forklift")  # from the ground up
ROUND: Final = (1, 2, 5)  # what a line's figure may be, times a power of ten
LINES: Final = 4  # above the ground; the scale ends at the highest


def frame() -> html.Section:
    """Scale, bars, and what their colours mean."""
    legend = html.Div(
        [html.Span([html.I(), label("kind", kind)], className=f"of-{kind}") for kind in reversed(KINDS)], className="legend-row"
    )
    chart = html.Div([leaf_of(NAME, "scale", "scale"), leaf_of(NAME, "hours", "hours")], className="hourly")
    return panel(NAME, legend, chart, symbol="activity", hint=t("trend.hint"))


def update(rows: Sequence[Mapping[str, Any]], *, at: datetime) -> Leaves:
    """`rows`: hour, kind, count; an hour without alarms is a true zero."""
    first = at.astimezone(SHANGHAI).replace(minute=0, second=0, microsecond=0) - timedelta(hours=HOURS - 1)
    counted = {(moment_of(row["hour"]), row["kind"]): int(row["count"]) for row in rows}
    hours = [first + timedelta(hours=n) for n in range(HOURS)]
    by_hour = [{kind: counted.get((hour, kind), 0) for kind in KINDS} for hour in hours]
    step = line_every(max(sum(counts.values()) for counts in by_hour))
    lines = [node("span", text=number(step * n), key=n, cls="num", variables={"--y": f"{100 * n / LINES:.1f}%"}) for n in range(LINES + 1)]
    bars = [_hour(hour, counts, step * LINES) for hour, counts in zip(hours, by_hour, strict=True)]
    return {"scale": nodes(lines), "hours": nodes(bars), "sub": t("trend.unit")}


def line_every(most: int) -> int:
    """Alarms between two lines of the scale: the smallest round figure of which LINES hold `most`."""
    return next(figure * 10**power for power in count() for figure in ROUND if figure * 10**power * LINES >= most)


def _hour(hour: datetime, counts: Mapping[str, int], top: int) -> Node:
    said = " · ".join(f"{label('kind', kind)} {number(counts[kind])}" for kind in KINDS)
    parts = [node("i", text="", cls=f"of-{kind}", variables={"--h": f"{100 * counts[kind] / top:.2f}%"}) for kind in reversed(KINDS)]
    mark = hour.strftime("%H:00") if hour.hour % LABELLED == 0 else ""
    return node("div", node("div", *parts, cls="pole"), text(mark, cls="num"), key=hour.isoformat(), title=f"{hour:%m-%d %H:00} {said}")
