"""Taking lists out of the platform: only who may, only what the account may see, and never without a trace."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final, Generic, TypeVar

from data_access.alarm_conditions import AlarmFilter
from data_access.conditions import Filter
from data_access.engine import Store, Tx
from data_access.order_conditions import OrderFilter
from data_access.queries import alarms as alarm_rows
from data_access.queries import equipment as equipment_rows
from data_access.queries import order_lists, streets
from data_access.queries.alarms import AlarmRow
from data_access.queries.equipment import LARGEST_PAGE, EquipmentRow, Sort
from data_access.queries.work_orders import OrderRow
from data_access.repositories import audit
from domain.errors import NotFound
from domain.scope import Action, Actor
from services import films
from services import truth as board
from services.films import Film
from services.truth import Line, View

Row = TypeVar("Row")
LARGEST: Final = 100_000  # rows of one file


@dataclass(frozen=True, slots=True)
class Export(Generic[Row]):
    """The rows of a file, the names of the streets that stand in them by code, and whether the filter finds more than a file holds."""

    rows: list[Row]
    streets: Mapping[str, str]
    cut: bool


def equipment(store: Store, actor: Actor, *, wanted: Filter, sort: Sort, at: datetime) -> Export[EquipmentRow]:
    """The machines of a filter. Raises NotPermitted."""
    actor.require(Action.EXPORT)
    with store.reading() as tx:
        found = _export(list(_machines(actor, tx, wanted, sort, at)), actor, tx)
    note(store, actor, "equipment", asdict(wanted), len(found.rows), at)
    return found


def alarms(store: Store, actor: Actor, *, wanted: AlarmFilter, at: datetime) -> Export[AlarmRow]:
    """The alarms of a filter, newest first. Raises NotPermitted."""
    actor.require(Action.EXPORT)
    with store.reading() as tx:
        found = _export(alarm_rows.recent(actor.scope, tx, limit=LARGEST + 1, wanted=wanted), actor, tx)
    note(store, actor, "alarms", asdict(wanted), len(found.rows), at)
    return found


def work_orders(store: Store, actor: Actor, *, wanted: OrderFilter, at: datetime) -> Export[OrderRow]:
    """The work orders of a filter, newest first. Raises NotPermitted."""
    actor.require(Action.EXPORT)
    with store.reading() as tx:
        found = _export(order_lists.page(actor.scope, tx, wanted=wanted, limit=LARGEST + 1, at=at), actor, tx)
    note(store, actor, "work_orders", asdict(wanted), len(found.rows), at)
    return found


def truth(store: Store, actor: Actor, *, view: View, wanted: AlarmFilter, at: datetime) -> Export[Line]:
    """The lines of the truth board, their sum last. Raises NotPermitted."""
    actor.require(Action.EXPORT)
    with store.reading() as tx:
        found = board.board(actor.scope, tx, view=view, wanted=wanted, at=at)
        export = _export([*found.lines, found.total], actor, tx)
    note(store, actor, "truth", asdict(view), len(export.rows), at)
    return export


def film(store: Store, actor: Actor, *, alarm_id: int, at: datetime) -> Film:
    """The film of one alarm. Raises NotPermitted, NotFound."""
    actor.require(Action.EXPORT)
    with store.reading() as tx:
        found = films.of_alarm(actor.scope, tx, alarm_id=alarm_id, at=at)
    if found is None:
        raise NotFound(alarm=alarm_id)
    note(store, actor, f"alarm:{alarm_id}:film", {"alarm": alarm_id}, len(found.readings), at)
    return found


def _machines(actor: Actor, tx: Tx, wanted: Filter, sort: Sort, at: datetime) -> Iterator[EquipmentRow]:
    for offset in range(0, LARGEST + 1, LARGEST_PAGE):
        page = equipment_rows.page(actor.scope, tx, filter=wanted, sort=sort, offset=offset, limit=LARGEST_PAGE, at=at)
        yield from page.rows
        if offset + LARGEST_PAGE >= page.total:
            return


def _export(rows: list[Row], actor: Actor, tx: Tx) -> Export[Row]:
    names = {street.code: street.name for street in streets.names(actor.scope, tx)}
    return Export(rows[:LARGEST], names, cut=len(rows) > LARGEST)


def note(store: Store, actor: Actor, what: str, wanted: Mapping[str, Any], rows: int, at: datetime) -> None:
    """Who takes what out: the filter that was asked for, and how many rows the file holds. Nothing leaves without it."""
    asked = {name: value for name, value in wanted.items() if value not in (None, "", (), False)}
    entry = audit.Entry(
        account_id=actor.account_id,
        username=actor.username,
        action=Action.EXPORT.value,
        object=f"export:{what}",
        after={"rows": rows, "filter": asked},
        address=actor.address,
    )
    with store.transaction() as tx:
        audit.append(tx, entry, at)
