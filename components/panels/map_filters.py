"""The map page's sides: filters at the left, the picked machine's card at the right."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from dash import html

from components import chips, ids, theme
from components.layout import fold, leaf_of, panel
from components.links import to
from components.nodes import Leaves, node, nodes
from domain.equipment import MONITORED
from locales import label, t

NAME = "map-filters"
CARD = "map-card"
PATH = "/map"
NAMES = ("kind", "status", "street", "pick")


def frame(params: Mapping[str, str]) -> html.Section:
    """Filters, and how many devices they leave."""
    shown = html.P(id=ids.MAP_SHOWN, className="keys-note", role="status")
    return panel(NAME, shown, fold(leaf_of(NAME, "filters", "filters")), symbol="funnel", follow=params)


def card(params: Mapping[str, str]) -> html.Section:
    """The picked machine."""
    return panel(CARD, leaf_of(CARD, "body"), symbol="geo", cls="side", follow=params)


def update(rows: Mapping[str, Any], *, at: datetime) -> Leaves:
    """`rows`: streets' names and the params in force."""
    params = rows["params"]
    kept = {name: value for name, value in params.items() if name != "pick"}
    listed = node("a", text=t("map.list"), cls="ghost", href=to("/equipment", **kept), key="list")
    reset = node("a", text=t("filter.reset"), cls="chip", href=PATH, key="reset")
    return {
        "filters": nodes(
            [
                chips.group(PATH, params, "kind", t("filter.kind"), [(kind, label("kind", kind)) for kind in MONITORED]),
                chips.group(
                    PATH, params, "status", t("filter.status"), [(s, label("status", s)) for s in theme.STATUSES], tones=theme.STATUS_TONES
                ),
                *chips.streets(PATH, params, rows["streets"]),
                node("div", listed, *([reset] if kept else []), cls="chips", key="more"),
            ]
        )
    }
