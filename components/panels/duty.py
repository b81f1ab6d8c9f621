"""Who is on duty: the centre's posts for the head of the wall, and the district's teams as a list and on the map."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from dash import html
from dash.development.base_component import Component

from components.layout import icon, leaf_of, panel, silent
from components.links import to
from components.map import teams_map
from components.nodes import Leaves, Node, bar, node, nodes, text
from components.shell import Reader
from locales import label, number, t
from locales.times import SHANGHAI, moment_of

NAME: Final = "duty-teams"
POSTS: Final = "duty-posts"
PATH: Final = "/duty"
NAMES: Final = ("show", "team")
SHOWS: Final = ("all", "on_duty", "off_duty", "full", "unlicensed")
TONES: Final = {"on_duty": "ok", "off_duty": "off", "full": "warn", "unlicensed": "crit"}
LOAD: Final = ("load", "capacity")
POST_WORDS: Final = ("leader", "officer")
Row = Mapping[str, Any]


def frame(reader: Reader, query: Mapping[str, str]) -> html.Section:
    """The teams: chips that limit the list, the list, and the map beside it."""
    tools: list[Component] = [leaf_of(NAME, "shows", "chips")]
    if reader.may_keep_rosters:
        tools.append(html.Div([_button("team", "plus-lg"), _button("import", "upload")], className="duty-tools"))
    body = html.Div([leaf_of(NAME, "rows", "duty-rows"), teams_map(reader)], className="duty-split")
    return panel(NAME, html.Div(tools, className="duty-head"), body, symbol="people", hint=t("duty.hint"), cls="duty-list", follow=query)


def frame_posts(reader: Reader) -> html.Section:
    """The centre's posts, now and next."""
    tools = [_button("post", "plus-lg")] if reader.may_keep_posts else []
    return panel(POSTS, leaf_of(POSTS, "rows", "duty-posts"), *tools, symbol="person-badge", cls="duty-posts-panel")


def wall_posts() -> html.Div:
    """Who leads and who sits at the desk, for the head of the wall."""
    return html.Div(silent(POSTS, leaf_of(POSTS, "now", "hd-duty")), className="hd-duty-box")


def update_posts(rows: Row, *, at: datetime) -> Leaves:
    """`rows`: the posts' shifts from now on."""
    now = [row for row in rows["posts"] if moment_of(row["starts_at"]) <= at]
    later = [row for row in rows["posts"] if moment_of(row["starts_at"]) > at]
    head = [
        node(
            "span", text(label("post", post), "small"), node("b", text=_names(now, post)), key=post, tone=None if _of(now, post) else "warn"
        )
        for post in POST_WORDS
    ]
    lines = [_post(row, rows, is_now=True) for row in now] + [_post(row, rows, is_now=False) for row in later]
    return {"now": nodes(head), "rows": nodes(lines), "sub": "", "@empty": "" if lines else t("duty.nobody")}


def update(rows: Row, *, at: datetime) -> Leaves:
    """`rows`: teams, show, team (the chosen one's number), and unit options for those who may make teams."""
    said = [(row, state_of(row)) for row in rows["teams"]]
    counts = {show: sum(show in ("all", state) for _, state in said) for show in SHOWS}
    shown = [(row, state) for row, state in said if rows["show"] in ("all", state)]
    chips = [_chip(show, counts[show], rows) for show in SHOWS]
    drawn: Leaves = {
        "shows": nodes(chips),
        "rows": nodes([_team(row, state, rows) for row, state in shown] or [node("p", text=t("duty.none"), cls="keys-note", key="none")]),
        "sub": t("duty.sub", teams=number(len(said)), on_duty=number(sum(bool(row["on_duty"]) for row in rows["teams"]))),
    }
    if rows["units"]:
        options = [{"label": name, "value": unit} for unit, name in rows["units"]]
        drawn["unit"] = {"props": {"options": options} | ({"value": rows["units"][0][0]} if len(rows["units"]) == 1 else {})}
    return drawn


def state_of(row: Row) -> str:
    """The one word for a team: what stands in the way of sending it, the gravest first."""
    if not row["licensed"]:
        return "unlicensed"
    if not row["on_duty"]:
        return "off_duty"
    return "full" if row["load"] >= row["capacity"] else "on_duty"


def hours(row: Row) -> str:
    """`08:00–20:00`, with the day where it ends on another one."""
    start, end = (moment_of(row[name]).astimezone(SHANGHAI) for name in ("starts_at", "ends_at"))
    later = (end.date() - start.date()).days
    return f"{start:%H:%M}–{end:%H:%M}" + (t("duty.days_later", n=later) if later else "")


def _button(form: str, symbol: str) -> html.Button:
    return html.Button([icon(symbol), f" {t(f'duty.open_{form}')}"], className="ghost", **{"data-act": "duty", "data-form": form})


def _chip(show: str, count: int, rows: Row) -> Node:
    return node(
        "a",
        node("span", text=t(f"duty.show_{show}")),
        node("b", text=number(count), cls="num"),
        key=show,
        cls="chip",
        href=to(PATH, show=None if show == "all" else show, team=rows["team"] or None),
        current="true" if rows["show"] == show else "false",
    )


def _team(row: Row, state: str, rows: Row) -> Node:
    place = {"lng": row["lng"], "lat": row["lat"]} if row["lng"] is not None else {}
    return node(
        "a",
        node("i", text="", cls="mark"),
        node("span", node("b", text=row["name"]), text(row["unit"], "small"), cls="name"),
        node("span", *_people(row), cls="people"),
        node(
            "span",
            node("em", text=t("duty.load", **{name: row[name] for name in LOAD}), cls="num"),
            bar(row["load"] / row["capacity"]),
            cls="load",
        ),
        node("span", text=t(f"duty.state_{state}"), cls="state"),
        key=row["id"],
        cls="duty-row turn",
        tone=TONES[state],
        href=to(PATH, show=None if rows["show"] == "all" else rows["show"], team=row["id"]),
        current="true" if row["id"] == rows["team"] else "false",
        data={"team": row["id"], **place},
    )


def _people(row: Row) -> Sequence[Node]:
    if not row["on_duty"]:
        return [text(t("duty.nobody"), "small")]
    until = moment_of(row["relieved_at"]).astimezone(SHANGHAI)
    return [node("span", text="、".join(row["on_duty"])), text(t("duty.until", time=f"{until:%H:%M}"), "small")]


def _post(row: Row, rows: Row, *, is_now: bool) -> Node:
    start = moment_of(row["starts_at"]).astimezone(SHANGHAI)
    remove = node(
        "button", text="×", cls="ghost", label=t("duty.remove"), data={"act": "duty-remove", "id": row["id"], "title": row["name"]}
    )
    return node(
        "div",
        node("small", text=label("post", row["post"])),
        node("span", text=t("duty.now") if is_now else f"{start:%m-%d}", cls="state"),
        *([remove] if rows["may_keep"] else []),
        node("b", text=row["name"]),
        node("span", text=hours(row), cls="num"),
        node("span", text=row["phone"], cls="num"),
        key=row["id"],
        cls="duty-post",
        current="true" if is_now else "false",
    )


def _of(rows: Sequence[Row], post: str) -> list[Row]:
    return [row for row in rows if row["post"] == post]


def _names(rows: Sequence[Row], post: str) -> str:
    return "、".join(row["name"] for row in _of(rows, post)) or t("duty.nobody")
