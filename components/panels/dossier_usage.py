"""What the machine did by the hour or day: a lift's runs, doors and hours under way; a truck's kilometres and hours switched on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from dash import html

from components import charts
from components.nodes import Leaves
from components.panels import dossier_chart
from components.panels.dossier_chart import choice, drawn, nothing
from domain.rollups import Span
from locales import t
from locales.times import SHANGHAI, moment_of

NAME = "dossier-usage"
HOUR_S: Final = 3600
Totals = Mapping[str, Any]
"""One hour or day as JSON: since, seconds, ranges (field → travel), spells (field → word → seconds, times)."""


@dataclass(frozen=True, slots=True)
class Series:
    """One thing to count. `word` is its locale key; a line is drawn on the right-hand axis."""

    word: str
    color: str
    value: Callable[[Totals], float | None]
    line: bool = False
    digits: int = 0


def _times(field: str, word: str) -> Callable[[Totals], float | None]:
    return lambda totals: _spell(totals, field, word, "times")


def _hours(field: str, word: str) -> Callable[[Totals], float | None]:
    def value(totals: Totals) -> float | None:
        seconds = _spell(totals, field, word, "seconds")
        return None if seconds is None else seconds / HOUR_S

    return value


def _spell(totals: Totals, field: str, word: str, what: str) -> float | None:
    """None where the machine never spoke of the field; 0 where it did, and never said this word."""
    spells = totals["spells"].get(field)
    if not spells:
        return None
    return float(spells[word][what]) if word in spells else 0.0


def _kilometres(totals: Totals) -> float | None:
    """km/h held for seconds are kilometres after division by 3,600."""
    driven = totals["ranges"].get("speed")
    return None if driven is None else driven["travel"] / HOUR_S


DRAWN: Final[Mapping[str, tuple[Series, ...]]] = {
    "elevator": (
        Series("usage.runs", charts.ELEVATOR, _times("car_status", "running")),
        Series("usage.doors", "#3D8BFF", _times("door_status", "open")),
        Series("usage.running_hours", "#9D8CFF", _hours("car_status", "running"), line=True, digits=2),
    ),
    "forklift": (
        Series("usage.kilometres", charts.FORKLIFT, _kilometres, digits=1),
        Series("usage.ignition_hours", "#9D8CFF", _hours("ignition", "true"), line=True, digits=2),
    ),
}
"""By kind; a kind that is not here has no such panel."""


def frame(params: Mapping[str, str], query: Mapping[str, str]) -> html.Section:
    """The choice of hours or days, and one chart."""
    return dossier_chart.frame(NAME, "bar-chart", params, query)


def update(rows: Mapping[str, Any] | None, *, at: datetime) -> Leaves:
    """`rows`: code, kind, chosen (hour or day), totals oldest first, by hours or days that are over."""
    if rows is None:
        return {"@empty": t("missing.title")}
    chosen = rows["chosen"]
    spans = [choice(rows["code"], t(f"usage.by_{span}"), key=span.value, chosen=span == chosen, usage=span.value) for span in Span]
    if rows["kind"] not in DRAWN or not rows["totals"]:
        return nothing(spans, t(f"usage.empty_{chosen}"))
    known = sum(totals["seconds"] for totals in rows["totals"]) / HOUR_S
    return drawn(spans, _figure(rows), t("usage.known", hours=f"{known:,.0f}"))


def _figure(rows: Mapping[str, Any]) -> dict[str, Any]:
    moments = [moment_of(totals["since"]).astimezone(SHANGHAI) for totals in rows["totals"]]
    series = DRAWN[rows["kind"]]
    data = [_drawn(one, moments, rows["totals"]) for one in series]
    bars, line = series[0], next(one for one in series if one.line)
    pattern = "%H:%M" if rows["chosen"] == Span.HOUR else "%m-%d"
    vertical = charts.axes(t(f"{bars.word}_unit"), t(f"{line.word}_unit"), rangemode="tozero")
    axis = {**charts.AXIS, "type": "date", "tickformat": pattern, "hoverformat": "%Y-%m-%d %H:%M"}
    return {"data": data, "layout": charts.layout(left=52, right=56, xaxis=axis, **vertical, barmode="group")}


def _drawn(one: Series, moments: Sequence[datetime], totals: Sequence[Totals]) -> charts.Figure:
    times = [moment.strftime("%Y-%m-%d %H:%M:%S") for moment in moments]
    values = [one.value(each) for each in totals]
    words = f"%{{y:,.{one.digits}f}} {t(f'{one.word}_unit')}"
    if one.line:
        return charts.line(times, values, t(one.word), one.color, yaxis="y2", mode="lines+markers", hovertemplate=words)
    return {"type": "bar", "x": times, "y": values, "name": t(one.word), "marker": {"color": one.color}, "hovertemplate": words}
