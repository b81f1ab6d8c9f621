"""Lifts by years since installation."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from dash import html

from components.layout import leaf_of, panel
from components.links import to
from components.nodes import Leaves, figure, node, nodes, text
from locales import number, t

NAME = "ages"
# band → years from, years below, tone
BANDS: dict[str, tuple[int | None, int | None, str | None]] = {
    "under_5": (None, 5, None),
    "5_to_10": (5, 10, None),
    "10_to_15": (10, 15, None),
    "15_to_20": (15, 20, "warn"),
    "over_20": (20, None, "major"),
    "unknown": (None, None, "none"),
}


def frame() -> html.Section:
    """Upright bars."""
    return panel(NAME, leaf_of(NAME, "bars", "cols"), symbol="hourglass-split", hint=t("ages.hint"))


def update(rows: Mapping[str, int], *, at: datetime) -> Leaves:
    """`rows`: lifts by band; the band of unknown age is shown only when somebody is in it."""
    most = max(rows.values(), default=0) or 1
    shown = [band for band in BANDS if rows.get(band) or band != "unknown"]
    bars = [
        node(
            "a",
            figure(number(rows[band])),
            node("div", node("i", text="", variables={"--h": f"{100 * rows[band] / most:.1f}%"}), cls="pole"),
            text(_words(band)),
            key=band,
            tone=BANDS[band][2],
            href=_href(band),
        )
        for band in shown
    ]
    old = rows["15_to_20"] + rows["over_20"]
    return {"bars": nodes(bars), "sub": t("ages.sub", n=number(old))}


def _words(band: str) -> str:
    low, high, _ = BANDS[band]
    if low is None and high is None:
        return t("ages.unknown")
    if low is None:
        return t("ages.below", n=high)
    return t("ages.above", n=low) if high is None else t("ages.between", low=low, high=high)


def _href(band: str) -> str:
    low, high, _ = BANDS[band]
    if low is None and high is None:
        return to("/equipment", kind="elevator", age="unknown")
    return to("/equipment", kind="elevator", since=low, before=high)
