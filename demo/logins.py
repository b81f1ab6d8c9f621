"""The demonstration's sign-ins, as run/accounts.json lists them: which unit each belongs to is known once the district is written."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from data_access.engine import Tx
from data_access.repositories import rosters
from data_access.repositories.accounts import NewAccount
from domain.scope import ALL, All, Role

USE_UNIT: Final = "use-unit"
TRUCK_UNIT: Final = "truck-unit"
MAINTAINERS: Final = ("maintainer-1", "maintainer-2")
OF_UNITS: Final = frozenset({USE_UNIT, TRUCK_UNIT, *MAINTAINERS})
_PRIVATE: Final = 0o600


@dataclass(frozen=True, slots=True)
class Login:
    """A demonstration account with the password of this installation."""

    account: NewAccount
    password: str


def read_logins(path: Path) -> list[Login]:
    """The accounts this installation has invented passwords for; none where there is no such file."""
    return [_login(said) for said in json.loads(path.read_text("utf-8"))] if path.exists() else []


def settled(tx: Tx, logins: Sequence[Login]) -> list[Login]:
    """The logins with the units they belong to: a use unit with many lifts, the two that maintain most of them, and one with many trucks.

    Where the district has no such unit, there is no such login: an account of a unit without one would see the whole district.
    """
    units = _units(tx) if any(login.account.username in OF_UNITS for login in logins) else {}
    theirs = [login for login in logins if login.account.username in units]
    others = [login for login in logins if login.account.username not in OF_UNITS]
    return others + [replace(login, account=replace(login.account, organization=units[login.account.username])) for login in theirs]


def write_units(path: Path, logins: Sequence[Login]) -> None:
    """Say in the list which unit each account belongs to, so that tools know its scope."""
    if not path.exists():
        return
    units = {login.account.username: login.account.organization for login in logins}
    listed: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))
    named = [said | {"scope": said["scope"] | {"organization": units.get(said["username"])}} for said in listed]
    if named != listed:
        _replace(path, json.dumps(named, ensure_ascii=False, indent=2) + "\n")


def _units(tx: Tx) -> dict[str, int]:
    lifts, trucks = (rosters.busiest_use_unit(tx, kind=kind) for kind in ("elevator", "forklift"))
    found = {} if trucks is None else {TRUCK_UNIT: trucks[0]}
    if lifts is None:
        return found
    maintainers = [unit for unit, _ in rosters.maintainers_of(tx, lifts[0])]
    return found | {USE_UNIT: lifts[0]} | dict(zip(MAINTAINERS, maintainers, strict=False))


def _replace(path: Path, text: str) -> None:
    """Put a file in the place of another in one step; only its owner may read it."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _PRIVATE)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    draft.replace(path)


def _login(said: dict[str, Any]) -> Login:
    scope = said["scope"]
    account = NewAccount(
        username=said["username"],
        name=said["name"],
        role=Role(said["role"]),
        streets=_several(scope["streets"]),
        kinds=_several(scope["kinds"]),
        demo=True,
    )
    return Login(account, said["password"])


def _several(said: list[str] | str) -> tuple[str, ...] | All:
    return ALL if isinstance(said, str) else tuple(said)
