"""The streets by open alarms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from dash import html

from components.layout import leaf_of, panel
from components.links import to
from components.nodes import Leaves, bar, figure, node, nodes
from locales import number, t

NAME = "streets"
NO_STREET = "none"


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


def update(rows: Sequence[Mapping[str, Any]], *, at: datetime) -> Leaves:
    """`rows`: the street summary; streets without alarms keep their place by name."""
    ranked = sorted(rows, key=lambda row: -open_alarms(row))
    most = max(map(open_alarms, ranked), default=0) or 1
    lines = [
        node(
            "a",
            node("span", text=str(place), cls="n num"),
            node("span", text=street_name(row), cls="nm"),
            bar(open_alarms(row) / most, tone(row)),
            figure(number(open_alarms(row))),
            node("em", text=_rate(row), cls="num"),
            key=row["code"] or NO_STREET,
            href=to("/alarms", street=row["code"] or NO_STREET, open=1, safety=1),
        )
        for place, row in enumerate(ranked, 1)
    ]
    return {"rows": nodes(lines), "sub": t("streets.sub")}


def _rate(row: Mapping[str, Any]) -> str:
    return number(1000 * open_alarms(row) / row["online"], 1) if row["online"] else t("app.none")
