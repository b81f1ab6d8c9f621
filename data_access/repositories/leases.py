"""Which process may write for a broker session. All times are the database's own."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import text

from data_access.engine import Tx

# Whoever holds a lease is connected under its name: where nobody is, the process is gone and need not be waited for.
_TAKE: Final = text(
    "INSERT INTO ingest_leases AS l (name, holder, epoch, taken_at, expires_at) "
    "VALUES (:name, :holder, 1, clock_timestamp(), clock_timestamp() + make_interval(secs => :seconds)) "
    "ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, epoch = l.epoch + 1, "
    "taken_at = excluded.taken_at, expires_at = excluded.expires_at "
    "WHERE l.expires_at < clock_timestamp() OR l.holder = excluded.holder "
    "OR NOT EXISTS (SELECT FROM pg_stat_activity WHERE application_name = l.holder) "
    "RETURNING epoch"
)
_RENEW: Final = text(
    "UPDATE ingest_leases SET expires_at = clock_timestamp() + make_interval(secs => :seconds) WHERE name = :name AND epoch = :epoch"
)
# A process that stands still inside its transaction would keep the next one waiting: the server ends it before the lease has run out.
_HOLD: Final = text(
    "SELECT set_config('idle_in_transaction_session_timeout', '15s', true) FROM ingest_leases "
    "WHERE name = :name AND epoch = :epoch FOR SHARE"
)
_LEAVE: Final = text("UPDATE ingest_leases SET expires_at = clock_timestamp() WHERE name = :name AND epoch = :epoch")


def take(tx: Tx, name: str, *, holder: str, seconds: float) -> int | None:
    """Take the lease for so long, if it is free, has run out, or its holder is gone: its new epoch."""
    epoch: int | None = tx.scalar(_TAKE, {"name": name, "holder": holder, "seconds": seconds})
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
