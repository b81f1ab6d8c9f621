"""Lists as files: /export/equipment.csv and /export/alarms.csv, for the query of the page they stand on."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from functools import partial
from typing import Final, Generic, TypeVar

from flask import Blueprint, Response, request

from components.panels import order_rows, replay_words
from data_access.queries.alarms import AlarmRow
from data_access.queries.equipment import EquipmentRow
from data_access.queries.work_orders import OrderRow
from domain.equipment import KINDS
from domain.telemetry import BEIJING
from locales import label, number, t, when
from services import exports
from services.exports import Export
from services.films import Film
from services.truth import By, Line, View
from web.clock import now
from web.context import Context
from web.filters import LARGEST_ALARM, alarm_filter, equipment_filter, equipment_sort, order_filter, truth_view, truth_words
from web.session import current_actor

Row = TypeVar("Row")
Streets = Mapping[str, str]
BOM: Final = "\ufeff"  # without it Excel reads UTF-8 as GBK
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")  # what a spreadsheet would run, not show


@dataclass(frozen=True, slots=True)
class Column(Generic[Row]):
    """One column: the key of its title, and its cell for a row."""

    title: str
    cell: Callable[[Row, Streets], object]


EQUIPMENT: Final[tuple[Column[EquipmentRow], ...]] = (
    Column("equipment.code", lambda row, _: row.code),
    Column("equipment.name", lambda row, _: row.name),
    Column("equipment.kind", lambda row, _: label("kind", row.kind)),
    Column("equipment.street", lambda row, streets: _street(row.street_code, streets)),
    Column("equipment.site", lambda row, _: row.site),
    Column("equipment.address", lambda row, _: row.address),
    Column("equipment.place_kind", lambda row, _: label("place_kind", row.place_kind)),
    Column("equipment.status", lambda row, _: label("status", row.status)),
    Column("equipment.presence", lambda row, _: label("presence", row.presence)),
    Column("equipment.vendor", lambda row, _: row.monitor_vendor),
    Column("equipment.use_unit", lambda row, _: row.use_unit),
    Column("equipment.maintenance_unit", lambda row, _: row.maintenance_unit),
    Column("equipment.use_status", lambda row, _: label("use_status", row.use_status)),
    Column("equipment.installed_on", lambda row, _: row.installed_on),
    Column("equipment.inspection_result", lambda row, _: _label("inspection_result", row.inspection_result)),
    Column("equipment.next_inspection_on", lambda row, _: row.next_inspection_on),
    Column("equipment.next_maintenance_on", lambda row, _: row.next_maintenance_on),
    Column("equipment.maintenance_contract_until", lambda row, _: row.maintenance_contract_until),
)
ALARMS: Final[tuple[Column[AlarmRow], ...]] = (
    Column("export.alarm_id", lambda row, _: row.id),
    Column("alarms.raised", lambda row, _: row.raised_at),
    Column("alarms.what", lambda row, _: label("rule", row.rule)),
    Column("filter.category", lambda row, _: label("category", row.category)),
    Column("alarms.level", lambda row, _: label("level", row.level)),
    Column("equipment.code", lambda row, _: row.code),
    Column("equipment.name", lambda row, _: row.name),
    Column("equipment.kind", lambda row, _: label("kind", row.kind)),
    Column("equipment.street", lambda row, streets: _street(row.street_code, streets)),
    Column("equipment.site", lambda row, _: row.site),
    Column("equipment.address", lambda row, _: row.address),
    Column("alarms.occurrences", lambda row, _: row.occurrences),
    Column("alarms.detected", lambda row, _: row.detected_at),
    Column("export.acknowledged_at", lambda row, _: row.acknowledged_at),
    Column("alarms.name", lambda row, _: row.acknowledged_by),
    Column("alarms.note", lambda row, _: row.acknowledgement_note),
    Column("verdict.title", lambda row, _: _label("verdict", row.verdict)),
    Column("equipment.vendor", lambda row, _: row.vendor),
    Column("alarms.cleared", lambda row, _: row.cleared_at),
)

ORDERS: Final[tuple[Column[OrderRow], ...]] = (
    Column("orders.number", lambda row, _: row.number),
    Column("orders.kind", lambda row, _: label("order_kind", row.kind)),
    Column("orders.cause", lambda row, _: order_rows.cause_words(row.cause)),
    Column("filter.level", lambda row, _: _label("level", row.level)),
    Column("orders.urgency", lambda row, _: t("severity.urgent") if row.urgent else ""),
    Column("orders.status", lambda row, _: label("order_status", row.status)),
    Column("orders.occurred", lambda row, _: row.occurred_at),
    Column("orders.opened", lambda row, _: row.opened_at),
    Column("orders.closed", lambda row, _: row.closed_at),
    Column("equipment.code", lambda row, _: row.code),
    Column("equipment.name", lambda row, _: row.name),
    Column("equipment.street", lambda row, streets: _street(row.street_code, streets)),
    Column("equipment.site", lambda row, _: row.site),
    Column("equipment.address", lambda row, _: row.address),
    Column("equipment.use_unit", lambda row, _: row.use_unit),
    Column("orders.unit", lambda row, _: row.unit),
    Column("orders.team", lambda row, _: row.team),
    Column("orders.bounced", lambda row, _: row.bounced),
    Column("orders.gathered", lambda row, _: row.count),
    Column("orders.rating", lambda row, _: row.rating),
    Column("orders.drill", lambda row, _: t("flag.yes") if row.drill else ""),
)


def truth_columns(view: View) -> tuple[Column[Line], ...]:
    """The truth board's columns; the first names the line as the view divides the board."""

    def tally(name: str) -> Column[Line]:
        return Column(f"truth.{name}", lambda row, _: getattr(row.tally, name))

    def share(name: str) -> tuple[Column[Line], ...]:
        parts = (("", "value"), ("_low", "low"), ("_high", "high"))
        return tuple(Column(f"truth.{name}{suffix}", partial(_percent, name=name, part=part)) for suffix, part in parts)

    return (
        Column(f"by.{view.by}", lambda row, streets: _line(row, view, streets)),
        *(tally(name) for name in ("alarms", "confirmed", "false", "drill", "unjudged", "missed")),
        *share("precision"),
        *share("recall"),
    )


def blueprint(context: Context) -> Blueprint:
    """The routes of the files."""
    routes = Blueprint("exports", __name__)

    @routes.get("/export/equipment.csv")
    def equipment() -> Response:
        at = now()
        wanted, sort = equipment_filter(request.args), equipment_sort(request.args)
        found = exports.equipment(context.store, current_actor(), wanted=wanted, sort=sort, at=at)
        return as_file(context, "equipment", render(EQUIPMENT, found), at)

    @routes.get("/export/alarms.csv")
    def alarms() -> Response:
        at = now()
        found = exports.alarms(context.store, current_actor(), wanted=alarm_filter(request.args, at=at), at=at)
        return as_file(context, "alarms", render(ALARMS, found), at)

    @routes.get("/export/work-orders.csv")
    def work_orders() -> Response:
        at = now()
        found = exports.work_orders(context.store, current_actor(), wanted=order_filter(request.args, at=at), at=at)
        return as_file(context, "work-orders", render(ORDERS, found), at)

    @routes.get("/export/truth.csv")
    def truth() -> Response:
        at = now()
        view = truth_view(request.args)
        found = exports.truth(context.store, current_actor(), view=view, wanted=alarm_filter(truth_words(view), at=at), at=at)
        return as_file(context, "truth", render(truth_columns(view), found), at)

    @routes.get("/export/alarms/<int:alarm>/film.csv")
    def film(alarm: int) -> Response:
        at = now()
        found = exports.film(context.store, current_actor(), alarm_id=min(alarm, LARGEST_ALARM), at=at)
        return as_file(context, f"alarm-{alarm}", render_film(found), at)

    return routes


def render_film(film: Film) -> str:
    """The readings around an alarm: times, every field under the platform's own key, and what each rule made of it."""
    kind = KINDS[film.alarm.kind]
    text = io.StringIO()
    writer = csv.writer(text)
    rules = [rule.key for rule in film.rules]
    times = [t(f"film.column_{name}") for name in ("sampled", "received", "delay", "late", "vendor")]
    writer.writerow([*times, *(field.wire for field in kind.fields), *(label("rule", rule) for rule in rules)])
    for played in film.readings:
        said = {account.rule: replay_words.said(asdict(account), kind) for account in played.accounts}
        words = [None if v is None else replay_words.spoken(field, v) for field, v in zip(kind.fields, played.values, strict=True)]
        row = (played.at, played.received_at, played.delay, t("flag.yes" if played.late else "flag.no"), played.vendor)
        writer.writerow([_cell(value) for value in (*row, *words, *(said.get(rule) for rule in rules))])
    return text.getvalue()


def render(columns: Sequence[Column[Row]], found: Export[Row]) -> str:
    """The table as CSV: titles first, and last a sentence where not everything found its place."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([t(column.title) for column in columns])
    writer.writerows([_cell(column.cell(row, found.streets)) for column in columns] for row in found.rows)
    if found.cut:
        writer.writerow([t("export.cut", rows=number(len(found.rows)))])
    return text.getvalue()


def harmless(text: str) -> str:
    """The text as a spreadsheet shows it: what would begin a formula gets an apostrophe before it."""
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA) else text


def _cell(value: object) -> object:
    match value:
        case None:
            return ""
        case datetime():
            return when(value, seconds=True)
        case date():
            return value.isoformat()
        case str():
            return harmless(value)
        case _:
            return value


def _label(group: str, value: str | None) -> str:
    return label(group, value) if value else ""


def _percent(row: Line, _streets: Streets, *, name: str, part: str) -> str:
    share = getattr(row, name)
    return "" if share is None else f"{100 * getattr(share, part):.1f}"


def _line(row: Line, view: View, streets: Streets) -> str:
    if row.whole:
        return t("truth.total")
    if view.by is By.STREET:
        return _street(row.key, streets)
    if view.by is By.VENDOR:
        return row.key or t("truth.no_vendor")
    return label("rule", row.rule or row.key or "")


def _street(code: str | None, streets: Streets) -> str:
    return streets.get(code, code) if code else t("street.none")


def as_file(context: Context, name: str, table: str, at: datetime) -> Response:
    """A download with its watermark: who took it out and when, and whether it is invented."""
    actor = current_actor()
    mark = t("export.mark", name=actor.name, username=actor.username, when=when(at, seconds=True))
    if context.deployment.demonstration:
        mark = f"{mark} · {t('app.demo_long')}"
    stamp = at.astimezone(BEIJING).strftime("%Y%m%d-%H%M%S")
    answer = Response(f"{BOM}{table}{harmless(mark)}\r\n", content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="putuo-{name}-{stamp}.csv"'
    return answer
