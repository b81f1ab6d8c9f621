"""The equipment grid: a block of rows for the filters in the address; and the row that opens its dossier."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

from dash import ClientsideFunction, Dash, Input, Output, State, no_update

from callbacks.figures import street_names, vendor_titles
from callbacks.panels import PANELS, wanted
from components import ids
from components.panels import equipment_list
from data_access.queries import equipment
from web.clock import now
from web.context import Context
from web.filters import equipment_filter
from web.session import current_scope

BLOCK: Final = 100
LAST_ROW: Final = 10_000_000  # nobody scrolls further
# The grid's columns by which the store can sort, under its own words.
SORTS: Final = {"sampled_at", "code", "name", "kind", "street", "place_kind", "next_inspection_on", "next_maintenance_on"}


def register(app: Dash, context: Context) -> None:
    """The callbacks of the list."""

    @app.callback(
        Output(ids.GRID, "getRowsResponse"),
        Input(ids.GRID, "getRowsRequest"),
        State(ids.params_store(equipment_list.NAME), "data"),
    )
    def block(request: Any, params: object) -> Any:
        return _block(context, request, params) if isinstance(request, Mapping) else no_update

    app.clientside_callback(
        ClientsideFunction("grid", "open"), Output(ids.GRID, "id"), Input(ids.GRID, "selectedRows"), prevent_initial_call=True
    )


def _block(context: Context, request: Mapping[str, Any], params: object) -> dict[str, Any]:
    scope, at = current_scope(), now()
    start = _row(request.get("startRow"))
    rows = min(max(_row(request.get("endRow")) - start, 0), BLOCK)
    asked = wanted(PANELS[equipment_list.NAME], params)
    with context.store.reading() as tx:
        page = equipment.page(scope, tx, filter=equipment_filter(asked), sort=_sort(request), offset=start, limit=rows, at=at)
        streets, vendors = street_names(scope, tx), vendor_titles(scope, tx, at)
    return {"rowData": [equipment_list.grid_row(row, streets, vendors, at) for row in map(asdict, page.rows)], "rowCount": page.total}


def _row(number: object) -> int:
    """A row as the grid counts them; the first for anything else."""
    return number if isinstance(number, int) and 0 <= number <= LAST_ROW else 0


def _sort(request: Mapping[str, Any]) -> equipment.Sort:
    """The first sorted column that the store knows; else by pinyin."""
    model = request.get("sortModel") or [{}]
    first = model[0] if isinstance(model, list) and isinstance(model[0], Mapping) else {}
    column = str(first.get("colId"))
    return (column, first.get("sort") == "desc") if column in SORTS else ("name", False)
