"""The district's outline as the generator needs it: streets with polygons, metro stations, and the roads that name addresses."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from math import cos, hypot, radians
from pathlib import Path
from typing import Any, Final

Point = tuple[float, float]  # longitude, latitude; degrees WGS-84

SCHEMATIC: Final = Path(__file__).resolve().parents[1] / "assets" / "geo" / "putuo_schematic.geojson"
METRES_PER_DEGREE: Final = 111_320.0
_EAST: Final = METRES_PER_DEGREE * cos(radians(31.26))


@dataclass(frozen=True, slots=True)
class Street:
    """One of the ten streets and towns; `ring` is its closed outer boundary."""

    code: str
    name: str
    kind: str
    label: Point
    area_km2: float
    ring: tuple[Point, ...]
    geometry: Mapping[str, Any]

    def holds(self, point: Point) -> bool:
        """Whether the point lies inside the boundary (ray casting)."""
        lng, lat = point
        inside = False
        for (x1, y1), (x2, y2) in pairwise(self.ring):
            if (y1 > lat) != (y2 > lat) and lng < (x2 - x1) * (lat - y1) / (y2 - y1) + x1:
                inside = not inside
        return inside

    def somewhere(self, rng: random.Random) -> Point:
        """A random point at least about 60 m inside the boundary."""
        lngs, lats = [p[0] for p in self.ring], [p[1] for p in self.ring]
        while True:
            point = (rng.uniform(min(lngs), max(lngs)), rng.uniform(min(lats), max(lats)))
            if all(self.holds(moved(point, east, north)) for east, north in ((60, 60), (-60, 60), (60, -60), (-60, -60))):
                return point

    def near(self, centre: Point, east: float, north: float) -> Point:
        """The point so many metres from `centre`, drawn back towards it until it lies inside the boundary."""
        for share in (1.0, 0.6, 0.3, 0.1):
            point = moved(centre, east * share, north * share)
            if self.holds(point):
                return point
        return centre


@dataclass(frozen=True, slots=True)
class Station:
    """A metro station: a public fact, unlike every other site of the demonstration."""

    name: str
    point: Point
    street: Street


@dataclass(frozen=True, slots=True)
class Geography:
    """Streets by code, stations, and points along named roads."""

    streets: Mapping[str, Street]
    stations: tuple[Station, ...]
    roads: tuple[tuple[Point, str], ...]

    def road_near(self, point: Point) -> str:
        """The name of the nearest named road."""
        return min(self.roads, key=lambda road: distance(road[0], point))[1]


def moved(point: Point, east: float, north: float) -> Point:
    """The point so many metres further east and north."""
    return point[0] + east / _EAST, point[1] + north / METRES_PER_DEGREE


def distance(one: Point, other: Point) -> float:
    """Metres between two points of the district."""
    return hypot((one[0] - other[0]) * _EAST, (one[1] - other[1]) * METRES_PER_DEGREE)


def load(path: Path = SCHEMATIC) -> Geography:
    """The geography of a schematic GeoJSON file."""
    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    layers: dict[str, list[Any]] = {}
    for feature in features:
        layers.setdefault(feature["properties"]["layer"], []).append(feature)
    streets = {street.code: street for street in map(_street, layers["street"])}
    return Geography(
        streets=streets,
        stations=tuple(_station(feature, streets) for feature in layers["station"]),
        roads=tuple(road for feature in layers["road"] if feature["properties"]["class"] == "arterial" for road in _road(feature)),
    )


def _street(feature: Mapping[str, Any]) -> Street:
    said, geometry = feature["properties"], feature["geometry"]
    ring = tuple((float(lng), float(lat)) for lng, lat in geometry["coordinates"][0])
    return Street(said["code"], said["name"], said["kind"], tuple(said["label"]), said["area_km2"], ring, geometry)


def _station(feature: Mapping[str, Any], streets: Mapping[str, Street]) -> Station:
    lng, lat = feature["geometry"]["coordinates"]
    return Station(feature["properties"]["name"], (lng, lat), _street_of((lng, lat), streets))


def _street_of(point: Point, streets: Mapping[str, Street]) -> Street:
    """The street that holds the point; a station on the border belongs to the street whose boundary is nearest."""
    for street in streets.values():
        if street.holds(point):
            return street
    return min(streets.values(), key=lambda street: min(distance(corner, point) for corner in street.ring))


def _road(feature: Mapping[str, Any]) -> list[tuple[Point, str]]:
    lines = feature["geometry"]["coordinates"]
    lines = [lines] if feature["geometry"]["type"] == "LineString" else lines
    return [((lng, lat), feature["properties"]["name"]) for line in lines for lng, lat in line]
