"""How the lifts run: a ring and its legend."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from itertools import accumulate

from dash import html

from components.ids import leaf
from components.layout import leaf_of, panel
from components.links import to
from components.nodes import Leaves, figure, node, nodes, text
from locales import number, percent, t

NAME = "running"
# What the ring shows: its word, tone, and the statuses that make it up; the list behind it has the same statuses.
SECTORS = (
    ("normal", "ok", ("normal",)),
    ("warning", "warn", ("warning",)),
    ("fault", "crit", ("critical",)),
    ("silent", "off", ("silent",)),
    ("offline", "off", ("offline",)),
    ("unknown", "none", ("unknown",)),
    ("never", "none", ("never",)),
    ("not_fitted", "none", ("not_fitted",)),
    ("disused", "none", ("disused",)),
)
PASSING = ("silent", "unknown", "never", "disused")  # words of a start or a disturbance, and of few: not in the legend while there is none
UNHEARD = ("unknown", "never", "not_fitted", "disused")  # nobody knows how these run, so the share of normal lifts leaves them out


def frame() -> html.Section:
    """The ring at the left, the legend at the right."""
    ring = html.Div(
        [
            leaf_of(NAME, "ring", "ring-slot"),
            html.Div([html.B(id=leaf(NAME, "share"), className="num"), html.Span(t("running.caption"))], className="ring-mid"),
        ],
        className="ring-box",
    )
    body = html.Div([ring, leaf_of(NAME, "legend", "ring-legend")], className="ring-row")
    return panel(NAME, body, symbol="building", hint=t("running.hint"))


def update(rows: Mapping[str, int], *, at: datetime) -> Leaves:
    """`rows`: lifts by status."""
    total = sum(rows.values())
    counts = {word: sum(rows[status] for status in statuses) for word, _, statuses in SECTORS}
    steps = {f"--s{n}": f"{100 * part / max(total, 1):.2f}%" for n, part in enumerate(accumulate(counts.values()), 1)}
    legend = [
        node(
            "a",
            node("i", text=""),
            text(t(f"running.{word}")),
            figure(number(counts[word])),
            node("em", text=percent(counts[word], total), cls="num"),
            key=word,
            cls=word,
            tone=tone,
            href=to("/equipment", kind="elevator", status=",".join(statuses)),
        )
        for word, tone, statuses in SECTORS
        if counts[word] or word not in PASSING
    ]
    return {
        "ring": nodes([node("div", text="", cls="ring", key="ring", variables=steps)]),
        "share": percent(counts["normal"], total - sum(counts[word] for word in UNHEARD)),
        "legend": nodes(legend),
        "sub": t("running.total", n=number(total)),
    }
