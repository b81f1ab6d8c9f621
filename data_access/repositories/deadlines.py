"""Deadlines as rows: begun, warned of, breached, met, dropped and paused. Whoever changes one holds its order's lock."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Interval, Row, Text, bindparam, case, cast, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import JSONB

from data_access.engine import Tx
from data_access.repositories.work_orders import StoredOrder
from data_access.tables import deadlines, notification_messages, notifications, work_orders
from data_access.tables.deadlines import UNNOTICED
from data_access.watches import Watch, touched

d, w, n, m = deadlines.c, work_orders.c, notifications.c, notification_messages.c
StoredDeadline = Row[Any]
"""A row of deadlines."""

SENT_WORD: Final = ("dispatched", "summoned")  # the messages to whoever is sent, or must find somebody to send
MOST_TOLD: Final = 500
_OWED: Final = (d.met_at.is_(None), d.dropped_at.is_(None))
_GRAVEST: Final = case({"rescue": 0}, value=w.kind, else_=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """A clock that begins. `span` is its limit in seconds or working days; `breached_at`: it was over before it went on."""

    work_order_id: int
    kind: str
    turn: int
    started_at: datetime
    due_at: datetime
    span: int
    warned: int = 0
    next_warning_at: datetime | None = None
    breached_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Moved:
    """A deadline that was paused until now, with its new end and all it ever stood still for."""

    id: int
    due_at: datetime
    paused_seconds: int
    paused_days: int


_NAMES: Final = ", ".join(each.name for each in fields(Start))
_START: Final = text(
    f"INSERT INTO deadlines ({_NAMES}) SELECT {_NAMES} FROM ROWS FROM (jsonb_to_recordset(:rows) AS (work_order_id int8, kind text, "
    "turn int4, started_at timestamptz, due_at timestamptz, span int4, warned int2, next_warning_at timestamptz, "
    "breached_at timestamptz)) WITH ORDINALITY AS r ORDER BY ordinality"
).bindparams(bindparam("rows", type_=JSONB))


def start(tx: Tx, starts: Sequence[Start]) -> None:
    """Begin some clocks, in one statement."""
    if starts:
        rows = [{name: _plain(value) for name, value in asdict(each).items()} for each in starts]
        tx.execute(_START, {"rows": rows})


def begin_earlier(tx: Tx, by: Mapping[int, timedelta]) -> None:
    """Some clocks began so much earlier, and so they end earlier."""
    if by:
        sooner = update(deadlines).where(d.id == bindparam("of"))
        length = bindparam("by", type_=Interval)
        changed = sooner.values(started_at=d.started_at - length, due_at=d.due_at - length)
        tx.execute(changed, [{"of": each, "by": earlier} for each, earlier in sorted(by.items())])


def of_orders(tx: Tx, order_ids: Collection[int]) -> list[StoredDeadline]:
    """Every deadline that some orders ever had, in their order."""
    return list(tx.execute(select(deadlines).where(d.work_order_id.in_(order_ids)).order_by(d.id)))


def meet(tx: Tx, ids: Collection[int], *, at: datetime) -> None:
    """What was owed is done, in time or not."""
    _change(tx, ids, met_at=at, next_warning_at=None)


def drop(tx: Tx, ids: Collection[int], *, at: datetime) -> None:
    """Nobody owes it any more."""
    _change(tx, ids, dropped_at=at, next_warning_at=None)


def pause(tx: Tx, ids: Collection[int], *, at: datetime) -> None:
    """Stop the clock."""
    _change(tx, ids, paused_at=at)


def resume(tx: Tx, moved: Sequence[Moved]) -> None:
    """Let the clocks go on, with later ends."""
    if not moved:
        return
    later = update(deadlines).where(d.id == bindparam("of"))
    changed = later.values(paused_at=None, due_at=bindparam("ends"), paused_seconds=bindparam("seconds"), paused_days=bindparam("days"))
    rows = [{"of": each.id, "ends": each.due_at, "seconds": each.paused_seconds, "days": each.paused_days} for each in moved]
    tx.execute(changed, rows)


def warn(tx: Tx, deadline_id: int, *, warned: int, next_at: datetime | None) -> None:
    """So many warnings have come due; the next one comes then."""
    _change(tx, [deadline_id], warned=warned, next_warning_at=next_at)


def breach(tx: Tx, ids: Collection[int], *, at: datetime) -> None:
    """Its end has passed, and that is noticed now."""
    _change(tx, ids, breached_at=at, next_warning_at=None)


def end_later(tx: Tx, ends: Mapping[int, datetime]) -> None:
    """Other ends for some clocks, because other days are working days."""
    if ends:
        tx.execute(update(deadlines).where(d.id == bindparam("of")).values(due_at=bindparam("ends")), _ends(ends))


def counted_in_days(tx: Tx, kinds: Collection[str]) -> list[StoredDeadline]:
    """The clocks of these kinds that run or stand still, with the locks of their orders; what is over by anybody's word stays as it is."""
    owed = select(deadlines).join(work_orders, w.id == d.work_order_id).where(d.kind.in_(kinds), *_OWED, d.breached_at.is_(None))
    return list(tx.execute(owed.order_by(w.id, d.id).with_for_update(of=work_orders)))


def orders_due(tx: Tx, *, at: datetime, limit: int) -> list[int]:
    """The orders of which a clock must be looked at now, rescues first, then whose end came first."""
    over = select(d.work_order_id, d.due_at).where(UNNOTICED, d.paused_at.is_(None), d.due_at <= at)
    warned = select(d.work_order_id, d.next_warning_at.label("due_at")).where(d.next_warning_at <= at, d.paused_at.is_(None))
    found = over.union_all(warned).subquery()
    statement = (
        select(found.c.work_order_id)
        .join(work_orders, w.id == found.c.work_order_id)
        .group_by(found.c.work_order_id, w.kind)
        .order_by(_GRAVEST, text("min(due_at)"), found.c.work_order_id)
        .limit(limit)
    )
    return list(tx.scalars(statement))


def due_of_orders(tx: Tx, order_ids: Collection[int], *, at: datetime) -> list[StoredDeadline]:
    """The clocks of locked orders that are over and not noticed, or have a warning to give; those that ended first at the beginning."""
    if not order_ids:
        return []
    over = select(d.id).where(UNNOTICED, d.due_at <= at, d.work_order_id.in_(order_ids))
    statement = select(deadlines).where(d.work_order_id.in_(order_ids), d.paused_at.is_(None), or_(d.id.in_(over), d.next_warning_at <= at))
    return list(tx.execute(statement.order_by(d.due_at, d.id)))


def told(tx: Tx, *, kind: str) -> list[Row[Any]]:
    """The clocks of this kind whose order's unit has been sent a message since, and when: (id, sent_at, street_code).

    With the locks of their orders; those that somebody else holds come the next time.
    """
    to_the_unit = or_(m.template.in_(SENT_WORD), n.recipient == "unit:" + cast(w.unit_id, Text))
    carrier = notification_messages.alias("carrier")  # what one of many in a storm was said by
    messages = notification_messages.join(notifications, n.id == m.notification_id).outerjoin(carrier, carrier.c.id == m.collapsed_into)
    sent = select(func.min(func.coalesce(m.sent_at, carrier.c.sent_at))).select_from(messages)
    first = sent.where(n.work_order_id == w.id, to_the_unit).correlate(work_orders).scalar_subquery()
    statement = (
        select(d.id, first.label("sent_at"), w.street_code)
        .join(work_orders, w.id == d.work_order_id)
        .where(d.kind == kind, *_OWED, first.is_not(None))
        .order_by(w.id)
        .limit(MOST_TOLD)
        .with_for_update(of=work_orders, skip_locked=True)
    )
    return list(tx.execute(statement))


def meet_each(tx: Tx, met: Sequence[tuple[int, datetime]]) -> None:
    """What was owed is done, each at its own moment."""
    if met:
        done = update(deadlines).where(d.id == bindparam("of")).values(met_at=bindparam("done_at"), next_warning_at=None)
        tx.execute(done, [{"of": each, "done_at": moment} for each, moment in met])


def free_orders(tx: Tx, order_ids: Collection[int]) -> list[StoredOrder]:
    """Those of some orders that nobody else holds, for this transaction alone."""
    return list(tx.execute(select(work_orders).where(w.id.in_(order_ids)).order_by(w.id).with_for_update(skip_locked=True)))


def announce(tx: Tx, streets: set[str | None]) -> None:
    """Screens that show clocks of orders in these streets look again."""
    tx.touch(*touched(Watch.WORK_ORDERS, streets))


def _change(tx: Tx, ids: Collection[int], **values: object) -> None:
    if ids:
        tx.execute(update(deadlines).where(d.id.in_(ids)).values(**values))


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value


def _ends(ends: Mapping[int, datetime]) -> list[dict[str, object]]:
    return [{"of": each, "ends": moment} for each, moment in sorted(ends.items())]
