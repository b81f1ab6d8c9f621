"""Lifts that stand with their doors shut and somebody inside: no vendor says so, only their readings do.

They are bound for the bench to vendors they did not have, so that the simulator says nothing of them.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import psycopg

from data_access.engine import Store
from data_access.repositories import equipment, rule_settings
from domain.equipment.elevator import TRAPPED_AFTER
from tests.bench.callers import Lift, Vendors
from tests.integration.ingest.district import CALM

EVERY_S: Final = 5
AFTERWARDS_S: Final = 15  # they go on standing for so long when the rule's seconds are full
PATIENCE_S: Final = 60
INSIDE: Final = {"Door_Status": 2, "Door_Close_Status": True, "Passenger_Status": True}
FREE: Final = {"Door_Status": 4, "Door_Close_Status": False, "Passenger_Status": False}
_FREE: Final = (
    "SELECT DISTINCT ON (e.site_id) e.id, e.code, coalesce(n.monitor_vendor, %(vendor)s), e.site_id FROM equipment e "
    "LEFT JOIN equipment n ON n.site_id = e.site_id AND n.kind = e.kind AND n.monitor_vendor IS NOT NULL "
    "WHERE e.kind = 'elevator' AND e.code LIKE '31%%' AND e.use_status = 'in_use' AND e.monitor_vendor IS NULL "
    "ORDER BY e.site_id, e.id LIMIT %(wanted)s"
)
_KNOWN: Final = "SELECT count(*) FROM equipment_states WHERE equipment_id = ANY(%s)"


@dataclass(frozen=True, slots=True)
class Stood:
    """A lift in which somebody was, and when the rule's seconds were full (epoch seconds)."""

    lift: Lift
    full: float


def bind(store: Store, database: psycopg.Connection[Any], vendors: Sequence[str], *, wanted: int) -> list[Lift]:
    """Lifts that nobody simulates, no two of one site, each with a vendor now."""
    rows = database.execute(_FREE, {"vendor": vendors[0], "wanted": wanted}).fetchall()
    lifts = [Lift(*row) for row in rows]
    with store.transaction() as tx:
        equipment.bind(tx, {lift.id: lift.vendor for lift in lifts})
    return lifts


def stand(told: Vendors, store: Store, database: psycopg.Connection[Any], lifts: Sequence[Lift]) -> list[Stood]:
    """Empty until all of them are known, then with somebody inside for as long as the rule asks and a little longer, then freed."""
    known = time.time() + PATIENCE_S
    while not _are_known(database, lifts):
        if time.time() > known:
            raise TimeoutError("the worker does not know the lifts that were bound")
        _report(told, lifts, {})
    with store.reading() as tx:
        lasting = TRAPPED_AFTER.of(rule_settings.current(tx))
    full = _report(told, lifts, INSIDE) + lasting
    while time.time() < full + AFTERWARDS_S:
        _report(told, lifts, INSIDE)
    _report(told, lifts, FREE)
    return [Stood(lift, full) for lift in lifts]


def _are_known(database: psycopg.Connection[Any], lifts: Sequence[Lift]) -> bool:
    return database.execute(_KNOWN, ([lift.id for lift in lifts],)).fetchone() == (len(lifts),)


def _report(told: Vendors, lifts: Sequence[Lift], changes: Mapping[str, object]) -> float:
    """A reading of each at the next whole turn; the time it was taken, which is the time it is told."""
    taken = (int(time.time()) // EVERY_S + 1) * EVERY_S
    time.sleep(max(taken - time.time(), 0))
    for lift in lifts:
        told.report(lift, {**CALM, **changes}, at=taken)
    return taken
