"""Where a truck has been: the path of its last hour or day, with the age of the newest position."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from dash import html

from components.layout import icon, leaf_of, panel
from components.links import equipment, to
from components.nodes import Leaves, Node, node, nodes
from components.panels import replay_film
from domain.equipment import KINDS
from locales import ago, number, t
from locales.times import moment_of

NAME = "dossier-track"
SPANS: Final = (1, 24)


def frame(params: Mapping[str, str], query: Mapping[str, str]) -> html.Section:
    """The spans, and the player on which `assets/60-film.js` draws the path."""
    play = html.Button(icon("play-fill"), className="solid film-play", **{"data-film": "play", "aria-label": t("film.play")})
    controls = html.Div(
        [play, html.Span(className="film-clock num"), html.Span(t("film.keys"), className="keys-note")], className="film-controls"
    )
    track = html.Div([html.Div(className="film-marks"), html.Div(className="film-range")], className="film-track",
                     **{"data-label": t("film.position")})  # fmt: skip
    stage = html.Div(
        [html.Div(className="film-stage"), html.Div(html.Div(className="film-said"), className="film-now")], className="film-scene"
    )
    film = html.Div([stage, track, controls], className="film", **{"data-player": NAME})
    return panel(NAME, leaf_of(NAME, "spans", "chips spans"), film, symbol="signpost-split", cls="w12 track", params=params, follow=query)


def update(rows: Mapping[str, Any] | None, *, at: datetime) -> Leaves:
    """`rows`: code, kind, moves, hours, fence, and the readings of the span, oldest first."""
    if rows is None:
        return {"@empty": t("missing.title")}
    spans = nodes([_choice(rows, hours) for hours in SPANS])
    if not rows["moves"]:
        return {"@empty": t("track.stands"), "spans": nodes([]), "sub": ""}
    kind = KINDS[rows["kind"]]
    placed = [_reading(one) for one in rows["readings"]]
    zero = moment_of(at)
    frames = [frame for frame in (replay_film.frame(one, kind, zero) for one in placed) if frame["place"] is not None]
    if not frames:
        return {"@empty": t("track.nothing", hours=rows["hours"]), "spans": spans, "sub": ""}
    film = {
        "id": f"{rows['code']}/{rows['hours']}",
        "kind": kind.key,
        "since": -3600 * rows["hours"],
        "until": 0,
        "start": frames[-1]["t"],
        "zero": zero.isoformat(),
        "fields": [{"wire": field.wire, "label": t(f"field.{field.key}")} for field in kind.fields],
        "frames": frames,
        "floors": [],
        "fence": replay_film.fence(rows["fence"]),
        "marks": [],
        "words": replay_film.words(),
    }
    newest = placed[-1]["at"]
    return {"film": {"film": film}, "spans": spans, "sub": t("track.sub", n=number(len(frames)), ago=ago(newest, at))}


def _reading(row: Any) -> dict[str, Any]:
    """A `HistoryRow` after its way through JSON: a list in the order of its fields."""
    sampled_at, received_at, _vendor, values = row
    delay = (moment_of(received_at) - moment_of(sampled_at)).total_seconds()
    return {"at": sampled_at, "received_at": received_at, "delay": delay, "late": False, "values": values, "accounts": []}


def _choice(rows: Mapping[str, Any], hours: int) -> Node:
    href = to(equipment(rows["code"]), track=hours)
    return node(
        "a", text=t("dossier.span", n=hours), cls="chip", href=href, key=hours, current="true" if hours == rows["hours"] else "false"
    )
