"""The demonstration district as rows: the same for the same seed and day, whatever the machine."""

from __future__ import annotations

import random
from datetime import datetime
from typing import Final

from demo import gateways, geography, lifts, machines, quotas, sites
from demo.codes import Registry
from demo.organizations import Companies
from demo.rows import District, StreetRow
from domain.telemetry import BEIJING

_STREET_KINDS: Final = {"街道": "street", "镇": "town"}


def generate(seed: int, at: datetime) -> District:
    """Every row of the district; dates are counted back from the Shanghai day of `at`."""
    today = at.astimezone(BEIJING).date()
    land = geography.load()
    companies = Companies(_stream(seed, "companies"))
    places = sites.plan(_stream(seed, "sites"), land, companies)
    registry = Registry()
    elevators = lifts.register(_stream(seed, "lifts"), places, registry, today=today, first_id=1)
    others = machines.register(_stream(seed, "machines"), places, companies, registry, today=today, first_id=len(elevators) + 1)
    return District(
        seed=seed,
        streets=tuple(map(_street, land.streets.values())),
        organizations=tuple(companies.all),
        sites=tuple(site.row for site in places),
        equipment=tuple(gateways.connect([*elevators, *others])),
        vendors=quotas.VENDORS,
        vendor_codes=quotas.VENDOR_CODES,
    )


def _stream(seed: int, part: str) -> random.Random:
    """Random numbers of one part; a change in one part does not disturb the others."""
    return random.Random(f"{seed}/{part}")


def _street(street: geography.Street) -> StreetRow:
    lng, lat = street.label
    return StreetRow(street.code, street.name, _STREET_KINDS[street.kind], lng, lat, street.area_km2, dict(street.geometry))
