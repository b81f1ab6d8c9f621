"""Many work orders at once: opened, reported again and moved on in a handful of statements, however many they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, func, insert, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import insert as upsert

from data_access.engine import Tx
from data_access.repositories.work_orders import Event, Opening, Source, StoredOrder, as_opened
from data_access.tables import alarms, incident_sources, work_order_events, work_orders
from data_access.watches import Watch, touched
from domain.truth import Verdict
from domain.work_orders import Step

w, s = work_orders.c, incident_sources.c
Move = tuple[StoredOrder, Event, Mapping[str, Any]]
"""A locked order, the step taken with it, and the columns that change with it."""

_RETURNING: Final = ", ".join(f"w.{column.name}" for column in work_orders.c)
_OPEN: Final = (
    text(
        "INSERT INTO work_orders AS w (number, kind, status, cause, cause_key, equipment_id, opened_at, occurred_at, level, urgent, "
        "reason, alarm_id, unit_id, group_id, drill, detail, street_code, use_unit_id, seq, changed_at, unowned_since) "
        "SELECT o.prefix || lpad(nextval('work_order_numbers')::text, 7, '0'), o.kind, o.status, o.cause, o.cause_key, o.equipment_id, "
        "o.opened_at, o.occurred_at, o.level, o.urgent, o.reason, "
        "CASE WHEN EXISTS (SELECT FROM work_orders x WHERE x.alarm_id = o.alarm_id AND x.closed_at IS NULL) THEN NULL ELSE o.alarm_id END, "
        "o.unit_id, o.group_id, o.drill, o.detail, e.street_code, e.use_unit_id, 1, o.opened_at, "
        "CASE WHEN o.status = 'reported' THEN o.opened_at END "
        "FROM jsonb_to_recordset(:openings) AS o (prefix text, kind text, status text, cause text, cause_key text, equipment_id int4, "
        "opened_at timestamptz, occurred_at timestamptz, level text, urgent bool, reason text, alarm_id int8, unit_id int4, group_id int8, "
        "drill bool, detail jsonb) LEFT JOIN equipment e ON e.id = o.equipment_id ORDER BY o.cause_key "  # one lock order
        f"ON CONFLICT (cause_key) WHERE closed_at IS NULL DO NOTHING RETURNING {_RETURNING}"
    )
    .bindparams(bindparam("openings", type_=JSONB))
    .columns(*work_orders.c)
)
_SET: Final = ", ".join(f"{column.name} = r.{column.name}" for column in work_orders.c if column.name != "id")
_MOVE: Final = (
    text(
        f"UPDATE work_orders AS w SET {_SET} FROM jsonb_array_elements(:moves) AS m "
        "JOIN work_orders AS b ON b.id = CAST(m ->> 'id' AS int8) CROSS JOIN LATERAL jsonb_populate_record(b, m) AS r "
        f"WHERE w.id = b.id RETURNING {_RETURNING}"
    )
    .bindparams(bindparam("moves", type_=JSONB))
    .columns(*work_orders.c)
)
_MAKE_ROOM: Final = text(
    "UPDATE work_orders SET cause_key = cause_key || ':done:' || id "
    "WHERE cause_key = ANY(:keys) AND closed_at IS NULL AND status = 'completed'"
)
_TAKE_ALARMS: Final = text(
    "UPDATE work_orders w SET alarm_id = m.alarm_id FROM work_orders m "
    "WHERE m.id = ANY(:merged) AND m.alarm_id IS NOT NULL AND w.id = m.master_id AND w.alarm_id IS NULL "
    "AND m.id = (SELECT min(x.id) FROM work_orders x WHERE x.master_id = w.id AND x.id = ANY(:merged) AND x.alarm_id IS NOT NULL)"
)
_MARK: Final = text("UPDATE work_orders SET detail = detail || :detail WHERE id = ANY(:ids) RETURNING street_code").bindparams(
    bindparam("detail", type_=JSONB)
)
_BEGIN_EARLIER: Final = (
    text(
        "UPDATE work_orders AS w SET occurred_at = r.at FROM jsonb_to_recordset(:rows) AS r (id int8, at timestamptz) "
        f"WHERE w.id = r.id RETURNING {_RETURNING}"
    )
    .bindparams(bindparam("rows", type_=JSONB))
    .columns(*work_orders.c)
)
NOT_REAL: Final = (Verdict.FALSE.value, Verdict.DRILL.value)
_STANDING: Final = (
    select(work_orders)
    .where(w.equipment_id == text("ANY(CAST(:machines AS int4[]))"), w.closed_at.is_(None), w.drill == bindparam("drill"))
    .order_by(w.id)
    .with_for_update()
)


def open_(tx: Tx, openings: Sequence[Opening], event: Event) -> list[StoredOrder]:
    """Open an order for each cause that has none; those that are new. Every one begins with `event` and its own reason.

    An alarm that is already some open order's own stays that one's: it is among the sources of the new one.
    """
    if not openings:
        return []
    made = list(tx.execute(_OPEN, {"openings": [_wire(opening) for opening in openings]}))
    _append(tx, [(order.id, 1, replace(event, proof=as_opened(order))) for order in made])
    _touch(tx, made)
    return made


def standing(tx: Tx, machines: Iterable[int], *, drill: bool = False) -> list[StoredOrder]:
    """The open orders of some machines, oldest first, for this transaction alone."""
    return list(tx.execute(_STANDING, {"machines": sorted(set(machines)), "drill": drill}))


def locked(tx: Tx, order_ids: Iterable[int]) -> list[StoredOrder]:
    """Some orders, for this transaction alone, in the order of their numbers."""
    return list(tx.execute(select(work_orders).where(w.id.in_(sorted(set(order_ids)))).order_by(w.id).with_for_update()))


def completed(tx: Tx, order_ids: Sequence[int]) -> dict[int, datetime]:
    """When orders that are done were completed, the last time: order → moment."""
    if not order_ids:
        return {}
    c = work_order_events.c
    last = select(c.work_order_id, func.max(c.at)).where(c.work_order_id.in_(order_ids), c.action == Step.COMPLETE.value)
    return dict(tx.rows(last.group_by(c.work_order_id)))


def make_room(tx: Tx, cause_keys: Sequence[str]) -> None:
    """Orders that are done but not confirmed yet leave their cause to a new one: what is reported has happened again."""
    tx.execute(_MAKE_ROOM, {"keys": list(cause_keys)})


def add_sources(tx: Tx, reports: Sequence[tuple[int, Source]]) -> set[int]:
    """Add reports to orders; those that had not all of theirs."""
    if not reports:
        return set()
    rows = [{name: getattr(source, name) for name in Source.__dataclass_fields__} | {"work_order_id": order} for order, source in reports]
    statement = upsert(incident_sources).on_conflict_do_nothing(index_elements=[s.work_order_id, s.alarm_id])
    return set(tx.execute(statement.returning(s.work_order_id), rows).scalars())


def move(tx: Tx, moves: Sequence[Move]) -> list[StoredOrder]:
    """Append each order's step to its log, and change its row with it; the orders as they are now, in the order given."""
    if not moves:
        return []
    wired = [_plain({**changes, "id": order.id, "seq": order.seq + 1, "changed_at": event.at}) for order, event, changes in moves]
    _append(tx, [(order.id, order.seq + 1, event) for order, event, _ in moves])
    moved = {row.id: row for row in tx.execute(_MOVE, {"moves": wired})}
    _touch(tx, moved.values())
    return [moved[order.id] for order, _, _ in moves]


def take_alarms(tx: Tx, merged: Sequence[int]) -> None:
    """The masters of orders that were merged take over their alarms, where they have none of their own."""
    if merged:
        tx.execute(_TAKE_ALARMS, {"merged": list(merged)})


def mark(tx: Tx, order_ids: Sequence[int], detail: Mapping[str, Any]) -> None:
    """Add facts to the detail of some orders."""
    if order_ids:
        rows = tx.execute(_MARK, {"ids": list(order_ids), "detail": dict(detail)}).all()
        _touch(tx, rows)


def begin_earlier(tx: Tx, began: Mapping[int, datetime]) -> list[StoredOrder]:
    """What some orders are about began at these moments (order id → moment); the orders as they are now."""
    if not began:
        return []
    rows = [{"id": order, "at": moment.isoformat()} for order, moment in began.items()]
    moved = list(tx.execute(_BEGIN_EARLIER, {"rows": rows}))
    _touch(tx, moved)
    return moved


def disproved(tx: Tx, alarm_ids: Sequence[int | None]) -> list[int]:
    """Of some alarms those that somebody has judged to be no real case."""
    return list(tx.scalars(select(alarms.c.id).where(alarms.c.id.in_(alarm_ids), alarms.c.verdict.in_(NOT_REAL))))


def _append(tx: Tx, entries: Sequence[tuple[int, int, Event]]) -> None:
    names = Event.__dataclass_fields__
    if entries:
        rows = [{name: getattr(event, name) for name in names} | {"work_order_id": order, "seq": seq} for order, seq, event in entries]
        tx.execute(insert(work_order_events), rows)


def _wire(opening: Opening) -> dict[str, Any]:
    values = {name: getattr(opening, name) for name in Opening.__dataclass_fields__}
    return _plain(values) | {"prefix": f"PT{opening.opened_at:%y%m%d}", "detail": dict(opening.detail)}


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """As JSON holds it."""
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in values.items()}


def _touch(tx: Tx, rows: Iterable[StoredOrder]) -> None:
    tx.touch(*touched(Watch.WORK_ORDERS, {row.street_code for row in rows}))
