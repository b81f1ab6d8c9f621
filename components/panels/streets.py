"""The streets by alarms of the last day, with those still open beside them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from dash import html

from components.layout import leaf_of, panel
from components.links import to
from components.nodes import Leaves, Node, bar, figure, node, nodes, text
from locales import number, t

NAME = "streets"
NO_STREET = "none"
RECENT = "24h"  # as the address of the list says it


def frame() -> html.Section:
    """A ranking."""
    return panel(NAME, leaf_of(NAME, "rows", "rank"), symbol="bar-chart-steps", hint=t("streets.hint"))


def open_alarms(row: Mapping[str, Any]) -> int:
    """A street's open alarms of every level."""
    return int(row["minor_fault"] + row["entrapment"] + row["emergency"])


def street_name(row: Mapping[str, Any]) -> str:
    """Its name; machines in no street stand under 未定街镇."""
    return row["name"] or t("street.none")


def tone(row: Mapping[str, Any]) -> str | None:
    """crit while somebody is trapped there, warn while something is urgent."""
    return "crit" if row["entrapment"] + row["emergency"] else "warn" if row["urgent"] else None


def update(rows: Mapping[str, Any], *, at: datetime) -> Leaves:
    """`rows`: the street summary, and the alarms of the last day by street ("" is 未定街镇); equal streets stay by name."""
    figures = [(row, int(rows["raised"].get(row["code"] or "", 0))) for row in rows["streets"]]
    figures.sort(key=lambda figure: (-figure[1], -open_alarms(figure[0])))
    most = max((raised for _, raised in figures), default=0) or 1
    lines = [_line(place, row, raised, most) for place, (row, raised) in enumerate(figures, 1)]
    return {"rows": nodes(lines), "sub": t("streets.sub")}


def _line(place: int, row: Mapping[str, Any], raised: int, most: int) -> Node:
    still_open = open_alarms(row)
    return node(
        "a",
        node("span", text=str(place), cls="n num"),
        node("span", text=street_name(row), cls="nm"),
        bar(raised / most),
        figure(number(raised)),
        node("em", text=_rate(row, raised), cls="num"),
        node("span", text=t("streets.open", n=number(still_open)), cls="open num", tone=tone(row) or "warn")
        if still_open
        else text("", cls="open"),
        key=row["code"] or NO_STREET,
        href=to("/alarms", street=row["code"] or NO_STREET, since=RECENT, safety=1),
    )


def _rate(row: Mapping[str, Any], raised: int) -> str:
    return number(1000 * raised / row["monitored"], 1) if row["monitored"] else t("app.none")
