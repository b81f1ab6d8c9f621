"""What could not be taken, by reason and vendor; codes that mean nothing yet; keys nobody knows; adapters to other platforms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from dash import html

from components.layout import leaf_of, panel
from components.links import to
from components.nodes import Leaves, Node, node, nodes, text
from locales import ago, duration, label, number, t, when

NAME = "ingest-refused"
UNKNOWN = "ingest-unknown"
ADAPTERS = "ingest-adapters"
MOST_LINES: Final = 14
ADAPTER_COLUMNS: Final = ("source", "resource", "last_ok", "lag", "pulled", "rejected", "failures", "error")

Row = Mapping[str, Any]


def frame() -> html.Section:
    """A line per reason and vendor."""
    return panel(NAME, leaf_of(NAME, "rows", "in-table"), symbol="shield-exclamation", hint=t("ingest.refused_panel_hint"))


def frame_unknown() -> html.Section:
    """Codes and keys that wait for somebody to say what they mean."""
    parts = [leaf_of(UNKNOWN, "codes", "in-table part"), leaf_of(UNKNOWN, "keys", "in-table part")]
    return panel(UNKNOWN, *parts, symbol="question-circle", hint=t("ingest.unknown_hint"))


def frame_adapters() -> html.Section:
    """A line per feed."""
    return panel(ADAPTERS, leaf_of(ADAPTERS, "rows", "in-table"), symbol="arrow-left-right", hint=t("adapter.hint"))


def update(rows: Mapping[str, Any], *, at: datetime) -> Leaves:
    """`rows`: refusals of the last hour and of the last day by vendor and reason."""
    hour = {(row["vendor"], row["reason"]): row["count"] for row in rows["hour"]}
    lines = [_refusal(row, hour.get((row["vendor"], row["reason"]), 0)) for row in rows["day"][:MOST_LINES]]
    head = node("div", *(text(t(f"ingest.{name}")) for name in ("reason", "vendor", "last_hour", "last_day")), key="head", cls="head")
    return {
        "rows": nodes([head, *lines] if lines else []),
        "sub": t("ingest.refused_sub", n=number(sum(row["count"] for row in rows["day"]))),
        "@empty": "" if lines else t("quality.none"),
    }


def update_unknown(rows: Mapping[str, Any], *, at: datetime) -> Leaves:
    """`rows`: unmapped codes of the last day, and unknown keys ever."""
    codes = [_line((row["title"], row["reason"], number(row["count"])), f"{row['vendor']} {row['reason']}") for row in rows["codes"]]
    keys = [_key(row) for row in rows["keys"]]
    return {
        "codes": nodes([_title("ingest.codes"), *codes] if codes else []),
        "keys": nodes([_title("ingest.keys"), *keys] if keys else []),
        "sub": t("ingest.unknown_sub", codes=number(len(codes)), keys=number(len(keys))),
        "@empty": "" if codes or keys else t("ingest.unknown_none"),
    }


def update_adapters(rows: Sequence[Row], *, at: datetime) -> Leaves:
    """`rows`: the feeds from other platforms."""
    head = node("div", *(text(t(f"adapter.{name}")) for name in ADAPTER_COLUMNS), key="head", cls="head")
    return {
        "rows": nodes([head, *(_adapter(row, at) for row in rows)] if rows else []),
        "sub": t("adapter.sub", n=len(rows)) if rows else "",
        "@empty": "" if rows else t("adapter.none"),
    }


def _refusal(row: Row, hour: int) -> Node:
    reason = label("reject", row["reason"])
    words = (
        node("b", text=reason, cls="name"),
        node("span", text=row["title"] or t("ingest.stranger"), data={"label": t("ingest.vendor")}),
        node("span", text=number(hour), cls="num", tone="warn" if hour else None, data={"label": t("ingest.last_hour")}),
        node("span", text=number(row["count"]), cls="num", data={"label": t("ingest.last_day")}),
    )
    href = to("/quarantine", reason=row["reason"], vendor=row["vendor"], since="24h")
    return node("a", *words, key=f"{row['vendor']} {row['reason']}", href=href)


def _title(key: str) -> Node:
    return node("div", node("span", text=t(key)), key="head", cls="head")


def _key(row: Row) -> Node:
    sender = f"{row['vendor']} · {label('kind', row['kind'])}"
    return _line((sender, row["key"], number(row["count"])), f"{sender} {row['key']}")


def _line(cells: Sequence[str], key: str) -> Node:
    first, *middle, last = cells
    kids = [node("b", text=first, cls="name"), *(node("span", text=words, cls="ell", title=words) for words in middle)]
    return node("div", *kids, node("span", text=last, cls="num"), key=key)


def _adapter(row: Row, at: datetime) -> Node:
    failing = row["failures"] > 0
    cells = {
        "resource": row["resource"],
        "last_ok": ago(row["last_ok_at"], at) if row["last_ok_at"] else t("state.never"),
        "lag": duration(row["lag_seconds"]),
        "pulled": number(row["pulled"]),
        "rejected": number(row["rejected"]),
        "failures": number(row["failures"]),
        "error": (row["last_error"] or "") if failing else "",
    }
    kids = [node("span", text=words, title=words, data={"label": t(f"adapter.{name}")}) for name, words in cells.items()]
    title = t("adapter.tried", when=when(row["tried_at"], seconds=True))
    name = node("b", node("i", text="", cls="dot"), text(row["source"]), cls="name")
    return node("div", name, *kids, key=f"{row['source']} {row['resource']}", tone="warn" if failing else "ok", title=title)
