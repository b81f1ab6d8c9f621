"""What happened and no alarm reported, by the word of people; withdrawn ones are kept and count no longer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import text

from data_access.engine import Tx
from data_access.watches import Watch, touched

_ADD: Final = text(
    "INSERT INTO missed_occurrences (equipment_id, kind, street_code, vendor, family, occurred_at, reported_by, note, recorded_account, "
    "recorded_at) SELECT id, kind, street_code, monitor_vendor, :family, :occurred_at, :reported_by, :note, :account, :at "
    "FROM equipment WHERE id = :equipment_id "
    "ON CONFLICT (equipment_id, family, occurred_at) WHERE withdrawn_at IS NULL DO NOTHING RETURNING id, street_code"
)
_WITHDRAW: Final = text(
    "UPDATE missed_occurrences SET withdrawn_at = :at, withdrawn_account = :account, withdrawal_note = :note "
    "WHERE id = :id AND withdrawn_at IS NULL RETURNING street_code"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """One occurrence: what happened to which machine when, who says so, and with which account it was written down."""

    equipment_id: int
    family: str
    occurred_at: datetime
    reported_by: str
    note: str
    account_id: int


def add(tx: Tx, missed: Missed, *, at: datetime) -> int | None:
    """Its number; None when the same is already there."""
    values = {
        "equipment_id": missed.equipment_id,
        "family": missed.family,
        "occurred_at": missed.occurred_at,
        "reported_by": missed.reported_by,
        "note": missed.note,
        "account": missed.account_id,
        "at": at,
    }
    row = tx.execute(_ADD, values).one_or_none()
    if row is None:
        return None
    tx.touch(*touched(Watch.ALARMS, {row.street_code}))
    return int(row.id)


def withdraw(tx: Tx, number: int, *, account_id: int, note: str, at: datetime) -> bool:
    """Let it count no longer; whether it still counted."""
    row = tx.execute(_WITHDRAW, {"id": number, "account": account_id, "note": note, "at": at}).one_or_none()
    if row is not None:
        tx.touch(*touched(Watch.ALARMS, {row.street_code}))
    return row is not None
