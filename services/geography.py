"""The map layers of a deployment: ten streets and towns, and lines around them, read from a folder and checked before use."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import shapely
from shapely.geometry import shape

from domain.errors import Invalid

Feature = Mapping[str, Any]

WHOLE: Final = "putuo_schematic.geojson"  # all layers in one file, by their property `layer`
STREETS: Final = "streets.geojson"
COUNT: Final = 10
DISTRICT: Final = "310107"  # how the nine digits of a street's code begin
BOX: Final = (121.32, 31.22, 121.45, 31.31)  # degrees, WGS-84: west, south, east, north of the streets
AROUND: Final = 0.05  # degrees by which lines may lead beyond it
AREAS: Final = frozenset({"Polygon", "MultiPolygon"})
ROADS: Final = {"expressway": "expressway", "elevated": "expressway", "arterial": "arterial"}


@dataclass(frozen=True, slots=True)
class Geography:
    """The features of every layer, with the properties the map's script reads."""

    streets: Sequence[Feature]
    lines: Sequence[Feature]


def load(folder: Path) -> Geography:
    """All layers of a folder; a file of its own goes before the same layer of WHOLE. Raises Invalid: which file, and what is wrong."""
    whole = _lines(folder / WHOLE, _any_line) if (folder / WHOLE).is_file() else []
    own = {file: _lines(folder / file, told) for file, told in LINES.items() if (folder / file).is_file()}
    replaced = {layer for file in own for layer in LAYERS[file]}
    kept = [feature for feature in whole if feature["properties"]["layer"] not in replaced]
    return Geography(load_streets(folder), [*kept, *(feature for features in own.values() for feature in features)])


def load_streets(folder: Path) -> Sequence[Feature]:
    """The streets of a folder, by code. Raises Invalid: which file, and what is wrong."""
    path = next((folder / name for name in (STREETS, WHOLE) if (folder / name).is_file()), None)
    if path is None:
        raise Invalid(field=str(folder), reason=f"neither {STREETS} nor {WHOLE} is there")
    streets = sorted(_read(path, _street), key=lambda street: str(street["properties"]["code"]))
    codes = [street["properties"]["code"] for street in streets]
    if len(streets) != COUNT or len(set(codes)) != COUNT:
        raise Invalid(field=path.name, reason=f"{COUNT} streets of different codes are needed, not {', '.join(codes) or 'none'}")
    for street in streets:
        _check_street(street, path.name)
    return streets


def _lines(path: Path, told: Callable[[Feature], Feature | None]) -> Sequence[Feature]:
    lines = list(_read(path, told))
    for feature in lines:
        _check_box(feature, AROUND, path.name)
    return lines


def _read(path: Path, told: Callable[[Feature], Feature | None]) -> Iterator[Feature]:
    try:
        for feature in json.loads(path.read_text(encoding="utf-8"))["features"]:
            shown = told(feature)
            if shown is not None:
                yield shown
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as exc:
        raise Invalid(field=path.name, reason=f"{type(exc).__name__}: {exc}") from exc


def _check_street(street: Feature, file: str) -> None:
    code, geometry = street["properties"]["code"], street["geometry"]
    if not (code.isascii() and code.isdigit() and len(code) == 9 and code.startswith(DISTRICT)):
        raise Invalid(field=file, reason=f"{code}: a street's code has nine digits and begins with {DISTRICT}")
    if geometry["type"] not in AREAS:
        raise Invalid(field=file, reason=f"{code}: a street is a polygon, not a {geometry['type']}")
    polygons = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
    if any(len(ring) < 4 or ring[0] != ring[-1] for rings in polygons for ring in rings):
        raise Invalid(field=file, reason=f"{code}: a ring is not closed")
    _check_box(street, 0, file)
    area = shape(geometry)
    if not area.is_valid:
        raise Invalid(field=file, reason=f"{code}: {shapely.is_valid_reason(area)}")


def _check_box(feature: Feature, margin: float, file: str) -> None:
    """Coordinates in another datum still lie inside; those in another order, unit or city do not."""
    west, south, east, north = BOX
    for lng, lat in _points(feature["geometry"]["coordinates"], file):
        if not (west - margin <= lng <= east + margin and south - margin <= lat <= north + margin):
            facts = feature["properties"]
            raise Invalid(
                field=file, reason=f"{facts.get('code', facts['layer'])}: {lng}, {lat} lies outside {west}–{east} E, {south}–{north} N"
            )


def _points(coordinates: Any, file: str) -> Iterator[tuple[float, float]]:
    if isinstance(coordinates, list) and coordinates and all(isinstance(part, list) for part in coordinates):
        for part in coordinates:
            yield from _points(part, file)
        return
    if not isinstance(coordinates, list) or len(coordinates) < 2 or not all(_is_degree(number) for number in coordinates[:2]):
        raise Invalid(field=file, reason=f"{str(coordinates)[:40]} is no point")
    yield coordinates[0], coordinates[1]


def _is_degree(number: object) -> bool:
    return isinstance(number, int | float) and not isinstance(number, bool) and math.isfinite(number)


def _feature(feature: Feature, layer: str, **facts: object) -> Feature:
    return {"type": "Feature", "properties": {"layer": layer, **facts}, "geometry": feature["geometry"]}


def _any_line(feature: Feature) -> Feature | None:
    facts = dict(feature["properties"])
    layer = str(facts.pop("layer"))
    return _feature(feature, layer, **facts) if layer != "street" else None


def _street(feature: Feature) -> Feature | None:
    facts = feature["properties"]
    if facts.get("layer", "street") != "street":
        return None
    label = facts["label"] if "label" in facts else [facts["label_lon"], facts["label_lat"]]
    named = {"code": str(facts["code"]), "name": str(facts["name"]), "kind": str(facts["kind"])}
    return _feature(feature, "street", **named, label=[float(degrees) for degrees in label], area_km2=float(facts["area_km2"]))


def _rail(feature: Feature) -> Feature | None:
    facts = feature["properties"]
    match facts["kind"]:
        case "metro":
            return _feature(feature, "metro", name=facts["line"], color=facts["color"])
        case "station":
            return _feature(feature, "station", name=facts["name"], lines=facts["lines"])
    return None


def _road(feature: Feature) -> Feature | None:
    facts = feature["properties"]
    grade = ROADS.get(facts["cls"])
    return _feature(feature, "road", name=facts["name"], **{"class": grade}) if grade else None


def _water(feature: Feature) -> Feature | None:
    return _feature(feature, "water", name=feature["properties"]["name"]) if "Line" in feature["geometry"]["type"] else None


LINES: Final[dict[str, Callable[[Feature], Feature | None]]] = {"rail.geojson": _rail, "roads.geojson": _road, "water.geojson": _water}
LAYERS: Final = {"rail.geojson": ("metro", "station"), "roads.geojson": ("road",), "water.geojson": ("water",)}
