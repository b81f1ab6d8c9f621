"""The machine's last hours: floor, speed, doors and passengers of a lift; speed and load of a forklift."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median_low
from typing import Any, Final

from dash import html

from components import charts
from components.nodes import Leaves, Node
from components.panels import dossier_chart
from components.panels.dossier_chart import choice, drawn, nothing
from domain.equipment import KINDS
from domain.equipment.elevator import CLOSED
from domain.presence import CADENCES, SILENT_AFTER
from locales import t
from locales.times import SHANGHAI, moment_of

NAME = "dossier-history"
SILENCE: Final = timedelta(seconds=SILENT_AFTER.default)
FEWEST: Final = 3  # periods that say what is usual
SHORTEST: Final = timedelta(minutes=10)  # of an axis that fits itself to the readings
MARGIN: Final = 0.02  # of the axis, before its first reading
Samples = Sequence[tuple[datetime, Sequence[Any]]]
Broken = Sequence[tuple[datetime, Sequence[Any] | None]]


def frame(params: Mapping[str, str], query: Mapping[str, str]) -> html.Section:
    """The choice of a span, and one chart."""
    return dossier_chart.frame(NAME, "graph-up", params, query)


def update(rows: Mapping[str, Any] | None, *, at: datetime) -> Leaves:
    """`rows`: code, kind, readings (sampled_at, values) oldest first, the spans in hours and the chosen one."""
    if rows is None:
        return {"@empty": t("missing.title")}
    span = timedelta(hours=rows["chosen"] or max(rows["spans"]))
    spans = [_choice(rows, hours) for hours in (None, *rows["spans"])]
    if not rows["readings"]:
        return nothing(spans, t("state.no_readings", hours=span // timedelta(hours=1)))
    samples = [(moment_of(sampled_at).astimezone(SHANGHAI), values) for sampled_at, values in rows["readings"]]
    draw = _lift if rows["kind"] == "elevator" else _truck
    figure = draw(_broken(samples), KINDS[rows["kind"]].position)
    end = at.astimezone(SHANGHAI)
    begin = end - span if rows["chosen"] else max(end - span, _fitted(samples[0][0], end))
    figure["layout"]["xaxis"]["range"] = [_mark(begin), _mark(end)]
    return drawn(spans, figure, t(f"dossier.history_{rows['kind']}"))


def _choice(rows: Mapping[str, Any], hours: int | None) -> Node:
    words = t("dossier.span", n=hours) if hours else t("dossier.span_all")
    return choice(rows["code"], words, key=hours or 0, chosen=hours == rows["chosen"], hours=hours)


def _fitted(first: datetime, end: datetime) -> datetime:
    """Where an axis begins that shows no more than there is."""
    return end - max((end - first) * (1 + MARGIN), SHORTEST)


def floor_number(text: object) -> int | None:
    """Where a displayed floor lies: "B1" and "-1" are one below "1"; None for what has no number."""
    words = str(text).strip().upper() if text is not None else ""
    digits = "".join(char for char in words if char.isdigit())
    if not digits:
        return None
    return -int(digits) if words.startswith(("B", "-")) else int(digits)


def _silence(samples: Samples) -> timedelta:
    """How long the machine may be quiet within a line: five minutes, or three of its usual periods."""
    between = [later - moment for (moment, _), (later, _) in pairwise(samples)]
    return max(SILENCE, CADENCES * median_low(between)) if len(between) >= FEWEST else SILENCE


def _broken(samples: Samples) -> Broken:
    """The samples with a hole wherever the machine was silent."""
    gap = _silence(samples)
    broken: list[tuple[datetime, Sequence[Any] | None]] = []
    for moment, values in samples:
        if broken and moment - broken[-1][0] > gap:
            broken.append((broken[-1][0] + timedelta(seconds=1), None))
        broken.append((moment, values))
    return broken


def _column(samples: Broken, at: int) -> list[Any]:
    return [values[at] if values is not None else None for _, values in samples]


def _mark(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def _lift(samples: Broken, position: Mapping[str, int]) -> dict[str, Any]:
    times = [_mark(moment) for moment, _ in samples]
    floors = [floor_number(floor) for floor in _column(samples, position["floor"])]
    doors = [None if door is None else 0 if door == CLOSED else 1 for door in _column(samples, position["door_status"])]
    people = [None if seen is None else 1 if seen else 0 for seen in _column(samples, position["passenger"])]
    step = {"line": {"width": 1.6, "shape": "hv", "color": charts.ELEVATOR}}
    series = [
        charts.line(times, floors, t("field.floor"), charts.ELEVATOR, **step),
        charts.line(times, _column(samples, position["speed"]), t("field.speed"), "#9D8CFF", yaxis="y2", hovertemplate="%{y:.2f} m/s"),
        _band(times, people, t("dossier.passenger"), "rgba(47,216,160,.75)"),
        _band(times, doors, t("dossier.door_open"), "rgba(175,197,226,.6)", base=1.3),
    ]
    return _figure(series, t("field.floor"), "m/s", strip=True)


def _truck(samples: Broken, position: Mapping[str, int]) -> dict[str, Any]:
    times = [_mark(moment) for moment, _ in samples]
    series = [
        charts.line(times, _column(samples, position["speed"]), t("field.speed"), charts.FORKLIFT, hovertemplate="%{y:.1f} km/h"),
        charts.line(times, _column(samples, position["load"]), t("field.load"), charts.ELEVATOR, yaxis="y2", hovertemplate="%{y:,.0f} kg"),
    ]
    return _figure(series, "km/h", "kg")


def _band(times: Sequence[str], flags: Sequence[int | None], name: str, color: str, base: float = 0.0) -> charts.Figure:
    """A strip under the chart that is filled while the flag holds."""
    heights = [None if flag is None else base + flag for flag in flags]
    return charts.line(
        times, heights, name, color, yaxis="y3", fill="tozeroy" if not base else None, hoverinfo="skip",
        line={"width": 1.4, "shape": "hv", "color": color},
    )  # fmt: skip


def _figure(series: Sequence[charts.Figure], left: str, right: str, *, strip: bool = False) -> dict[str, Any]:
    axis = {**charts.AXIS, "type": "date", "tickformat": "%H:%M", "hoverformat": "%m-%d %H:%M:%S"}
    vertical = charts.axes(left, right, domain=[0.24 if strip else 0, 1])
    lower = {"domain": [0, 0.16], "range": [-0.1, 2.5], "visible": False, "fixedrange": True}
    anchored = {"xaxis": {**axis, "anchor": "y3"}, "yaxis3": lower} if strip else {"xaxis": axis}
    return {"data": list(series), "layout": charts.layout(left=52, right=56, **vertical, **anchored)}
