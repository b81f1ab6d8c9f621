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
    ("offline", "off", ("offline", "silent")),
    ("not_fitted", "none", ("not_fitted", "never")),
)


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
    counts = [sum(rows[status] for status in statuses) for _, _, statuses in SECTORS]
    steps = {f"--s{n}": f"{100 * part / max(total, 1):.2f}%" for n, part in enumerate(accumulate(counts), 1)}
    legend = [
        node(
            "a",
            node("i", text=""),
            text(t(f"running.{word}")),
            figure(number(count)),
            node("em", text=percent(count, total), cls="num"),
            key=word,
            tone=tone,
            href=to("/equipment", kind="elevator", status=",".join(statuses)),
        )
        for (word, tone, statuses), count in zip(SECTORS, counts, strict=True)
    ]
    return {
        "ring": nodes([node("div", text="", cls="ring", key="ring", variables=steps)]),
        "share": percent(counts[0], total - counts[-1]),
        "legend": nodes(legend),
        "sub": t("running.total", n=number(total)),
    }
