"""What the machine says now, field by field, with the age of its words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from dash import html

from components import theme
from components.layout import leaf_of, panel
from components.nodes import Leaves, Node, node, nodes
from domain.equipment import KINDS
from domain.equipment.kind import Choice, Field, Flag, Metric, Value
from locales import ago, label, number, t, when

NAME = "dossier-state"
DIGITS = {"m/s": 2, "km/h": 1, "℃": 1, "g": 2, "°": 5}
WARNING = {"safety_circuit", "overload"}  # flags whose truth is abnormal


def frame(params: Mapping[str, str]) -> html.Section:
    """Tiles."""
    return panel(NAME, leaf_of(NAME, "tiles", "state-tiles"), symbol="activity", cls="w8", params=params)


def update(rows: Mapping[str, Any] | None, *, at: datetime) -> Leaves:
    """`rows`: the newest reading with its kind, or what is known of the monitor where there is none."""
    if rows is None:
        return {"@empty": t("missing.title")}
    latest = rows["latest"]
    if latest is None:
        return {"@empty": t("dossier.no_monitor" if rows["presence"] == "not_fitted" else "dossier.never"), "tiles": nodes([]), "sub": ""}
    fields = KINDS[latest["kind"]].fields
    said = [(field, value) for field, value in zip(fields, latest["values"], strict=True) if value is not None]
    first = node(
        "div", node("span", text=t("filter.presence")), node("b", text=label("presence", latest["presence"])),
        key="presence", tone=theme.PRESENCE_TONES[latest["presence"]],
    )  # fmt: skip
    late = f" · {t('dossier.late', n=latest['late_count'])}" if latest["late_count"] else ""
    sampled = t("dossier.state_age", ago=ago(latest["sampled_at"], at))
    return {
        "tiles": nodes([first, *(_tile(field, value) for field, value in said)]),
        "sub": f"{sampled} · {when(latest['sampled_at'], seconds=True)}{late}",
    }


def words(field: Field, value: Value) -> str:
    """A value as the screen says it."""
    match field:
        case Choice():
            return label(field.key, field.words[int(value)])
        case Flag():
            return t("flag.yes" if value else "flag.no")
        case Metric():
            return number(float(value), DIGITS.get(field.unit, 0), field.unit)
    return str(value)


def _tile(field: Field, value: Value) -> Node:
    tone = "crit" if field.key in WARNING and value is True else None
    return node("div", node("span", text=t(f"field.{field.key}")), node("b", text=words(field, value), cls="num"), key=field.key, tone=tone)
