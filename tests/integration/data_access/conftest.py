"""A small district in a real database: three streets, every kind, machines in no street, alarms, readings."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from data_access import partitions
from data_access.engine import Store, connect
from data_access.repositories import alarms, equipment, organizations, quarantine, sites, streets, vendors
from data_access.repositories.organizations import Unit
from data_access.repositories.quarantine import Refused
from domain.equipment import KINDS, MONITORED
from tests.integration.data_access.district import AT, STREETS, machine, raised, reading, state
from tests.readings_fixture import State, append_readings, upsert_states

PLACES = ("residential", "mall", "hospital", "metro", "scenic")
FAMILIES = ("entrapment", "door_held_open", "overspeed", "device_offline")
LEVELS = ("minor_fault", "entrapment", "emergency")
REFUSED = tuple(f"code-{n:03}" for n in range(0, 120, 7))  # machines of which one message each was refused
NAMELESS = 2  # refused messages that name no machine of the register


@pytest.fixture(scope="module")
def store(database_url: str) -> Iterator[Store]:
    """The module's own database, empty but for its tables."""
    opened = connect(database_url, name="tests")
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def district(store: Store) -> Store:
    """The same with the small district in it."""
    fill(store)
    return store


def fill(store: Store) -> None:
    """120 machines: kinds, streets, places, ages, dates, monitors and units in ever other combinations."""
    with store.transaction() as tx:
        partitions.ensure(tx, AT, hours_ahead=1)
        places = [
            {"code": code, "name": name, "kind": "street", "lng": 121.4, "lat": 31.2, "area_km2": 3.0, "geometry": None}
            for code, name in STREETS
        ]
        streets.upsert(tx, places)
        vendors.add_all(tx, [("xzl", "迅智联"), ("ckt", "叉控通"), ("idle", "无设备")])
        units = list(organizations.ensure(tx, [Unit(name, kind=kind) for name, kind in UNITS]).values())
        known = sites.ensure(tx, [{"name": f"场所{n}", "street_code": None, "address": f"石泉路{n}号"} for n in range(7)])
        equipment.add_all(tx, [_machine(n, units, list(known.values())) for n in range(120)])
        spoken = [_state(n) for n in range(120) if n % 4 and _kind(n) in MONITORED and n % 3]
        upsert_states(tx, spoken)
        append_readings(tx, [reading(s.equipment_id, s.sampled_at, kind=s.kind) for s in spoken])
        alarms.raise_(tx, [_alarm(n) for n in range(0, 120, 5)])
        alarms.clear(tx, [(n + 1, _alarm(n).family, AT) for n in range(0, 120, 25)])
        quarantine.put(tx, [_refused(code) for code in (*REFUSED, None, "nobody's")])
        quarantine.count_unknown_keys(tx, {("xzl", "elevator", "Mood"): 2, ("xzl", "forklift", "Wish"): 5}, AT)
        vendors.heard(tx, {"xzl": 40, "nobody": 3}, AT - timedelta(minutes=1))


UNITS = (("甲物业", "use_unit"), ("乙物业", "use_unit"), ("丙电梯维保", "maintenance_unit"), ("丁电梯维保", "maintenance_unit"))


def _kind(n: int) -> str:
    return list(KINDS)[n % 7] if n % 2 else "elevator"


def _machine(n: int, units: list[int], known_sites: list[int]) -> dict[str, object]:
    day = AT.date()
    return machine(
        id=n + 1,
        code=f"code-{n:03}",
        kind=_kind(n),
        name=f"{'甲乙丙丁'[n % 4]}苑{n}号楼电梯",
        site_id=known_sites[n % 7] if n % 5 else None,
        street_code=(*(code for code, _ in STREETS), None)[n % 4],
        residential=n % 3 == 0,
        place_kind=PLACES[n % 5],
        add_on=n % 11 == 0,
        monitor_vendor=("xzl" if _kind(n) == "elevator" else "ckt") if n % 4 and _kind(n) in MONITORED else None,
        lng=None if n % 13 == 0 else 121.4 + n / 1000,
        use_unit_id=units[n % 2],
        maintenance_unit_id=(None, units[2], units[3])[n % 3],
        installed_on=None if n % 17 == 0 else date(day.year - n % 26, 11, 18 + n % 5),
        use_status=("in_use", "in_use", "in_use", "stopped")[n % 4],
        inspection_result=("passed", "failed", None)[n % 3],
        next_inspection_on=day + timedelta(days=n - 60),
        next_maintenance_on=day + timedelta(days=n % 9 - 4),
        maintenance_contract_until=None if n % 6 == 0 else day + timedelta(days=n % 7 - 3),
        length_km=1.5 if _kind(n) == "pressure_pipeline" else None,
    )


def _state(n: int) -> State:
    return state(n + 1, AT - timedelta(seconds=n), kind=_kind(n), presence=("online", "silent", "offline", "online", "unknown")[n % 5])


def _alarm(n: int) -> alarms.Raised:
    family = FAMILIES[n // 5 % 4]
    category = {"entrapment": "entrapment", "device_offline": "presence"}.get(family, "violation" if n % 2 else "fault")
    return raised(n + 1, family, category=category, level=LEVELS[n // 5 % 3], urgent=n % 2 == 0, at=AT - timedelta(hours=n / 3))


def _refused(code: str | None) -> Refused:
    return Refused("xzl", "pt/v1/xzl/elevator/x/state", "conflict", b"{}", AT, equipment_code=code)
