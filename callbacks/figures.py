"""What each panel asks of the store, where it is more than one query. Numbers and words of enums only; no language."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, Final

from data_access.alarm_conditions import AlarmFilter
from data_access.engine import Tx
from data_access.queries import alarms, desk, equipment, order_lists, outages, overview, quarantine, readings, rollups, streets
from data_access.queries.alarms import AlarmRow
from data_access.queries.equipment import Dossier
from domain.equipment import KINDS
from domain.response import ResponseLevel
from domain.rollups import Span
from domain.scope import GRANTS, Action, Scope
from web.devices import url_for
from web.filters import SAFETY, alarm_filter, equipment_filter

Rows = Any

FEED_ROWS: Final = 6
MAINTAINERS: Final = 9
EVERY_MAINTAINER: Final = 1000
TICKER_ROWS: Final = 8
WALL_OUTAGES: Final = 3
SIREN_ROWS: Final = 50
UNKNOWN_KEYS: Final = 4
DOSSIER_ALARMS: Final = 50
ALARM_PAGE: Final = 50
RANKED: Final = timedelta(hours=24)
HISTORY_HOURS: Final = (1, 6, 24)
USAGE: Final = {Span.HOUR: timedelta(hours=48), Span.DAY: timedelta(days=31)}
HISTORY_POINTS: Final = 1500
GRAVE: Final = (ResponseLevel.ENTRAPMENT.value, ResponseLevel.EMERGENCY.value)


def street_names(scope: Scope, tx: Tx) -> dict[str, str]:
    """Code → name, by pinyin."""
    return {street.code: street.name for street in streets.names(scope, tx)}


def vendor_titles(scope: Scope, tx: Tx, at: datetime) -> dict[str, str]:
    """Name → title of the data vendors."""
    return {row.name: row.title for row in overview.vendor_feeds(scope, tx, at=at)}


def may_acknowledge(scope: Scope) -> bool:
    """Whether the scope's role may take note of alarms."""
    return Action.ACKNOWLEDGE_ALARM in GRANTS.get(scope.role, frozenset())


def kpis(scope: Scope, tx: Tx, *, at: datetime) -> Rows:
    """The wall's six figures."""
    return {
        "lifts": overview.presence_counts(scope, tx, kind="elevator"),
        "forklifts": overview.presence_counts(scope, tx, kind="forklift"),
        "monitors": overview.presence_counts(scope, tx),
        "alarms": alarms.counts(scope, tx, at=at),
        "overdue": overview.overdue_counts(scope, tx, at=at),
    }


def running(scope: Scope, tx: Tx, *, at: datetime) -> Rows:
    """Lifts by status."""
    return overview.elevator_running(scope, tx)


def street_ranking(scope: Scope, tx: Tx, *, at: datetime) -> Rows:
    """The streets' summary, and how many alarms were raised in each of late."""
    return {"streets": overview.street_summary(scope, tx), "raised": alarms.raised_by_street(scope, tx, since=at - RANKED)}


def outages_of_late(scope: Scope, tx: Tx, *, at: datetime) -> Rows:
    """The open outages and those of the last day; so many of the open ones fit the wall."""
    return {
        "outages": outages.recent(scope, tx, since=at - RANKED),
        "streets": street_names(scope, tx),
        "vendors": vendor_titles(scope, tx, at),
        "wall": WALL_OUTAGES,
    }


def trend(scope: Scope, tx: Tx, *, at: datetime) -> Rows:
    """Alarms by hour and kind."""
    return alarms.hourly(scope, tx, at=at)


def alarm_feed(scope: Scope, tx: Tx, *, at: datetime) -> Rows:
    """Open grave alarms first, then what else is open, then the newest of the rest; each once."""
    grave = alarms.recent(scope, tx, limit=FEED_ROWS, wanted=AlarmFilter(open_only=True, levels=GRAVE))
    standing = alarms.recent(scope, tx, limit=FEED_ROWS, wanted=AlarmFilter(open_only=True, categories=SAFETY))
    newest = alarms.recent(scope, tx, limit=FEED_ROWS, wanted=AlarmFilter(categories=SAFETY))
    rows = {row.id: row for row in (*grave, *standing, *newest)}
    return {"alarms": list(rows.values())[:FEED_ROWS], "streets": street_names(scope, tx)}


def ticker(scope: Scope, tx: Tx, *, at: datetime) -> Rows:
    """The newest alarms."""
    newest = alarms.recent(scope, tx, limit=TICKER_ROWS, wanted=AlarmFilter(categories=SAFETY))
    return {"alarms": newest, "streets": street_names(scope, tx)}


def siren(scope: Scope, tx: Tx, *, at: datetime) -> Rows:
    """Machines with an open grave alarm that nobody has acknowledged, at the duty seat also those with people in danger whose call
    it has not answered: one of each, however many it reports. And, at the seat alone, machines with a grave fault and nobody inside.
    """
    unheard = AlarmFilter(open_only=True, acknowledged=False, levels=GRAVE)
    alarming = {row.equipment_id: row.id for row in alarms.recent(scope, tx, limit=SIREN_ROWS, wanted=unheard)}
    at_the_seat = Action.ANSWER_SEAT in GRANTS.get(scope.role, frozenset())
    ringing = desk.ringing(scope, tx, limit=SIREN_ROWS) if at_the_seat else []
    faults = desk.ringing_faults(scope, tx, limit=SIREN_ROWS) if at_the_seat else []
    trapped = {machine: -order for order, machine in ringing} | alarming
    return {
        "trapped": list(trapped.values()),
        "faults": list({machine: -order for order, machine in faults if machine not in trapped}.values()),
    }


def forklifts(scope: Scope, tx: Tx, *, at: datetime) -> Rows:
    """Presence and violations of the day."""
    return {
        "presence": overview.presence_counts(scope, tx, kind="forklift"),
        "violations": alarms.violations_today(scope, tx, at=at),
    }


def ages(scope: Scope, tx: Tx, *, at: datetime) -> Rows:
    """Lifts by age."""
    return overview.age_bands(scope, tx, kind="elevator", at=at)


def maintainers(scope: Scope, tx: Tx, *, at: datetime) -> Rows:
    """The largest maintainers, and how many lifts there are to share."""
    return {
        "rows": overview.maintainer_shares(scope, tx, at=at, limit=MAINTAINERS),
        "total": overview.kind_counts(scope, tx).get("elevator", 0),
    }


def places(scope: Scope, tx: Tx, *, at: datetime) -> Rows:
    """Lifts by kind of place."""
    return overview.place_counts(scope, tx, kind="elevator")


def kinds(scope: Scope, tx: Tx, *, at: datetime) -> Rows:
    """All machines by kind."""
    return {"counts": overview.kind_counts(scope, tx), "pipeline_km": overview.pipeline_km(scope, tx)}


def overdue(scope: Scope, tx: Tx, *, at: datetime) -> Rows:
    """Overdue figures by street."""
    return {"overdue": overview.overdue_by_street(scope, tx, at=at), "streets": street_names(scope, tx)}


def quality(scope: Scope, tx: Tx, *, at: datetime) -> Rows:
    """What was refused today, and which keys nobody knows."""
    return {"refused": quarantine.counts(scope, tx, at=at), "keys": quarantine.frequent_unknown_keys(scope, tx, limit=UNKNOWN_KEYS)}


def district_map(scope: Scope, tx: Tx, *, at: datetime) -> Rows:
    """Everything the map shows; an order that no alarm stands behind has its pin too."""
    orders = order_lists.on_map(scope, tx)
    clocks = order_lists.running(scope, tx, order_ids=[row.id for row in orders])
    return {
        "devices": url_for(scope),
        "status": equipment.map_status(scope, tx),
        "streets": overview.street_summary(scope, tx),
        "alarms": alarms.open_on_map(scope, tx),
        "orders": [asdict(row) | {"clock": clocks.get(row.id)} for row in orders],
        "positions": readings.positions(scope, tx),
    }


def alarm_page(scope: Scope, tx: Tx, *, at: datetime, **params: str) -> Rows:
    """One page of alarms and one row more, to know whether there is another page."""
    wanted, before = alarm_filter(params, at=at), _cursor(params.get("before", ""))
    found = alarms.recent(scope, tx, limit=ALARM_PAGE + 1, wanted=wanted, before=before)
    return _listed(scope, tx, found) | {"params": params}


def equipment_counts(scope: Scope, tx: Tx, *, at: datetime, **params: str) -> Rows:
    """How many machines of each kind the other filters find."""
    others = {name: value for name, value in params.items() if name != "kind"}
    by_kind = {kind: equipment.count(scope, tx, filter=equipment_filter(others | {"kind": kind}), at=at) for kind in KINDS}
    return {
        "kinds": by_kind,
        "streets": street_names(scope, tx),
        "vendors": vendor_titles(scope, tx, at),
        "maintainers": {str(row.id): row.name for row in overview.maintainer_shares(scope, tx, at=at, limit=EVERY_MAINTAINER)},
        "params": params,
    }


def map_filters(scope: Scope, tx: Tx, *, at: datetime, **params: str) -> Rows:
    """The map's filters."""
    return {"streets": street_names(scope, tx), "params": params}


def dossier(scope: Scope, tx: Tx, *, at: datetime, code: str = "") -> Rows:
    """One machine, or None."""
    found = equipment.by_code(scope, tx, code=code)
    return found and _told(found, vendor_titles(scope, tx, at))


def picked(scope: Scope, tx: Tx, *, at: datetime, pick: str = "") -> Rows:
    """The machine picked on the map, or None; for one that moves, where it said it was, if it ever did."""
    found = equipment.by_code(scope, tx, code=pick) if pick else None
    if found is None:
        return None
    moves = found.kind in readings.MOVING
    places = readings.positions(scope, tx, equipment_id=found.id) if moves else []
    told = _told(found, vendor_titles(scope, tx, at))
    return told | {"moves": moves, "position": next(iter(places), None), "open_order": _gravest(scope, tx, found)}


def dossier_state(scope: Scope, tx: Tx, *, at: datetime, code: str = "") -> Rows:
    """The machine's newest reading."""
    found = equipment.by_code(scope, tx, code=code)
    return found and {"presence": found.presence, "latest": readings.latest(scope, tx, equipment_id=found.id)}


def dossier_history(scope: Scope, tx: Tx, *, at: datetime, code: str = "", hours: str = "") -> Rows:
    """The machine's last hours, thinned to what a chart can show; where nobody chose how many, the longest span."""
    found = equipment.by_code(scope, tx, code=code)
    if found is None:
        return None
    chosen = next((span for span in HISTORY_HOURS if str(span) == hours), None)
    span = timedelta(hours=chosen or max(HISTORY_HOURS))
    step = span.total_seconds() / HISTORY_POINTS
    return {
        "code": code,
        "kind": found.kind,
        "chosen": chosen,
        "spans": HISTORY_HOURS,
        "readings": readings.history(scope, tx, equipment_id=found.id, since=at - span, until=at, every_seconds=step),
    }


def dossier_usage(scope: Scope, tx: Tx, *, at: datetime, code: str = "", usage: str = "") -> Rows:
    """What the machine's hours or days came to, of those that are over."""
    found = equipment.by_code(scope, tx, code=code)
    if found is None:
        return None
    span = next((span for span in Span if span == usage), Span.HOUR)
    rows = rollups.rollups(scope, tx, equipment_id=found.id, span=span, since=at - USAGE[span], until=at)
    return {"code": code, "kind": found.kind, "chosen": span, "totals": [{"since": row.since, **asdict(row.rollup)} for row in rows]}


def dossier_alarms(scope: Scope, tx: Tx, *, at: datetime, code: str = "") -> Rows:
    """The machine's alarms."""
    found = equipment.by_code(scope, tx, code=code)
    if found is None:
        return None
    rows = alarms.of_equipment(scope, tx, equipment_id=found.id, limit=DOSSIER_ALARMS)
    return _listed(scope, tx, rows)


def _listed(scope: Scope, tx: Tx, found: list[AlarmRow]) -> Rows:
    """Alarms with what a row of them says beside: streets, what the reader may do, and the order each belongs to."""
    orders = order_lists.of_alarms(scope, tx, alarm_ids=[row.id for row in found])
    return {"alarms": found, "streets": street_names(scope, tx), "may_acknowledge": may_acknowledge(scope), "orders": orders}


def _gravest(scope: Scope, tx: Tx, found: Dossier) -> Rows:
    """The machine's gravest open order with the clock that runs, or None."""
    order = order_lists.gravest_of(scope, tx, equipment_id=found.id)
    return order and asdict(order) | {"clock": order_lists.running(scope, tx, order_ids=[order.id]).get(order.id)}


def _told(found: Dossier, vendors: dict[str, str]) -> Rows:
    vendor = found.register["monitor_vendor"]
    named = ("code", "kind", "status", "presence", "street", "site", "use_unit", "maintenance_unit", "maker", "installer", "stopped_by")
    return {
        **{name: getattr(found, name) for name in named},
        "register": dict(found.register),
        "vendor": vendors.get(vendor, vendor) if vendor else None,
    }


def _cursor(text: str) -> alarms.Cursor | None:
    """The place in the list that an address names; None for none, or for nonsense."""
    moment, _, number = text.partition("~")
    try:
        raised_at = datetime.fromisoformat(moment.replace(" ", "+"))
        return (raised_at, int(number)) if raised_at.tzinfo and 0 < int(number) < 2**63 else None
    except ValueError:
        return None
