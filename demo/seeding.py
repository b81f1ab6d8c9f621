"""Write the demonstration district into an empty database, once, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from enum import StrEnum
from typing import Any

from data_access.engine import Store, Tx
from data_access.queries import deployment
from data_access.repositories import deployments, equipment, organizations, sites, streets, vendors
from demo import teams, upkeep
from demo.district import generate
from demo.logins import Login, settled
from demo.rows import District
from domain.errors import WrongDistrict
from services import identity


class Seeded(StrEnum):
    """What became of a request to seed."""

    WRITTEN = "written"
    ALREADY = "already"


def seed(store: Store, *, number: int, logins: Sequence[Login], at: datetime) -> Seeded:
    """Fill an empty database with the district of a seed; in one that is filled, the days since are lived through, and
    the logins become those of this installation.

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
        teams.provide(tx, seed=number, at=at)
        upkeep.keep(tx, seed=number, at=at)
        for login in settled(tx, logins):
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
