"""Targeted publicity: which sites call for it, what happens there and when, and the dialog that says what was done."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from dash import dcc, html
from dash.development.base_component import Component

from components import chips, dialogs, ids
from components.layout import fold, leaf_of, panel
from components.links import to
from components.nodes import Leaves, Node, figure, node, nodes, text
from domain.behaviour import UNCIVIL
from locales import label, number, t, when
from locales.times import moment_of

NAME: Final = "publicity"
PATH: Final = "/publicity"
NAMES: Final = ("behaviour", "done")
Row = Mapping[str, Any]


def frame(params: Mapping[str, str]) -> html.Section:
    """The filters over the list."""
    body = [fold(leaf_of(NAME, "filters", "filters")), leaf_of(NAME, "rows", "publicity-rows")]
    return panel(NAME, *body, symbol="megaphone", hint=t("publicity.hint"), follow=params)


def dialog() -> list[Component]:
    """What was done at a site, in somebody's own words."""
    what, words = (
        html.P(id=ids.PUBLICITY_WHAT),
        dialogs.note(ids.PUBLICITY_NOTE, t("publicity.note"), rows=3, placeholder=t("publicity.note_hint")),
    )
    box = dialogs.dialog(
        ids.PUBLICITY,
        t("publicity.record"),
        what,
        *words,
        problem=ids.PUBLICITY_PROBLEM,
        confirm=ids.PUBLICITY_CONFIRM,
        words=t("publicity.save"),
    )
    return [box, *(dcc.Store(id=name) for name in (ids.PUBLICITY_CHOSEN, ids.PUBLICITY_RESULT, ids.PUBLICITY_DONE))]


def update(rows: Row, *, at: datetime) -> Leaves:
    """`rows`: params, streets' names, the entries, how many days are compared, and whether this reader may say what was done."""
    params, found = rows["params"], rows["entries"]
    lines = [_line(row, rows, at) for row in found] or [node("p", text=t("publicity.none"), cls="keys-note wrap", key="none")]
    waiting = sum(not row["done_at"] for row in found)
    return {"filters": nodes(_filters(params)), "rows": nodes(lines), "sub": t("publicity.sub", n=number(waiting))}


def _filters(params: Mapping[str, str]) -> list[Node]:
    behaviours = [(family, label("rule", family)) for family in sorted(UNCIVIL)]
    return [
        chips.group(PATH, params, "behaviour", t("publicity.behaviour"), behaviours),
        chips.group(PATH, params, "done", t("publicity.state"), [("0", t("publicity.waiting"))]),
    ]


def _line(row: Row, rows: Row, at: datetime) -> Node:
    what, street = label("rule", row["behaviour"]), rows["streets"].get(row["street_code"] or "", t("street.none"))
    place = [part for part in (street, row["use_unit"]) if part]
    orders = to("/work-orders", kind="behavior", tab="all", q=row["site"])
    return node(
        "div",
        node("div", figure(number(row["count"])), node("small", text=t("publicity.times")), cls="count"),
        node("div", node("b", text=what), node("small", text=_when(row)), cls="what"),
        node("div", node("a", text=row["site"], href=orders), node("small", text=" · ".join(place)), cls="where"),
        _done(row, rows["days"], at) if row["done_at"] else node("span", text=t("publicity.waiting"), cls="stands", tone="warn"),
        node("span", *_button(row, what, may=rows["may_record"]), cls="act"),
        key=row["id"],
        data={"done": 1 if row["done_at"] else None},
    )


def _when(row: Row) -> str:
    """The week, how many lifts, and the hour in which it happens most."""
    last = (moment_of(row["until"]) - timedelta(days=1)).isoformat()
    words = [t("publicity.week", since=when(row["since"])[5:10], until=when(last)[5:10]), t("publicity.lifts", n=number(row["lifts"]))]
    if row["hour"] is not None:
        words.append(t("publicity.hour", hour=int(row["hour"]), until=int(row["hour"]) + 1))
    return " · ".join(words)


def _done(row: Row, days: int, at: datetime) -> Node:
    said = t("publicity.done", by=row["done_by"], when=when(row["done_at"]))
    effect = node("p", *_effect(row, days, at), cls="effect", title=t("publicity.effect_hint", days=days))
    return node("div", node("small", text=said), node("p", text=row["note"], title=row["note"]), effect, cls="stands")


def _effect(row: Row, days: int, at: datetime) -> list[Node]:
    """How often before and after, over how many lifts; the comparison is drawn only where both sides are whole."""
    passed = max((at - moment_of(row["done_at"])).days, 0)
    sides = [(t("publicity.before", days=days), row["before"]), (t("publicity.after", days=min(passed, days)), row["after"])]
    shown = [node("span", text(side), node("b", text=t("publicity.n_times", n=number(n)), cls="num"), key=side) for side, n in sides]
    return [*shown, node("span", text=t("publicity.over", n=number(row["monitored"]))), _compared(row, days, passed)]


def _compared(row: Row, days: int, passed: int) -> Node:
    if passed < days:
        return node("em", text=t("publicity.too_early", days=days), cls="unknown")
    if not row["known_before"] or not row["monitored"]:
        return node("em", text=t("publicity.too_little", days=days), cls="unknown")
    a_lift = [number(30 * n / days / row["monitored"], 1) for n in (row["before"], row["after"])]
    return node("em", text=t("publicity.rate", before=a_lift[0], after=a_lift[1], change=_change(row["before"], row["after"])))


def _change(before: int, after: int) -> str:
    """By how much it changed, "+25.0%"; a dash where there is nothing to compare with."""
    return f"{100 * (after - before) / before:+.1f}%" if before else t("app.none")


def _button(row: Row, what: str, *, may: bool) -> list[Node]:
    if not may or row["done_at"]:
        return []
    return [
        node(
            "button",
            text=t("publicity.record"),
            cls="ghost",
            data={"act": "publicity", "id": row["id"], "title": f"{row['site']} · {what}"},
        )
    ]
