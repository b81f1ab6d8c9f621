"""The data vendors: who speaks, how much, and who is lost. A lost feed is neither a lost stream nor a silent device."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from dash import html

from components.layout import leaf_of, panel
from components.links import to
from components.nodes import Leaves, Node, attributes, node, nodes, text
from domain.vendors import is_late
from locales import ago, number, t, when
from locales.times import moment_of

NAME = "feeds"
WORDS = {"up": "ok", "down": "warn", "unknown": "none"}


def frame() -> html.Section:
    """A tile per vendor."""
    return panel(NAME, leaf_of(NAME, "tiles", "feed-tiles"), symbol="hdd-network", hint=t("feeds.hint"))


def condition(row: Mapping[str, Any], at: datetime) -> str:
    """up, down or unknown: never heard of is not the same as gone."""
    signs = [moment_of(sign) for sign in (row["heartbeat_at"], row["last_message_at"]) if sign is not None]
    if row["connected"] is None and not signs:
        return "unknown"
    gone = row["connected"] is False or not signs or is_late(signs, row["pause_seconds"], at)
    return "down" if gone else "up"


def update(rows: Sequence[Mapping[str, Any]], *, at: datetime) -> Leaves:
    """`rows`: the vendors' feeds."""
    conditions = [condition(row, at) for row in rows]
    up = conditions.count("up")
    return {
        "tiles": nodes([_tile(row, word, at) for row, word in zip(rows, conditions, strict=True)]),
        "sub": t("feeds.sub", up=up, total=len(rows)),
        "@empty": "" if rows else t("state.empty"),
    }


def update_note(rows: Sequence[Mapping[str, Any]], *, at: datetime) -> Leaves:
    """The one-line form: names the feeds that are lost."""
    lost = [row["title"] for row in rows if condition(row, at) == "down"]
    words = t("live.feed_lost", names="、".join(lost)) if lost else t("live.feed_ok")
    return {"words": words, "tone": attributes(tone="warn" if lost else None)}


def _tile(row: Mapping[str, Any], word: str, at: datetime) -> Node:
    heard = t("live.updated", ago=ago(row["last_message_at"], at)) if row["last_message_at"] else t("state.never")
    second = t("feeds.rate", n=number(row["messages"])) if word == "up" else heard
    return node(
        "a",
        node("b", text=row["title"]),
        node("span", node("i", text="", cls="dot"), text(t(f"feeds.{word}")), cls="word"),
        node("span", text=t("feeds.devices", online=number(row["online"]), total=number(row["devices"])), cls="num"),
        node("span", text=second, cls="num"),
        key=row["name"],
        cls="feed-tile",
        tone=WORDS[word],
        title=f"{row['title']} · {t('feeds.' + word)} · {heard} · {when(row['heartbeat_at'], seconds=True)}",
        href=to("/equipment", vendor=row["name"]),
    )
