"""Which machines report: those the register binds to a vendor, and as many more as a bench asks for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from data_access.engine import Store
from data_access.queries import deployment
from data_access.repositories import equipment
from demo.device import Device, Registered, device_of
from demo.quotas import FORKLIFT_VENDOR, LIFT_VENDOR_SHARES
from domain.equipment import MONITORED
from domain.errors import WrongDistrict


def connected(store: Store, wanted: int | None) -> list[Device]:
    """The machines to simulate: all bound ones, or `wanted` of them; beyond their number further ones are bound in the database.

    Raises WrongDistrict unless the database is a demonstration.
    """
    with store.reading() as tx:
        mode = deployment.mode(tx)
        if mode != "demonstration":
            raise WrongDistrict(stored=mode or "nothing", wanted="demonstration")
        rows = equipment.monitorable(tx, MONITORED)
    fresh = additional(rows, wanted)
    if fresh:
        with store.transaction() as tx:
            equipment.bind(tx, fresh)
    devices = [device_of(row, fresh.get(row.id) or row.monitor_vendor) for row in rows if row.id in fresh or row.monitor_vendor]
    return devices if wanted is None or wanted >= len(devices) else sorted(devices, key=_shuffled)[:wanted]


def additional(rows: Sequence[Registered], wanted: int | None) -> dict[int, str]:
    """A vendor for each machine that must be bound to have `wanted` of them; a site keeps to one vendor."""
    missing = max(0, (wanted or 0) - sum(row.monitor_vendor is not None for row in rows))
    bound = Counter((row.site_id, row.monitor_vendor) for row in rows if row.monitor_vendor and row.kind == "elevator")
    of_site = {site: vendor for (site, vendor), _ in sorted(bound.items(), key=lambda entry: entry[1])}
    free = [row for row in rows if row.monitor_vendor is None][:missing]
    return {row.id: FORKLIFT_VENDOR if row.kind == "forklift" else of_site.get(row.site_id) or _vendor(row.site_id) for row in free}


def _vendor(site_id: int) -> str:
    vendors = [vendor for vendor, share in LIFT_VENDOR_SHARES.items() for _ in range(share)]
    return vendors[site_id * 7919 % len(vendors)]


def _shuffled(device: Device) -> int:
    return device.id * 2_654_435_761 % 2**32
