"""The wall's live alarms: whoever is trapped first, then the newest."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from dash import html

from components.layout import leaf_of, panel
from components.nodes import Leaves, nodes
from components.panels.alarm_rows import wall_row
from locales import t

NAME = "alarm-feed"


def frame() -> html.Section:
    """Rows."""
    return panel(NAME, leaf_of(NAME, "rows", "alarm-rows"), symbol="broadcast-pin")


def update(rows: Mapping[str, Any], *, at: datetime) -> Leaves:
    """`rows`: alarms in the order of showing, and the streets' names."""
    lines = [wall_row(row, rows["streets"]) for row in rows["alarms"]]
    return {"rows": nodes(lines), "sub": t("feed.sub"), "@empty": "" if lines else t("state.no_alarms")}
