"""Write the demonstration district into an empty database, once, in one transaction."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from data_access.engine import Store, Tx
from data_access.queries import deployment
from data_access.repositories import deployments, equipment, organizations, sites, streets, vendors
from data_access.repositories.accounts import NewAccount
from demo.district import generate
from demo.rows import District
from domain.errors import WrongDistrict
from domain.scope import ALL, All, Role
from services import identity


class Seeded(StrEnum):
    """What became of a request to seed."""

    WRITTEN = "written"
    ALREADY = "already"


@dataclass(frozen=True, slots=True)
class Login:
    """A demonstration account with the password of this installation."""

    account: NewAccount
    password: str


def read_logins(path: Path) -> list[Login]:
    """The accounts this installation has invented passwords for; none where there is no such file."""
    return [_login(said) for said in json.loads(path.read_text("utf-8"))] if path.exists() else []


def seed(store: Store, *, number: int, logins: Sequence[Login], at: datetime) -> Seeded:
    """Fill an empty database with the district of a seed; in one that is filled, only the logins become those of this installation.

    Raises WrongDistrict where anything of a real district is stored.
    """
    with store.reading() as tx:
        district = None if _already(tx) else generate(number, at)
    with store.transaction() as tx:
        if district is None or _already(tx):  # another process was faster
            outcome = Seeded.ALREADY
        else:
            _write(tx, district, at)
            outcome = Seeded.WRITTEN
        for login in logins:
            identity.install_demo_account(tx, login.account, login.password, at=at)
    return outcome


def _already(tx: Tx) -> bool:
    mode = deployment.mode(tx)
    if mode == "real" or (mode is None and equipment.exists(tx)):
        raise WrongDistrict(stored=mode or "equipment", wanted="demonstration")
    return mode == "demonstration"


def _write(tx: Tx, district: District, at: datetime) -> None:
    deployments.declare(tx, "demonstration", seed=district.seed, at=at)
    streets.upsert(tx, _rows(district.streets))
    vendors.add_all(tx, district.vendors)
    vendors.map_codes(tx, district.vendor_codes)
    organizations.add_all(tx, _rows(district.organizations))
    sites.add_all(tx, _rows(district.sites))
    equipment.add_all(tx, _rows(district.equipment))


def _rows(records: Sequence[Any]) -> list[dict[str, Any]]:
    """Column → value of each record; not dataclasses.asdict, which would copy every value deeply."""
    names = [field.name for field in fields(records[0])]
    return [{name: getattr(record, name) for name in names} for record in records]


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
