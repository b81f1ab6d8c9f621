"""The equipment list: kinds with their counts, filters in the address, a grid that asks for the rows it shows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import dash_ag_grid as dag
from dash import dcc, html

from components import chips, ids, theme
from components.layout import fold, leaf_of, panel
from components.nodes import Leaves, Node, nodes
from components.shell import Reader, export_link
from domain.equipment import COUNTED, KINDS
from domain.presence import Presence
from locales import ago, catalogue, day, label, language, number, t

NAME = "equipment"
PATH = "/equipment"
DUE: Final = ("inspection_overdue", "inspection_due", "inspection_failed", "maintenance_overdue", "maintenance_lapsed")
PLACES: Final = ("residential", "mall", "office", "hospital", "school", "metro", "hotel", "factory", "scenic", "other")
CHIPS: Final = ("kind", "status", "presence", "street", "place", "overdue")
EXTRAS: Final = ("vendor", "outage", "maintainer", "residential", "since", "before", "age", "q")
NAMES: Final = (*CHIPS, *EXTRAS)
GRID_THEME: Final = (
    "themeQuartz.withParams({browserColorScheme:'inherit',backgroundColor:'var(--grid-bg)',accentColor:'#3D8BFF',"
    "foregroundColor:'var(--tx-1)',headerBackgroundColor:'var(--grid-head)',headerTextColor:'var(--tx-2)',"
    "borderColor:'var(--line)',rowHoverColor:'var(--hover)',selectedRowBackgroundColor:'var(--hover)',fontSize:13.5,"
    "fontFamily:'inherit',wrapperBorderRadius:4})"
)
COLUMNS: Final = (
    ("code", 190, True),
    ("name", 230, True),
    ("kind", 110, True),
    ("status", 110, False),
    ("street", 130, True),
    ("site", 180, False),
    ("address", 230, False),
    ("place_kind", 90, True),
    ("next_inspection_on", 130, True),
    ("next_maintenance_on", 130, True),
    ("use_unit", 200, False),
    ("maintenance_unit", 180, False),
    ("vendor", 110, False),
    ("sampled_at", 120, True),
)


def frame(reader: Reader, params: Mapping[str, str]) -> html.Section:
    """Filters, search box and grid."""
    search = html.Div(
        [
            html.Label(t("equipment.search"), htmlFor=ids.SEARCH, className="sr-only"),
            _search(params.get("q", "")),
            html.Span(t("equipment.page_hint"), className="keys-note"),
            *export_link(reader, "/export/equipment.csv"),
        ],
        className="search-row",
    )
    body = html.Div(
        [
            html.Div(fold(leaf_of(NAME, "filters", "filters")), className="pn-side scroll"),
            html.Div([search, html.Div(_grid(), className="grid-box")], className="list"),
        ],
        className="equipment-page",
    )
    return panel(NAME, body, symbol="list-ul", follow=params)


def _search(text: str) -> dcc.Input:
    return dcc.Input(id=ids.SEARCH, type="search", value=text, placeholder=t("filter.q"), maxLength=80, autoComplete="off")


def _grid() -> dag.AgGrid:
    words = {key.removeprefix("grid."): text for key, text in catalogue(language()).items() if key.startswith("grid.")}
    return dag.AgGrid(
        id=ids.GRID,
        rowModelType="infinite",
        columnDefs=[_column(*column) for column in COLUMNS],
        defaultColDef={"resizable": True, "sortable": False, "suppressHeaderMenuButton": True, "suppressMovable": True},
        getRowId="params.data.code",
        dashGridOptions={
            "theme": {"function": GRID_THEME},
            "localeText": words,
            "rowHeight": 36,
            "headerHeight": 38,
            "rowSelection": {"mode": "singleRow", "checkboxes": False, "enableClickSelection": True},
            "cacheBlockSize": 100,
            "maxBlocksInCache": 20,
            "infiniteInitialRowCount": 100,
            "suppressCellFocus": False,
            "animateRows": False,
        },
        style={"height": "100%", "width": "100%"},
    )


def _column(name: str, width: int, sortable: bool) -> dict[str, object]:
    column: dict[str, object] = {
        "field": name,
        "headerName": t(f"equipment.{name}"),
        "width": width,
        "sortable": sortable,
        "tooltipField": name,
    }
    if name == "status":
        tones = {tone: f"params.data && params.data.tone == '{tone}'" for tone in ("ok", "warn", "crit", "off", "none")}
        column["cellClassRules"] = {f"tone-{tone}": rule for tone, rule in tones.items()}
    return column


def grid_row(row: Mapping[str, Any], streets: Mapping[str, str], vendors: Mapping[str, str], at: datetime) -> dict[str, object]:
    """One row of the grid: every cell is the text it shows."""
    return {
        "code": row["code"],
        "name": row["name"],
        "kind": label("kind", row["kind"]),
        "status": _status(row),
        "tone": theme.STATUS_TONES.get(row["status"], "none"),
        "street": streets.get(row["street_code"] or "", t("street.none")),
        "site": row["site"] or "",
        "address": row["address"],
        "place_kind": label("place_kind", row["place_kind"]),
        "next_inspection_on": day(row["next_inspection_on"]),
        "next_maintenance_on": day(row["next_maintenance_on"]),
        "use_unit": row["use_unit"] or "",
        "maintenance_unit": row["maintenance_unit"] or "",
        "vendor": vendors.get(row["monitor_vendor"] or "", row["monitor_vendor"] or ""),
        "sampled_at": ago(row["sampled_at"], at),
    }


def _status(row: Mapping[str, Any]) -> str:
    words = label("status", row["status"])
    return f"{words} · {t('orders.out_of_service')}" if row["stopped_by"] else words


def update(rows: Mapping[str, Any], *, at: datetime) -> Leaves:
    """`rows`: counts by kind under the other filters, streets, vendors and maintainers by name, params."""
    params = rows["params"]
    groups: list[Node] = [
        *chips.active(PATH, params, _extras(params, rows)),
        chips.group(PATH, params, "kind", t("filter.kind"), [(kind, label("kind", kind)) for kind in KINDS], counts=rows["kinds"]),
        chips.group(
            PATH, params, "status", t("filter.status"), [(s, label("status", s)) for s in theme.STATUSES], tones=theme.STATUS_TONES
        ),
        chips.group(PATH, params, "presence", t("filter.presence"), [(p.value, label(p)) for p in Presence], tones=theme.PRESENCE_TONES),
        chips.group(PATH, params, "overdue", t("filter.due"), [(due, t(f"due.{due}")) for due in DUE]),
        chips.group(PATH, params, "place", t("filter.place"), [(place, label("place_kind", place)) for place in PLACES]),
        *chips.streets(PATH, params, rows["streets"]),
    ]
    return {"filters": nodes(groups), "sub": _counted(rows["kinds"], params.get("kind"))}


def _counted(kinds: Mapping[str, int], chosen: str | None) -> str:
    """How many are listed: machines are counted, pipelines are segments apart."""
    listed = {kind: count for kind, count in kinds.items() if chosen in (None, "", kind)}
    machines = sum(count for kind, count in listed.items() if kind in COUNTED)
    segments = sum(listed.values()) - machines
    parts = [t("equipment.total", n=number(machines))] if machines or not segments else []
    return " · ".join([*parts, *([t("equipment.segments", n=number(segments))] if segments else [])])


def _extras(params: Mapping[str, str], rows: Mapping[str, Any]) -> dict[str, str]:
    words = {name: _said(name, params[name], rows) for name in EXTRAS if params.get(name)}
    several = {
        name: "、".join(label(name, part) for part in params[name].split(",")) for name in ("status",) if "," in params.get(name, "")
    }
    return words | several


def _said(name: str, value: str, rows: Mapping[str, Any]) -> str:
    match name:
        case "vendor":
            return str(rows["vendors"].get(value, value))
        case "outage":
            return t("outages.filter", id=value)
        case "maintainer":
            return str(rows["maintainers"].get(value, value))
        case "residential":
            return t("equipment.residential")
        case "since":
            return t("ages.above", n=value)
        case "before":
            return t("ages.below", n=value)
        case "age":
            return t("ages.unknown")
    return f"“{value}”"
