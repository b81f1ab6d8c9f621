"""What is stored around an alarm: the machine as a rule knows it, the vendor's words, and the alarms it had."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, func, or_, select

from data_access.engine import Tx
from data_access.scoping import ALARMS, within
from data_access.tables import alarms, equipment, equipment_states, events, readings
from domain.equipment.kind import Subject
from domain.scope import Scope
from domain.telemetry import Event, Phase

a, e, v, r = alarms.c, equipment.c, events.c, readings.c
MOST_EVENTS: Final = 20_000  # of one answer


@dataclass(frozen=True, slots=True)
class MachineRow:
    """One machine as rules know it; `vendor` is None where no monitor is bound."""

    kind: str
    code: str
    name: str
    vendor: str | None
    subject: Subject


@dataclass(frozen=True, slots=True)
class EventRow:
    """One stored word of a vendor with the message it came in."""

    event: Event
    body: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class RecordedRow:
    """One alarm as it was written down."""

    id: int
    equipment_id: int
    family: str
    rule: str
    source: str
    level: str
    urgent: bool
    reason: str
    raised_at: datetime
    detected_at: datetime
    last_occurred_at: datetime
    cleared_at: datetime | None
    person: bool | None
    evidence: Mapping[str, Any] | None


def machine(scope: Scope, tx: Tx, *, equipment_id: int) -> MachineRow | None:
    """One machine; None when there is none in the scope."""
    return next(iter(_machines(tx, within(scope, _machine().where(e.id == equipment_id)))), None)


def machines(
    scope: Scope, tx: Tx, *, kind: str, streets: Sequence[str] = (), vendor: str = "", after: int = 0, limit: int = 500
) -> list[MachineRow]:
    """Machines of a kind that ever spoke, by their number beyond `after`; of some streets or one vendor only, where those are named."""
    statement = (
        _machine()
        .join(equipment_states, equipment_states.c.equipment_id == e.id)
        .where(e.kind == kind, e.id > after)
        .order_by(e.id)
        .limit(limit)
    )
    return _machines(tx, within(scope, _narrowed(statement, streets, vendor)))


def count_machines(scope: Scope, tx: Tx, *, kind: str, streets: Sequence[str] = (), vendor: str = "") -> int:
    """How many machines `machines` would give in all."""
    statement = (
        select(func.count()).select_from(equipment.join(equipment_states, equipment_states.c.equipment_id == e.id)).where(e.kind == kind)
    )
    return int(tx.scalar(within(scope, _narrowed(statement, streets, vendor))))


def words(scope: Scope, tx: Tx, *, machines: Sequence[int], since: datetime, until: datetime, limit: int = MOST_EVENTS) -> list[EventRow]:
    """What vendors said of some machines in [since, until) of device time, oldest first."""
    columns = (v.equipment_id, e.kind, v.vendor, v.event_id, v.phase, v.code, v.vendor_code, v.occurred_at, v.received_at, v.description)
    statement = (
        select(*columns, v.person, v.body)
        .select_from(events.join(equipment, e.id == v.equipment_id))
        .where(v.equipment_id.in_(machines), v.occurred_at >= since, v.occurred_at < until)
        .order_by(v.occurred_at, v.id)
        .limit(limit)
    )
    return [_word(*row) for row in tx.rows(within(scope, statement))]


def recorded(scope: Scope, tx: Tx, *, equipment_id: int, since: datetime, until: datetime) -> list[RecordedRow]:
    """The alarms of one machine that were open at some time in [since, until), oldest first."""
    statement = _recorded().where(a.equipment_id == equipment_id, a.raised_at < until, or_(a.cleared_at.is_(None), a.cleared_at >= since))
    return [RecordedRow(*row) for row in tx.rows(within(scope, statement.order_by(a.raised_at, a.id), ALARMS))]


def one(scope: Scope, tx: Tx, *, alarm_id: int) -> RecordedRow | None:
    """One alarm with its evidence; None when there is none in the scope."""
    return next((RecordedRow(*row) for row in tx.rows(within(scope, _recorded().where(a.id == alarm_id), ALARMS))), None)


def raised(scope: Scope, tx: Tx, *, sources: Sequence[str], limit: int, since: datetime | None = None) -> list[RecordedRow]:
    """The newest alarms of these sources, for those who try them all again."""
    statement = _recorded().where(a.source.in_(sources)).order_by(a.raised_at.desc(), a.id.desc()).limit(limit)
    if since is not None:
        statement = statement.where(a.raised_at >= since)
    return [RecordedRow(*row) for row in tx.rows(within(scope, statement, ALARMS))]


def _machine() -> Select[Any]:
    return select(e.id, e.kind, e.code, e.name, e.monitor_vendor, e.rated_speed, e.rated_load, e.has_belt, e.indoor, e.fence)


def _machines(tx: Tx, statement: Select[Any]) -> list[MachineRow]:
    return [
        MachineRow(kind, code, name, vendor, Subject(number, speed, load, belt, indoor, tuple(fence) if fence else None))
        for number, kind, code, name, vendor, speed, load, belt, indoor, fence in tx.rows(statement)
    ]


def _narrowed(statement: Select[Any], streets: Sequence[str], vendor: str) -> Select[Any]:
    if streets:
        statement = statement.where(e.street_code.in_(streets))
    return statement.where(e.monitor_vendor == vendor) if vendor else statement


def _recorded() -> Select[Any]:
    columns = (a.id, a.equipment_id, a.family, a.rule, a.source, a.level, a.urgent, a.reason, a.raised_at, a.detected_at)
    return select(*columns, a.last_occurred_at, a.cleared_at, a.person, a.evidence)


def _word(
    number: int, kind: str, vendor: str, event_id: str, phase: str, code: str | None, vendor_code: str,
    occurred_at: datetime, received_at: datetime, description: str, person: bool | None, body: Mapping[str, Any] | None,
) -> EventRow:  # fmt: skip
    event = Event(number, kind, vendor, event_id, Phase(phase), code, vendor_code, occurred_at, received_at, description, person)
    return EventRow(event, body)
