"""`python -m services.accounts add | revoke`: make an account in the database of DATABASE_URL, or end its sessions at once."""

from __future__ import annotations

import argparse
import secrets
import sys
from datetime import UTC, datetime

from data_access.engine import Store
from data_access.repositories import audit
from data_access.repositories.accounts import NewAccount
from domain.scope import ALL, Role
from services import identity
from services.commands import OPERATOR, run


def main(arguments: list[str] | None = None) -> int:
    """The exit code: 0, or 1 with the refusal on stderr."""
    chosen = _parser().parse_args(arguments)
    return run(lambda store: chosen.command(store, chosen), name="accounts")


def _add(store: Store, chosen: argparse.Namespace) -> None:
    password = secrets.token_urlsafe(12)
    account = NewAccount(
        username=chosen.username,
        name=chosen.name or chosen.username,
        role=Role(chosen.role),
        streets=tuple(chosen.street) or ALL,
        organization=chosen.organization,
        kinds=tuple(chosen.kind) or ALL,
    )
    with store.transaction() as tx:
        identity.create_account(tx, account, password)
        made = audit.Entry(account_id=None, username=OPERATOR, action="create_account", object=f"account:{chosen.username}")
        audit.append(tx, made, datetime.now(UTC))
    print(password)


def _revoke(store: Store, chosen: argparse.Namespace) -> None:
    ended = identity.revoke_all(store, chosen.username, by=OPERATOR, reason=chosen.reason, at=datetime.now(UTC))
    print(ended)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m services.accounts", description=__doc__)
    commands = parser.add_subparsers(required=True)
    add = commands.add_parser("add", help="make an account; its password is printed once")
    add.add_argument("username")
    add.add_argument("role", choices=[role.value for role in Role])
    add.add_argument("--name", default="")
    add.add_argument("--street", action="append", default=[], help="a street's code; none: all streets")
    add.add_argument("--kind", action="append", default=[], help="a kind of equipment; none: all kinds")
    add.add_argument("--organization", type=int, help="the id of the unit whose equipment is seen")
    add.set_defaults(command=_add)
    revoke = commands.add_parser("revoke", help="end every session of an account; prints how many there were")
    revoke.add_argument("username")
    revoke.add_argument("--reason", required=True)
    revoke.set_defaults(command=_revoke)
    return parser


if __name__ == "__main__":
    sys.exit(main())
