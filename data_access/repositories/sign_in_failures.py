"""Wrong passwords of late, by the name that was typed, whether or not it is an account's, and by the address they came from."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import delete, select, text
from sqlalchemy.dialects.postgresql import insert

from data_access.engine import Tx
from data_access.locks import Lock
from data_access.tables import sign_in_failures

f = sign_in_failures.c
_ALONE: Final = text("SELECT pg_advisory_xact_lock(:key, hashtext(:username))")


@dataclass(frozen=True, slots=True)
class Failures:
    """How many since `since`; `locked_until` is set by those that were too many."""

    count: int
    since: datetime
    locked_until: datetime | None = None


def alone(tx: Tx, username: str) -> None:
    """Let other attempts at this name wait until the transaction ends, so that attempts in parallel are counted one by one."""
    tx.execute(_ALONE, {"key": Lock.SIGN_IN, "username": username})


def known(tx: Tx, username: str, places: Collection[str]) -> dict[str, Failures]:
    """The failures of a name, by place."""
    statement = select(f.place, f.failed_count, f.counted_since, f.locked_until).where(f.username == username, f.place.in_(places))
    return {row.place: Failures(row.failed_count, row.counted_since, row.locked_until) for row in tx.execute(statement)}


def keep(tx: Tx, username: str, place: str, failures: Failures) -> None:
    """Keep the failures of a name at a place, instead of those before."""
    values = {"failed_count": failures.count, "counted_since": failures.since, "locked_until": failures.locked_until}
    statement = insert(sign_in_failures).values(username=username, place=place, **values)
    tx.execute(statement.on_conflict_do_update(index_elements=["username", "place"], set_=values))


def forget(tx: Tx, username: str, *, place: str | None = None) -> None:
    """Forget the failures of a name, at one place or everywhere."""
    statement = delete(sign_in_failures).where(f.username == username)
    tx.execute(statement if place is None else statement.where(f.place == place))
