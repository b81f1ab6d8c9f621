"""The radar of orders that go round in circles: of any kind given back twice, of the rescue chain without anybody for ten minutes (N10)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from dash import html

from components.layout import leaf_of, panel
from components.nodes import Leaves, Node, node, nodes
from components.panels.order_rows import order_href, place, title, tone
from locales import number, t, when

NAME: Final = "desk-radar"
Row = Mapping[str, Any]


def frame() -> html.Section:
    """Rows."""
    return panel(NAME, leaf_of(NAME, "rows", "radar-rows"), symbol="arrow-repeat", hint=t("radar.hint"))


def update(rows: Row, *, at: datetime) -> Leaves:
    """`rows`: orders, those longest without anybody first, their number, and the streets' names."""
    return {
        "rows": nodes([_line(row, rows["streets"]) for row in rows["orders"]]),
        "sub": t("radar.sub", n=number(rows["count"])),
        "@empty": "" if rows["orders"] else t("radar.none"),
    }


def _line(row: Row, streets: Mapping[str, str]) -> Node:
    why = [node("span", text=t("radar.bounced", n=row["bounced"]), cls="why")] if row["bounced"] else []
    if row["unowned_since"]:
        lonely = node("em", since=row["unowned_since"], cls="num", title=when(row["unowned_since"], seconds=True))
        why.append(node("span", node("span", text=t("radar.unowned")), lonely, cls="why"))
    return node(
        "a",
        node("b", text=title(row)),
        node("span", text=place(row, streets), cls="where", title=place(row, streets)),
        node("span", *why, cls="reasons"),
        key=row["id"],
        cls="radar-row",
        tone=tone(row),
        href=order_href(row),
    )
