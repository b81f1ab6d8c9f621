"""Figures as plain dicts, authored in design pixels; go.Figure would cost ten milliseconds each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

Figure = dict[str, object]

CLEAR: Final = "rgba(0,0,0,0)"
FONT: Final = "Putuo Digits, Noto Sans SC, Noto Sans CJK SC, Microsoft YaHei, sans-serif"
ELEVATOR: Final = "#45D6FF"
FORKLIFT: Final = "#FFD08A"
AXIS: Final = {
    "color": "#88A4CB",
    "gridcolor": "rgba(92,156,255,.12)",
    "linecolor": "rgba(92,156,255,.3)",
    "zeroline": False,
    "tickfont": {"size": 13},
    "fixedrange": True,
}


def line(x: Sequence[object], y: Sequence[object], name: str, color: str, **more: object) -> Figure:
    """A plain line; a gap in the readings (None) stays a gap."""
    return {
        "type": "scatter",
        "x": list(x),
        "y": list(y),
        "name": name,
        "mode": "lines",
        "connectgaps": False,
        "line": {"width": 1.6, "color": color},
        **more,
    }


def axes(left: str, right: str, **of_left: object) -> Figure:
    """Two vertical axes with their titles; what the right one measures lies over what the left one does."""
    first, second = ({**AXIS, "title": {"text": words, "font": {"size": 13}}} for words in (left, right))
    over = {"overlaying": "y", "side": "right", "showgrid": False, "tickmode": "auto", "nticks": 5, "rangemode": "tozero"}
    return {"yaxis": first | of_left, "yaxis2": second | over}


def layout(*, left: int = 34, right: int = 10, top: int = 28, bottom: int = 26, **more: object) -> Figure:
    """The house's layout."""
    return {
        "margin": {"l": left, "r": right, "t": top, "b": bottom},
        "paper_bgcolor": CLEAR,
        "plot_bgcolor": CLEAR,
        "font": {"size": 13, "color": "#AFC5E2", "family": FONT},
        "legend": {"orientation": "h", "x": 1, "xanchor": "right", "y": 1, "yanchor": "bottom", "font": {"size": 14}},
        "hovermode": "x unified",
        "hoverlabel": {"bgcolor": "#0B1E3D", "bordercolor": "#3D8BFF", "font": {"color": "#F2F8FF", "family": FONT, "size": 13}},
        "autosize": True,
        "uirevision": "kept",
        **more,
    }
