"""The frame of a panel: head, body, message, and the Stores through which it is refreshed. Drawn once, never re-output."""

from __future__ import annotations

from collections.abc import Mapping

import orjson
from dash import dcc, html
from dash.development.base_component import Component

from components.ids import data_store, drawn_store, leaf, params_store, version_store
from locales import t


def icon(name: str) -> html.I:
    """A decorative icon."""
    return html.I(className=f"bi bi-{name}", **{"aria-hidden": "true"})


def leaf_of(panel: str, name: str, cls: str = "", tag: str = "Div") -> Component:
    """An empty element that `name` will fill."""
    return getattr(html, tag)(id=leaf(panel, name), className=cls)


def panel(
    name: str,
    *body: Component,
    symbol: str = "",
    title: str | None = None,
    hint: str = "",
    cls: str = "",
    bare: bool = False,
    params: Mapping[str, object] | None = None,
    follow: Mapping[str, object] | None = None,
) -> html.Section:
    """The section of one panel. `params` are fixed; with `follow`, the query of the page's address, the panel's params
    follow that query beside them. A `bare` panel has no head.
    """
    title = title or t(f"panel.{name}")
    age = html.Span(className="age num", **{"data-of": title})
    head = [age] if bare else [_head(name, symbol, title, hint, age)]
    message = html.Div(t("state.loading"), className="pn-msg", role="status")
    marks = {"data-panel": name, "data-state": "loading"}
    if follow is not None:
        marks["data-follow"] = orjson.dumps(dict(params or {})).decode()
    return html.Section(
        [*head, html.Div([*body, message], className="pn-b"), *stores(name, {**(follow or {}), **(params or {})})],
        className=f"pn {cls} {'bare' if bare else ''}".strip(),
        **{"aria-label": title, **marks},
    )


def stores(name: str, params: Mapping[str, object] | None = None) -> list[dcc.Store]:
    """The four Stores of a panel."""
    return [
        dcc.Store(id=version_store(name)),
        dcc.Store(id=params_store(name), data=dict(params or {})),
        dcc.Store(id=data_store(name)),
        dcc.Store(id=drawn_store(name)),
    ]


def fold(content: Component) -> html.Details:
    """Filters: open on the desk, folded on a phone until they are wanted."""
    return html.Details([html.Summary([icon("funnel"), t("filter.title")]), content], open=True, className="filters-fold")


def silent(name: str, *body: Component) -> html.Div:
    """A panel without a frame: only its leaves are seen."""
    return html.Div([*body, *stores(name)], **{"data-panel": name, "data-state": "loading"}, className="silent-panel")


def graph(name: str, part: str) -> html.Div:
    """A Graph whose figure the browser scales from design pixels."""
    options = {"displayModeBar": False, "staticPlot": False, "locale": "zh-CN", "scrollZoom": False, "doubleClick": False}
    return html.Div(
        dcc.Graph(id=leaf(name, part), config=options, responsive=True, figure={"data": [], "layout": _BLANK}),
        className="graph",
    )


_BLANK = {
    "paper_bgcolor": "rgba(0,0,0,0)",
    "plot_bgcolor": "rgba(0,0,0,0)",
    "xaxis": {"visible": False},
    "yaxis": {"visible": False},
}


def _head(name: str, symbol: str, title: str, hint: str, age: Component) -> html.Div:
    parts = [icon(symbol)] if symbol else []
    return html.Div([*parts, html.H2(title), html.Span(id=leaf(name, "sub"), className="sub"), age], className="pn-h", title=hint or None)
