"""Sessions: rows that can be ended at once. Only the hash of a token is stored."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select, update

from data_access.engine import Tx
from data_access.repositories.accounts import COLUMNS, Account, account_of
from data_access.tables import accounts, sessions

s = sessions.c


@dataclass(frozen=True, slots=True)
class StoredSession:
    """A session that was not revoked, with its account."""

    id_hash: str
    account: Account
    seen_at: datetime
    expires_at: datetime | None
    previous_sign_in_at: datetime | None
    language: str


def add(tx: Tx, id_hash: str, account: Account, *, address: str, language: str, expires_at: datetime | None, at: datetime) -> StoredSession:
    """Begin a session."""
    row = {
        "id_hash": id_hash,
        "account_id": account.id,
        "created_at": at,
        "seen_at": at,
        "expires_at": expires_at,
        "previous_sign_in_at": account.last_sign_in_at,
        "address": address,
        "language": language,
    }
    tx.execute(insert(sessions).values(row))
    return StoredSession(id_hash, account, at, expires_at, account.last_sign_in_at, language)


def find(tx: Tx, id_hashes: Collection[str]) -> list[StoredSession]:
    """Those of these sessions that exist and were not revoked."""
    columns = (s.id_hash, s.seen_at, s.expires_at, s.previous_sign_in_at, s.language)
    statement = select(*columns, *COLUMNS).select_from(sessions.join(accounts, accounts.c.id == s.account_id))
    rows = tx.execute(statement.where(s.id_hash.in_(sorted(id_hashes)), s.revoked_at.is_(None))).mappings()
    return [
        StoredSession(row["id_hash"], account_of(row), row["seen_at"], row["expires_at"], row["previous_sign_in_at"], row["language"])
        for row in rows
    ]


def see(tx: Tx, id_hash: str, *, at: datetime) -> None:
    """Note that the session was used."""
    tx.execute(update(sessions).where(s.id_hash == id_hash).values(seen_at=at))


def speak(tx: Tx, id_hash: str, *, language: str) -> None:
    """Note the session's language."""
    tx.execute(update(sessions).where(s.id_hash == id_hash).values(language=language))


def revoke(tx: Tx, id_hash: str, *, at: datetime) -> int | None:
    """End a session; its account's id, or None when there was none to end."""
    statement = update(sessions).where(s.id_hash == id_hash, s.revoked_at.is_(None)).values(revoked_at=at).returning(s.account_id)
    ended: int | None = tx.scalar(statement)
    return ended


def revoke_all(tx: Tx, account_id: int, *, at: datetime) -> int:
    """End every session of an account; how many there were."""
    return tx.execute(update(sessions).where(s.account_id == account_id, s.revoked_at.is_(None)).values(revoked_at=at)).rowcount
