"""Forklift safety: who is online, and today's violations by rule."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from dash import html

from components import theme
from components.layout import leaf_of, panel
from components.links import to
from components.nodes import Leaves, bar, figure, node, nodes, text
from locales import label, number, t

NAME = "forklifts"
SHOWN = ("online", "silent", "offline", "not_fitted")
MOST = 5


def frame() -> html.Section:
    """Four figures over a few bars."""
    return panel(
        NAME, leaf_of(NAME, "presence", "minis"), leaf_of(NAME, "rows", "bars short"), symbol="truck-flatbed", hint=t("forklifts.hint")
    )


def update(rows: Mapping[str, Any], *, at: datetime) -> Leaves:
    """`rows`: presence counts and today's violations by family."""
    presence, violations = rows["presence"], rows["violations"]
    tiles = [
        node(
            "a",
            figure(number(presence[word])),
            text(t(f"forklifts.{word}")),
            key=word,
            tone=theme.PRESENCE_TONES[word],
            href=to("/equipment", kind="forklift", presence=word),
        )
        for word in SHOWN
    ]
    ranked = sorted(violations.items(), key=lambda item: (-item[1], item[0]))[:MOST]
    most = ranked[0][1] if ranked else 1
    lines = [
        node(
            "a",
            text(label("rule", family)),
            bar(count / most, "warn"),
            figure(number(count)),
            key=family,
            href=to("/alarms", family=family, day="today"),
        )
        for family, count in ranked
    ]
    empty = [node("div", text(t("forklifts.none")), key="none")]
    return {"presence": nodes(tiles), "rows": nodes(lines or empty), "sub": t("forklifts.sub", n=number(sum(violations.values())))}
