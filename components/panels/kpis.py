"""The key figures over the map: six numbers, each a link to exactly the rows behind it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from dash import html

from components.layout import leaf_of, panel
from components.links import to
from components.nodes import Leaves, Node, node, nodes, text
from locales import number, percent, t

NAME = "kpis"


def frame() -> html.Section:
    """A row of tiles."""
    return panel(NAME, leaf_of(NAME, "tiles", "kpis"), bare=True)


def update(rows: Mapping[str, Any], *, at: datetime) -> Leaves:
    """The six tiles; `rows` holds lifts, forklifts, monitors (by presence), alarms and overdue."""
    return {"tiles": nodes([_elevators(rows), _forklifts(rows), _today(rows), _open(rows), _offline(rows), _inspection(rows)])}


def fitted(by_presence: Mapping[str, int]) -> int:
    """Machines in use with a monitor."""
    return sum(by_presence.values()) - by_presence["not_fitted"] - by_presence["disused"]


def _elevators(rows: Mapping[str, Any]) -> Node:
    lifts = rows["lifts"]
    share = percent(lifts["online"], fitted(lifts))
    note = t("kpi.elevators_note", online=number(lifts["online"]), share=share)
    return _tile("elevators", "building", number(sum(lifts.values())), t("app.unit_machine"), note, to("/equipment", kind="elevator"))


def _forklifts(rows: Mapping[str, Any]) -> Node:
    trucks = rows["forklifts"]
    note = t("kpi.forklifts_note", fitted=number(fitted(trucks)), offline=number(trucks["offline"]))
    unit = t("kpi.forklifts_of", total=number(sum(trucks.values())))
    return _tile("forklifts", "truck-flatbed", number(trucks["online"]), unit, note, to("/equipment", kind="forklift", presence="online"))


def _today(rows: Mapping[str, Any]) -> Node:
    alarms = rows["alarms"]
    note = t("kpi.today_note", change=change(alarms["today"], alarms["yesterday"]))
    href = to("/alarms", day="today", safety=1)
    return _tile("today", "bell", number(alarms["today"]), t("app.unit_case"), note, href)


def _open(rows: Mapping[str, Any]) -> Node:
    alarms = rows["alarms"]
    levels = alarms["by_level"]
    grave = levels["entrapment"] + levels["emergency"]
    notes = (
        t("kpi.open_note", trapped=number(alarms["by_category"]["entrapment"])),  # one per lift, whatever else it reports
        t("kpi.unacknowledged_note", n=number(alarms["unacknowledged"])),
    )
    href = to("/alarms", open=1, safety=1)
    return _tile(
        "open", "exclamation-triangle", number(alarms["open"]), t("app.unit_case"), " · ".join(notes), href, tone="crit" if grave else None
    )


def _offline(rows: Mapping[str, Any]) -> Node:
    monitors = rows["monitors"]
    note = t("kpi.offline_note", fitted=number(fitted(monitors)), share=percent(monitors["offline"], fitted(monitors)))
    href = to("/equipment", presence="offline")
    return _tile("offline", "wifi-off", number(monitors["offline"]), t("app.unit_machine"), note, href)


def _inspection(rows: Mapping[str, Any]) -> Node:
    overdue = rows["overdue"]
    late = overdue["inspection_overdue"]
    note = t("kpi.inspection_note", n=number(overdue["inspection_due"]))
    href = to("/equipment", overdue="inspection_overdue")
    return _tile("inspection", "clipboard-check", number(late), t("app.unit_machine"), note, href, tone="warn" if late else None)


def change(now: int, before: int) -> str:
    """ "↓ 8.7%" against the day before; a dash when there was nothing to compare with."""
    if not before:
        return t("app.none")
    share = 100 * (now - before) / before
    return f"{'↑' if share > 0 else '↓' if share < 0 else '→'} {abs(share):.1f}%"


def _tile(name: str, symbol: str, value: str, unit: str, note: str, href: str, *, tone: str | None = None) -> Node:
    return node(
        "a",
        node("div", text(t(f"kpi.{name}")), node("i", text="", cls=f"bi bi-{symbol}"), cls="lb"),
        node("div", node("span", text=value), node("small", text=unit), cls="v num"),
        node("div", text=note, cls="ft"),
        key=name,
        cls="kpi",
        tone=tone,
        title=t(f"kpi.{name}_hint"),
        href=href,
    )
