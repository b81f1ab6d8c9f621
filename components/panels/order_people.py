"""Everybody who has to do with an order: units, who was told, copies, who reported it, the plan's tasks, what the machine answered."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from components.nodes import Node, node, text
from components.panels.order_rows import PATH
from locales import catalogue, label, language, t, when
from locales.times import moment_of

Row = Mapping[str, Any]
WORDS_OF_SOURCES: Final = ("origin", "trigger")
IDENTITY: Final = frozenset({"msgId", "registerNumber"})
"""What of a device's answer says only whose it is."""
TOLD_TONES: Final = {"dead": "crit", "failed": "warn", "queued": "info"}


def people(rows: Row) -> list[Node]:
    """The units concerned, then who was told, then the streets that got a copy."""
    order = rows["order"]
    units = [("use_unit", order["use_unit"]), ("unit", order["unit"]), ("team", order["team"])]
    person = rows["names"].get(f"person:{order['assignee_id']}")
    known = [(f"orders.{name}", said) for name, said in (*units, ("assignee", person)) if said]
    facts = [node("div", text(t(key), "dt"), text(said, "dd"), key=key) for key, said in known]
    told = [_told(row, rows["streets"]) for row in rows["told"]]
    copies = [_copy(row, rows["role"], order["id"]) for row in rows["copies"]]
    return [
        node("dl", *facts, cls="facts", key="units"),
        *([node("h3", text=t("orders.told"), key="told-head")] if told else []),
        *told,
        *([node("h3", text=t("orders.copies"), key="copies-head")] if copies else []),
        *copies,
    ]


def source_word(source: str) -> str:
    """Who or what reported: somebody who called, a monitor, or the regulator's own trigger."""
    known = catalogue(language())
    return next((known[key] for group in WORDS_OF_SOURCES if (key := f"{group}.{source}") in known), source)


def sources(rows: Row) -> list[Node]:
    """Every report: automatic, active or passive, with who made it."""
    return [
        node(
            "div",
            node("span", text=label("way", row["channel"]), cls="order-mark", data={"mark": row["channel"]}),
            node("b", text=source_word(row["source"])),
            text(" ".join(part for part in (row["reporter"], row["phone"]) if part)),
            *([node("p", text=row["words"])] if row["words"] else []),
            node("small", text=when(row["at"], seconds=True)[5:], cls="num"),
            *([node("a", text=t("orders.alarm"), href=f"/alarms/{row['alarm_id']}")] if row["alarm_id"] else []),
            key=index,
            cls="source",
        )
        for index, row in enumerate(rows["sources"])
    ]


def tasks(rows: Row, *, at: datetime) -> list[Node]:
    """The checklist of the district plan, which all orders of an incident share, and what it rests on."""
    lines = [_task(row, rows, at) for row in rows["tasks"]]
    return [*lines, node("small", text=t("orders.task_basis"), cls="law", key="basis")] if lines else []


def prompts(rows: Row) -> list[Node]:
    """Voice prompts to the machine, and its answers as they came."""
    return [
        node(
            "div",
            node("b", text=label("prompt", row["prompt"])),
            node("span", text=label("command_status", row["status"]), cls="order-mark", data={"mark": row["status"]}),
            node("small", text=when(row["sent_at"] or row["created_at"], seconds=True)[5:], cls="num"),
            *(node("p", text=t("orders.answered", said=_answer(answer))) for answer in row["answer"] or ()),
            key=index,
            cls="prompt",
        )
        for index, row in enumerate(rows["prompts"])
    ]


def related(rows: Row) -> list[Node]:
    """The incident it is part of, its master, and the orders that repeat it."""
    order, group = rows["order"], rows["group"]
    named = group and (group["name"] or label("group_cause", group["cause"]))
    head = [node("a", text=named, href=f"{PATH}?group={group['id']}&tab=all", cls="group", key="group")] if group else []
    return [*head, *(_related(row, order) for row in rows["related"])]


def _related(row: Row, order: Row) -> Node:
    how = "master" if row["id"] == order["master_id"] else "double" if row["master_id"] == order["id"] else "group"
    return node(
        "div",
        node("span", text=t(f"orders.related_{how}"), cls="order-mark", data={"mark": how}),
        node("a", text=row["number"], href=f"{PATH}/{row['id']}", cls="num"),
        node("small", text=f"{label('order_kind', row['kind'])} · {label('order_status', row['status'])}"),
        key=row["id"],
        cls="related",
    )


def _told(row: Row, streets: Mapping[str, str]) -> Node:
    got = row["receipt_at"] or row["sent_at"]
    words = f"{label('message_status', row['status'])} {when(got, seconds=True)[11:]}" if got else label("message_status", row["status"])
    return node(
        "div",
        text(recipient(row, streets), "b"),
        node("small", text=label("channel", row["channel"])),
        node("span", text=words, cls="num", tone=TOLD_TONES.get(row["status"]), title=row["error"]),
        key=f"told {row['recipient']}",
        cls="told",
    )


def recipient(row: Row, streets: Mapping[str, str]) -> str:
    """Who it is, in words: a role, a unit, a street, a person."""
    kind, _, name = row["recipient"].partition(":")
    if kind == "role":
        return label("role", name)
    if kind == "street":
        return streets.get(name, name)
    if kind in ("unit", "team"):
        return row["unit"] or t("orders.unit_number", number=name)
    known = catalogue(language()).get(f"recipient.{kind}")
    said = row.get("name") or name
    return f"{known} {said}" if known else said


def _copy(row: Row, role: str, order_id: int) -> Node:
    said = t("orders.copy_read", name=row["read_by"], when=when(row["read_at"])) if row["read_at"] else t("orders.copy_unread")
    unread = role == "street" and not row["read_at"]
    button = [node("button", text=t("orders.copy_take"), cls="ghost", data={"act": "copy-read", "id": order_id})] if unread else []
    return node(
        "div",
        text(f"{row['street']} · {label('copy_occasion', row['occasion'])}", "b"),
        node("small", text=when(row["copied_at"])),
        node("span", text=said),
        *button,
        key=f"copy {row['street_code']} {row['occasion']}",
        cls="told",
    )


def _task(row: Row, rows: Row, at: datetime) -> Node:
    owed = not row["done_at"] and not row["dropped_at"]
    late = row["breached_at"] is not None or (owed and moment_of(row["due_at"]) <= at)
    may = owed and rows["role"] in (row["owner"], "operations_centre")
    what = label("plan_task", row["task"])
    button = (
        [node("button", text=t("orders.task_take"), cls="ghost", data={"act": "task-done", "id": row["id"], "what": what})] if may else []
    )
    elsewhere = row["order_id"] != rows["order"]["id"]
    said = [*([t("orders.task_of", number=row["number"])] if elsewhere else []), *([row["note"]] if row["note"] else [])]
    return node(
        "div",
        node(
            "i", text="", cls="bi bi-check-square-fill" if row["done_at"] else "bi bi-dash-square" if row["dropped_at"] else "bi bi-square"
        ),
        node("b", text=what),
        *([node("span", text=t("orders.task_breached"), cls="order-mark", data={"mark": "urgent"})] if late else []),
        node("span", text=label("role", row["owner"]), cls="order-mark"),
        task_state(row),
        *(node("small", text=words) for words in said),
        *button,
        key=row["id"],
        cls="task",
        tone="crit" if late and owed else None,
    )


def task_state(row: Row) -> Node:
    """Who did it and when, that nobody owes it any more, or its clock."""
    if row["done_at"]:
        return node("span", text=t("orders.task_done", name=row["done_by"] or "", when=when(row["done_at"], seconds=True)[5:]))
    if row["dropped_at"]:
        return node("span", text=t("orders.task_dropped"))
    return node("b", text="", cls="num", data={"due": row["due_at"], "started": None, "paused": None})


def _answer(answer: Mapping[str, Any]) -> str:
    """What the device said, as it came: a refusal to run is evidence and is not translated away."""
    told = {name: value for name, value in answer.items() if name not in IDENTITY}
    return " · ".join(f"{name}: {_answer(value) if isinstance(value, Mapping) else value}" for name, value in told.items())
