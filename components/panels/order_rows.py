"""How one work order is written, wherever it stands: gravity, what it is about, machine, who has it, the clock that runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from components import theme
from components.links import equipment
from components.nodes import Node, node, text
from locales import catalogue, label, language, t, when

Row = Mapping[str, Any]
PATH: Final = "/work-orders"
AT_ONCE: Final = ("accept", "sign_in", "complete", "verify", "dispatch", "confirm", "resume")
"""The steps on the way, of which a row offers the first that its reader may take."""
WORDS_OF_CAUSES: Final = ("rule", "trigger", "behavior")


def order_href(row: Row) -> str:
    """The page of one order."""
    return f"{PATH}/{row['id']}"


def tone(row: Row) -> str:
    """What the order's colour says: a closed or waiting one is calm, the rest as grave as its level."""
    if row["closed_at"] or row["master_id"]:
        return "off"
    if row["suspended"]:
        return "vio"
    return theme.alarm_tone(row["level"], urgent=row["urgent"]) if row["level"] else "info"


def title(row: Row) -> str:
    """Its kind and what happened; how often, where occurrences are gathered in it."""
    kind, said = label("order_kind", row["kind"]), cause_words(row["cause"])
    words = f"{kind} · {said}" if said and said != kind else kind
    return f"{words} {t('feed.times', n=row['count'])}" if row["count"] > 1 else words


def cause_words(cause: str) -> str:
    """The alarm's or the trigger's word; empty where the order names none."""
    known = catalogue(language())
    return next((known[key] for group in WORDS_OF_CAUSES if (key := f"{group}.{cause}") in known), "")


def place(row: Row, streets: Mapping[str, str]) -> str:
    """Street, site and machine."""
    street = streets.get(row["street_code"] or "", t("street.none"))
    parts = (street, row["site"] if row["site"] and row["site"] not in (row["name"] or "") else "", row["name"] or t("orders.no_machine"))
    return " · ".join(part for part in parts if part)


def place_and_address(row: Row, streets: Mapping[str, str]) -> str:
    """The same with the address, where one is known."""
    return " · ".join(part for part in (place(row, streets), row["address"]) if part)


def holder(row: Row) -> str:
    """Who has it: unit and team, or that nobody has."""
    if row["unit"]:
        return " · ".join(part for part in (row["unit"], row["team"]) if part)
    return row["use_unit"] if row["kind"] == "behavior" and row["use_unit"] else t("orders.nobody")


def status(row: Row) -> Node:
    """Where it stands, as word and shape."""
    words = label("order_status", row["status"])
    if row["master_id"]:
        words = t("orders.merged")
    elif row["suspended"]:
        words = t("orders.suspended", status=words)
    return node("span", node("i", text="", cls=f"bi bi-{theme.ORDER_ICONS.get(row['status'], 'circle')}"), text(words), cls="order-status")


def marks(row: Row) -> list[Node]:
    """What must not be overlooked: urgent without a level that says so, drill, going round in circles."""
    said = [
        (bool(row["drill"]), "orders.drill", "drill"),
        (bool(row["urgent"]) and not row["level"], "severity.urgent", "urgent"),
        (bool(row.get("circling")), "orders.circling", "circling"),
    ]
    return [node("span", text=t(key), cls="order-mark", data={"mark": name}) for holds, key, name in said if holds]


def clock(running: Row | None, *, with_kind: bool = True) -> Node:
    """The clock that runs out next, counted down by the server's time; nothing where none runs."""
    if not running:
        return node("span", text="", cls="clock none")
    name = label("deadline", running["kind"])
    said = t("orders.due_at", what=name, when=when(running["due_at"], seconds=True))
    kids = [text(name, "small")] if with_kind else []
    data = {"due": running["due_at"], "started": running["started_at"], "paused": running["paused_at"] or None}
    return node("span", node("b", text="", cls="num", data=data), *kids, cls="clock", title=said)


def desk_row(row: Row, streets: Mapping[str, str]) -> Node:
    """One line of the list; it takes the focus, so that keys can act on it."""
    level = theme.alarm_word(row["level"], urgent=row["urgent"]) if row["level"] else label("order_kind", row["kind"])
    machine = node("a", text=row["name"], cls="code", href=equipment(row["code"])) if row["code"] else text(t("orders.no_machine"))
    what = node(
        "div",
        node("a", node("b", text=title(row)), *marks(row), href=order_href(row), cls="open"),
        node("small", text=f"{row['number']} · {when(row['opened_at'], seconds=True)[5:]}", cls="num"),
        cls="what",
    )
    return node(
        "div",
        node("button", text="", cls="tick", role="checkbox", label=t("orders.choose", number=row["number"])),
        node("span", text=level, cls="lv"),
        what,
        node("div", machine, node("small", text=place_and_address(row, streets), title=row["address"]), cls="where"),
        node("div", status(row), node("small", text=holder(row), title=holder(row)), cls="who"),
        clock(row["clock"]),
        node("div", *_next(row), cls="act"),
        key=row["id"],
        cls="order-item",
        tone=tone(row),
        focus=0,
        role="group",
        label=f"{level} {title(row)} {row['name'] or ''} {label('order_status', row['status'])}",
        data=about(row),
    )


def card(row: Row, streets: Mapping[str, str]) -> Node:
    """One card of the board."""
    level = theme.alarm_word(row["level"], urgent=row["urgent"]) if row["level"] else label("order_kind", row["kind"])
    head = node("div", node("span", text=level, cls="lv"), *marks(row), clock(row["clock"], with_kind=False), cls="top")
    return node(
        "div",
        head,
        node("a", node("b", text=title(row)), href=order_href(row), cls="open"),
        node("small", text=place(row, streets)),
        node("small", text=holder(row), cls="holder"),
        key=row["id"],
        cls="order-card",
        tone=tone(row),
        focus=0,
        role="group",
        label=f"{level} {title(row)} {row['name'] or ''}",
        data=about(row),
    )


def about(row: Row) -> dict[str, object]:
    """What the browser's hands need: which order, as which event it was seen, and what may be done with it."""
    return {
        "order": row["id"],
        "seen": row["seq"],
        "number": row["number"],
        "title": f"{row['number']} · {title(row)}",
        "steps": ",".join(row["steps"]),
        "alarm": row["alarm_id"] if row["may_acknowledge"] else None,
        "closed": 1 if row["closed_at"] else 0,
        "kind": row["kind"],
        "maintainer": row["maintenance_unit_id"],
        "place": None if row["lng"] is None else f"{row['lng']},{row['lat']}",
    }


def _next(row: Row) -> list[Node]:
    """The first step on the way, as a button; where it needs more than a click, the order's page asks for it."""
    step = next((step for step in AT_ONCE if step in row["steps"]), None)
    if step is None:
        return []
    if step in ("accept", "resume"):
        return [node("button", text=label("step", step), cls="ghost", data={"step-now": step})]
    return [node("a", text=label("step", step), cls="ghost", href=f"{order_href(row)}?step={step}")]
