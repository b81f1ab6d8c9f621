"""Datums: published vectors, round trips, and what stays where it is."""

from __future__ import annotations

import csv
from math import cos, hypot, nan, radians
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.coordinates import Datum, Point, bd09_to_gcj02, gcj02_to_bd09, gcj02_to_wgs84, to_wgs84, wgs84_to_gcj02

METRES_PER_DEGREE = 111_320
A_CENTIMETRE = 0.012  # libraries differ by 9 mm: one takes the WGS-84 radius where the other takes Krasovsky's

PUBLISHED = {  # WGS-84 → GCJ-02, from the test suites of two public libraries
    "shanghai": (Point(121.5272106, 31.1774276), Point(121.531541859215, 31.17530398364597)),
    "shenzhen": (Point(113.912316, 22.543847), Point(113.9171764808363, 22.540796131694766)),
    "beijing": (Point(116.377817, 39.911954), Point(116.38404722455657, 39.91334545536069)),
    "beijing_gate": (Point(116.404, 39.915), Point(116.41024449916938, 39.91640428150164)),
}
in_putuo = st.builds(Point, st.floats(121.32, 121.45), st.floats(31.22, 31.31))
in_china = st.builds(Point, st.floats(74, 134), st.floats(4, 53))
outside = st.builds(Point, st.floats(-180, 71), st.floats(-90, 90))


def metres(a: Point, b: Point) -> float:
    return METRES_PER_DEGREE * hypot((a.lng - b.lng) * cos(radians(a.lat)), a.lat - b.lat)


@pytest.mark.parametrize(("wgs", "gcj"), PUBLISHED.values(), ids=PUBLISHED)
def test_published_vectors_hold_both_ways(wgs: Point, gcj: Point) -> None:
    assert metres(wgs84_to_gcj02(wgs), gcj) < A_CENTIMETRE
    assert metres(to_wgs84(gcj, Datum.GCJ02), wgs) < A_CENTIMETRE


def test_every_sample_vector_holds_both_ways(samples: Path) -> None:
    with (samples / "geo" / "gcj02_vectors.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))

    assert len(rows) >= 16
    for row in rows:
        wgs, gcj = (Point(float(row[f"{datum}_lon"]), float(row[f"{datum}_lat"])) for datum in ("wgs", "gcj"))
        assert metres(wgs84_to_gcj02(wgs), gcj) < A_CENTIMETRE, row["source"]
        assert metres(gcj02_to_wgs84(gcj), wgs) < A_CENTIMETRE, row["source"]
        if row["bd_lat"]:
            baidu = Point(float(row["bd_lon"]), float(row["bd_lat"]))
            assert metres(gcj02_to_bd09(gcj), baidu) < A_CENTIMETRE, row["source"]
            assert metres(bd09_to_gcj02(baidu), gcj) < A_CENTIMETRE, row["source"]


def test_forgetting_the_datum_moves_a_pin_in_putuo_by_about_485_metres() -> None:
    centre = Point(121.396, 31.25)

    assert 450 < metres(wgs84_to_gcj02(centre), centre) < 520


@given(in_china)
def test_gcj02_round_trip_is_below_a_tenth_of_a_millimetre(point: Point) -> None:
    assert metres(to_wgs84(wgs84_to_gcj02(point), Datum.GCJ02), point) < 1e-4


@given(in_putuo)
def test_bd09_round_trip_is_below_a_tenth_of_a_millimetre(point: Point) -> None:
    assert metres(to_wgs84(gcj02_to_bd09(wgs84_to_gcj02(point)), Datum.BD09), point) < 1e-4


@given(outside)
def test_outside_the_shifted_box_gcj02_equals_wgs84(point: Point) -> None:
    assert wgs84_to_gcj02(point) == point
    assert to_wgs84(point, Datum.GCJ02) == point


@given(in_putuo)
def test_wgs84_is_left_alone(point: Point) -> None:
    assert to_wgs84(point, Datum.WGS84) is point


@pytest.mark.parametrize("point", [Point(181, 31), Point(121, 91), Point(nan, 31), Point(121, nan), Point(-6431.2, 1235.6)])
@pytest.mark.parametrize("datum", Datum)
def test_a_point_off_the_globe_is_refused(point: Point, datum: Datum) -> None:
    with pytest.raises(ValueError, match="off_the_globe"):
        to_wgs84(point, datum)
