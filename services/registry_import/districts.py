"""The streets and towns as polygons: which one a point lies in."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import shapely
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from domain.coordinates import Point
from domain.errors import Invalid

LAYERS: Final = ("streets.geojson", "putuo_schematic.geojson")  # a deployer's own layer first
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
    path = next((folder / name for name in LAYERS if (folder / name).is_file()), None)
    if path is None:
        raise Invalid(field=str(folder), reason="no_street_layer")
    try:
        features = json.loads(path.read_text(encoding="utf-8"))["features"]
        streets = [_street(feature) for feature in features if feature["properties"].get("layer", "street") == "street"]
    except (OSError, ValueError, KeyError, TypeError) as exc:
        raise Invalid(field=path.name, reason=f"{type(exc).__name__}: {exc}") from exc
    if not streets or len({street.code for street in streets}) != len(streets):
        raise Invalid(field=path.name, reason="no_streets_or_same_code_twice")
    return District(sorted(streets, key=lambda street: street.code))


def _street(feature: Mapping[str, Any]) -> Street:
    facts, area = feature["properties"], shape(feature["geometry"])
    if not area.is_valid or area.geom_type not in {"Polygon", "MultiPolygon"}:
        raise ValueError(f"{facts['code']}: {shapely.is_valid_reason(area)}")
    shapely.prepare(area)
    inside = area.representative_point()
    label = Point(*facts["label"]) if "label" in facts else Point(inside.x, inside.y)
    kind = KINDS.get(facts["kind"], facts["kind"])
    return Street(str(facts["code"]), str(facts["name"]), kind, label, float(facts["area_km2"]), feature["geometry"], area)
