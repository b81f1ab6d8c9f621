"""Accounts: who may sign in, and as what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import RowMapping, select, update
from sqlalchemy.dialects.postgresql import insert

from data_access.engine import Tx
from data_access.tables import accounts
from domain.errors import Conflict
from domain.scope import ALL, All, Role, Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAccount:
    """An account to be made; `streets` and `kinds` as in Scope."""

    username: str
    name: str
    role: Role
    streets: tuple[str, ...] | All = ALL
    organization: int | None = None
    kinds: tuple[str, ...] | All = ALL
    demo: bool = False


@dataclass(frozen=True, slots=True)
class Account:
    """A stored account, without its password."""

    id: int
    username: str
    name: str
    scope: Scope
    disabled: bool
    last_sign_in_at: datetime | None

    @property
    def role(self) -> Role:
        """What the account may do."""
        return self.scope.role


COLUMNS: Final = (
    accounts.c.id, accounts.c.username, accounts.c.name, accounts.c.role, accounts.c.streets, accounts.c.organization_id, accounts.c.kinds,
    accounts.c.disabled, accounts.c.last_sign_in_at,
)  # fmt: skip


def add(tx: Tx, account: NewAccount, *, password_hash: str) -> int:
    """Make an account; its id. Raises Conflict when the username is taken."""
    statement = insert(accounts).values(_row(account, password_hash)).on_conflict_do_nothing(index_elements=["username"])
    made = tx.scalar(statement.returning(accounts.c.id))
    if made is None:
        raise Conflict(username=account.username)
    return int(made)


def by_username(tx: Tx, username: str) -> tuple[Account, str] | None:
    """An account with its password hash."""
    statement = select(*COLUMNS, accounts.c.password_hash).where(accounts.c.username == username)
    row = tx.execute(statement).mappings().one_or_none()
    return None if row is None else (account_of(row), row["password_hash"])


def signed_in(tx: Tx, account_id: int, *, password_hash: str | None = None, at: datetime) -> None:
    """Note the moment; `password_hash` replaces one made with older parameters."""
    changes: dict[str, object] = {"last_sign_in_at": at}
    renewed = {"password_hash": password_hash} if password_hash else {}
    tx.execute(update(accounts).where(accounts.c.id == account_id).values(changes | renewed))


def change_demo_password(tx: Tx, account_id: int, *, password_hash: str) -> bool:
    """Give a demonstration's account another password; False for any other account, which is left alone."""
    statement = update(accounts).where(accounts.c.id == account_id, accounts.c.demo).values(password_hash=password_hash)
    return tx.execute(statement).rowcount == 1


def account_of(row: RowMapping) -> Account:
    """The account in a row of COLUMNS."""
    streets: tuple[str, ...] | All = ALL if row["streets"] is None else tuple(row["streets"])
    kinds: tuple[str, ...] | All = ALL if row["kinds"] is None else tuple(row["kinds"])
    scope = Scope(Role(row["role"]), streets, row["organization_id"], kinds)
    return Account(row["id"], row["username"], row["name"], scope, row["disabled"], row["last_sign_in_at"])


def _row(account: NewAccount, password_hash: str) -> dict[str, object]:
    return {
        "username": account.username,
        "password_hash": password_hash,
        "name": account.name,
        "role": account.role.value,
        "streets": None if account.streets == ALL else sorted(account.streets),
        "organization_id": account.organization,
        "kinds": None if account.kinds == ALL else sorted(account.kinds),
        "demo": account.demo,
    }
