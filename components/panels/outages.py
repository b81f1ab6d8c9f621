"""Monitors lost together: one line per outage, with its cause, how many are lost and how many are back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from dash import html

from components.layout import leaf_of, panel, silent
from components.links import to
from components.nodes import Leaves, Node, bar, node, nodes
from locales import duration, label, number, t, when
from locales.times import moment_of

NAME = "outages"
ICONS = {"gateway": "router", "site": "buildings", "power": "plug", "vendor": "hdd-network", "platform": "exclamation-octagon"}
Row = Mapping[str, Any]


def frame() -> html.Section:
    """The desk's panel: open ones, and those that ended of late."""
    return panel(NAME, leaf_of(NAME, "rows", "outage-rows"), symbol="diagram-3", hint=t("outages.hint"), cls="outages")


def frame_wall() -> html.Div:
    """A strip over the wall's map that is not there while nothing is lost."""
    return html.Div(silent(NAME, leaf_of(NAME, "open", "outage-rows")), className="outage-strip", role="status")


def update(rows: Mapping[str, Any], *, at: datetime) -> Leaves:
    """`rows`: outages with the open ones first, the streets' names and the vendors' titles."""
    every = rows["outages"]
    still_open = [row for row in every if not row["ended_at"]]
    lost = sum(row["lost"] - row["back"] for row in still_open)
    return {
        "rows": nodes([_line(row, rows) for row in every]),
        "open": nodes([_line(row, rows) for row in still_open[: rows["wall"]]] + _more(still_open[rows["wall"] :])),
        "sub": t("outages.sub", n=number(len(still_open)), lost=number(lost)),
        "@empty": "" if every else t("outages.none"),
    }


def title(row: Row, vendors: Mapping[str, str]) -> str:
    """What was lost: the gateway, the site, the vendor; for the platform's own, whom it could not hear."""
    if row["cause"] == "platform":
        return t("outages.of_vendor", vendor=vendors.get(row["name"], row["name"])) if row["name"] else t("outages.of_all")
    if row["cause"] == "vendor":
        return vendors.get(row["name"], row["name"])
    return row["site"] or t("app.none") if row["cause"] in ("site", "power") else str(row["name"])


def _line(row: Row, rows: Mapping[str, Any]) -> Node:
    return node(
        "a",
        node("span", node("i", text="", cls=f"bi bi-{ICONS[row['cause']]}"), node("span", text=label("cause", row["cause"])), cls="why"),
        node("b", text=title(row, rows["vendors"]), cls="who"),
        node("span", text=_place(row, rows), cls="where"),
        *_counts(row),
        _length(row),
        key=row["id"],
        cls="outage",
        tone="off" if row["ended_at"] else "warn",
        href=to("/equipment", outage=row["id"]) if row["lost"] else None,
        title=t("outages.line_hint", started=when(row["started_at"], seconds=True), detected=when(row["detected_at"], seconds=True)),
    )


def _place(row: Row, rows: Mapping[str, Any]) -> str:
    """The vendor and the street, where all of it belongs to one."""
    vendor = rows["vendors"].get(row["vendor"] or "", "") if row["cause"] not in ("vendor", "platform") else ""
    street = rows["streets"].get(row["street_code"] or "", "")
    return " · ".join(word for word in (vendor, street) if word)


def _counts(row: Row) -> Sequence[Node]:
    if not row["lost"]:
        return [node("span", text=t("outages.nobody_heard"), cls="counts")]
    words = t("outages.counts", lost=number(row["lost"]), back=number(row["back"]))
    return [node("span", text=words, cls="counts num"), bar(row["back"] / row["lost"], tone="ok")]


def _length(row: Row) -> Node:
    """How long it has lasted, running; or that it is over, and how long it lasted."""
    if not row["ended_at"]:
        return node("em", since=row["started_at"], cls="num", title=when(row["started_at"], seconds=True))
    seconds = (moment_of(row["ended_at"]) - moment_of(row["started_at"])).total_seconds()
    return node("em", text=t("outages.ended", length=duration(seconds)), title=when(row["ended_at"], seconds=True))


def _more(rows: Sequence[Row]) -> list[Node]:
    return [node("a", text=t("outages.more", n=number(len(rows))), cls="outage more", key="more", href="/alarms")] if rows else []
