"""The streets and towns as polygons: which one a point lies in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import shapely
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from domain.coordinates import Point
from services.geography import Feature, load_streets

KINDS: Final = {"街道": "street", "镇": "town"}


@dataclass(frozen=True, slots=True)
class Street:
    """One street or town with its area in WGS-84."""

    code: str
    name: str
    kind: str
    label: Point
    area_km2: float
    geometry: Mapping[str, Any]
    area: BaseGeometry


@dataclass(frozen=True, slots=True)
class District:
    """All streets, by code."""

    streets: Sequence[Street]

    def street_at(self, point: Point) -> str | None:
        """The code of the street that covers the point, the border included; None outside all of them."""
        return next((street.code for street in self.streets if shapely.intersects_xy(street.area, point.lng, point.lat)), None)

    def street_named(self, name: str) -> str | None:
        """The code of a street by its full name or code."""
        return next((street.code for street in self.streets if name in (street.name, street.code)), None)


def load_district(folder: Path) -> District:
    """The streets of a layer folder. Raises Invalid with what is wrong."""
    return District([_street(feature) for feature in load_streets(folder)])


def _street(feature: Feature) -> Street:
    facts, area = feature["properties"], shape(feature["geometry"])
    shapely.prepare(area)
    kind = KINDS.get(facts["kind"], facts["kind"])
    return Street(facts["code"], facts["name"], kind, Point(*facts["label"]), facts["area_km2"], feature["geometry"], area)
