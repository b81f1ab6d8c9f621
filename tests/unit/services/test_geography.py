"""What may be the map of a deployment, and what a folder of layers is refused for."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from domain.errors import Invalid
from services.geography import STREETS, WHOLE, load, load_streets

SHIPPED = Path(__file__).resolve().parents[3] / "assets" / "geo"


@pytest.fixture
def whole() -> dict[str, Any]:
    """The shipped layers."""
    found: dict[str, Any] = json.loads((SHIPPED / WHOLE).read_text("utf-8"))
    return found


def streets_of(whole: dict[str, Any]) -> list[dict[str, Any]]:
    return [deepcopy(one) for one in whole["features"] if one["properties"]["layer"] == "street"]


def folder(path: Path, **files: list[Any]) -> Path:
    """A folder of layers by the stems of their files."""
    for stem, features in files.items():
        (path / f"{stem}.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}), "utf-8")
    return path


def line(*points: tuple[float, float], **facts: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": facts, "geometry": {"type": "LineString", "coordinates": [list(point) for point in points]}}


def test_the_shipped_layers_are_complete():
    layers = load(SHIPPED)

    assert len(layers.streets) == 10
    assert {one["properties"]["layer"] for one in layers.lines} == {"metro", "station", "road", "water"}


def test_streets_of_their_own_file_go_before_the_schematic(tmp_path: Path, whole: dict[str, Any]):
    own = streets_of(whole)
    own[0]["properties"] |= {"name": "新名街道", "layer": "street"}
    (tmp_path / WHOLE).write_text(json.dumps(whole), "utf-8")

    layers = load(folder(tmp_path, streets=own))

    assert "新名街道" in {one["properties"]["name"] for one in layers.streets}
    assert {one["properties"]["layer"] for one in layers.lines} == {"metro", "station", "road", "water"}


def test_files_in_the_words_of_their_makers_become_what_the_map_draws(tmp_path: Path, whole: dict[str, Any]):
    ends = ((121.35, 31.25), (121.40, 31.26))
    roads = [line(*ends, name="中环路", cls="elevated"), line(*ends, name="小路", cls="minor")]
    rail = [line(*ends, kind="metro", line="13号线", color="#EF95CF"), line(*ends, kind="railway", line="沪宁铁路", color="#555")]

    layers = load(folder(tmp_path, streets=streets_of(whole), roads=roads, rail=rail))

    assert [one["properties"] for one in layers.lines] == [
        {"layer": "metro", "name": "13号线", "color": "#EF95CF"},
        {"layer": "road", "name": "中环路", "class": "expressway"},
    ]


def nine(streets: list[Any]) -> None:
    streets.pop()


def twice(streets: list[Any]) -> None:
    streets[1]["properties"]["code"] = streets[0]["properties"]["code"]


def foreign(streets: list[Any]) -> None:
    streets[0]["properties"]["code"] = "310104001"


def nameless(streets: list[Any]) -> None:
    del streets[0]["properties"]["name"]


def open_ring(streets: list[Any]) -> None:
    streets[0]["geometry"]["coordinates"][0].pop()


def swapped(streets: list[Any]) -> None:
    ring = streets[0]["geometry"]["coordinates"][0]
    ring[:] = [[lat, lng] for lng, lat in ring]


def crossing(streets: list[Any]) -> None:
    streets[0]["geometry"]["coordinates"] = [[[121.4, 31.25], [121.41, 31.26], [121.41, 31.25], [121.4, 31.26], [121.4, 31.25]]]


def point(streets: list[Any]) -> None:
    streets[0]["geometry"] = {"type": "Point", "coordinates": [121.4, 31.25]}


def words(streets: list[Any]) -> None:
    streets[0]["geometry"]["coordinates"][0][1] = ["121.4", "31.25"]


def endless(streets: list[Any]) -> None:
    streets[0]["geometry"]["coordinates"][0][1] = [float("nan"), 31.25]


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (nine, "10 streets"),
        (twice, "different codes"),
        (foreign, "begins with 310107"),
        (nameless, "KeyError: 'name'"),
        (open_ring, "a ring is not closed"),
        (swapped, "lies outside 121.32–121.45 E"),
        (crossing, "Self-intersection"),
        (point, "not a Point"),
        (words, "is no point"),
        (endless, "is no point"),
    ],
)
def test_a_layer_that_is_none_is_refused_with_its_reason(
    tmp_path: Path, whole: dict[str, Any], spoil: Callable[[list[Any]], None], reason: str
):
    streets = streets_of(whole)
    spoil(streets)

    with pytest.raises(Invalid) as refused:
        load_streets(folder(tmp_path, streets=streets))

    assert refused.value.data["field"] == STREETS
    assert reason in str(refused.value.data["reason"])


def test_a_line_in_another_city_is_refused(tmp_path: Path, whole: dict[str, Any]):
    rail = [line((116.3, 39.9), (116.4, 39.9), kind="metro", line="1号线", color="#C23A30")]

    with pytest.raises(Invalid, match="lies outside") as refused:
        load(folder(tmp_path, streets=streets_of(whole), rail=rail))

    assert refused.value.data["field"] == "rail.geojson"


@pytest.mark.parametrize("content", ["", "[]", '{"features": [7]}', '{"features": null}'])
def test_a_file_that_is_no_layer_is_refused(tmp_path: Path, content: str):
    (tmp_path / STREETS).write_text(content, "utf-8")

    with pytest.raises(Invalid) as refused:
        load(tmp_path)

    assert refused.value.data["field"] == STREETS


def test_an_empty_folder_says_what_it_lacks(tmp_path: Path):
    with pytest.raises(Invalid, match=r"neither streets\.geojson nor putuo_schematic\.geojson"):
        load(tmp_path)


def test_the_full_layers_are_taken(full_layers: Path):
    layers = load(full_layers)

    assert {one["properties"]["code"] for one in layers.streets} == {one["properties"]["code"] for one in load_streets(SHIPPED)}
    assert {one["properties"]["layer"] for one in layers.lines} == {"metro", "station", "road", "water"}
