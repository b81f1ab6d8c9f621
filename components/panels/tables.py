"""The wide wall's tables: maintainers, overdue by street, places, all kinds, refused messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from dash import html

from components.layout import leaf_of, panel
from components.links import to
from components.nodes import Leaves, Node, bar, figure, node, nodes, text
from components.panels.streets import NO_STREET
from domain.equipment import COUNTED, KINDS
from locales import label, number, percent, t

MAINTAINERS = "maintainers"
OVERDUE = "overdue"
PLACES = "places"
KINDS_PANEL = "kinds"
QUALITY = "quality"
MOST_REASONS = 6
OVERDUE_COLUMNS = (
    ("inspection_overdue", "crit"),
    ("inspection_due", None),
    ("maintenance_overdue", "warn"),
    ("maintenance_lapsed", "warn"),
)


def frame_maintainers() -> html.Section:
    """A table."""
    return panel(MAINTAINERS, leaf_of(MAINTAINERS, "rows", "grid-table"), symbol="award", hint=t("maintainers.hint"))


def update_maintainers(rows: Mapping[str, Any], *, at: datetime) -> Leaves:
    """`rows`: the largest maintainers first, and the number of all lifts."""
    total = rows["total"]
    head = _line("head", "maintainers", ("name", "count", "share", "overdue"))
    columns = {"--cols": "minmax(0, 1fr) 7rem 7rem 7rem"}
    lines = [
        node(
            "a",
            text(row["name"]),
            _digits(number(row["equipment"])),
            _digits(percent(row["equipment"], total)),
            _digits(number(row["overdue"]), "warn" if row["overdue"] else None),
            key=row["id"],
            href=to("/equipment", maintainer=row["id"]),
            variables=columns,
        )
        for row in rows["rows"]
    ]
    return {"rows": nodes([{**head, "vars": columns}, *lines]), "@empty": "" if lines else t("state.empty")}


def frame_overdue() -> html.Section:
    """A table by street."""
    return panel(OVERDUE, leaf_of(OVERDUE, "rows", "grid-table"), symbol="calendar-x", hint=t("overdue.hint"))


def update_overdue(rows: Mapping[str, Any], *, at: datetime) -> Leaves:
    """`rows`: overdue figures by street and the streets' names."""
    columns = {"--cols": "minmax(0, 1fr) 7.4rem 6.4rem 7.4rem 6rem"}
    head = _line("head", "overdue", ("street", *(name for name, _ in OVERDUE_COLUMNS)))
    names = rows["streets"]
    ranked = sorted(rows["overdue"], key=lambda row: -row["inspection_overdue"])
    lines = [
        node(
            "div",
            text(names.get(row["code"] or "", t("street.none"))),
            *(_overdue_cell(row, name, tone) for name, tone in OVERDUE_COLUMNS),
            key=row["code"] or NO_STREET,
            variables=columns,
        )
        for row in ranked
    ]
    return {"rows": nodes([{**head, "vars": columns}, *lines]), "sub": t("overdue.sub"), "@empty": "" if lines else t("state.empty")}


def _overdue_cell(row: Mapping[str, Any], name: str, tone: str | None) -> Node:
    href = to("/equipment", street=row["code"] or NO_STREET, overdue=name)
    return node("a", text=number(row[name]), cls="num", tone=tone if row[name] else None, href=href)


def frame_places() -> html.Section:
    """Bars by kind of place."""
    return panel(PLACES, leaf_of(PLACES, "rows", "bars short"), symbol="buildings", hint=t("places.hint"))


def update_places(rows: Mapping[str, int], *, at: datetime) -> Leaves:
    """`rows`: lifts by kind of place."""
    ranked = sorted(rows.items(), key=lambda item: -item[1])[:8]
    most = ranked[0][1] if ranked else 1
    lines = [
        node(
            "a",
            text(label("place_kind", place)),
            bar(count / most),
            figure(number(count)),
            key=place,
            href=to("/equipment", kind="elevator", place=place),
        )
        for place, count in ranked
    ]
    return {"rows": nodes(lines), "sub": label("kind", "elevator"), "@empty": "" if lines else t("state.empty")}


def frame_kinds() -> html.Section:
    """A tile per kind."""
    return panel(KINDS_PANEL, leaf_of(KINDS_PANEL, "tiles", "kinds"), symbol="grid-3x3-gap", hint=t("kinds.hint"))


def update_kinds(rows: Mapping[str, Any], *, at: datetime) -> Leaves:
    """`rows`: machines by kind, and the pipelines' length."""
    counts = rows["counts"]
    tiles = [_kind(key, kind.counted, counts.get(key, 0), rows["pipeline_km"]) for key, kind in KINDS.items()]
    total = sum(counts.get(key, 0) for key in COUNTED)
    return {"tiles": nodes(tiles), "sub": t("kinds.sub", n=number(total))}


def _kind(key: str, counted: bool, count: int, km: float) -> Node:
    value, unit = (number(count), t("app.unit_machine")) if counted else (number(km, 1), t("app.unit_km"))
    return node(
        "a",
        node("b", text(value), node("small", text=f" {unit}"), cls="num"),
        text(label("kind", key)),
        key=key,
        href=to("/equipment", kind=key),
    )


def frame_quality() -> html.Section:
    """Bars by reason."""
    return panel(QUALITY, leaf_of(QUALITY, "rows", "bars short"), symbol="shield-exclamation", hint=t("quality.hint"))


def update_quality(rows: Mapping[str, Any], *, at: datetime) -> Leaves:
    """`rows`: today's quarantined messages by reason, and the keys nobody knows, the most frequent first."""
    refused = rows["refused"]
    ranked = sorted(refused.items(), key=lambda item: -item[1])[:MOST_REASONS]
    most = ranked[0][1] if ranked else 1
    lines = [
        node("div", text(label("reject", reason)), bar(count / most, "warn"), figure(number(count)), key=reason) for reason, count in ranked
    ]
    lines += [_unknown_key(row) for row in rows["keys"]]
    return {
        "rows": nodes(lines),
        "sub": t("quality.sub", n=number(sum(refused.values()))),
        "@empty": "" if lines else t("quality.none"),
    }


def _unknown_key(row: Mapping[str, Any]) -> Node:
    said = f"{row['vendor']} · {label('kind', row['kind'])} · {row['key']}"
    return node(
        "div",
        text(t("quality.unknown_key")),
        node("span", text=said, cls="ell"),
        figure(number(row["count"])),
        key=f"key {said}",
        title=said,
    )


def _digits(words: str, tone: str | None = None) -> Node:
    return node("span", text=words, cls="num", tone=tone)


def _line(key: str, group: str, names: Sequence[str]) -> Node:
    return node("div", *(text(t(f"{group}.{name}")) for name in names), key=key)
