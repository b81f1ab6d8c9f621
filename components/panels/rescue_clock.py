"""The rescue clock: for each rescue that goes on, what is left of its thirty minutes, how far it came, and the course of the gravest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from dash import html

from components.layout import leaf_of, panel
from components.nodes import Leaves, Node, node, nodes, text
from components.panels.order_rows import holder, order_href, place, title, tone
from locales import clock as time_of_day
from locales import duration, label, number, t, when
from locales.times import moment_of

NAME: Final = "rescue-clock"
COURSE: Final = "rescue-course"
Row = Mapping[str, Any]
WAY: Final = ("created", "accepted", "on_site", "completed")
"""派单 → 接单 → 到场 → 解困: how far a rescue came."""
STEPS: Final = ("dispatch", "accept", "sign_in", "complete")
"""The steps that lead there."""
PAST: Final = frozenset({"confirmed"})
SENDING: Final = frozenset({"dispatch", "transfer"})
MOST_STEPS: Final = 6


def frame() -> html.Section:
    """One line a rescue."""
    return panel(NAME, leaf_of(NAME, "rows", "rescues"), symbol="stopwatch", hint=t("rescue.hint"), cls="rescue-clock")


def frame_course() -> html.Section:
    """The course of one rescue."""
    return panel(COURSE, leaf_of(COURSE, "about", "course-about"), leaf_of(COURSE, "steps", "course"), symbol="activity")


def update(rows: Row, *, at: datetime) -> Leaves:
    """`rows`: orders with their rescue clocks, how many rescues go on in all, and the streets' names."""
    more = rows["count"] - len(rows["orders"])
    lines = [_rescue(row, rows["streets"], at) for row in rows["orders"]]
    if more > 0:
        lines.append(node("span", text=t("rescue.more", n=number(more)), cls="more", key="more"))
    return {"rows": nodes(lines), "sub": t("rescue.sub", n=number(rows["count"])), "@empty": "" if lines else t("rescue.none")}


def update_course(rows: Row, *, at: datetime) -> Leaves:
    """`rows`: the gravest rescue that goes on, or the last one, with its log; and the streets' names."""
    order = rows["order"]
    if order is None:
        return {"about": "", "steps": nodes([]), "sub": "", "@empty": t("rescue.never")}
    where = place(order, rows["streets"])
    about = node(
        "a", node("b", text=title(order)), node("span", text=where, title=where), key=order["id"], href=order_href(order), tone=tone(order)
    )
    told = [event for event in rows["log"] if event["action"] != "note"]
    sent = max((event["seq"] for event in told if event["action"] in SENDING), default=None) if order["unit"] else None
    return {
        "about": nodes([about]),
        "steps": nodes([_event(event, sent_to=holder(order) if event["seq"] == sent else "") for event in told[-MOST_STEPS:]]),
        "sub": t("rescue.ended", when=when(order["closed_at"])[5:]) if order["closed_at"] else t("rescue.going_on"),
    }


def _rescue(row: Row, streets: Mapping[str, str], at: datetime) -> Node:
    where = place(row, streets)
    head = node(
        "div", node("b", text=row["name"] or t("orders.no_machine")), node("span", text=f"{where} · {holder(row)}", title=where), cls="what"
    )
    return node(
        "a",
        head,
        _left(row["clock"], row),
        node("div", *_way(row), cls="way"),
        *_bar(row["clock"], at),
        key=row["id"],
        cls="rescue",
        tone=tone(row),
        href=order_href(row),
        label=f"{row['name']} {label('order_status', row['status'])}",
    )


def _left(running: Row | None, row: Row) -> Node:
    """What is left, counted down by the server's time; where the clock was met, how long it took; without one, how long it has lasted."""
    if running is None:
        return node("em", since=row["opened_at"], cls="num left")
    if running["met_at"]:
        taken = (moment_of(running["met_at"]) - moment_of(running["started_at"])).total_seconds()
        return node("em", text=t("rescue.took", length=duration(taken)), cls="left met")
    data = {"due": running["due_at"], "started": running["started_at"], "paused": running["paused_at"] or None}
    return node("em", text="", cls="num left", data=data, title=when(running["due_at"], seconds=True))


def _bar(running: Row | None, at: datetime) -> Sequence[Node]:
    """How much of the time is used."""
    if running is None:
        return []
    started, due = moment_of(running["started_at"]), moment_of(running["due_at"])
    now = moment_of(running["met_at"]) if running["met_at"] else at
    share = min(max((now - started) / (due - started), 0.0), 1.0)
    used = "ok" if running["met_at"] else "crit" if share >= 1 else "warn" if share >= 1 / 2 else None
    return [node("div", node("i", text=""), cls="bar", tone=used, variables={"--w": f"{100 * share:.1f}%"})]


def _way(row: Row) -> list[Node]:
    came = len(WAY) if row["status"] in PAST else WAY.index(row["status"]) + 1 if row["status"] in WAY else 0
    return [
        node("span", node("i", text=""), text(t(f"rescue.{step}")), data={"done": 1 if n < came else 0, "next": 1 if n == came else 0})
        for n, step in enumerate(STEPS)
    ]


def _event(event: Row, *, sent_to: str) -> Node:
    """One step: when, what, and who took it, or to whom it was sent."""
    who = sent_to or " · ".join(word for word in (event["unit"], event["actor"] or t("hand.system")) if word)
    return node(
        "div",
        node("span", text=time_of_day(event["at"]), cls="num", title=when(event["at"], seconds=True)),
        node("b", text=label("step", event["action"])),
        node("span", text=who, cls="who", title=who),
        key=event["seq"],
        cls="course-step",
    )
