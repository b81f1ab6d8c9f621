"""The alarms page: filters in the address, rows that take the keyboard."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from dash import html

from components import chips
from components.layout import fold, leaf_of, panel
from components.links import to
from components.nodes import Leaves, Node, node, nodes
from components.panels.alarm_rows import desk_row
from components.shell import Reader, export_link
from domain.equipment import MONITORED
from domain.equipment.kind import Category
from domain.response import ResponseLevel
from domain.truth import Verdict
from locales import label, number, t, when

NAME = "alarms"
PATH = "/alarms"
PAGE = 50
RECENT = ("1h", "24h", "168h")
VERDICTS = (*Verdict, "none")
LINKED = ("family", "rule", "id", "safety", "machine", "vendor", "detected", "hour", "nature", "explained")
"""What comes by a link alone, and can be taken away."""
NAMES = ("level", "category", "street", "kind", "acknowledged", "verdict", "before", "since", "open", "day", *LINKED)


def frame(reader: Reader, params: Mapping[str, str]) -> html.Section:
    """Filters at the left, rows at the right."""
    filters = fold(leaf_of(NAME, "filters", "filters"))
    note = html.Div([html.Span(t("alarms.keys"), className="keys-note"), *export_link(reader, "/export/alarms.csv")], className="pager")
    body = [html.Div([filters], className="pn-side"), html.Div([leaf_of(NAME, "rows", "al-items"), leaf_of(NAME, "pager", "pager"), note])]
    return panel(NAME, html.Div(body, className="alarms-page"), symbol="bell", follow=params)


def update(rows: Mapping[str, Any], *, at: datetime) -> Leaves:
    """`rows`: alarms (one more than a page when there is another), streets' names, params, may_acknowledge, orders."""
    params, streets = rows["params"], rows["streets"]
    shown = rows["alarms"][:PAGE]
    lines: list[Node] = [desk_row(row, streets, may_acknowledge=rows["may_acknowledge"], orders=rows["orders"]) for row in shown]
    if not lines:
        lines = [node("p", text=t("state.no_match" if params else "state.no_alarms"), cls="keys-note", key="none")]
    return {
        "filters": nodes(_filters(params, streets)),
        "rows": nodes(lines),
        "pager": nodes(_pager(params, shown, more=len(rows["alarms"]) > PAGE)),
        "sub": t("alarms.page", n=number(len(shown))),
    }


def _filters(params: Mapping[str, str], streets: Mapping[str, str]) -> list[Node]:
    several = {name: _chosen(name, value) for name, value in params.items() if name in LINKED}
    return [
        *chips.active(PATH, params, several),
        chips.group(PATH, params, "open", t("alarms.state"), [("1", t("filter.open"))]),
        chips.group(
            PATH,
            params,
            "acknowledged",
            t("filter.acknowledged"),
            [("no", t("filter.acknowledged_no")), ("yes", t("filter.acknowledged_yes"))],
        ),
        chips.group(PATH, params, "verdict", t("verdict.title"), [(verdict, t(f"verdict.{verdict}")) for verdict in VERDICTS]),
        chips.group(PATH, params, "level", t("filter.level"), [(level.value, label(level)) for level in ResponseLevel]),
        chips.group(PATH, params, "category", t("filter.category"), [(category.value, label(category)) for category in Category]),
        chips.group(PATH, params, "kind", t("filter.kind"), [(kind, label("kind", kind)) for kind in MONITORED]),
        chips.group(PATH, params, "day", t("alarms.raised"), [("today", t("time.today"))]),
        chips.group(PATH, params, "since", t("alarms.since"), [(ago, t(f"alarms.since_{ago}")) for ago in RECENT]),
        *chips.streets(PATH, params, streets),
    ]


def _chosen(name: str, value: str) -> str:
    say = CHOSEN.get(name)
    return f"#{value}" if say is None else say(value)


CHOSEN: Mapping[str, Callable[[str], str]] = {
    "family": lambda value: label("rule", value),
    "rule": lambda value: label("rule", value),
    "safety": lambda _: t("filter.safety"),
    "machine": lambda _: t("filter.one_machine"),
    "vendor": lambda value: t("filter.vendor_is", vendor=t("truth.no_vendor") if value == "none" else value),
    "detected": lambda value: t("filter.detected", days=value.removesuffix("d")),
    "hour": lambda value: t("filter.hour", hour=_hour(value)),
    "nature": lambda value: label("nature", value),
    "explained": lambda value: t("filter.explained" if value == "1" else "filter.unexplained"),
}


def _hour(value: str) -> str:
    try:
        return when(f"{value}:00:00+00:00")
    except ValueError:
        return value


def _pager(params: Mapping[str, str], shown: list[Mapping[str, Any]], *, more: bool) -> list[Node]:
    kept = {name: value for name, value in params.items() if name != "before"}
    newest = node("a", text=t("alarms.newest"), cls="ghost turn", href=to(PATH, **kept), key="newest")
    later = node(
        "a", text=t("alarms.more"), cls="ghost turn", key="more", href=to(PATH, **kept, before=_cursor(shown[-1]) if shown else "")
    )
    return [*([newest] if params.get("before") else []), *([later] if more else [])]


def _cursor(row: Mapping[str, Any]) -> str:
    return f"{row['raised_at']}~{row['id']}"
