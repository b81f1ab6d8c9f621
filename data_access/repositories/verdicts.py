"""Verdicts on alarms: every one that was ever given is kept, the newest counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import insert, select, text

from data_access.engine import Tx
from data_access.tables import alarm_verdicts, alarms
from data_access.watches import Watch, touched
from domain.errors import NotFound
from domain.truth import Verdict

c = alarm_verdicts.c
_PUT: Final = text("UPDATE alarms SET verdict = :verdict WHERE id = :id RETURNING street_code")


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A verdict, and who gave it: the name of the person and the account it was given with."""

    verdict: Verdict
    given_by: str
    given_account: int
    given_at: datetime
    note: str


def locked(tx: Tx, alarm_id: int) -> Given | None:
    """The verdict in force, the alarm being locked until the transaction ends. Raises NotFound."""
    if tx.execute(select(alarms.c.id).where(alarms.c.id == alarm_id).with_for_update()).one_or_none() is None:
        raise NotFound(alarm=alarm_id)
    return newest(tx, alarm_id)


def newest(tx: Tx, alarm_id: int) -> Given | None:
    """The verdict in force, or None."""
    statement = select(c.verdict, c.given_by, c.given_account, c.given_at, c.note).where(c.alarm_id == alarm_id)
    row = tx.execute(statement.order_by(c.id.desc()).limit(1)).one_or_none()
    if row is None:
        return None
    return Given(verdict=Verdict(row.verdict), given_by=row.given_by, given_account=row.given_account, given_at=row.given_at, note=row.note)


def give(tx: Tx, alarm_id: int, given: Given) -> None:
    """Add a verdict and put it in force. Raises NotFound."""
    row = tx.execute(_PUT, {"id": alarm_id, "verdict": given.verdict.value}).one_or_none()
    if row is None:
        raise NotFound(alarm=alarm_id)
    values = {"given_by": given.given_by, "given_account": given.given_account, "given_at": given.given_at, "note": given.note}
    tx.execute(insert(alarm_verdicts).values(alarm_id=alarm_id, verdict=given.verdict.value, **values))
    tx.touch(*touched(Watch.ALARMS, {row.street_code}))
