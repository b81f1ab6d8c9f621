"""Which gateway each monitor reports through: a few sites of a street share one; one vendor has a concentrator for most of its own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Final

from demo.rows import EquipmentRow

CONCENTRATED: Final = "xzl"
CONCENTRATOR: Final = "XZL-HUB-1"
CONCENTRATED_MACHINES: Final = 3_000  # at least
_SITES: Final = 3  # of one gateway at most
_MACHINES: Final = 40  # a gateway with so many takes no further site


def connect(rows: Sequence[EquipmentRow]) -> list[EquipmentRow]:
    """The rows with the gateway of each monitored machine."""
    of_site = _gateways([row for row in rows if row.monitor_vendor])
    return [replace(row, gateway=of_site[row.monitor_vendor, row.site_id]) if row.monitor_vendor else row for row in rows]


def _gateways(monitored: Iterable[EquipmentRow]) -> dict[tuple[str, int], str]:
    """(vendor, site) → gateway."""
    named: dict[tuple[str, int], str] = {}
    for vendor, machines in groupby(sorted(monitored, key=_place), key=lambda row: row.monitor_vendor or ""):
        sites = [(key, len(list(group))) for key, group in groupby(machines, key=lambda row: (row.street_code, row.site_id))]
        own = _concentrated(sites) if vendor == CONCENTRATED else frozenset()
        named |= {(vendor, site_id): CONCENTRATOR for site_id in own}
        named |= _shared(vendor, [(key, count) for key, count in sites if key[1] not in own])
    return named


def _place(row: EquipmentRow) -> tuple[str, str, int]:
    return row.monitor_vendor or "", row.street_code, row.site_id


def _concentrated(sites: Iterable[tuple[tuple[str, int], int]]) -> frozenset[int]:
    """The sites behind the concentrator: by their numbers, so from every street."""
    chosen, machines = set(), 0
    for (_, site_id), count in sorted(sites, key=lambda site: site[0][1] * 2_654_435_761 % 2**32):
        if machines >= CONCENTRATED_MACHINES:
            break
        chosen.add(site_id)
        machines += count
    return frozenset(chosen)


def _shared(vendor: str, sites: Iterable[tuple[tuple[str, int], int]]) -> dict[tuple[str, int], str]:
    named: dict[tuple[str, int], str] = {}
    number, street_of, held, machines = 0, "", 0, 0
    for (street, site_id), count in sites:
        if street != street_of or held >= _SITES or machines >= _MACHINES:
            number, street_of, held, machines = number + 1, street, 0, 0
        held, machines = held + 1, machines + count
        named[vendor, site_id] = f"{vendor.upper()}-GW-{number:03d}"
    return named
