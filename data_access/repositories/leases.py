"""Which process may write for a broker session. All times are the database's own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import text

from data_access.engine import Tx
from data_access.locks import Lock

# Whoever holds a lease is connected under its name: where nobody is, the process is gone and need not be waited for.
_LIVE: Final = "l.expires_at >= clock_timestamp() AND EXISTS (SELECT FROM pg_stat_activity WHERE application_name = l.holder)"
_LOCK: Final = text("SELECT pg_advisory_xact_lock(:key)")
_ALL: Final = text(f"SELECT name, filters, {_LIVE} AS live FROM ingest_leases l ORDER BY taken_at DESC, name")
_TAKE: Final = text(
    "INSERT INTO ingest_leases AS l (name, filters, holder, epoch, taken_at, expires_at) "
    "VALUES (:name, CAST(:filters AS text[]), :holder, 1, clock_timestamp(), clock_timestamp() + make_interval(secs => :seconds)) "
    "ON CONFLICT (name) DO UPDATE SET filters = excluded.filters, holder = excluded.holder, epoch = l.epoch + 1, "
    "taken_at = excluded.taken_at, expires_at = excluded.expires_at "
    f"WHERE l.holder = excluded.holder OR NOT ({_LIVE}) "
    "RETURNING epoch"
)
_RENEW: Final = text(
    "UPDATE ingest_leases SET expires_at = clock_timestamp() + make_interval(secs => :seconds) WHERE name = :name AND epoch = :epoch"
)
# A process that stands still inside its transaction would keep the next one waiting: the server ends it before the lease has run out.
_HOLD: Final = text(
    "SELECT set_config('idle_in_transaction_session_timeout', '10s', true) FROM ingest_leases "
    "WHERE name = :name AND epoch = :epoch FOR SHARE"
)
_LEAVE: Final = text("UPDATE ingest_leases SET expires_at = clock_timestamp() WHERE name = :name AND epoch = :epoch")


class Held(NamedTuple):
    """A lease that somebody has or had."""

    name: str
    filters: tuple[str, ...]
    live: bool


def every(tx: Tx) -> list[Held]:
    """All leases, the newest first; nobody else takes one before this transaction ends."""
    tx.execute(_LOCK, {"key": Lock.LEASES})
    return [Held(row.name, tuple(row.filters), row.live) for row in tx.execute(_ALL)]


def take(tx: Tx, name: str, *, filters: Sequence[str], holder: str, seconds: float) -> int | None:
    """Take the lease for so long, if it is free, has run out, or its holder is gone: its new epoch."""
    epoch: int | None = tx.scalar(_TAKE, {"name": name, "filters": list(filters), "holder": holder, "seconds": seconds})
    return epoch


def renew(tx: Tx, name: str, *, epoch: int, seconds: float) -> bool:
    """Prolong the lease; False where somebody else has taken it."""
    return _changed(tx.execute(_RENEW, {"name": name, "epoch": epoch, "seconds": seconds}))


def hold(tx: Tx, name: str, *, epoch: int) -> bool:
    """Whether the lease is still ours; if so, nobody takes it before this transaction ends."""
    return tx.scalar(_HOLD, {"name": name, "epoch": epoch}) is not None


def leave(tx: Tx, name: str, *, epoch: int) -> None:
    """Give the lease back."""
    tx.execute(_LEAVE, {"name": name, "epoch": epoch})


def _changed(result: Any) -> bool:
    return bool(result.rowcount)
