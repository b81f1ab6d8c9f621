"""How far the work plan's targets for connected equipment are reached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from dash import html

from components.layout import leaf_of, panel
from components.links import to
from components.nodes import Leaves, bar, figure, node, nodes, text
from locales import number, percent, t

NAME = "coverage"
# The list behind each target: the same machines that the figure counts.
QUERIES: dict[str, dict[str, object]] = {
    "residential": {"kind": "elevator", "residential": 1},
    "forklift": {"kind": "forklift"},
    "aged_residential": {"kind": "elevator", "residential": 1, "since": 15},
    "hospital": {"kind": "elevator", "place": "hospital"},
    "metro": {"kind": "elevator", "place": "metro"},
    "scenic": {"kind": "elevator", "place": "scenic"},
}


def frame() -> html.Section:
    """A bar per target."""
    return panel(NAME, leaf_of(NAME, "rows", "bars"), symbol="bullseye", hint=t("coverage.hint"))


def update(rows: Sequence[Mapping[str, Any]], *, at: datetime) -> Leaves:
    """`rows`: total, bound and online per target."""
    lines = [
        node(
            "a",
            text(t(f"coverage.{row['target']}")),
            bar(row["online"] / row["total"] if row["total"] else 0),
            figure(f"{number(row['online'])} / {number(row['total'])}"),
            node("em", text=percent(row["online"], row["total"]), cls="num"),
            key=row["target"],
            href=to("/equipment", **QUERIES[row["target"]], presence="online"),
            title=t("coverage.bound", bound=number(row["bound"]), share=percent(row["bound"], row["total"])),
        )
        for row in rows
    ]
    return {"rows": nodes(lines), "sub": t("coverage.sub")}
