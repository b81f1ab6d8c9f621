"""The register of everything that is not an elevator: forklifts, cranes, rides, boilers, pressure vessels and pipelines."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, Final

from data_access.words import initials
from demo import ages, quotas
from demo.codes import Registry
from demo.geography import moved
from demo.organizations import Companies
from demo.rows import EquipmentRow
from demo.sites import Site
from domain.equipment import KINDS


@dataclass(frozen=True, slots=True)
class Recipe:
    """How one kind of machine is spread: title, catalogue codes, share per kind of place, oldest age, loads in kg."""

    title: str
    categories: tuple[str, ...]
    places: Mapping[str, int]
    oldest_years: float
    loads: tuple[float, ...] = ()


RECIPES: Final[dict[str, Recipe]] = {
    "forklift": Recipe("叉车", ("5110",), {"factory": 1}, 12, (1500, 2000, 2500, 3000, 3500, 5000)),
    "crane": Recipe(
        "起重机", ("4110", "4190", "4860", "4310"), {"factory": 70, "other": 20, "office": 10}, 22, (2000, 5000, 10000, 16000, 20000, 32000)
    ),
    "amusement_ride": Recipe("大型游乐设施", ("6200", "6700", "6900"), {"scenic": 1}, 12),
    "boiler": Recipe("锅炉", ("1100", "1200"), {"factory": 50, "hotel": 25, "hospital": 25}, 18),
    "pressure_vessel": Recipe(
        "压力容器", ("2110", "2150", "2170"), {"factory": 66, "hospital": 10, "hotel": 8, "office": 8, "school": 3, "other": 5}, 24
    ),
    "pressure_pipeline": Recipe("压力管道", ("8100", "8200", "8300"), {"factory": 80, "hospital": 10, "hotel": 10}, 24),
}  # fmt: skip
_MODEL_LETTERS: Final = {
    "forklift": "CPD", "crane": "LD", "amusement_ride": "YL", "boiler": "WNS", "pressure_vessel": "C", "pressure_pipeline": "GC2"
}  # fmt: skip


def register(
    rng: random.Random, sites: Sequence[Site], companies: Companies, registry: Registry, *, today: date, first_id: int
) -> list[EquipmentRow]:
    """All other machines, in numbers exactly as the quotas say."""
    rows: list[EquipmentRow] = []
    by_place: dict[str, list[Site]] = {}
    for site in sites:
        by_place.setdefault(site.place_kind, []).append(site)
    lengths = _lengths(rng)
    for kind, total in {**quotas.COUNTS, "pressure_pipeline": quotas.PIPELINES}.items():
        counted: dict[int, int] = {}
        for index, site in enumerate(_homes(rng, by_place, RECIPES[kind], total)):
            counted[site.row.id] = counted.get(site.row.id, 0) + 1
            length = lengths[index] if kind == "pressure_pipeline" else None
            watched = kind == "forklift" and index < quotas.MONITORED_FORKLIFTS
            nth, number = counted[site.row.id], first_id + len(rows)
            row = _row(rng, kind, site, companies, registry, number=number, nth=nth, length_km=length, watched=watched, today=today)
            rows.append(row)
    return rows


def _homes(rng: random.Random, by_place: Mapping[str, Sequence[Site]], recipe: Recipe, total: int) -> list[Site]:
    """The site of each machine: a few sites have many, most have one or two."""
    chosen: list[Site] = []
    places, weights = list(recipe.places), list(recipe.places.values())
    while len(chosen) < total:
        site = rng.choice(by_place[rng.choices(places, weights)[0]])
        chosen += [site] * min(total - len(chosen), 1 + int(rng.expovariate(0.5)))
    return chosen


def _lengths(rng: random.Random) -> list[float]:
    """Kilometres of each pipeline: eighths, and the remainder in the last, so that also the database's sum of floats is exact."""
    eighths, rest_metres = divmod(quotas.PIPELINE_METRES, 125)
    edges = [0, *sorted(rng.sample(range(1, eighths), quotas.PIPELINES - 2)), eighths]
    return [(b - a) / 8 for a, b in pairwise(edges)] + [rest_metres / 1000]


def _row(
    rng: random.Random, kind: str, site: Site, companies: Companies, registry: Registry, *,
    number: int, nth: int, length_km: float | None, watched: bool, today: date,
) -> EquipmentRow:  # fmt: skip
    recipe = RECIPES[kind]
    category = rng.choice(recipe.categories)
    born = ages.birth(rng, age_years=rng.uniform(0.1, recipe.oldest_years), today=today)
    months = KINDS[kind].inspection_months or 12
    checked = ages.inspections(rng, installed_on=born.installed_on, months=months, today=today)
    maker = companies.machine_makers.one(rng)
    point = site.street.near(site.centre, rng.uniform(-40, 40), rng.uniform(-40, 40))
    name = f"{site.row.name}{nth}号{recipe.title}"
    load = float(rng.choice(recipe.loads)) if recipe.loads else None
    return EquipmentRow(
        id=number,
        code=registry.code(category, born.registered_on),
        kind=kind,
        name=name,
        category_code=category,
        site_id=site.row.id,
        street_code=site.street.code,
        residential=False,
        place_kind=site.place_kind,
        address=site.row.address,
        lng=round(point[0], 6),
        lat=round(point[1], 6),
        use_unit_id=site.use_unit.id,
        maker_id=maker.id,
        installer_id=None if kind == "forklift" else site.installer.id,
        model=f"{_MODEL_LETTERS[kind]}{'' if load is None else f'{load / 1000:g}'}",
        factory_number=f"{initials(maker.name)[:3].upper()}{born.made_on:%y}{number:05d}",
        made_on=born.made_on,
        installed_on=born.installed_on,
        registered_on=born.registered_on,
        use_certificate=registry.certificate(kind, category, born.registered_on),
        last_inspected_on=checked.last_on,
        inspection_result=checked.result,
        next_inspection_on=checked.next_on,
        monitor_vendor=quotas.FORKLIFT_VENDOR if watched else None,
        rated_load=load,
        length_km=length_km,
        **(_forklift(rng, site, today=today) if kind == "forklift" else {}),
    )


def _forklift(rng: random.Random, site: Site, *, today: date) -> dict[str, Any]:
    """What only a forklift has: its yard's fence, whether it works indoors, a belt, monthly maintenance."""
    west, south = moved(site.centre, -130, -90)
    east, north = moved(site.centre, 130, 90)
    last_on = today - timedelta(days=rng.randint(33, 50) if rng.random() < ages.MAINTENANCE_OVERDUE else rng.randint(0, 28))
    return {
        "indoor": rng.random() < 0.35,
        "has_belt": rng.random() < 0.85,  # standing trucks have none
        "fence": [round(value, 6) for value in (west, south, east, north)],
        "last_maintained_on": last_on,
        "next_maintenance_on": last_on + timedelta(days=30),
        "maintenance_unit_id": site.maintainer.id,
        "maintenance_contract_until": today + timedelta(days=20 + site.row.id * 31 % 500),
        "extra": {"plate": f"场内沪G{rng.randint(0, 99999):05d}"},
    }
