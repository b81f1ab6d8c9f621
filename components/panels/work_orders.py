"""The work orders' page: tabs with their figures, filters in the address, list or board, and what can be done with many at once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from dash import dcc, html
from dash.development.base_component import Component

from components import chips, ids, order_steps
from components.layout import fold, icon, leaf_of, panel
from components.links import to
from components.nodes import Leaves, Node, attributes, figure, node, nodes, text
from components.panels.order_rows import PATH, card, desk_row
from components.shell import Reader, export_link
from domain.response import ResponseLevel
from domain.work_orders import OrderKind, OrderStatus
from locales import label, number, t

NAME: Final = "work-orders"
PAGE: Final = 50
TABS: Final = ("open", "mine", "unassigned", "overdue", "circling", "all")
ALARMING: Final = {"overdue": "crit", "circling": "warn", "unassigned": "warn"}
RECENT: Final = ("24h", "168h", "720h")
LINKED: Final = ("id", "alarm", "machine", "cause", "group", "unit", "assignee", "day", "reached", "q")
"""What comes by a link or the search box, and can be taken away."""
NAMES: Final = ("tab", "view", "kind", "level", "status", "street", "urgent", "suspended", "drill", "since", "sort", "page", *LINKED)


def frame(reader: Reader, params: Mapping[str, str]) -> html.Section:
    """Filters at the left; tabs, search and rows at the right."""
    side = [html.Div(id=ids.ORDERS_SAVED, className="filters"), _save(), leaf_of(NAME, "filters", "filters")]
    keys = html.Span(t("orders.keys"), className="keys-note")
    note = html.Div([keys, *export_link(reader, "/export/work-orders.csv")], className="pager")
    search = dcc.Input(
        id=ids.ORDERS_SEARCH, type="search", value=params.get("q", ""), placeholder=t("orders.search"), maxLength=80, autoComplete="off"
    )
    bar = html.Div(
        [
            leaf_of(NAME, "tabs", "tabs-row"),
            html.Div([search, leaf_of(NAME, "sorts", "chips"), leaf_of(NAME, "views", "chips")], className="orders-tools"),
        ]
    )
    rows = html.Div(
        [
            bar,
            leaf_of(NAME, "rows", "order-items"),
            leaf_of(NAME, "lanes", "order-lanes"),
            leaf_of(NAME, "pager", "pager"),
            note,
            leaf_of(NAME, "choices"),
        ]
    )
    body = html.Div([html.Div([fold(html.Div(side))], className="pn-side"), rows], className="orders-page")
    return panel(NAME, body, symbol="clipboard2-check", follow=params)


def hands(reader: Reader) -> list[Component]:
    """The bar of the chosen rows, the one that counts down to their sending, and the dialogs."""
    bulk = html.Div(
        [
            html.Span(className="bulk-count", role="status"),
            html.Div(className="bulk-acts"),
            html.Button(t("orders.bulk_none"), className="ghost", **{"data-act": "orders-clear"}),
        ],
        id=ids.ORDERS_BULK,
        className="orders-bar",
        **{"data-may-acknowledge": "1" if reader.may_acknowledge else "0"},
    )
    pending = html.Div(
        [
            html.Span(className="pending-words", role="status"),
            html.Button([icon("arrow-counterclockwise"), f" {t('orders.undo')}"], className="solid", **{"data-act": "orders-undo"}),
            html.Button(t("orders.send_now"), className="ghost", **{"data-act": "orders-now"}),
        ],
        id=ids.ORDERS_PENDING,
        className="orders-bar pending",
    )
    stores = (ids.ORDERS_SAVED_ACT, ids.ORDERS_SAVED_DATA, ids.ORDERS_SAVED_DONE)
    return [bulk, pending, *order_steps.dialog(), *(dcc.Store(id=name) for name in stores)]


def update(rows: Mapping[str, Any], *, at: datetime) -> Leaves:
    """`rows`: orders (one more than a page when there is another) or lanes, streets' names, params, counts."""
    params, streets = rows["params"], rows["streets"]
    common: Leaves = {
        "tabs": nodes(_tabs(params, rows["counts"])),
        "views": nodes(_views(params)),
        "sorts": nodes([] if params.get("view") == "board" else _sorts(params)),
        "filters": nodes(_filters(params, streets)),
        "choices": attributes(choices=order_steps.choices(rows["choices"])),
    }
    if "lanes" in rows:
        lanes = [_lane(lane, found, rows["lane_counts"][lane], params, streets) for lane, found in rows["lanes"].items()]
        total = sum(rows["lane_counts"].values())
        return common | {"lanes": nodes(lanes), "rows": nodes([]), "pager": nodes([]), "sub": t("orders.sub", n=number(total))}
    shown = rows["orders"][:PAGE]
    lines = [desk_row(row, streets) for row in shown] or [node("p", text=t(_nothing(params)), cls="keys-note", key="none")]
    return common | {
        "rows": nodes(lines),
        "lanes": nodes([]),
        "pager": nodes(_pager(params, rows["page"], more=len(rows["orders"]) > PAGE)),
        "sub": _extent(params, rows["counts"], len(shown)),
    }


def _extent(params: Mapping[str, str], counts: Mapping[str, int], shown: int) -> str:
    """How many of how many are shown, where the tab's figure says it."""
    total = counts.get(params.get("tab") or TABS[0])
    return t("orders.sub", n=number(shown)) if total is None else t("orders.sub_of", n=number(shown), total=number(total))


def _save() -> html.Div:
    """The name under which the present filter is kept."""
    name = dcc.Input(id=ids.ORDERS_SAVE_NAME, type="text", maxLength=20, placeholder=t("orders.save_name"), autoComplete="off", value="")
    return html.Div([name, html.Button(t("orders.save"), className="ghost", **{"data-act": "orders-save"})], className="orders-save")


def _tabs(params: Mapping[str, str], counts: Mapping[str, int]) -> list[Node]:
    chosen = params.get("tab") if params.get("tab") in TABS else TABS[0]
    kept = {name: value for name, value in params.items() if name not in ("tab", "page")}
    return [
        node(
            "a",
            text(t(f"orders.tab_{tab}")),
            *([figure(number(counts[tab]))] if tab in counts else []),
            cls="chip tab-chip",
            key=tab,
            href=to(PATH, **kept, tab="" if tab == TABS[0] else tab),
            tone=ALARMING.get(tab) if counts.get(tab) else None,
            title=t(f"orders.tab_{tab}_hint"),
            current="true" if tab == chosen else "false",
        )
        for tab in TABS
    ]


def _views(params: Mapping[str, str]) -> list[Node]:
    board = params.get("view") == "board"
    kept = {name: value for name, value in params.items() if name not in ("view", "page")}
    choices = (("list", "", not board), ("board", "board", board))
    return [
        node("a", text=t(f"orders.view_{name}"), cls="chip", key=name, href=to(PATH, **kept, view=value), current="true" if on else "false")
        for name, value, on in choices
    ]


def _sorts(params: Mapping[str, str]) -> list[Node]:
    newest = params.get("sort") == "new"
    kept = {name: value for name, value in params.items() if name not in ("sort", "page")}
    choices = (("grave", "", not newest), ("new", "new", newest))
    return [
        node("a", text=t(f"orders.sort_{name}"), cls="chip", key=name, href=to(PATH, **kept, sort=value), current="true" if on else "false")
        for name, value, on in choices
    ]


def _filters(params: Mapping[str, str], streets: Mapping[str, str]) -> list[Node]:
    several = {name: _chosen(name, value) for name, value in params.items() if name in LINKED}
    return [
        *(chips.active(PATH, params, several) if _filtered(params) else []),
        chips.group(PATH, params, "kind", t("orders.kind"), [(kind.value, label(kind)) for kind in OrderKind]),
        chips.group(PATH, params, "level", t("filter.level"), [(level.value, label(level)) for level in ResponseLevel]),
        chips.group(PATH, params, "status", t("orders.status"), [(status.value, label(status)) for status in OrderStatus]),
        chips.group(PATH, params, "urgent", t("orders.urgency"), [("1", t("severity.urgent"))]),
        chips.group(PATH, params, "suspended", t("orders.waiting"), [("1", label("step", "suspend"))]),
        chips.group(PATH, params, "since", t("orders.opened"), [(ago, t(f"orders.since_{ago}")) for ago in RECENT]),
        chips.group(PATH, params, "drill", t("orders.drills"), [("1", t("orders.drill"))]),
        *chips.streets(PATH, params, streets),
    ]


def _chosen(name: str, value: str) -> str:
    if name == "cause":
        return label("rule", value)
    if name == "reached":
        return t("orders.of_reached", value=label("step", value))
    return t(f"orders.of_{name}", value=value)


def _lane(lane: str, found: list[Mapping[str, Any]], count: int, params: Mapping[str, str], streets: Mapping[str, str]) -> Node:
    cards = [card(row, streets) for row in found] or [node("p", text=t("orders.lane_empty"), cls="keys-note", key="none")]
    more = count - len(found)
    rest = [node("p", text=t("orders.lane_more", n=number(more)), cls="keys-note", key="more")] if more > 0 else []
    head = node("div", node("h3", text=t(f"orders.lane_{lane}")), figure(number(count)), cls="lane-head")
    return node(
        "div", head, node("div", *cards, *rest, cls="lane-cards"), key=lane, cls="lane", role="group", label=t(f"orders.lane_{lane}")
    )


def _nothing(params: Mapping[str, str]) -> str:
    return "state.no_match" if _filtered(params) else "orders.none"


def _filtered(params: Mapping[str, str]) -> bool:
    """Whether anything but the tab and the way of looking was chosen."""
    return any(name not in ("tab", "view", "sort", "page") for name in params)


def _pager(params: Mapping[str, str], page: int, *, more: bool) -> list[Node]:
    before = {**params, "page": "" if page == 2 else str(page - 1)}
    back = node("a", text=t("orders.page_before"), cls="ghost turn", href=to(PATH, **before), key="before")
    later = node("a", text=t("orders.page_after"), cls="ghost turn", href=to(PATH, **{**params, "page": str(page + 1)}), key="after")
    return [*([back] if page > 1 else []), *([later] if more else [])]
