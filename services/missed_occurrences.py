"""Writing down what happened and no alarm reported, so that recall can be counted; and taking a mistake back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from data_access.engine import Store
from data_access.queries import equipment, truth
from data_access.repositories import audit, missed_occurrences
from data_access.repositories.audit import Entry
from data_access.repositories.missed_occurrences import Missed
from domain.errors import Conflict, Invalid, NotFound
from domain.faults import FAULTS
from domain.scope import Action, Actor
from services.alarms import NOTE_LIMIT, named, within


def record(actor: Actor, store: Store, *, code: str, family: str, occurred_at: datetime, reported_by: str, note: str, at: datetime) -> int:
    """Its number. `reported_by` is who told us: a caller, a maintainer.

    Raises NotPermitted, NotFound for a machine outside the scope, Conflict when an alarm or another record reports the same, and
    Invalid(field=family|occurred_at|name|note).
    """
    actor.require(Action.RECORD_MISSED)
    reported_by, note = named(reported_by), within("note", note, NOTE_LIMIT)
    if occurred_at > at:
        raise Invalid(field="occurred_at", reason="future")
    with store.transaction() as tx:
        machine = equipment.by_code(actor.scope, tx, code=code)
        if machine is None:
            raise NotFound(equipment=code)
        if family not in families_of(machine.kind):
            raise Invalid(field="family", reason="unknown")
        alarm_id = truth.alarm_near(actor.scope, tx, equipment_id=machine.id, family=family, occurred_at=occurred_at)
        if alarm_id is not None:
            raise Conflict(alarm=alarm_id)
        missed = Missed(
            equipment_id=machine.id,
            family=family,
            occurred_at=occurred_at,
            reported_by=reported_by,
            note=note,
            account_id=actor.account_id,
        )
        number = missed_occurrences.add(tx, missed, at=at)
        if number is None:
            raise Conflict(equipment=code)
        said = {"equipment": code, "family": family, "occurred_at": occurred_at.isoformat(), "reported_by": reported_by}
        audit.append(tx, _entry(actor, number, after=said, reason=note or None), at)
    return number


def withdraw(actor: Actor, store: Store, number: int, *, note: str, at: datetime) -> None:
    """Take a record back, with the reason. Raises NotPermitted, NotFound, Conflict when it was withdrawn already, Invalid(field=note)."""
    actor.require(Action.RECORD_MISSED)
    note = within("note", note, NOTE_LIMIT)
    if not note:
        raise Invalid(field="note", reason="required")
    with store.transaction() as tx:
        if not truth.missed_exists(actor.scope, tx, number=number):
            raise NotFound(missed_occurrence=number)
        if not missed_occurrences.withdraw(tx, number, account_id=actor.account_id, note=note, at=at):
            raise Conflict(missed_occurrence=number)
        audit.append(tx, _entry(actor, number, after={"withdrawn": True}, reason=note), at)


def families_of(kind: str) -> frozenset[str]:
    """What can happen to a machine of this kind."""
    return frozenset(fault.family for fault in FAULTS.values() if fault.fits(kind))


def _entry(actor: Actor, number: int, *, after: Mapping[str, object], reason: str | None) -> Entry:
    return Entry(
        account_id=actor.account_id,
        username=actor.username,
        action=Action.RECORD_MISSED.value,
        object=f"missed_occurrence:{number}",
        after=after,
        reason=reason,
        address=actor.address,
    )
