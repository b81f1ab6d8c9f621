"""The closed loop's funnel: how many of the day's orders were sent, taken, reached, done and confirmed, and how long that took."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from dash import html

from components.layout import leaf_of, panel
from components.links import to
from components.nodes import Leaves, Node, node, nodes
from components.panels.order_rows import PATH
from locales import number, percent, t

NAME: Final = "funnel"
KINDS: Final = "anomaly,repair,rescue"
MINUTE: Final = 60
Row = Mapping[str, Any]


def frame() -> html.Section:
    """Layers, each with what it came to beside it."""
    return panel(NAME, leaf_of(NAME, "layers", "funnel"), symbol="funnel", hint=t("funnel.hint"))


def update(rows: Row, *, at: datetime) -> Leaves:
    """`rows`: opened, ended, and the legs with their counts and average seconds."""
    layers = [_layer(leg, rows) for leg in rows["legs"]]
    return {"layers": nodes(layers), "sub": t("funnel.sub", n=number(rows["opened"])), "@empty": "" if rows["opened"] else t("funnel.none")}


def _layer(leg: Row, rows: Row) -> Node:
    return node(
        "a",
        node("span", node("span", text=t(f"funnel.{leg['step']}")), node("b", text=number(leg["count"]), cls="num"), cls="layer"),
        node("span", *_beside(leg, rows), cls="beside"),
        key=leg["step"],
        href=to(PATH, tab="all", day="today", kind=KINDS, reached=leg["step"]),
    )


def _beside(leg: Row, rows: Row) -> tuple[Node, Node]:
    """The share that was sent, the average time of the legs between, and the share that came to an end."""
    if leg["step"] == "dispatch":
        return node("span", text=t("funnel.share_sent")), _figure(percent(leg["count"], rows["opened"]))
    if leg["step"] == "confirm":
        return node("span", text=t("funnel.share_ended")), _figure(percent(rows["ended"], rows["opened"]))
    taken = t("app.none") if leg["seconds"] is None else t("funnel.minutes", n=number(leg["seconds"] / MINUTE, 1))
    return node("span", text=t("funnel.average")), _figure(taken)


def _figure(words: str) -> Node:
    return node("b", text=words, cls="num")
