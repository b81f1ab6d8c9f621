"""The map's frame: an empty Leaflet map that the browser's script fills, with legend, call-out and attribution."""

from __future__ import annotations

import dash_leaflet as dl
from dash import html
from dash.development.base_component import Component

from components import ids
from components.shell import Reader
from locales import t

CENTRE = (31.2553, 121.396)


def wall_map(reader: Reader) -> html.Div:
    """The centre of the wall: no hands on it, it tells the story by itself."""
    still = {"dragging": False, "scrollWheelZoom": False, "doubleClickZoom": False, "boxZoom": False, "keyboard": False, "touchZoom": False}
    return _box(reader, "wall", [_callout(), _legend()], zoomControl=False, **still)


def desk_map(reader: Reader, *, street: str = "") -> html.Div:
    """The working map: pan, zoom, hover, pick."""
    tip = html.Div(className="map-tip", role="tooltip")
    return _box(reader, "desk", [_callout(), _legend(), tip], {"data-pickable": "1", "data-street": street})


def pin_map(reader: Reader) -> html.Div:
    """Where one machine stands; its place comes with the drawing."""
    return _box(reader, "pin", [], zoomControl=False, scrollWheelZoom=False)


def _box(reader: Reader, mode: str, over: list[Component], marks: dict[str, str] | None = None, **options: object) -> html.Div:
    leaflet = dl.Map(
        [],
        id=ids.MAP,
        center=list(CENTRE),
        zoom=12,
        zoomSnap=0,
        maxZoom=19,
        minZoom=10,
        attributionControl=False,
        trackViewport=False,
        **options,
    )
    failed = html.Div(t("map.failed"), className="map-failed", role="alert")
    source = html.Div(t("map.attribution"), className="attribution")
    return html.Div(
        [leaflet, *over, source, failed],
        className="mapbox",
        **{"data-map": mode, "data-geo": reader.geo_url, "data-tiles": reader.tile_url, **(marks or {})},
    )


def _callout() -> html.Div:
    """The leader line and box of the newest open entrapment; the line's path is set by the script."""
    return html.Div([html.Div(className="callout-line"), html.A(href="/alarms")], className="callout")


def _legend() -> html.Div:
    rows = (
        ("normal", "info", ""),
        ("warning", "warn", "triangle"),
        ("critical", "crit", "diamond"),
        ("offline", "off", ""),
        ("not_fitted", "none", "hollow"),
    )
    items = [html.Div([html.I(className=shape), t(f"status.{name}")], **{"data-tone": tone}) for name, tone, shape in rows]
    truck = html.Div([html.I(className="square"), t("kind.forklift")], **{"data-tone": "ok"})
    ramp = html.Div([html.Span(t("map.choropleth")), html.Span(t("map.low")), html.Span(className="ramp"), html.Span(t("map.high"))])
    return html.Div([*items, truck, ramp], className="legend", **{"aria-label": t("map.legend")})
