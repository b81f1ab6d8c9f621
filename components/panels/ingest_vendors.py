"""What comes from each vendor: connection, last good message, rate and its last hour, pace, lag, refusals; and its score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from dash import html

from components.layout import leaf_of, panel
from components.links import to
from components.nodes import Leaves, Node, bar, node, nodes, text
from components.panels.feeds import WORDS, condition
from domain.histograms import distribution, together
from domain.uploaders import WEIGHTS, Part
from locales import ago, duration, label, number, percent, t, when

NAME = "ingest-vendors"
SCORES = "ingest-scores"
COLUMNS: Final = ("vendor", "last_good", "minute", "hour_line", "cadence", "speaking", "sampled", "refused_1h", "refused_24h", "mostly")
GOOD_SCORE: Final = 90
POOR_SCORE: Final = 70

Row = Mapping[str, Any]


def frame() -> html.Section:
    """A line per vendor."""
    return panel(NAME, leaf_of(NAME, "rows", "in-table"), symbol="hdd-network", hint=t("ingest.vendors_hint"))


def frame_scores() -> html.Section:
    """A bar per vendor."""
    return panel(SCORES, leaf_of(SCORES, "rows", "in-table"), symbol="patch-check", hint=t("uploader.hint"))


def update(rows: Mapping[str, Any], *, at: datetime) -> Leaves:
    """`rows`: feeds, and by vendor its machines' speech, minutes, refusals of an hour and of a day, lags by worker."""
    feeds = rows["feeds"]
    lines = [_vendor(feed, rows, at) for feed in feeds]
    lost = sum(condition(feed, at) == "down" for feed in feeds)
    return {
        "rows": nodes([_head(COLUMNS, "ingest"), *lines] if lines else []),
        "sub": t("ingest.vendors_lost" if lost else "ingest.vendors_sub", n=lost, total=len(feeds)),
        "@empty": "" if lines else t("state.empty"),
    }


def update_scores(rows: Sequence[Row], *, at: datetime) -> Leaves:
    """`rows`: each vendor's score with its parts and what they were counted from."""
    ranked = sorted(rows, key=lambda row: (row["total"] is None, -(row["total"] or 0), row["title"]))
    return {
        "rows": nodes([_head(("vendor", "score", *Part), "uploader"), *map(_scored, ranked)] if ranked else []),
        "sub": t("uploader.sub"),
        "@empty": "" if ranked else t("state.empty"),
    }


def spark(counts: Sequence[int]) -> str:
    """The outline of a small area chart, as the points of a CSS polygon: full height is the largest count."""
    known = counts or (0,)
    most, last = max(known) or 1, max(len(known) - 1, 1)
    points = [f"{100 * place / last:.1f}% {100 - 100 * count / most:.1f}%" for place, count in enumerate(known)]
    return f"polygon(0% 100%, {', '.join(points)}, 100% 100%)"


def _vendor(feed: Row, rows: Mapping[str, Any], at: datetime) -> Node:
    name, word = feed["name"], condition(feed, at)
    speech: Row = rows["speech"].get(name, {})
    minutes = rows["minutes"].get(name, [])
    hour, day = ({row["reason"]: row["count"] for row in rows[span] if row["vendor"] == name} for span in ("hour", "day"))
    most = max(day, key=lambda reason: day[reason], default=None)
    good = speech.get("last_good_at")
    cells = (
        _cell("last_good", ago(good, at) if good else t("ingest.none_yet"), title=when(good, seconds=True)),
        _cell("minute", number(minutes[-1] if minutes else 0)),
        node("span", node("i", text="", cls="spark", variables={"--points": spark(minutes)}), title=_told(minutes), cls="spark-box"),
        _cell("cadence", duration(speech.get("cadence_seconds"))),
        _cell("speaking", f"{number(speech.get('timely', 0))} / {number(feed['devices'])}", title=t("ingest.speaking_hint")),
        _cell("sampled", _lag(rows["lags"], name)),
        _refused("refused_1h", name, hour, "1h"),
        _refused("refused_24h", name, day, "24h"),
        _cell("mostly", label("reject", most) if most else t("app.none")),
    )
    title = node("b", node("i", text="", cls="dot"), text(feed["title"]), node("small", text=t(f"feeds.{word}")), cls="name")
    return node("div", title, *cells, key=name, tone=WORDS[word], data={"vendor": name})


def _told(minutes: Sequence[int]) -> str:
    return t("ingest.hour_told", most=number(max(minutes, default=0)), total=number(sum(minutes)))


def _lag(lags: Sequence[Mapping[str, Any]], vendor: str) -> str:
    """Half and nearly all of the readings were not older than this when they came."""
    known = together([distribution(told[vendor]) for told in lags if vendor in told])
    if known is None or not known.total:
        return number(None)
    return f"{duration(known.below(0.5))} / {duration(known.below(0.95))}"


def _refused(name: str, vendor: str, counts: Mapping[str, int], since: str) -> Node:
    total = sum(counts.values())
    href = to("/quarantine", vendor=vendor, since=since) if total else None
    tone = "warn" if total else None
    return node("a" if href else "span", text=number(total), cls="num", href=href, tone=tone, data={"label": t(f"ingest.{name}")})


def _cell(name: str, words: str, title: str | None = None) -> Node:
    return node("span", text=words, cls="num", title=title, data={"label": t(f"ingest.{name}")})


def _head(names: Sequence[str], group: str) -> Node:
    return node("div", *(text(t(f"{group}.{name}")) for name in names), key="head", cls="head")


def _scored(row: Row) -> Node:
    total = row["total"]
    tone = None if total is None or total >= GOOD_SCORE else "warn" if total >= POOR_SCORE else "crit"
    points = node("span", bar((total or 0) / 100, tone), node("b", text=number(total, 1), cls="num"), cls="score", tone=tone)
    parts = [
        node(
            "span",
            text=percent(row["parts"][part], 1),
            cls="num",
            title=t(f"uploader.{part}_of", weight=percent(WEIGHTS[part], 1, 0), **_counted(row)),
            data={"label": t(f"uploader.{part}")},
        )
        for part in Part
    ]
    return node("div", node("b", text=row["title"], cls="name"), points, *parts, key=row["name"], data={"vendor": row["name"]})


def _counted(row: Row) -> dict[str, str]:
    names = ("messages", "refused", "contradictions", "spoken", "timely", "confirmed", "false")
    return {name: number(row[name]) for name in names}
