"""The map's frame: an empty Leaflet map that the browser's script fills, with legend, call-out and attribution."""

from __future__ import annotations

import dash_leaflet as dl
from dash import html
from dash.development.base_component import Component

from components import ids
from components.layout import icon
from components.links import link
from components.shell import Reader
from locales import t

CENTRE = (31.2553, 121.396)
FARTHEST = 2  # zoom: half the world, so that a register of elsewhere can be seen


def wall_map(reader: Reader) -> html.Div:
    """The centre of the wall: no hands on it, it tells the story by itself."""
    still = {"dragging": False, "scrollWheelZoom": False, "doubleClickZoom": False, "boxZoom": False, "keyboard": False, "touchZoom": False}
    return _box(reader, "wall", [_callout(), _legend(), _outside(link("", "/map?fit=all"))], zoomControl=False, **still)


def desk_map(reader: Reader) -> html.Div:
    """The working map: pan, zoom, hover, pick."""
    tip = html.Div(className="map-tip", role="tooltip")
    looks = html.Div([_look("all", "bounding-box-circles"), _look("home", "house")], className="map-looks")
    show = html.Button(t("map.outside_show"), className="ghost", **{"data-look": "all"})
    back = html.Button(t("map.outside_back"), className="ghost", **{"data-look": "home"})
    over = [_callout(), _legend(), _outside(html.Span(), show, back), looks, tip]
    return _box(reader, "desk", over, {"data-pickable": "1"}, minZoom=FARTHEST)


def pin_map(reader: Reader) -> html.Div:
    """Where one machine stands; its place comes with the drawing."""
    return _box(reader, "pin", [], zoomControl=False, scrollWheelZoom=False)


def teams_map(reader: Reader) -> html.Div:
    """The district, on which the duty page marks its teams."""
    return _box(reader, "teams", [], scrollWheelZoom=False)


def _box(reader: Reader, mode: str, over: list[Component], marks: dict[str, str] | None = None, **options: object) -> html.Div:
    usual = {"center": list(CENTRE), "zoom": 12, "zoomSnap": 0, "maxZoom": 19, "minZoom": 10}
    leaflet = dl.Map([], id=ids.MAP, attributionControl=False, trackViewport=False, **(usual | options))
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


def _outside(*parts: Component) -> html.Div:
    """How many devices stand outside the district's frame; the script says it in the first part, and hides an empty one."""
    return html.Div(list(parts), className="map-outside", role="status")


def _look(where: str, symbol: str) -> html.Button:
    words = t(f"map.look_{where}")
    return html.Button(icon(symbol), title=words, **{"data-look": where, "aria-label": words})


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
