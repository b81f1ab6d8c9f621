"""The line at the bottom of the wall: what happened lately, and whether every feed speaks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from dash import html

from components.ids import leaf
from components.layout import icon, leaf_of, silent, stores
from components.nodes import Leaves, Node, attributes, node, nodes, text
from components.panels.alarm_rows import place, title, tone
from components.theme import alarm_word
from locales import t, when

NAME = "ticker"
NOTE = "feed-note"


def frame() -> html.Div:
    """A running line."""
    line = html.Div(leaf_of(NAME, "line", "run"), className="vp")
    note = silent(NOTE, html.Div(html.Span(id=leaf(NOTE, "words")), id=leaf(NOTE, "tone"), className="feeds-note"))
    head = html.Span([icon("megaphone-fill"), f" {t('panel.ticker')}"], className="tk-h")
    return html.Div(
        [head, line, note, *stores(NAME)],
        className="tk",
        id=leaf(NAME, "hot"),
        title=t("ticker.hint"),
        **{"data-panel": NAME, "data-state": "loading"},
    )


def update(rows: Mapping[str, Any], *, at: datetime) -> Leaves:
    """`rows`: recent alarms and the streets' names."""
    grave = any(not row["cleared_at"] and row["level"] != "minor_fault" for row in rows["alarms"])
    words = [_item(row, rows["streets"]) for row in rows["alarms"]] or [node("span", text=t("state.no_alarms"), key="none")]
    return {"line": nodes(words), "hot": attributes(hot="1" if grave else None)}


def _item(row: Mapping[str, Any], streets: Mapping[str, str]) -> Node:
    word = t("feed.cleared") if row["cleared_at"] else alarm_word(row["level"], urgent=row["urgent"])
    return node(
        "span",
        node("b", text=f"[{word}]", tone="ok" if row["cleared_at"] else tone(row)),
        node("time", text=when(row["cleared_at"] or row["raised_at"])[11:]),
        text(f"{place(row, streets)} {title(row)}"),
        key=f"{row['id']}-{bool(row['cleared_at'])}",
    )
