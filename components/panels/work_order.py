"""One work order: what it is, its clocks, what its reader may do next, its log, its place, and everybody who has to do with it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from dash import html
from dash.development.base_component import Component

from components import order_clock, order_steps, theme
from components.layout import icon, leaf_of, panel
from components.links import equipment, link
from components.map import pin_map
from components.nodes import Leaves, Node, attributes, node, nodes, text
from components.panels import order_former, order_log, order_people, order_rows, order_sheet
from components.shell import Reader
from domain.response import ResponseReason
from domain.work_orders import SUPERVISION_CHAIN, SYSTEM, OrderKind, OrderStatus, Step
from locales import label, t, when

NAME: Final = "work-order"
Row = Mapping[str, Any]
RESCUE_WAY: Final = ("reported", "created", "accepted", "on_site", "completed", "confirmed")
SUPERVISION_WAY: Final = ("received", "verified", "ordered", "rechecked", "closed")
LEFT: Final = (("log", "list-ol"), ("tasks", "card-checklist"), ("prompts", "volume-up"))
RIGHT: Final = (("people", "people"), ("sources", "broadcast"), ("related", "diagram-3"))
"""Part and icon; tasks, prompts and relations are shown where there are any."""


def frame(reader: Reader, order: str) -> html.Div:
    """The page of one order; an unknown one shows the designed "not found" in its place."""
    head = html.Div(
        [
            html.H1(id=f"{NAME}--title"),
            leaf_of(NAME, "number", "code num", "Span"),
            leaf_of(NAME, "marks", "head-status", "Span"),
            html.Button([icon("printer"), f" {t('orders.print')}"], className="ghost", **{"data-act": "print"}),
            link([icon("arrow-left"), f" {t('orders.back')}"], order_rows.PATH, className="ghost"),
        ],
        className="head",
    )
    handling = [
        leaf_of(NAME, "stages", "order-stages"),
        leaf_of(NAME, "clocks", "order-clocks"),
        leaf_of(NAME, "facts", "order-facts", "Dl"),
        leaf_of(NAME, "steps", "order-steps"),
        leaf_of(NAME, "choices"),
    ]
    main = panel(NAME, *handling, symbol="clipboard2-pulse", params={"order": order})
    place = _section("place", "geo-alt", html.Div(pin_map(reader), className="mini-map"), leaf_of(NAME, "where", "order-where"))
    left = [main, *(_section(name, symbol, leaf_of(NAME, name, f"order-{name}")) for name, symbol in LEFT)]
    right = [place, *(_section(name, symbol, leaf_of(NAME, name, f"order-{name}")) for name, symbol in RIGHT)]
    columns = [html.Div(left, className="col w8"), html.Div(right, className="col w4")]
    missing = html.Div(
        [
            icon("compass"),
            html.H1(t("missing.title")),
            html.P(t("missing.text")),
            link(t("orders.back"), order_rows.PATH, className="solid"),
        ],
        className="missing",
    )
    known = html.Div([head, *columns], className="dossier order-page")
    others = [leaf_of(NAME, "former", "pn order-former"), leaf_of(NAME, "sheet", "order-sheet")]
    return html.Div([known, missing, *others], id=f"{NAME}--found", className="dossier-page")


def update(rows: Row | None, *, at: datetime) -> Leaves:
    """`rows`: order, log, names, clocks, sources, told, copies, tasks, prompts, related, group, streets, role, steps, choices; or None."""
    if rows is None:
        return {"found": attributes(found="no"), "@empty": t("missing.title")}
    if former := rows.get("former"):
        return {"found": attributes(found="former"), "former": nodes(order_former.nodes(former)), "sub": ""}
    order = rows["order"]
    leaves: Leaves = {
        "found": attributes(found="yes"),
        "title": order_rows.title(order),
        "number": order["number"],
        "marks": nodes(_marks(rows)),
        "stages": nodes(_stages(rows)),
        "clocks": nodes([_clock(clock, rows) for clock in sorted(rows["clocks"], key=_is_over)]),
        "facts": nodes(_facts(rows)),
        "steps": nodes(order_steps.buttons(rows["steps"], order) or [text(t(_quiet(order)), "p", "keys-note wrap")]),
        "choices": attributes(choices=order_steps.choices(rows["choices"])),
        "where": nodes(_where(rows)),
        "log": nodes(order_log.lines(rows)),
        "people": nodes(order_people.people(rows)),
        "tasks": nodes(order_people.tasks(rows, at=at)),
        "sources": nodes(order_people.sources(rows)),
        "prompts": nodes(order_people.prompts(rows)),
        "related": nodes(order_people.related(rows)),
        "sheet": nodes(order_sheet.sheet(rows, at=at)),
        "sub": t("orders.event_count", n=len(rows["log"])),
    }
    if order["lng"] is not None:
        leaves["pin"] = {"pin": {"lng": order["lng"], "lat": order["lat"], "tone": order_rows.tone(order)}}
    return leaves


def _section(name: str, symbol: str, *body: Component) -> html.Section:
    title = t(f"orders.part_{name}")
    head = html.Div([icon(symbol), html.H2(title)], className="pn-h")
    return html.Section([head, html.Div(list(body), className="pn-b")], className=f"pn part-{name}", **{"aria-label": title})


def _marks(rows: Row) -> list[Node]:
    order = rows["order"]
    level = [node("span", text=label("level", order["level"]), cls="order-mark", data={"mark": "level"})] if order["level"] else []
    chip = node(
        "span", node("i", text=""), text(label("order_status", order["status"])), cls="chip", tone=order_rows.tone(order), key="status"
    )
    waiting = [node("span", text=label("step", "suspend"), cls="order-mark", data={"mark": "suspended"})] if order["suspended"] else []
    return [chip, *level, *order_rows.marks({**order, "circling": rows["circling"]}), *waiting]


def _stages(rows: Row) -> list[Node]:
    """The way from the report to the end, with the moment at which each stage was reached."""
    order, reached = rows["order"], {}
    for event in rows["log"]:
        if event["from_status"] != event["to_status"]:
            reached[event["to_status"]] = event["at"]
    way = list(_way(order["kind"]))
    if order["status"] not in way:  # it left the way: false alarm, accident, refused
        way = [status for status in way if status in reached] + [order["status"]]
    here = way.index(order["status"])
    return [
        node(
            "div",
            node("i", text="", cls=f"bi bi-{theme.ORDER_ICONS[status]}"),
            node("b", text=label("order_status", status)),
            node("small", text=when(reached.get(status), seconds=True)[11:] if index <= here and status in reached else "", cls="num"),
            key=status,
            cls="stage-step",
            current="step" if index == here else None,
            data={"done": 1 if index <= here else 0},
        )
        for index, status in enumerate(way)
    ]


def _way(kind: str) -> tuple[str, ...]:
    """The statuses of an order that meets no difficulty: behaviour is settled by the use unit, and nobody signs in for it."""
    if OrderKind(kind) in SUPERVISION_CHAIN:
        return SUPERVISION_WAY
    return tuple(status for status in RESCUE_WAY if kind != OrderKind.BEHAVIOR.value or status != OrderStatus.ON_SITE.value)


def _is_over(clock: Row) -> bool:
    return bool(clock["met_at"] or clock["dropped_at"])


def _clock(clock: Row, rows: Row) -> Node:
    """One legal clock, with how a limit in working days was counted."""
    of = clock["kind"], clock["turn"]
    reckoning = next((row for row in rows["reckonings"] if (row["kind"], row["turn"]) == of), None)
    return order_clock.drawn(clock, rows["order"], reckoning)


def _facts(rows: Row) -> list[Node]:
    order = rows["order"]
    facts: list[tuple[str, str]] = [
        ("orders.occurred", when(order["occurred_at"], seconds=True)),
        ("orders.opened", when(order["opened_at"], seconds=True)),
        ("orders.why_level", _why_level(rows)),
        ("orders.holder", order_rows.holder(order)),
        ("orders.assignee", rows["names"].get(f"person:{order['assignee_id']}", "")),
        ("orders.bounced", t("orders.times", n=order["bounced"]) if order["bounced"] else ""),
        ("orders.rating", "★" * order["rating"] if order["rating"] else ""),
    ]
    if order["detail"].get("accident_candidate"):
        facts.append(("orders.accident_candidate", t("orders.accident_candidate_hint")))
    if order["detail"].get("out_of_service"):
        facts.append(("orders.out_of_service", t("orders.out_of_service_hint")))
    facts.append(("orders.rests_on", _rests_on(order)))
    return [node("div", text(t(key), "dt"), text(said, "dd"), key=key) for key, said in facts if said]


def _rests_on(order: Row) -> str:
    """What the regulator's order rests on in the register: why, and since which day."""
    facts = order["detail"].get("facts", {})
    why, day = facts.get("why"), facts.get("day")
    said = [label("lapse", why)] if why else []
    return " · ".join([*said, t(f"trigger_day.{why or order['cause']}", day=day)] if day else said)


def _why_level(rows: Row) -> str:
    """Why the order has its level; where a person has raised it, who, and in his words."""
    reason = rows["order"]["reason"] or ""
    raised = [event for event in rows["log"] if event["action"] == Step.ESCALATE.value and event["hand"] != SYSTEM.value]
    if reason != ResponseReason.RAISED_BY_PERSON.value or not raised:
        return label("response", reason) if reason else ""
    return t("orders.raised_by", who=order_log.by(raised[-1]), why=raised[-1]["reason"])


def _where(rows: Row) -> list[Node]:
    order = rows["order"]
    if not order["code"]:
        return [text(t("orders.no_machine"), "p", "keys-note")]
    place = " · ".join(part for part in (rows["streets"].get(order["street_code"] or "", t("street.none")), order["site"]) if part)
    kids = [
        node("a", node("b", text=order["name"]), href=equipment(order["code"]), key="name"),
        node("small", text=order["code"], cls="num", key="code"),
        node("small", text=place, key="place"),
        node("small", text=order["address"] or "", key="address"),
    ]
    if order["alarm_id"]:
        kids.append(node("a", text=t("orders.alarm"), cls="ghost", href=f"/alarms/{order['alarm_id']}", key="alarm"))
    return kids


def _quiet(order: Row) -> str:
    """Why there is nothing to do."""
    if order["master_id"]:
        return "orders.quiet_merged"
    return "orders.quiet_closed" if order["closed_at"] else "orders.quiet"
