"""The team that was chosen: where it stands, its unit's licences, and its roster of the coming week."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from itertools import groupby
from typing import Any, Final

from dash import html

from components.layout import leaf_of, panel
from components.links import to
from components.nodes import Leaves, Node, node, nodes, text
from components.panels.duty import TONES, hours, state_of
from locales import day, label, t
from locales.times import SHANGHAI, moment_of

NAME: Final = "duty-team"
NAMES: Final = ("team",)
WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Row = Mapping[str, Any]


def frame(query: Mapping[str, str]) -> html.Section:
    """Facts, licences, roster."""
    parts = [leaf_of(NAME, name, f"duty-{name}") for name in ("facts", "licences", "roster")]
    return panel(NAME, *parts, symbol="person-lines-fill", cls="duty-team", follow=query)


def update(rows: Row, *, at: datetime) -> Leaves:
    """`rows`: team (None where none was chosen), shifts, licences, may_keep, may_certify."""
    team = rows["team"]
    if team is None:
        return {"facts": nodes([]), "licences": nodes([]), "roster": nodes([]), "sub": "", "@empty": t("duty.choose")}
    return {
        "facts": nodes(_facts(team, rows)),
        "licences": nodes(_licences(team, rows, at)),
        "roster": nodes(_roster(team, rows)),
        "sub": team["name"],
    }


def _facts(team: Row, rows: Row) -> list[Node]:
    state = state_of(team)
    place = f"{team['lng']:.5f}, {team['lat']:.5f}" if team["lng"] is not None else t("app.none")
    pairs = (
        ("unit", team["unit"]),
        ("phone", team["phone"] or t("app.none")),
        ("position", place),
        ("load_name", t("duty.load", load=team["load"], capacity=team["capacity"])),
    )
    known = {name: team[name] for name in ("id", "name", "phone", "lng", "lat", "capacity") if team[name] is not None}
    act = [
        node("button", text=t("duty.edit"), cls="ghost", data={"act": "duty", "form": "team", "unit": team["unit_id"], **known}),
        node("button", text=t("duty.close"), cls="ghost", data={"act": "duty-close", "id": team["id"], "title": team["name"]}),
    ]
    title = (node("b", text=team["name"]), node("span", text=t(f"duty.state_{state}"), cls="state"))
    orders = node("a", text=t("duty.orders"), cls="ghost", href=to("/work-orders", unit=team["unit_id"]))
    return [
        node("p", *title, key="head", tone=TONES[state], cls="card-title"),
        node("dl", *(part for name, said in pairs for part in (text(t(f"duty.{name}"), "dt"), text(said, "dd"))), key="facts", cls="pairs"),
        node("div", *(act if rows["may_keep"] else []), orders, key="act", cls="duty-act"),
    ]


def _licences(team: Row, rows: Row, at: datetime) -> list[Node]:
    today = at.astimezone(SHANGHAI).date().isoformat()
    lines = [_licence(row, today) for row in rows["licences"]] or [
        node("p", text=t("duty.no_licence"), key="none", tone="crit", cls="tone")
    ]
    add = node("button", text=t("duty.open_licence"), cls="ghost", data={"act": "duty", "form": "licence", "unit": team["unit_id"]})
    return [node("h3", text=t("duty.licences"), key="title"), *lines, *([node("div", add, key="add")] if rows["may_certify"] else [])]


def _licence(row: Row, today: str) -> Node:
    tone = "crit" if row["valid_until"] < today else "off" if row["valid_from"] > today else "ok"
    word = {"crit": "expired", "off": "not_yet", "ok": "valid"}[tone]
    kinds = "、".join(label("kind", kind) for kind in row["kinds"])
    return node(
        "div",
        node("b", text=row["number"], cls="num"),
        node("span", text=kinds, title=kinds, cls="kinds"),
        node("span", text=t(f"duty.licence_{word}", since=day(row["valid_from"]), until=day(row["valid_until"])), cls="state"),
        key=row["id"],
        tone=tone,
        cls="duty-licence",
    )


def _roster(team: Row, rows: Row) -> list[Node]:
    by_day = groupby(rows["shifts"], key=lambda row: moment_of(row["starts_at"]).astimezone(SHANGHAI).date())
    days = [
        node(
            "div",
            node("span", text=f"{date:%m-%d} {t(f'duty.{WEEKDAYS[date.weekday()]}')}", cls="num"),
            node("div", *(_shift(row, rows) for row in shifts)),
            key=date.isoformat(),
            cls="duty-day",
        )
        for date, shifts in by_day
    ]
    empty = [node("p", text=t("duty.no_shifts"), key="none", cls="keys-note")]
    add = node("button", text=t("duty.open_shift"), cls="ghost", data={"act": "duty", "form": "shift", "id": team["id"]})
    return [node("h3", text=t("duty.roster"), key="title"), *(days or empty), *([node("div", add, key="add")] if rows["may_keep"] else [])]


def _shift(row: Row, rows: Row) -> Node:
    remove = node(
        "button", text="×", cls="ghost", label=t("duty.remove"), data={"act": "duty-remove", "id": row["id"], "title": row["name"]}
    )
    parts = [node("em", text=hours(row), cls="num"), node("b", text=row["name"]), text(row["phone"], "small")]
    return node("span", *parts, *([remove] if rows["may_keep"] else []), key=row["id"], cls="duty-shift")
