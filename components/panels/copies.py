"""Copies to streets (抄送): what a street has to sign for, and to everybody else who has signed, and when."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from dash import html

from components.layout import leaf_of, panel
from components.nodes import Leaves, Node, node, nodes
from locales import ago, catalogue, label, language, number, t, when

NAME: Final = "copies"
Row = Mapping[str, Any]


def frame() -> html.Section:
    """One line a copy."""
    return panel(NAME, leaf_of(NAME, "rows", "q-rows"), symbol="files", hint=t("copies.hint"))


def update(rows: Mapping[str, Any], *, at: datetime) -> Leaves:
    """`rows`: copies with those that nobody has signed for first, and whether the reader may sign."""
    unread = sum(row["read_at"] is None for row in rows["copies"])
    return {
        "rows": nodes([_line(row, at, may_read=rows["may_read"]) for row in rows["copies"]]),
        "sub": t("copies.sub", n=number(unread)),
        "@empty": "" if rows["copies"] else t("copies.none"),
    }


def _line(row: Row, at: datetime, *, may_read: bool) -> Node:
    copied = node("div", node("span", text=when(row["copied_at"])[5:], cls="num"), node("small", text=ago(row["copied_at"], at)))
    what = node(
        "div",
        node("b", text=row["place"] or t("app.none")),
        node("i", text=t(f"copies.{row['occasion']}"), cls="tag", tone="warn" if row["occasion"] == "found" else "ok"),
        node("a", text=row["number"], cls="num order", href=f"/work-orders/{row['order_id']}"),
        node("p", text=f"{_cause(row)} · {row['street']}", cls="said"),
        cls="what",
    )
    if row["read_at"]:
        signed = t("copies.read_by", who=row["read_by"], when=when(row["read_at"])[5:])
        stands = node("div", node("span", node("i", text="", cls="bi bi-check2-all"), node("span", text=signed), cls="state"), cls="stands")
    elif may_read:
        stands = node("button", text=t("copies.read"), cls="solid", data={"act": "copy-sign", "id": row["order_id"]})
    else:
        stands = node(
            "div",
            node("span", node("i", text="", cls="bi bi-hourglass-split"), node("span", text=t("copies.unread")), cls="state"),
            cls="stands",
            tone="warn",
        )
    return node("div", copied, what, stands, key=f"{row['order_id']}:{row['street']}:{row['occasion']}", cls="q-row note-row")


def _cause(row: Row) -> str:
    known = catalogue(language())
    return next(
        (said for group in ("trigger", "rule") if (said := known.get(f"{group}.{row['cause']}"))), label("order_kind", row["order_kind"])
    )
