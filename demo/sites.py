"""Where machines stand: estates with numbered buildings, malls, offices, hospitals, the district's metro stations, factories."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from demo import quotas, words
from demo.geography import Geography, Point, Street, distance
from demo.organizations import Companies
from demo.rows import OrganizationRow, SiteRow

_SPACING_METRES: Final = 55.0
_TRIES: Final = 12


@dataclass(frozen=True, slots=True)
class Site:
    """A site with what its machines share. `vintage` orders sites by age: the smallest are the oldest."""

    row: SiteRow
    street: Street
    lifts: int
    add_on: bool
    vintage: float
    use_unit: OrganizationRow
    maintainer: OrganizationRow
    maker: OrganizationRow
    installer: OrganizationRow
    vendor: str
    lapsed: bool  # its maintenance contract has run out

    @property
    def centre(self) -> Point:
        """The middle of the site."""
        return self.row.lng, self.row.lat

    @property
    def place_kind(self) -> str:
        """What kind of place it is."""
        return self.row.place_kind


def plan(rng: random.Random, geography: Geography, companies: Companies) -> list[Site]:
    """All sites; their lifts add up to the quota of each kind of place."""
    planner = _Planner(rng, geography, companies)
    sites = [planner.station(station_index, lifts) for station_index, lifts in enumerate(_station_sizes(rng, geography))]
    for kind in quotas.PLACES:
        if kind != "metro":
            sites += [planner.site(kind, lifts, add_on=add_on) for lifts, add_on in _groups(rng, kind)]
    return sites


def _groups(rng: random.Random, place_kind: str) -> Iterator[tuple[int, bool]]:
    """(lifts, whether they are add-on lifts) of each site of a kind of place."""
    place = quotas.PLACES[place_kind]
    added = quotas.ADD_ON if place_kind == "residential" else 0
    yield from ((lifts, True) for lifts in _split(rng, added, quotas.Place(added, 2, 7, 22, ())))
    yield from ((lifts, False) for lifts in _split(rng, place.lifts - added, place))


def _split(rng: random.Random, total: int, place: quotas.Place) -> Iterator[int]:
    while total > 0:
        size = min(total, round(rng.triangular(place.smallest, place.largest, place.usual)))
        yield size
        total -= size


def _station_sizes(rng: random.Random, geography: Geography) -> list[int]:
    stations = len(geography.stations)
    share, rest = divmod(quotas.PLACES["metro"].lifts, stations)
    sizes = [share + (index < rest) for index in range(stations)]
    for _ in range(stations * 3):  # move lifts from one station to another: interchanges have more
        giver, taker = rng.sample(range(stations), 2)
        if sizes[giver] > 6 and sizes[taker] < 20:
            sizes[giver] -= 1
            sizes[taker] += 1
    return sizes


class _Planner:
    """Lays out one site after another, far enough from those before it."""

    def __init__(self, rng: random.Random, geography: Geography, companies: Companies) -> None:
        self._rng = rng
        self._geography = geography
        self._companies = companies
        self._names = words.pairs(rng)
        self._used: set[str] = set()
        self._points: dict[str, list[Point]] = {code: [] for code in geography.streets}
        self._count = 0

    def station(self, index: int, lifts: int) -> Site:
        """A metro station at its real point."""
        station = self._geography.stations[index]
        return self._site("metro", f"地铁{station.name.removesuffix('站')}站", station.street, station.point, lifts, add_on=False)

    def site(self, place_kind: str, lifts: int, *, add_on: bool) -> Site:
        """An invented site in a street that has such places."""
        street = self._street(place_kind, add_on=add_on)
        vintage = self._vintage(street, add_on=add_on)
        return self._site(place_kind, self._name(place_kind, vintage), street, self._spot(street), lifts, add_on=add_on, vintage=vintage)

    def _site(
        self, place_kind: str, name: str, street: Street, point: Point, lifts: int, *, add_on: bool, vintage: float | None = None
    ) -> Site:
        rng, companies = self._rng, self._companies
        self._count += 1
        self._points[street.code].append(point)
        lng, lat = round(point[0], 6), round(point[1], 6)
        return Site(
            row=SiteRow(self._count, name, street.code, place_kind, self._address(place_kind, point), lng, lat),
            street=street,
            lifts=lifts,
            add_on=add_on,
            vintage=self._vintage(street, add_on=add_on) if vintage is None else vintage,
            use_unit=companies.owner(place_kind, name),
            maintainer=companies.maintainers.one(rng),
            maker=companies.makers.one(rng),
            installer=companies.installers.one(rng),
            vendor=rng.choices(list(quotas.LIFT_VENDOR_SHARES), list(quotas.LIFT_VENDOR_SHARES.values()))[0],
            lapsed=rng.random() < 0.003,
        )

    def _street(self, place_kind: str, *, add_on: bool) -> Street:
        streets = list(self._geography.streets.values())
        characters = [quotas.STREETS[street.code] for street in streets]
        age = [c.age if add_on else 1.0 for c in characters]
        weights = [quotas.street_weight(c, place_kind) * a for c, a in zip(characters, age, strict=True)]
        return self._rng.choices(streets, weights)[0]

    def _vintage(self, street: Street, *, add_on: bool) -> float:
        return self._rng.random() + (2.0 if add_on else 0.6 * (1 - quotas.STREETS[street.code].age))

    def _spot(self, street: Street) -> Point:
        """A point away from the street's other sites, or the loneliest of some tries where it is crowded."""
        others = self._points[street.code]
        best, room = street.label, -1.0
        for _ in range(_TRIES):
            point = street.somewhere(self._rng)
            space = min((distance(point, other) for other in others), default=_SPACING_METRES)
            if space >= _SPACING_METRES:
                return point
            if space > room:
                best, room = point, space
        return best

    def _name(self, place_kind: str, vintage: float) -> str:
        era = ("old" if vintage > 2.0 or vintage < 0.45 else "mid" if vintage < 0.95 else "new") if place_kind == "residential" else ""
        endings = words.ENDINGS[f"{place_kind}_{era}" if era else place_kind]
        while True:
            word = next(self._names, None)
            if word is None:
                self._names = words.pairs(self._rng)
                continue
            name = word + self._rng.choice(endings)
            if name not in self._used:
                self._used.add(name)
                return name

    def _address(self, place_kind: str, point: Point) -> str:
        number = self._rng.randint(18, 2999)
        return f"{self._geography.road_near(point)}{number}{'弄' if place_kind == 'residential' else '号'}"
