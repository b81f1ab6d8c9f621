"""The dossier of one machine: register, live state, the last day, alarms, place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from dash import html

from components import theme
from components.layout import icon, leaf_of, panel
from components.links import equipment, link
from components.map import pin_map
from components.nodes import Leaves, Node, attributes, node, nodes, text
from components.panels import dossier_history, dossier_state, dossier_usage, replay_track
from components.panels.alarm_rows import desk_row
from components.panels.order_rows import clock as order_clock
from components.panels.order_rows import desk_row as order_row
from components.panels.order_rows import holder, order_href
from components.panels.order_rows import status as order_status
from components.panels.order_rows import title as order_title
from components.panels.order_rows import tone as order_tone
from components.shell import Reader
from locales import ago, day, label, number, t
from locales.times import SHANGHAI

NAME = "dossier"
ALARMS = "dossier-alarms"
ORDERS = "dossier-orders"
PLACE = "dossier-place"
# Which facts stand in which part; a fact the register does not hold is a dash.
PARTS: Final[dict[str, tuple[str, ...]]] = {
    "place": ("street", "site", "address", "place_kind", "residential", "use_unit", "maintenance_unit", "maker", "installer", "vendor",
              "gateway"),
    "technical": ("kind", "category_code", "model", "factory_number", "rated_speed", "rated_load", "floors", "stops", "lift_height",
                  "length_km", "add_on", "made_on", "installed_on", "registered_on", "use_certificate", "use_status"),
    "law": ("last_inspected_on", "inspection_result", "next_inspection_on", "last_maintained_on", "next_maintenance_on",
            "maintenance_contract_until", "assessed_on", "overhauled_on", "renovated_on"),
}  # fmt: skip
UNITS: Final = {
    "rated_speed": ("m/s", 2),
    "rated_load": ("kg", 0),
    "lift_height": ("m", 1),
    "length_km": ("km", 2),
    "floors": ("", 0),
    "stops": ("", 0),
}
LABELLED: Final = {"kind": "kind", "place_kind": "place_kind", "use_status": "use_status", "inspection_result": "inspection_result"}
DEADLINES: Final = ("next_inspection_on", "next_maintenance_on", "maintenance_contract_until")
OPTIONAL: Final = ("floors", "stops", "lift_height", "length_km", "rated_speed", "rated_load", "add_on")
SOON_DAYS: Final = 30


def frame(reader: Reader, code: str, query: Mapping[str, str]) -> html.Div:
    """The page of `code`, whose `query` chooses the chart's span; an unknown code shows the designed "not found" in its place."""
    params = {"code": code}
    register = panel(NAME, leaf_of(NAME, "register", "register"), symbol="journal-text", cls="w12", params=params)
    place = panel(PLACE, html.Div(pin_map(reader), className="mini-map"), symbol="geo-alt", cls="w4", params=params)
    alarms = panel(ALARMS, leaf_of(ALARMS, "rows", "al-items"), symbol="bell", cls="w12", params=params)
    orders = panel(ORDERS, leaf_of(ORDERS, "rows", "order-items"), symbol="clipboard2-check", cls="w12", params=params)
    head = html.Div(
        [html.H1(id=f"{NAME}--title"), html.Span(id=f"{NAME}--code", className="code num"), leaf_of(NAME, "status", "head-status", "Span"),
         link([icon("arrow-left"), f" {t('dossier.back')}"], "/equipment", className="ghost")],
        className="head",
    )  # fmt: skip
    known = html.Div(
        [
            head,
            dossier_state.frame(params),
            place,
            dossier_history.frame(params, query),
            replay_track.frame(params, query),
            dossier_usage.frame(params, query),
            orders,
            alarms,
            register,
        ],
        className="dossier",
    )
    missing = html.Div(
        [icon("compass"), html.H1(t("missing.title")), html.P(t("missing.text")), link(t("missing.link"), "/equipment", className="solid")],
        className="missing",
    )
    return html.Div([known, missing], id=f"{NAME}--found", className="dossier-page")


def update(rows: Mapping[str, Any] | None, *, at: datetime) -> Leaves:
    """`rows`: the dossier, or None where there is no such machine in the scope."""
    if rows is None:
        return {"found": attributes(found="no"), "@empty": t("missing.title")}
    register = {
        **rows["register"],
        **{name: rows[name] for name in ("street", "site", "use_unit", "maintenance_unit", "maker", "installer", "kind")},
    }
    register["vendor"] = rows["vendor"]
    today = at.astimezone(SHANGHAI).date()
    status = node(
        "span",
        node("i", text=""),
        text(label("status", rows["status"])),
        cls="chip",
        tone=theme.STATUS_TONES.get(rows["status"]),
        key="status",
    )
    return {
        "found": attributes(found="yes"),
        "title": register["name"],
        "code": rows["code"],
        "status": nodes([status, *_stopped(rows)]),
        "register": nodes([_part(part, names, register, today) for part, names in PARTS.items()]),
    }


def update_place(rows: Mapping[str, Any] | None, *, at: datetime) -> Leaves:
    """`rows`: the dossier."""
    if rows is None or rows["register"]["lng"] is None:
        return {"@empty": t("state.empty")}
    register = rows["register"]
    tone = theme.STATUS_TONES.get(rows["status"], "none")
    street = rows["street"] or t("street.none")
    return {"pin": {"pin": {"lng": register["lng"], "lat": register["lat"], "tone": "info" if tone == "ok" else tone}}, "sub": street}


def update_alarms(rows: Mapping[str, Any] | None, *, at: datetime) -> Leaves:
    """`rows`: the machine's alarms, newest first."""
    if rows is None or not rows["alarms"]:
        return {"rows": nodes([]), "@empty": t("dossier.no_alarms"), "sub": ""}
    known = {"may_acknowledge": rows["may_acknowledge"], "orders": rows["orders"], "with_machine": False}
    lines = [desk_row(row, rows["streets"], **known) for row in rows["alarms"]]
    return {"rows": nodes(lines), "sub": t("alarms.page", n=number(len(lines)))}


def update_orders(rows: Mapping[str, Any] | None, *, at: datetime) -> Leaves:
    """`rows`: the machine's work orders, newest first."""
    if rows is None or not rows["orders"]:
        return {"rows": nodes([]), "@empty": t("orders.none"), "sub": ""}
    return {
        "rows": nodes([order_row(row, rows["streets"]) for row in rows["orders"]]),
        "sub": t("orders.sub", n=number(len(rows["orders"]))),
    }


def _part(part: str, names: Sequence[str], register: Mapping[str, Any], today: date) -> Node:
    shown = [name for name in names if name not in OPTIONAL or register.get(name) is not None]
    pairs = [node("div", text(t(f"equipment.{name}"), "dt"), _fact(name, register.get(name), today), key=name) for name in shown]
    return node("div", node("h3", text=t(f"dossier.{part}")), node("dl", *pairs, cls="pairs-cols"), key=part, cls="part")


def _fact(name: str, value: Any, today: date) -> Node:
    if value is None or value == "":
        return node("dd", text=t("app.none"))
    if name in DEADLINES:
        return _deadline(str(value), today)
    return node("dd", text=_words(name, value))


def _words(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return t("flag.yes" if value else "flag.no")
    if name in LABELLED:
        return label(LABELLED[name], str(value))
    if name in UNITS:
        unit, digits = UNITS[name]
        return number(float(value), digits, unit)
    return day(value) if name.endswith("_on") else str(value)


def _deadline(value: str, today: date) -> Node:
    left = (date.fromisoformat(value[:10]) - today).days
    said = t("equipment.overdue_days", n=-left) if left < 0 else t("equipment.days_left", n=left)
    tone = "crit" if left < 0 else "warn" if left <= SOON_DAYS else None
    return node("dd", text=f"{day(value)} · {said}", tone=tone)


def _position(said: Mapping[str, Any] | None, at: datetime) -> str:
    return t("map.position_said", ago=ago(said["sampled_at"], at)) if said else t("map.position_registered")


def map_card(rows: Mapping[str, Any] | None, *, at: datetime) -> Leaves:
    """The map page's card of the picked machine."""
    if rows is None:
        return {"body": nodes([]), "@empty": t("map.pick")}
    register = rows["register"]
    facts = (
        ("code", rows["code"]),
        ("status", label("status", rows["status"])),
        ("presence", label("presence", rows["presence"])),
        ("street", rows["street"] or t("street.none")),
        ("site", rows["site"]),
        ("address", register["address"]),
        ("use_unit", rows["use_unit"]),
        ("maintenance_unit", rows["maintenance_unit"]),
        ("vendor", rows["vendor"]),
        ("next_inspection_on", day(register["next_inspection_on"])),
    )
    pairs: list[Node] = [text(t("map.position"), "dt"), text(_position(rows["position"], at), "dd")] if rows["moves"] else []
    for name, value in facts:
        pairs += [text(t(f"equipment.{name}"), "dt"), text(str(value or t("app.none")), "dd")]
    title = node(
        "div",
        node("span", text="", cls="dot"),
        text(register["name"]),
        cls="card-title",
        tone=theme.STATUS_TONES.get(rows["status"]),
        key="title",
    )
    more = node("a", text=t("map.card_open"), cls="solid", href=equipment(rows["code"]), key="open")
    return {"body": nodes([title, *_stopped(rows), *_order_of(rows), node("dl", *pairs, cls="pairs", key="facts"), more])}


def _stopped(rows: Mapping[str, Any]) -> list[Node]:
    """That the machine must not run until an order is closed, and by which."""
    if not rows["stopped_by"]:
        return []
    hint = f"{t('orders.out_of_service_hint')} · {rows['stopped_by']}"
    return [node("span", node("i", text=""), text(t("orders.out_of_service")), cls="chip", tone="crit", key="stopped", title=hint)]


def _order_of(rows: Mapping[str, Any]) -> list[Node]:
    """The gravest open order of the picked machine: its number, who has it, and the clock that runs."""
    order = rows["open_order"]
    if not order:
        return []
    number_of = node("small", text=f"{t('nav.work_orders')} {order['number']}", cls="num")
    stands = node("span", order_status(order), text(holder(order)), cls="holder")
    kids = (node("b", text=order_title(order)), number_of, stands, order_clock(order["clock"]))
    return [node("a", *kids, cls="card-order", href=order_href(order), key="order", tone=order_tone(order))]
