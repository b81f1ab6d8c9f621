"""Vendors' secrets and tokens, as hashes."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, delete, insert, select, text, update

from data_access.engine import Tx
from data_access.tables import vendor_tokens, vendors

_PRUNE: Final = text(
    "DELETE FROM vendor_tokens WHERE vendor = :vendor AND (expires_at <= :at OR digest IN "
    "(SELECT digest FROM vendor_tokens WHERE vendor = :vendor ORDER BY expires_at DESC, digest OFFSET :most))"
)


def secret_hashes(tx: Tx) -> dict[str, str | None]:
    """Every vendor → the hash of its secret; None where it may not push."""
    c = vendors.c
    return {row.name: row.secret_hash for row in tx.execute(select(c.name, c.secret_hash))}


def keep_secret(tx: Tx, name: str, secret_hash: str | None) -> None:
    """Give a vendor another secret, or none; its tokens end."""
    tx.execute(update(vendors).where(vendors.c.name == name).values(secret_hash=secret_hash))
    tx.execute(delete(vendor_tokens).where(vendor_tokens.c.vendor == name))


def add_token(tx: Tx, name: str, digest: str, *, expires_at: datetime, most: int, at: datetime) -> None:
    """Keep a token, and of this vendor's the newest `most` that have not expired."""
    tx.execute(insert(vendor_tokens).values(digest=digest, vendor=name, expires_at=expires_at))
    tx.execute(_PRUNE, {"vendor": name, "most": most, "at": at})


def of_token(tx: Tx, digest: str, *, at: datetime) -> Row[Any] | None:
    """The vendor (name, dialect) of a token that has not expired."""
    t, v = vendor_tokens.c, vendors.c
    statement = select(v.name, v.dialect).select_from(vendor_tokens.join(vendors, v.name == t.vendor))
    return tx.execute(statement.where(t.digest == digest, t.expires_at > at)).one_or_none()
