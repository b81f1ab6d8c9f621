"""The order on one sheet of A4: seen on paper alone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from components import order_clock
from components.nodes import Node, node, text
from components.panels import order_log, order_people, order_rows
from locales import duration, label, number, t, when
from locales.times import moment_of

Row = Mapping[str, Any]
MOST_STEPS: Final = 16  # what fits beside the rest; the first and the newest ones
SIGNERS: Final = ("use_unit", "maintenance_unit", "regulator")


def sheet(rows: Row, *, at: datetime) -> list[Node]:
    """Title, facts, clocks, log, and the places for signatures."""
    order = rows["order"]
    title = node("div", node("b", text=t("orders.sheet")), node("span", text=order["number"], cls="num"), cls="sheet-title", key="title")
    return [
        title,
        node("dl", *_facts(rows), cls="facts", key="facts"),
        node("h3", text=t("orders.part_clocks"), key="clocks-head"),
        node("div", *(_clock(clock, rows["order"]) for clock in rows["clocks"]), cls="rows clocks", key="clocks"),
        node("h3", text=t("orders.part_log"), key="log-head"),
        node("div", *_log(rows), cls="rows log", key="log"),
        node("div", *(node("span", text=t(f"orders.sign_{name}")) for name in SIGNERS), cls="signs", key="signs"),
        node("small", text=t("orders.printed", when=when(at, seconds=True)), cls="foot", key="foot"),
    ]


def _facts(rows: Row) -> list[Node]:
    order = rows["order"]
    machine = f"{order['name']} {order['code']}" if order["code"] else t("orders.no_machine")
    facts = (
        ("orders.kind", order_rows.title(order)),
        ("orders.status", label("order_status", order["status"])),
        ("filter.level", label("level", order["level"])),
        ("orders.occurred", when(order["occurred_at"], seconds=True)),
        ("orders.machine", machine),
        (
            "orders.place",
            " ".join(part for part in (rows["streets"].get(order["street_code"] or ""), order["site"], order["address"]) if part),
        ),
        ("orders.use_unit", order["use_unit"] or t("app.none")),
        ("orders.holder", order_rows.holder(order)),
        ("orders.part_sources", "；".join(_source(row) for row in rows["sources"][:3]) or t("app.none")),
    )
    return [node("div", text(t(key), "dt"), text(said, "dd"), key=key) for key, said in facts]


def _source(row: Row) -> str:
    return " ".join(part for part in (label("way", row["channel"]), order_people.source_word(row["source"]), row["reporter"]) if part)


def _clock(clock: Row, order: Row) -> Node:
    ended = clock["met_at"]
    spent = duration((moment_of(ended) - moment_of(clock["started_at"])).total_seconds() - clock["paused_seconds"]) if ended else ""
    over = "accident" if order_clock.ended_by_accident(clock, order) else "dropped" if clock["dropped_at"] else "open"
    how = "late" if clock["breached_at"] else "met" if ended else over
    article = label("article", clock["kind"])
    words = (label("deadline", clock["kind"]), when(clock["due_at"], seconds=True), t(f"orders.sheet_{how}"), spent, article)
    return node("div", *(text(word) for word in words), key=f"{clock['kind']} {clock['turn']}")


def _log(rows: Row) -> list[Node]:
    """The first step and the newest ones; how many stand between them is said."""
    log = rows["log"]
    kept = log if len(log) <= MOST_STEPS else [log[0], *log[1 - MOST_STEPS :]]
    lines = [_step(event, rows) for event in kept]
    if len(kept) < len(log):
        lines.insert(1, node("div", text(t("orders.sheet_more", n=number(len(log) - len(kept)))), key="more"))
    return lines


def _step(event: Row, rows: Row) -> Node:
    said = " ".join(part for part in (order_log.reason(event), order_log.note(event), *order_log.evidence(event, rows)) if part)
    words = (when(event["at"], seconds=True)[5:], label("step", event["action"]), order_log.by(event), said)
    return node("div", *(text(word) for word in words), key=event["seq"])
