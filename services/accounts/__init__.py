"""Accounts beyond sign-in: installing the demonstration's, making real ones, ending somebody's sessions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from data_access.engine import Store, Tx
from data_access.queries import deployment
from data_access.repositories import accounts, sessions
from data_access.repositories.accounts import NewAccount
from domain.errors import WrongDistrict
from domain.scope import ALL, All, Role

DEMONSTRATION = "demonstration"

_hasher = PasswordHasher()


def install_demonstration(store: Store, listed: Sequence[Mapping[str, Any]], *, at: datetime) -> int:
    """Make the demonstration's accounts as listed in services.json; how many were new or had another password.

    Idempotent. Raises WrongDistrict unless the database is a demonstration: known passwords have no place in a real one.
    """
    with store.transaction() as tx:
        mode = deployment.mode(tx)
        if mode != DEMONSTRATION:
            raise WrongDistrict(stored=mode, wanted=DEMONSTRATION)
        return sum(_install(tx, entry, at) for entry in listed)


def _install(tx: Tx, entry: Mapping[str, Any], at: datetime) -> bool:
    found = accounts.by_username(tx, entry["username"], lock=True)
    if found is not None and _opens(found[1], entry["password"]):
        return False
    account_id = accounts.put(tx, _described(entry), password_hash=_hasher.hash(entry["password"]))
    sessions.revoke_all(tx, account_id, at=at)
    return True


def _described(entry: Mapping[str, Any]) -> NewAccount:
    scope = entry["scope"]
    return NewAccount(
        username=entry["username"],
        name=entry.get("name") or entry["username"],
        role=Role(entry["role"]),
        streets=_words(scope["streets"]),
        organization=scope["organization"],
        kinds=_words(scope["kinds"]),
        demo=True,
    )


def _words(listed: Sequence[str] | str) -> tuple[str, ...] | All:
    return ALL if listed == ALL else tuple(listed)


def _opens(password_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False
