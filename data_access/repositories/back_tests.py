"""Back-tests: begun by a person, carried on by a program that gives signs of life, and kept with their result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.sql import bindparam

from data_access.engine import Tx
from data_access.watches import Watch
from domain.errors import Conflict

_BEGIN: Final = text(
    "INSERT INTO back_tests "
    "(account_id, started_by, key, present, trial, kind, streets, vendor, since, until, state, started_at, heard_at) VALUES "
    "(:account_id, :started_by, :key, :present, :trial, :kind, CAST(:streets AS text[]), :vendor, :since, :until, 'running', :at, :at) "
    "ON CONFLICT (account_id) WHERE state = 'running' DO NOTHING RETURNING id"
)
_LOST: Final = text("UPDATE back_tests SET state = 'failed', finished_at = :at WHERE state = 'running' AND heard_at < :before")
_ADVANCE: Final = text(
    "UPDATE back_tests SET machines = :machines, machines_done = :done, readings = :readings, heard_at = :at "
    "WHERE id = :id AND state = 'running' RETURNING stop_wanted_at IS NULL"
)
_FINISH: Final = text(
    "UPDATE back_tests SET state = :state, result = :result, finished_at = :at, heard_at = :at WHERE id = :id AND state = 'running'"
).bindparams(bindparam("result", type_=JSONB))
_STOP: Final = text(
    "UPDATE back_tests SET stop_wanted_at = :at WHERE id = :id AND state = 'running' AND stop_wanted_at IS NULL RETURNING id"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is tried on which history; no streets are all streets, no vendor is every vendor."""

    key: str
    present: float
    trial: float
    kind: str
    since: datetime
    until: datetime
    streets: Sequence[str] = ()
    vendor: str | None = None


def begin(tx: Tx, plan: Plan, *, account_id: int, started_by: str, at: datetime) -> int:
    """Write down a test that begins; its number. Raises Conflict while another one of the account runs."""
    tx.touch(Watch.BACK_TESTS)
    columns = {name: getattr(plan, name) for name in plan.__slots__} | {"streets": list(plan.streets)}
    number = tx.scalar(_BEGIN, {**columns, "account_id": account_id, "started_by": started_by, "at": at})
    if number is None:
        raise Conflict(what="back_test")
    return int(number)


def give_up(tx: Tx, *, before: datetime, at: datetime) -> None:
    """Note as failed what gave no sign of life since `before`."""
    if tx.execute(_LOST, {"before": before, "at": at}).rowcount:
        tx.touch(Watch.BACK_TESTS)


def advance(tx: Tx, number: int, *, machines: int, done: int, readings: int, at: datetime) -> bool:
    """Note progress; whether to go on."""
    tx.touch(Watch.BACK_TESTS)
    return bool(tx.scalar(_ADVANCE, {"id": number, "machines": machines, "done": done, "readings": readings, "at": at}))


def finish(tx: Tx, number: int, *, state: str, result: Mapping[str, Any] | None, at: datetime) -> None:
    """Keep the result: `done`, `cut` at the bound of readings, `stopped` by a person, or `failed`."""
    tx.touch(Watch.BACK_TESTS)
    tx.execute(_FINISH, {"id": number, "state": state, "result": None if result is None else dict(result), "at": at})


def stop(tx: Tx, number: int, *, at: datetime) -> None:
    """Ask a running test to stop."""
    if tx.scalar(_STOP, {"id": number, "at": at}) is not None:
        tx.touch(Watch.BACK_TESTS)
