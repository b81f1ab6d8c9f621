"""Vendors who push over HTTP: their secrets, and the tokens they get for them. Neither is ever stored, only its hash."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from data_access.engine import Store, Tx
from data_access.repositories import audit, vendor_access
from data_access.words import storable
from domain.dialects import Dialect
from domain.errors import Invalid
from services import lockout
from services.identity import Refusal, SignInRefused

LIFETIME: Final = timedelta(hours=2)
KEPT: Final = 50  # tokens of one vendor: some sign in before every message
SHORTEST: Final = 12  # characters of a secret
LONGEST: Final = 256

_hasher: Final = PasswordHasher()  # argon2id with the parameters of RFC 9106 for limited memory


@dataclass(frozen=True, slots=True)
class Token:
    """What a vendor sends with every message; `text` goes to the vendor and nowhere else."""

    text: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Pusher:
    """A vendor that has signed in."""

    vendor: str
    dialect: Dialect


def admit(store: Store, given: Mapping[str, str], *, by: str, at: datetime) -> list[str]:
    """Let vendors push with these secrets (vendor → secret); those whose secret is new. Raises Invalid, StoreUnavailable."""
    with store.reading() as tx:
        known = vendor_access.secret_hashes(tx)
    for name, secret in given.items():
        _check(name, secret, known)
    new = {name: _hasher.hash(secret) for name, secret in given.items() if not _matches(known[name], secret)}
    with store.transaction() as tx:
        for name, hashed in new.items():
            vendor_access.keep_secret(tx, name, hashed)
            _audit(tx, name, "admit_vendor", by, at)
    return sorted(new)


def dismiss(store: Store, name: str, *, by: str, at: datetime) -> None:
    """Let a vendor push no more, at once. Raises Invalid, StoreUnavailable."""
    with store.transaction() as tx:
        if name not in vendor_access.secret_hashes(tx):
            raise Invalid(field="vendor", reason=f"{name!r} is no vendor of the platform")
        vendor_access.keep_secret(tx, name, None)
        _audit(tx, name, "dismiss_vendor", by, at)


def admit_listed(store: Store, path: Path, *, by: str, at: datetime) -> list[str]:
    """Let the vendors of a vendors.json that the platform knows push with the passwords of their broker accounts.

    Those whose secret is new. Raises Invalid, StoreUnavailable.
    """
    try:
        given = {str(vendor["name"]): str(vendor["password"]) for vendor in json.loads(path.read_text("utf-8"))}
    except (OSError, ValueError, KeyError, TypeError) as exc:
        raise Invalid(field=path.name, reason=f"{type(exc).__name__}: {exc}") from exc
    with store.reading() as tx:
        known = vendor_access.secret_hashes(tx)
    return admit(store, {name: secret for name, secret in given.items() if name in known}, by=by, at=at)


def sign_in(store: Store, name: str, secret: str, *, address: str, at: datetime) -> Token:
    """A new token. Raises SignInRefused, after as long as a success takes, whether or not the vendor exists."""
    name = storable(name)
    with store.reading() as tx:
        stored = vendor_access.secret_hashes(tx).get(name)
    matches = _matches(stored or _nobody(), secret)
    token = Token(secrets.token_urlsafe(32), at + LIFETIME)
    with store.transaction() as tx:
        refused = _judge(tx, name, matches=matches, address=address, at=at)
        if refused is None:
            vendor_access.add_token(tx, name, _digest(token.text), expires_at=token.expires_at, most=KEPT, at=at)
    if refused is not None:
        raise refused
    return token


def pusher(store: Store, token: str, *, at: datetime) -> Pusher | None:
    """Whose token it is; None when nobody's, or when it has expired. Raises StoreUnavailable."""
    with store.reading() as tx:
        found = vendor_access.of_token(tx, _digest(token), at=at)
    return None if found is None else Pusher(found.name, Dialect(found.dialect))


def _judge(tx: Tx, name: str, *, matches: bool, address: str, at: datetime) -> SignInRefused | None:
    """A lock comes before the secret, so that guessing goes on in vain; success is no entry of the log, it happens all day."""
    account = f"vendor:{name}"
    until = lockout.locked_until(tx, account, address=address, at=at)
    if until is not None:
        return SignInRefused(Refusal.LOCKED, until)
    if matches:
        lockout.succeeded(tx, account, address=address)
        return None
    lockout.failed(tx, account, address=address, at=at)
    subject, reason = account[:100], Refusal.WRONG.value
    entry = audit.Entry(account_id=None, username=name[:100], action="sign_in_refused", object=subject, reason=reason, address=address)
    audit.append(tx, entry, at)
    return SignInRefused(Refusal.WRONG)


def _check(name: str, secret: str, known: Mapping[str, str | None]) -> None:
    if name not in known:
        raise Invalid(field="vendor", reason=f"{name!r} is no vendor of the platform")
    if not SHORTEST <= len(secret) <= LONGEST:
        raise Invalid(field="secret", reason=f"the secret of {name} must have {SHORTEST} to {LONGEST} characters")


def _audit(tx: Tx, name: str, action: str, by: str, at: datetime) -> None:
    audit.append(tx, audit.Entry(account_id=None, username=by, action=action, object=f"vendor:{name}"), at)


def _matches(hashed: str | None, secret: str) -> bool:
    try:
        return hashed is not None and _hasher.verify(hashed, secret.encode("utf-8", "surrogatepass"))
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobody() -> str:
    """A hash that no secret matches, so that an unknown vendor takes as long as a known one."""
    return _hasher.hash(secrets.token_urlsafe(32))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()
