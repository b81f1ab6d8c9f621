"""Who somebody is: sign-in, sessions, sign-out. A password is only ever compared, a token only ever hashed."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from data_access.engine import Store, Tx
from data_access.repositories import accounts, audit, sessions, sign_in_failures
from data_access.repositories.accounts import Account, NewAccount
from data_access.repositories.sessions import StoredSession
from data_access.words import storable
from domain.errors import NotFound, PutuoError
from domain.scope import Role, Scope
from services import lockout

IDLE: Final = timedelta(minutes=30)
UNATTENDED_IDLE: Final = timedelta(days=30)  # a wall that hangs in its place asks every few seconds
LONGEST: Final = timedelta(hours=24)  # a person signs in at least once a day
NOTED_EVERY: Final = timedelta(minutes=1)  # how exactly the last use of a session is known
UNATTENDED: Final = frozenset({Role.WALL})  # nobody stands there to sign in again

_hasher: Final = PasswordHasher()  # argon2id with the parameters of RFC 9106 for limited memory


class Refusal(StrEnum):
    """Why somebody did not get in."""

    WRONG = "wrong"
    LOCKED = "locked"
    DISABLED = "disabled"


class SignInRefused(PutuoError):
    """No session was begun. `until` is set for a locked name."""

    code = "sign_in_refused"

    def __init__(self, reason: Refusal, until: datetime | None = None) -> None:
        self.reason = reason
        self.until = until
        super().__init__(reason=reason.value)


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who is signed in. `previous_sign_in_at` is the account's sign-in before this one."""

    account: Account
    language: str
    previous_sign_in_at: datetime | None

    @property
    def scope(self) -> Scope:
        """What the account may see."""
        return self.account.scope


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A new session; the token goes to the browser and nowhere else."""

    token: str
    session: Session


def create_account(tx: Tx, account: NewAccount, password: str) -> int:
    """Make an account; its id."""
    return accounts.add(tx, account, password_hash=_hasher.hash(password))


def install_demo_account(tx: Tx, account: NewAccount, password: str, *, at: datetime) -> None:
    """Make a demonstration's account, or give the one that is there this password, which ends its sessions if it had another.

    An account of that name that is no demonstration's is left alone.
    """
    found = accounts.by_username(tx, account.username)
    if found is None:
        create_account(tx, account, password)
        return
    own = found[0].id
    if not _verify(found[1], password) and accounts.change_demo_password(tx, own, password_hash=_hasher.hash(password)):
        sessions.revoke_all(tx, own, at=at)
        sign_in_failures.forget(tx, account.username)


def sign_in(store: Store, username: str, password: str, *, language: str = "zh_CN", address: str, at: datetime) -> SignedIn:
    """Begin a session. Raises SignInRefused, after as long as a success takes, whether or not the name exists."""
    username = storable(username)
    with store.reading() as tx:
        found = accounts.by_username(tx, username)
    nobody = _nobody()
    stored = found[1] if found else nobody
    matches = _verify(stored, password)
    with store.transaction() as tx:
        outcome = _decide(tx, username, matches=matches, address=address, at=at)
        done = _begin(tx, outcome, language, address, at) if isinstance(outcome, Account) else outcome
        _record(tx, username, outcome, address, at)
    if isinstance(done, SignInRefused):
        raise done
    if _hasher.check_needs_rehash(stored):
        _renew(store, done.session.account, password, at)
    return done


def find_session(store: Store, token: str, *, active: bool = True, at: datetime) -> Session | None:
    """The session of a token; None when it ended. `active` False does not count as use: an open page is not a person."""
    with store.reading() as tx:
        found = next(iter(sessions.find(tx, [_digest(token)])), None)
    if found is None or not _valid(found, at):
        return None
    if active and at - found.seen_at >= NOTED_EVERY:
        with store.transaction() as tx:
            sessions.see(tx, found.id_hash, at=at)
    return Session(found.account, found.language, found.previous_sign_in_at)


def alive(store: Store, tokens: Collection[str], *, at: datetime) -> dict[str, Scope]:
    """Those tokens whose sessions still hold, with what each may see now."""
    by_digest = {_digest(token): token for token in tokens}
    with store.reading() as tx:
        return {by_digest[found.id_hash]: found.account.scope for found in sessions.find(tx, by_digest) if _valid(found, at)}


def speak(store: Store, token: str, *, language: str) -> None:
    """Keep the language a session chose."""
    with store.transaction() as tx:
        sessions.speak(tx, _digest(token), language=language)


def sign_out(store: Store, token: str, *, address: str = "", at: datetime) -> None:
    """End a session; nothing happens when it has ended already."""
    with store.transaction() as tx:
        found = next(iter(sessions.find(tx, [_digest(token)])), None)
        if found is not None and sessions.revoke(tx, found.id_hash, at=at) is not None:
            _audit(tx, found.account, "sign_out", address, at)


def revoke_all(store: Store, username: str, *, by: str, reason: str, at: datetime) -> int:
    """End every session of an account at once; how many there were. Raises NotFound."""
    with store.transaction() as tx:
        found = accounts.by_username(tx, username)
        if found is None:
            raise NotFound(account=username)
        ended = sessions.revoke_all(tx, found[0].id, at=at)
        subject, after = f"account:{username}", {"ended": ended}
        entry = audit.Entry(account_id=None, username=by, action="revoke_sessions", object=subject, after=after, reason=reason)
        audit.append(tx, entry, at)
        return ended


def _decide(tx: Tx, username: str, *, matches: bool, address: str, at: datetime) -> Account | SignInRefused:
    """Judge an attempt: a lock comes before the password, so that guessing goes on in vain."""
    until = lockout.locked_until(tx, username, address=address, at=at)
    if until is not None:
        return SignInRefused(Refusal.LOCKED, until)
    found = accounts.by_username(tx, username)
    if found is None or not matches:
        lockout.failed(tx, username, address=address, at=at)
        return SignInRefused(Refusal.WRONG)
    lockout.succeeded(tx, username, address=address)
    return SignInRefused(Refusal.DISABLED) if found[0].disabled else found[0]


def _begin(tx: Tx, account: Account, language: str, address: str, at: datetime) -> SignedIn:
    token = secrets.token_urlsafe(32)
    expires_at = None if account.role in UNATTENDED else at + LONGEST
    stored = sessions.add(tx, _digest(token), account, address=address, language=language, expires_at=expires_at, at=at)
    accounts.signed_in(tx, account.id, at=at)
    return SignedIn(token, Session(account, language, stored.previous_sign_in_at))


def _renew(store: Store, account: Account, password: str, at: datetime) -> None:
    """The parameters have grown since the hash was made."""
    with store.transaction() as tx:
        accounts.signed_in(tx, account.id, password_hash=_hasher.hash(password), at=at)


def _record(tx: Tx, username: str, outcome: Account | SignInRefused, address: str, at: datetime) -> None:
    if isinstance(outcome, Account):
        _audit(tx, outcome, "sign_in", address, at)
        return
    entry = audit.Entry(
        account_id=None,
        username=username[:100],
        action="sign_in_refused",
        object=f"account:{username[:100]}",
        reason=outcome.reason.value,
        address=address,
    )
    audit.append(tx, entry, at)


def _audit(tx: Tx, account: Account, action: str, address: str, at: datetime) -> None:
    subject = f"account:{account.username}"
    audit.append(tx, audit.Entry(account_id=account.id, username=account.username, action=action, object=subject, address=address), at)


def _valid(session: StoredSession, at: datetime) -> bool:
    if session.account.disabled or (session.expires_at is not None and session.expires_at <= at):
        return False
    return at - session.seen_at < (UNATTENDED_IDLE if session.account.role in UNATTENDED else IDLE)


def _verify(password_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(password_hash, password.encode("utf-8", "surrogatepass"))
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobody() -> str:
    """A hash that no password matches, so that an unknown name takes as long as a known one."""
    return _hasher.hash(secrets.token_urlsafe(32))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()
