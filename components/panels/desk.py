"""The duty officer's desk: everything that is open now, gravest first; what rings, who has it, which clock runs, what to do next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from dash import html

from components import theme
from components.layout import icon, leaf_of, panel
from components.links import equipment, to
from components.nodes import Leaves, Node, node, nodes, text
from components.panels.order_rows import PATH, clock, marks, order_href, place_and_address, status, title, tone
from components.panels.order_rows import holder as holder_of
from locales import label, number, t, when
from locales.times import clock as time_of_day

NAME: Final = "desk"
Row = Mapping[str, Any]
KINDS: Final = "anomaly,behavior,repair,rescue"
ON_THE_WAY: Final = ("dispatch", "confirm", "accept", "sign_in", "complete", "resume")
"""The steps that carry an order on: a line offers the first that its reader may take."""
FIGURES: Final[tuple[tuple[str, str, str], ...]] = (
    ("trapped", "crit", to(PATH, kind="rescue")),
    ("unanswered", "crit", ""),
    ("overdue", "major", to(PATH, tab="overdue", kind=KINDS)),
    ("circling", "warn", to(PATH, tab="circling")),
    ("open", "", to(PATH, kind=KINDS)),
    ("today", "", to(PATH, tab="all", day="today", kind=KINDS)),
)
"""Each figure over the desk: its name, its tone while it is not zero, and the orders behind it."""


def frame(*, may_report: bool, may_drill: bool) -> html.Section:
    """Figures, what can be begun, the drill's banner, and the lines."""
    report = html.Button([icon("telephone-plus"), t("desk.report"), html.Kbd("n")], className="solid", **{"data-act": "intake"})
    drill = html.Button([icon("flag"), t("drill.start")], className="ghost drill-start", **{"data-act": "drill-start"})
    begin = html.Div([*([report] if may_report else []), *([drill] if may_drill else [])], className="desk-begin")
    return panel(
        NAME,
        html.Div([leaf_of(NAME, "figures", "desk-figures"), begin], className="desk-top"),
        leaf_of(NAME, "drill", "drill-banner"),
        leaf_of(NAME, "rows", "desk-rows"),
        symbol="headset",
        cls="desk-panel",
        hint=t("desk.hint"),
    )


def update(rows: Row, *, at: datetime) -> Leaves:
    """`rows`: figures, lines, those of the drill (order, members, call, clock, origins, steps), streets, drill, may_answer, may_drill."""
    live = [_line(line, rows) for line in rows["lines"]]
    drill = [_line(line, rows) for line in rows["drill_lines"]]
    if not live:
        live = [node("p", node("i", text="", cls="bi bi-check2-circle"), text(t("desk.nothing")), cls="desk-nothing", key="nothing")]
    more = rows["figures"]["open"] - sum(line["members"] for line in rows["lines"])
    if more > 0:
        live.append(node("a", text=t("desk.more", n=number(more)), cls="desk-more", key="more", href=to(PATH, kind=KINDS)))
    apart = [node("h3", text=t("drill.orders"), cls="desk-apart", key="apart"), *drill] if drill else []
    return {
        "figures": nodes([_figure(name, warm, href, rows["figures"]) for name, warm, href in FIGURES]),
        "drill": nodes(_banner(rows["drill"], may_end=rows["may_drill"])),
        "rows": nodes([*live, *apart]),
        "sub": t("desk.sub", n=number(rows["figures"]["open"])),
    }


def _figure(name: str, warm: str, href: str, figures: Row) -> Node:
    value = figures[name]
    words = number(value) if name != "today" else f"{number(figures['ended_today'])} / {number(value)}"
    return node(
        "a" if href else "div",
        node("b", text=words, cls="num"),
        text(t(f"desk.{name}")),
        key=name,
        cls="desk-figure",
        tone=warm if warm and value else None,
        href=href or None,
        title=t(f"desk.{name}_hint"),
    )


def _banner(drill: Row | None, *, may_end: bool) -> Sequence[Node]:
    if drill is None:
        return []
    words = t("drill.going_on", name=drill["name"], by=drill["started_by"], when=when(drill["started_at"]))
    said = [
        node("i", text="", cls="bi bi-flag-fill"),
        node("b", text=t("drill.word")),
        node("span", text=words, cls="what"),
        node("em", since=drill["started_at"], cls="num"),
    ]
    end = [node("button", text=t("drill.stop"), cls="ghost", data={"act": "drill-stop", "open": drill["open"]})] if may_end else []
    return [node("div", *said, *end, cls="drill", key=drill["id"], role="status")]


def _line(line: Row, rows: Row) -> Node:
    order = line["order"]
    word = theme.alarm_word(order["level"], urgent=order["urgent"]) if order["level"] else label("order_kind", order["kind"])
    call = line["call"]
    rings = _rings(call)
    return node(
        "div",
        node("span", text=word, cls="lv"),
        _what(line),
        _where(order, rows["streets"]),
        node("div", status(order), node("small", text=holder_of(order), title=holder_of(order)), cls="who"),
        clock(line["clock"]),
        _call(call),
        _act(line, rings=rings and rows["may_answer"]),
        key=order["id"],
        cls="al-item desk-item",
        tone=tone(order),
        focus=0,
        role="group",
        label=f"{word} {title(order)} {order['name'] or ''} {label('order_status', order['status'])}",
        data={"order": order["id"], "seen": order["seq"], "rings": 1 if rings else 0, "drill": 1 if order["drill"] else 0},
    )


def _what(line: Row) -> Node:
    order = line["order"]
    many = (
        [node("span", text=t("desk.members", n=number(line["members"])), cls="mark", data={"mark": "many"})] if line["members"] > 1 else []
    )
    sources = " · ".join(label("origin", origin) for origin in line["origins"])
    small = node("small", text=f"{order['number']} · {sources}", cls="num", title=t("desk.origins", sources=sources) if sources else None)
    href = to(PATH, group=order["group_id"]) if line["members"] > 1 else order_href(order)
    return node("div", node("a", node("b", text=title(order)), *many, *marks(order), href=href, cls="open"), small, cls="what")


def _where(order: Row, streets: Mapping[str, str]) -> Node:
    machine = node("a", text=order["name"], cls="code", href=equipment(order["code"])) if order["code"] else text(t("orders.no_machine"))
    words = place_and_address(order, streets)
    return node("div", machine, node("small", text=words, title=words), cls="where")


def _rings(call: Row | None) -> bool:
    return call is not None and not call["answered_at"] and not call["dropped_at"]


def _call(call: Row | None) -> Node:
    """Whether the seat has it: ringing since, told to the leader, or who answered when."""
    if call is None or call["dropped_at"]:
        return node("div", text="", cls="call")
    if call["answered_at"]:
        words = t("desk.answered", when=time_of_day(call["answered_at"])[:5])
        by = node("small", text=call["answered_by"], title=call["answered_by"])
        return node("div", node("span", text=words, cls="num", title=when(call["answered_at"], seconds=True)), by, cls="call")
    word = t("desk.escalated") if call["escalated_at"] else t("desk.rings")
    return node("div", node("b", text=word), node("em", since=call["called_at"], cls="num"), cls="call", tone="crit")


def _act(line: Row, *, rings: bool) -> Node:
    order = line["order"]
    if rings:
        data = {"act": "answer", "id": order["id"]}
        return node("div", node("button", text=t("desk.answer"), cls="solid next", data=data), cls="act")
    step = next((step for step in ON_THE_WAY if step in line["steps"]), None)
    words, href = (label("step", step), f"{order_href(order)}?step={step}") if step else (t("desk.open_order"), order_href(order))
    return node("div", node("a", text=words, cls="ghost next", href=href), cls="act")
