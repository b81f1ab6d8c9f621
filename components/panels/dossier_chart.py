"""The shape that both charts of a dossier have: a choice of spans, and one figure under it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dash import html

from components.charts import Figure
from components.layout import graph, leaf_of, panel
from components.links import equipment, to
from components.nodes import Leaves, Node, node, nodes


def frame(name: str, symbol: str, params: Mapping[str, str], query: Mapping[str, str]) -> html.Section:
    """The choice, and the chart."""
    body = (leaf_of(name, "spans", "chips spans"), graph(name, "chart"))
    return panel(name, *body, symbol=symbol, cls="w12 history", params=params, follow=query)


def choice(code: str, words: str, *, key: object, chosen: bool, **address: object) -> Node:
    """One span of the machine of this code; `address` is what asks for it."""
    href = to(equipment(code), **address)
    return node("a", text=words, cls="chip", href=href, key=key, current=str(chosen).lower())


def drawn(spans: Sequence[Node], figure: Figure, words: str) -> Leaves:
    """The chart, with `words` beside its title."""
    return {"chart": {"figure": figure}, "spans": nodes(spans), "sub": words}


def nothing(spans: Sequence[Node], words: str) -> Leaves:
    """Where there is nothing to draw: `words` instead."""
    return {"@empty": words, "spans": nodes(spans), "sub": ""}
