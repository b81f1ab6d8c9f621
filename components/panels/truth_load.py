"""What alarms cost those who watch: the load of a seat beside its budget, and the rules and machines that cost most."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from dash import html

from components.layout import leaf_of, panel
from components.links import equipment, to
from components.nodes import Leaves, Node, figure, node, nodes, text
from locales import label, number, percent, t, when
from locales.times import moment_of

NAME: Final = "truth-load"
ACTORS: Final = "truth-actors"
NAMES: Final = ("days",)
NATURES: Final = ("fleeting", "chattering", "stale")
Row = Mapping[str, Any]


def frame(params: Mapping[str, str]) -> html.Section:
    """Figures, the hours of the day, and the alarms that say little."""
    body = [leaf_of(NAME, "tiles", "load-tiles"), leaf_of(NAME, "day", "load-day"), leaf_of(NAME, "scale", "load-scale")]
    body += [leaf_of(NAME, "natures", "load-tiles")]
    source = html.P(t("load.source"), className="keys-note wrap")
    return panel(NAME, html.Div([*body, source]), symbol="speedometer2", hint=t("load.hint"), follow=params)


def update(rows: Row, *, at: datetime) -> Leaves:
    """`rows`: days, and the duty of the period."""
    duty, days = rows["duty"], rows["days"]
    load = duty["load"]
    most = max([duty["most"], *(hour["mean"] for hour in duty["day"])])
    return {
        "tiles": nodes(_tiles(duty, days)),
        "day": nodes([_bar(hour, duty, most) for hour in duty["day"]]),
        "scale": nodes([_mark(duty["budget"], most, "budget"), _mark(duty["most"], most, "most")]),
        "natures": nodes([_nature(name, duty["natures"][name], days) for name in NATURES]),
        "sub": t("load.sub", seats=number(duty["seats"]), hours=number(load["hours"]), since=when(duty["since"])),
    }


def frame_actors(params: Mapping[str, str]) -> html.Section:
    """A table."""
    return panel(ACTORS, leaf_of(ACTORS, "rows", "actors"), symbol="exclamation-diamond", hint=t("actors.hint"), follow=params)


def update_actors(rows: Row, *, at: datetime) -> Leaves:
    """`rows`: days, the rules and machines with most alarms, how many alarms there were, streets' names."""
    total, streets = rows["total"], rows["streets"]
    lines = [_actor(row, rows["days"], streets, total) for row in rows["actors"]]
    shared = percent(sum(row["count"] for row in rows["actors"]), total)
    return {
        "rows": nodes(lines),
        "sub": t("actors.sub", share=shared) if lines else "",
        "@empty": "" if lines else t("actors.none"),
    }


def _tiles(duty: Row, days: int) -> list[Node]:
    load = duty["load"]
    worst = duty["worst"] and moment_of(duty["worst"])
    href = to("/alarms", hour=f"{worst:%Y-%m-%dT%H}", detected=f"{days}d", safety="1") if worst else None
    return [
        _tile("mean", number(load["mean"], 1), t("load.budget", n=number(duty["budget"])), _tone(load["mean"], duty)),
        _tile("worst", number(load["worst"], 1), when(duty["worst"]) if worst else t("state.empty"), _tone(load["worst"], duty), href),
        _tile("over", percent(load["over"], 1), t("load.over_hint", n=number(duty["budget"])), None),
        _tile("unmanageable", percent(load["unmanageable"], 1), t("load.over_hint", n=number(duty["most"])), None),
    ]


def _tile(name: str, value: str, hint: str, tone: str | None, href: str | None = None) -> Node:
    kids = (text(t(f"load.{name}")), figure(value), node("small", text=hint))
    return node("a" if href else "div", *kids, key=name, tone=tone, href=href)


def _tone(per_seat: float, duty: Row) -> str | None:
    """warm only beyond the budget, hot only beyond what one can manage."""
    if per_seat > duty["most"]:
        return "crit"
    return "warn" if per_seat > duty["budget"] else None


def _bar(hour: Row, duty: Row, most: float) -> Node:
    said = t("load.hour", hour=f"{hour['hour']:02}", mean=number(hour["mean"], 1), most=number(hour["most"], 1))
    bar = node("i", text="", tone=_tone(hour["mean"], duty), variables={"--h": f"{100 * hour['mean'] / most:.1f}%"})
    shown = f"{hour['hour']:02}" if hour["hour"] % 3 == 0 else ""
    return node("div", bar, node("small", text=shown), key=hour["hour"], title=said, label=said, role="img")


def _mark(value: float, most: float, name: str) -> Node:
    words = t(f"load.mark_{name}", n=number(value))
    return node("span", text=words, key=name, variables={"--y": f"{100 * value / most:.1f}%"})


def _nature(name: str, count: int, days: int) -> Node:
    kids = (text(label("nature", name)), figure(number(count)), node("small", text=t(f"load.{name}")))
    href = to("/alarms", nature=name, detected=f"{days}d", safety="1") if count else None
    return node("a" if href else "div", *kids, key=name, href=href)


def _actor(row: Row, days: int, streets: Mapping[str, str], total: int) -> Node:
    href = to("/alarms", rule=row["rule"], machine=row["equipment_id"], detected=f"{days}d", safety="1")
    place = streets.get(row["street_code"] or "", t("street.none"))
    judged = t("actors.judged", confirmed=number(row["confirmed"]), false=number(row["false"]))
    return node(
        "div",
        node("b", text=label("rule", row["rule"])),
        node("div", node("a", text=row["name"], href=equipment(row["code"])), node("small", text=place), cls="where"),
        node("small", text=judged),
        node("a", figure(number(row["count"])), node("small", text=percent(row["count"], total)), cls="count", href=href),
        key=f"{row['rule']} {row['code']}",
    )
