"""Taking a step with work orders: the buttons of what is allowed now, and the one dialog that asks for what a step needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson
from dash import dcc, html
from dash.development.base_component import Component

from components import ids
from components.layout import icon
from components.nodes import Node, node, text
from domain.scope import Role
from domain.work_orders import PHOTOGRAPHED, Need, Refusal, Step, SuspendReason
from locales import label, number, t

Row = Mapping[str, Any]
ON_THE_WAY: Final = ("accept", "sign_in", "complete", "confirm", "verify", "order", "rectify", "recheck", "close", "dispatch", "resume")
"""Steps that carry an order on: the large button; all others stand behind it."""
GRAVE: Final = frozenset({"accident", "false_alarm", "reject", "escalate"})
WITHOUT_ASKING: Final = frozenset({"accept", "resume"})
"""Steps that one key takes: they bring nothing and can be answered by another step."""
CHOSEN: Final = (Need.UNIT, Need.ASSIGNEE, Need.MASTER, Need.LEVEL, Need.RATING)
STARS: Final = range(1, 6)
KILOMETRE: Final = 1000  # metres
SPOKEN: Final = (
    "acknowledge", "chosen", "done", "farthest", "farthest_km", "located", "locating", "missing", "no_camera", "no_position", "pending",
    "photo_close", "photo_drop", "saved", "saved_forget", "scanned", "sending", "sure", "undone", "without_contract",
)  # fmt: skip
"""The sentences that the browser says by itself."""
OF_PHOTOS: Final = (Refusal.PHOTO_UNREADABLE, Refusal.PHOTO_TOO_LARGE, Refusal.PHOTO_TOO_MANY)
"""Refusals that the browser knows of before anything is sent."""


def buttons(steps: Sequence[Row], order: Row) -> list[Node]:
    """A button for each step that is allowed now, the one on the way first and large."""
    ranked = sorted(steps, key=lambda rule: _rank(rule["step"]))
    first = next((rule["step"] for rule in ranked if rule["step"] in ON_THE_WAY), None)
    return [_button(rule, order, large=rule["step"] == first) for rule in ranked]


def choices(offered: Mapping[str, Sequence[Row]]) -> str:
    """What the dialog offers, as JSON: need → [{value, words, hint, …}].

    Where many orders are given out, a unit also has the `kinds` that it can act on, its number as a maintainer, and its place.
    """
    said: dict[str, list[dict[str, object]]] = {
        "unit": [_unit(row) for row in offered.get("unit", ())],
        "assignee": [{"value": row["id"], "words": row["name"], "hint": label("role", row["role"])} for row in offered.get("assignee", ())],
        "master": [
            {
                "value": row["id"],
                "words": row["number"],
                "hint": f"{label('order_kind', row['kind'])} · {label('order_status', row['status'])}",
            }
            for row in offered.get("master", ())
        ],
        "level": [{"value": row["level"], "words": label("level", row["level"]), "hint": ""} for row in offered.get("level", ())],
        "rating": [{"value": stars, "words": "★" * stars, "hint": t(f"orders.stars_{stars}")} for stars in STARS],
        "suspend": [{"value": reason.value, "words": label(reason), "hint": ""} for reason in SuspendReason],
    }
    return orjson.dumps(said).decode()


def dialog() -> list[Component]:
    """The dialog and the Stores through which a step is sent and answered; drawn once on every page that offers steps."""
    scan = html.Div(
        [
            _label(Need.SCAN, ids.STEP_SCAN),
            html.Div(
                [
                    dcc.Input(id=ids.STEP_SCAN, type="text", maxLength=200, autoComplete="off", placeholder=t("orders.scan_hint")),
                    html.Button([icon("qr-code-scan"), f" {t('orders.scan')}"], className="ghost big", **{"data-act": "step-scan"}),
                ],
                className="step-row",
            ),
            html.Video(className="step-camera", **{"data-words": t("orders.camera")}),
            html.P(className="step-scan-said keys-note wrap", role="status"),
        ],
        className="step-field",
        **{"data-need": Need.SCAN.value},
    )
    position = html.Div(
        [
            html.Div(label(Need.POSITION), className="step-label"),
            html.Div(
                [
                    html.Span(className="step-position num", role="status"),
                    html.Button([icon("crosshair"), f" {t('orders.locate')}"], className="ghost big", **{"data-act": "step-locate"}),
                ],
                className="step-row",
            ),
        ],
        className="step-field",
        **{"data-need": Need.POSITION.value},
    )
    chosen = [
        html.Div(
            [
                html.Div(label(need), className="step-label"),
                html.Div(_filter(need), className="step-narrow"),
                html.Div(className="step-choices", role="radiogroup", **{"aria-label": label(need)}),
            ],
            className="step-field",
            **{"data-need": need.value},
        )
        for need in CHOSEN
    ]
    ends = html.Div(
        [
            html.Button(t("alarms.cancel"), className="ghost", **{"data-act": "close"}),
            html.Button("", id=ids.STEP_CONFIRM, className="solid"),
        ],
        className="row-end",
    )
    box = html.Dialog(
        [
            html.H2(id=ids.STEP_TITLE),
            html.P(className="step-about"),
            scan,
            position,
            *chosen,
            _text(Need.REASON, ids.STEP_REASON, t("orders.reason_hint"), choice=True),
            _text(Need.NOTE, ids.STEP_NOTE, t("orders.note_hint")),
            _photos(),
            html.P(id=ids.STEP_PROBLEM, className="problem", role="alert"),
            ends,
        ],
        id=ids.STEP,
        **{"aria-labelledby": ids.STEP_TITLE},
    )
    words = html.Div(id=ids.STEP_WORDS, **{"data-words": _words()}, hidden=True)
    told = html.Div(id=ids.ORDERS_TOLD, className="orders-told", role="alert")
    return [box, words, told, *(dcc.Store(id=name) for name in (ids.ORDER_ACT, ids.ORDER_RESULT, ids.ORDER_DONE))]


def _filter(need: Need) -> dcc.Input:
    """What narrows a long list of choices while somebody types."""
    words = t("orders.step_filter")
    return dcc.Input(id=f"{ids.STEP}-filter-{need.value}", type="search", className="step-filter", placeholder=words, maxLength=40)


def _text(need: Need, name: str, hint: str, *, choice: bool = False) -> html.Div:
    chips = [html.Div(className="step-choices", role="radiogroup", **{"aria-label": label(need)})] if choice else []
    field = dcc.Textarea(id=name, rows=2, maxLength=500, placeholder=hint, value="")
    return html.Div([_label(need, name), *chips, field], className="step-field", **{"data-need": need.value})


def _photos() -> html.Div:
    """Where photos are taken; they are made smaller in the browser before they are sent."""
    take = html.Button([icon("camera"), f" {t('orders.photo_take')}"], className="ghost big", **{"data-act": "photo-take"})
    kids = [html.Div(label(Need.PHOTO), className="step-label"), html.Div(className="step-photos"), take]
    return html.Div(kids, className="step-field", **{"data-need": Need.PHOTO.value})


def _label(need: Need, name: str) -> html.Label:
    return html.Label(label(need), htmlFor=name)


def _words() -> str:
    """Names of steps and needs, and the sentences that the dialog says by itself."""
    from_law = {f"need.{need.value}": label(need) for need in Need}
    steps = {f"step.{step.value}": label(step) for step in Step} | {"step.task": t("orders.task_end")}
    own = {f"orders.{name}": t(f"orders.{name}") for name in SPOKEN}
    refused = {f"refused.{refusal.value}": label(refusal) for refusal in OF_PHOTOS}
    return orjson.dumps(from_law | steps | own | refused).decode()


def _button(rule: Row, order: Row, *, large: bool) -> Node:
    step = rule["step"]
    kind = "solid step-main" if large else "ghost step-grave" if step in GRAVE else "ghost"
    hint = rule["to"] and t("orders.leads_to", status=label("order_status", rule["to"]))
    data = {
        "step-now" if step in WITHOUT_ASKING else "step": step,
        "needs": ",".join(rule["needs"]),
        "order": order["id"],
        "seen": order["seq"],
        "welcome": ",".join([*rule.get("welcome", ()), *(["photo"] if step in PHOTOGRAPHED else [])]),
    }
    return node("button", text(label("step", step)), cls=kind, key=step, title=hint or None, data=data)


def _rank(step: str) -> tuple[int, int]:
    if step in ON_THE_WAY:
        return 0, ON_THE_WAY.index(step)
    return (2, 0) if step in GRAVE else (1, 0)


def _unit(row: Row) -> dict[str, object]:
    """A team with its unit, how far it is, what it is at work on and what speaks against it; or a unit by itself."""
    team, against = row["team_id"], row.get("against")
    said = (
        _far(row.get("metres")),
        row["unit"] if team else label("role", row["role"]),
        t("orders.own_unit") if row.get("own") and not team else "",
        t("orders.load", load=row["load"], capacity=row["capacity"]) if team else "",
        "、".join(label("dispatch_against", word) for word in against or ()),
        t("orders.eligible") if against == [] and row.get("kinds") is None else "",  # of many orders nobody knows that yet
    )
    return {
        "value": f"{row['unit_id']}/{team}" if team else str(row["unit_id"]),
        "words": row["team"] or row["unit"],
        "hint": " · ".join(filter(None, said)),
        "against": bool(against),
        "maintainer": row["unit_id"] if row["role"] == Role.MAINTENANCE_UNIT.value else None,
        "kinds": row.get("kinds"),
        "place": row.get("place"),
    }


def _far(metres: float | None) -> str:
    if metres is None:
        return ""
    return t("orders.metres", n=number(metres)) if metres < KILOMETRE else t("orders.kilometres", n=number(metres / KILOMETRE, digits=1))


def opened(order: str) -> list[Component]:
    """What tells the server that a reader has the order before him."""
    return [dcc.Store(id=ids.ORDER_OPENED, data=order), dcc.Store(id=ids.ORDER_SEEN)]
