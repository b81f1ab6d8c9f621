"""The register of the district's elevators: passenger and goods lifts, escalators, and the lifts added to old walk-ups."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count
from typing import Any, Final

from data_access.words import initials
from demo import ages, quotas
from demo.codes import Registry
from demo.quotas import DUMBWAITER, ESCALATORS, FIREFIGHTER, FORCED_FREIGHT, FREIGHT, HYDRAULIC, PASSENGER
from demo.rows import EquipmentRow
from demo.sites import Site

_GOODS: Final = frozenset({FREIGHT, FORCED_FREIGHT, HYDRAULIC})
_TITLES: Final = {"3310": "扶梯", "3320": "自动人行道", "3430": "杂物梯", "3420": "消防梯"} | dict.fromkeys(_GOODS, "货梯")
_PLACE_TITLES: Final = {"residential": "梯", "hospital": "医梯"}
_FLOORS: Final = {  # least, usual, most
    "office": (5, 18, 46), "hospital": (3, 10, 22), "school": (3, 5, 9), "hotel": (4, 14, 32), "mall": (3, 6, 10), "metro": (2, 2, 4),
    "factory": (2, 4, 8), "scenic": (2, 3, 6), "other": (2, 5, 14),
}  # fmt: skip
_SPEEDS: Final = ((7, 1.0), (12, 1.5), (20, 1.75), (28, 2.0), (36, 2.5), (99, 4.0))  # up to so many floors: m/s
_LOADS: Final = {
    "residential": (630, 800, 1000, 1050), "office": (1000, 1150, 1350, 1600), "hospital": (1600, 1600, 2000), "mall": (1150, 1350, 1600),
    "metro": (1000, 1350), "hotel": (1000, 1150, 1350),
}  # fmt: skip
_UNCODED: Final = 36  # the newest lifts have no registration code yet and go by maker's code and factory number


@dataclass(frozen=True, slots=True)
class _Slot:
    """One lift's place in its site, before its dates and numbers are known."""

    site: Site
    category: str
    name: str
    address: str
    point: tuple[float, float]
    floors: int


@dataclass(frozen=True, slots=True)
class _Build:
    """What a lift can do."""

    rated_speed: float
    rated_load: float | None
    lift_height: float


def register(rng: random.Random, sites: Iterable[Site], registry: Registry, *, today: date, first_id: int) -> list[EquipmentRow]:
    """Every elevator of the district, with the shares of age and monitoring of the quotas."""
    slots = [slot for site in sites for slot in _slots(rng, site)]
    ages_by_slot = _ages(rng, slots)
    watched = _watched(rng, slots)
    uncoded = set(sorted(range(len(slots)), key=ages_by_slot.__getitem__)[:_UNCODED])
    numbers = count(first_id)
    return [
        _row(rng, slot, registry, number=next(numbers), age=age, watched=index in watched, coded=index not in uncoded, today=today)
        for index, (slot, age) in enumerate(zip(slots, ages_by_slot, strict=True))
    ]


def _slots(rng: random.Random, site: Site) -> list[_Slot]:
    return _estate(rng, site) if site.place_kind == "residential" else _building(rng, site)


def _estate(rng: random.Random, site: Site) -> list[_Slot]:
    """An estate: one to three lifts in each numbered building; add-on lifts stand one per entrance of a walk-up."""
    word = "号" if site.add_on else rng.choice(("号", "幢", "号楼"))
    floors = rng.randint(5, 7) if site.add_on else rng.choice((9, 11, 12, 14, 18, 18, 24, 28, 32, 33))
    per_building = 1 if site.add_on else rng.choice((1, 2, 2, 2, 3))
    slots: list[_Slot] = []
    for building in count(1):
        if len(slots) == site.lifts:
            return slots
        number = building * 2 - 1 if site.add_on else building
        spread = 25 * (site.lifts / per_building) ** 0.5
        point = site.street.near(site.centre, rng.uniform(-spread, spread), rng.uniform(-spread, spread))
        for lift in range(1, min(per_building, site.lifts - len(slots)) + 1):
            where = f"{number}{word}"
            name = f"{site.row.name}{where}加装电梯" if site.add_on else f"{site.row.name}{where}{lift}号梯"
            slots.append(_Slot(site, PASSENGER, name, site.row.address + where, _beside(rng, site, point), floors))
    return slots


def _building(rng: random.Random, site: Site) -> list[_Slot]:
    """A public building: lifts counted per title, in blocks of up to a dozen."""
    codes, weights = zip(*quotas.PLACES[site.place_kind].categories, strict=True)
    low, usual, high = _FLOORS[site.place_kind]
    floors = max(2, round(rng.triangular(low, high, usual)))
    slots: list[_Slot] = []
    counted: dict[str, int] = {}
    for index, category in enumerate(sorted(rng.choices(codes, weights, k=site.lifts))):
        block = f"{chr(65 + index // 12)}座" if site.lifts > 12 and site.place_kind in ("office", "mall", "hotel") else ""
        title = _TITLES.get(category) or _PLACE_TITLES.get(site.place_kind, "客梯")
        counted[block + title] = counted.get(block + title, 0) + 1
        point = site.street.near(site.centre, rng.uniform(-45, 45), rng.uniform(-45, 45))
        name = f"{site.row.name}{block}{counted[block + title]}号{title}"
        slots.append(_Slot(site, category, name, site.row.address + block, point, 2 if category in ESCALATORS else floors))
    return slots


def _beside(rng: random.Random, site: Site, point: tuple[float, float]) -> tuple[float, float]:
    return site.street.near(point, rng.uniform(-4, 4), rng.uniform(-4, 4))


def _ages(rng: random.Random, slots: Sequence[_Slot]) -> list[float]:
    """Years of service; the oldest sites fill the quotas of over 20 and over 15 years exactly."""
    years = [0.0] * len(slots)
    homes = [i for i, slot in enumerate(slots) if slot.site.place_kind == "residential"]
    others = [i for i, slot in enumerate(slots) if slot.site.place_kind != "residential"]
    for group, over_20, over_15 in (
        (homes, quotas.OVER_20_RESIDENTIAL, quotas.OVER_15_RESIDENTIAL),
        (others, quotas.OVER_20 - quotas.OVER_20_RESIDENTIAL, quotas.OVER_15 - quotas.OVER_15_RESIDENTIAL),
    ):
        of_site: dict[tuple[int, int], float] = {}
        for rank, index in enumerate(sorted(group, key=lambda i: (slots[i].site.vintage, i))):
            site = slots[index].site
            band = 0 if rank < over_20 else 1 if rank < over_15 else 2
            low, high = ((20.1, 29.0), (15.1, 19.9), (0.05, 7.5 if site.add_on else 14.8))[band]
            base = of_site.setdefault((site.row.id, band), rng.uniform(low, high))
            years[index] = min(high, max(low, base + rng.uniform(-0.3, 0.3)))
    return years


def _watched(rng: random.Random, slots: Sequence[_Slot]) -> set[int]:
    """Which lifts have a monitor: site by site, hospitals, stations and scenic spots first, dumbwaiters never."""
    order = {site_id: rng.random() for site_id in {slot.site.row.id for slot in slots}}
    first = {"hospital": -1.0, "metro": -1.0, "scenic": -1.0}

    def rank(index: int) -> tuple[float, int]:
        site = slots[index].site
        return first.get(site.place_kind, 0.0) + order[site.row.id], index

    homes = sorted((i for i, slot in enumerate(slots) if slot.site.place_kind == "residential"), key=rank)
    others = sorted((i for i, s in enumerate(slots) if s.site.place_kind != "residential" and s.category != DUMBWAITER), key=rank)
    return {*homes[: quotas.MONITORED_RESIDENTIAL], *others[: quotas.MONITORED_OTHER]}


def _build(rng: random.Random, slot: _Slot) -> _Build:
    place, floors = slot.site.place_kind, slot.floors
    if slot.category in ESCALATORS:
        return _Build(rng.choice((0.5, 0.5, 0.65)), None, rng.choice((4.5, 5.0, 5.4, 6.0)))
    height = round((floors - 1) * {"residential": 2.9, "office": 3.9, "factory": 5.2}.get(place, 4.2), 1)
    if slot.category == DUMBWAITER:
        return _Build(0.4, rng.choice((100.0, 200.0, 300.0)), height)
    if slot.category in _GOODS:
        return _Build(0.5, rng.choice((1000.0, 2000.0, 3000.0, 5000.0)), height)
    if slot.site.add_on:
        return _Build(1.0, rng.choice((450.0, 630.0)), height)
    speed = next(speed for most, speed in _SPEEDS if floors <= most)
    return _Build(speed, float(rng.choice(_LOADS.get(place, (800, 1000, 1350)))), height)


def _row(
    rng: random.Random, slot: _Slot, registry: Registry, *, number: int, age: float, watched: bool, coded: bool, today: date
) -> EquipmentRow:
    site, build = slot.site, _build(rng, slot)
    born = ages.birth(rng, age_years=age, today=today)
    checked = ages.inspections(rng, installed_on=born.installed_on, months=12, today=today)
    contract_until = today + timedelta(days=-rng.randint(2, 60) if site.lapsed else 20 + site.row.id * 37 % 700)
    kept = ages.maintenance(rng, today=today, contract_until=contract_until)
    factory_number = f"{initials(site.maker.name)[:4].upper()}{born.made_on:%y}{number:06d}"
    return EquipmentRow(
        id=number,
        code=registry.code(slot.category, born.registered_on) if coded else f"{site.maker.credit_code}-{factory_number}",
        kind="elevator",
        name=slot.name,
        category_code=slot.category,
        site_id=site.row.id,
        street_code=site.street.code,
        residential=site.place_kind == "residential",
        place_kind=site.place_kind,
        address=slot.address,
        lng=round(slot.point[0], 6),
        lat=round(slot.point[1], 6),
        use_unit_id=site.use_unit.id,
        maker_id=site.maker.id,
        installer_id=site.installer.id,
        maintenance_unit_id=site.maintainer.id,
        model=_model(site, slot, build),
        factory_number=factory_number,
        made_on=born.made_on,
        installed_on=born.installed_on,
        registered_on=born.registered_on,
        use_certificate=registry.certificate("elevator", slot.category, born.registered_on) if coded else "",
        last_inspected_on=checked.last_on,
        inspection_result=checked.result,
        next_inspection_on=checked.next_on,
        last_maintained_on=kept.last_on,
        next_maintenance_on=kept.next_on,
        maintenance_contract_until=kept.contract_until,
        add_on=site.add_on,
        monitor_vendor=site.vendor if watched else None,
        rated_speed=build.rated_speed,
        rated_load=build.rated_load,
        floors=slot.floors,
        stops=slot.floors,
        lift_height=build.lift_height,
        use_status="stopped" if age > 18 and rng.random() < 0.004 and not watched else "in_use",
        extra={"rescue_code": f"{number:06d}"},
        **_care(rng, site, age=age, today=today),
    )


def _model(site: Site, slot: _Slot, build: _Build) -> str:
    letter = "E" if slot.category in ESCALATORS else "F" if slot.category == FIREFIGHTER else "H" if slot.category in _GOODS else "P"
    load = "" if build.rated_load is None else f"-{build.rated_load:.0f}"
    return f"{initials(site.maker.name)[:2].upper()}{letter}{load}-{build.rated_speed:g}"


def _care(rng: random.Random, site: Site, *, age: float, today: date) -> dict[str, Any]:
    """What was done about an old residential lift: assessment (from 15 years), overhaul, renovation."""
    if site.place_kind != "residential" or age <= 15:
        return {}

    def done(share: float, within_days: int) -> date | None:
        return today - timedelta(days=rng.randint(30, within_days)) if rng.random() < share else None

    return {"assessed_on": done(0.7, 1000), "overhauled_on": done(0.28, 2500), "renovated_on": done(0.16, 2200) if age > 20 else None}
