"""Voice prompts on their way to devices, and what devices answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, select, text, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.sql import bindparam

from data_access.engine import Tx
from data_access.tables import device_commands, equipment
from data_access.watches import Watch, touched
from domain.behaviour import CommandStatus

c, e = device_commands.c, equipment.c

_COMMANDS: Final = (
    select(c.id, c.key, c.prompt, e.monitor_vendor, e.kind, e.code, c.created_at)
    .join_from(device_commands, equipment, e.id == c.equipment_id)
    .order_by(c.created_at, c.id)
)
_ANSWER: Final = text(
    "UPDATE device_commands d SET answer = coalesce(d.answer, '[]') || jsonb_build_array(CAST(:body AS jsonb)), "
    "status = CASE WHEN d.status = :acknowledged THEN d.status ELSE :status END, acknowledged_at = coalesce(d.acknowledged_at, :at) "
    "FROM equipment e WHERE d.key = :key AND d.equipment_id = :equipment_id AND e.id = d.equipment_id "
    "AND NOT coalesce(d.answer, '[]') @> jsonb_build_array(CAST(:body AS jsonb)) "
    "RETURNING d.work_order_id, d.prompt, e.street_code"
).bindparams(bindparam("body", type_=JSONB))
_KNOWN: Final = text("SELECT true FROM device_commands WHERE key = :key AND equipment_id = :equipment_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One prompt to be spoken in one car. The device answers with `key`, and speaks once however often it hears it.

    `since`: when that happened which it is about. Its life counts from then, however late we heard of it.
    """

    key: str
    equipment_id: int
    order_id: int
    prompt: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Command:
    """A prompt that waits to be sent, and to whom."""

    id: int
    key: str
    prompt: str
    vendor: str
    kind: str
    code: str
    created_at: datetime


def queue(tx: Tx, wanted: Sequence[Wanted]) -> None:
    """Ask for prompts; those whose machine has no monitor to speak by, and those asked for already, are left out."""
    if not wanted:
        return
    monitored = set(tx.scalars(select(e.id).where(e.id.in_([each.equipment_id for each in wanted]), e.monitor_vendor.is_not(None))).all())
    rows = [
        {
            "key": each.key,
            "equipment_id": each.equipment_id,
            "work_order_id": each.order_id,
            "prompt": each.prompt,
            "status": CommandStatus.QUEUED.value,
            "created_at": each.since,
        }
        for each in wanted
        if each.equipment_id in monitored
    ]
    if rows:
        tx.execute(upsert(device_commands).on_conflict_do_nothing(index_elements=[c.key]), rows)


def due(tx: Tx, *, since: datetime, limit: int) -> list[Command]:
    """The prompts asked for since then and not sent yet, oldest first, for this transaction alone."""
    waiting = (c.status == CommandStatus.QUEUED.value, c.created_at >= since, e.monitor_vendor.is_not(None))
    statement = _COMMANDS.where(*waiting).limit(limit).with_for_update(of=device_commands, skip_locked=True)
    return [Command(*row) for row in tx.rows(statement)]


def open_of(tx: Tx, vendor: str, *, since: datetime, limit: int) -> list[Command]:
    """The prompts to machines of a vendor that were asked for since then and that no device has answered, oldest first."""
    unanswered = c.status.in_([CommandStatus.QUEUED.value, CommandStatus.SENT.value])
    return [Command(*row) for row in tx.rows(_COMMANDS.where(unanswered, c.created_at >= since, e.monitor_vendor == vendor).limit(limit))]


def sent(tx: Tx, ids: Sequence[int], *, at: datetime) -> None:
    """The broker has these."""
    tx.execute(update(device_commands).where(c.id.in_(ids)).values(status=CommandStatus.SENT.value, sent_at=at))


def overdue(tx: Tx, *, asked_before: datetime, sent_before: datetime) -> list[Row[Any]]:
    """Give up what was not sent in time and what no device has answered: (work_order_id, prompt, status now)."""
    late = ((CommandStatus.QUEUED, c.created_at < asked_before, CommandStatus.EXPIRED),
            (CommandStatus.SENT, c.sent_at < sent_before, CommandStatus.UNANSWERED))  # fmt: skip
    given_up: list[Row[Any]] = []
    for before, is_late, after in late:
        statement = update(device_commands).where(c.status == before.value, is_late).values(status=after.value)
        given_up += tx.execute(statement.returning(c.work_order_id, c.prompt, c.status)).all()
    return given_up


def answered(tx: Tx, *, key: str, equipment_id: int, status: CommandStatus, body: Mapping[str, object], at: datetime) -> Row[Any] | None:
    """Add what a device answered, as it came: (work_order_id, prompt, street_code). None where it said the same before, or knows no key."""
    said = {"key": key, "equipment_id": equipment_id, "status": status.value, "body": dict(body), "at": at}
    row = tx.execute(_ANSWER, said | {"acknowledged": CommandStatus.ACKNOWLEDGED.value}).one_or_none()
    if row is not None:
        tx.touch(*touched(Watch.WORK_ORDERS, {row.street_code}))
    return row


def is_known(tx: Tx, *, key: str, equipment_id: int) -> bool:
    """Whether this machine was ever asked under this key."""
    return bool(tx.scalar(_KNOWN, {"key": key, "equipment_id": equipment_id}))
