"""Datums of a position: GCJ-02 and BD-09, as Chinese maps and registers use them, to WGS-84 and back. Degrees everywhere."""

from __future__ import annotations

from enum import StrEnum
from math import atan2, cos, hypot, pi, sin, sqrt
from typing import Final, NamedTuple


class Datum(StrEnum):
    """The datum a source states its coordinates in; the value is the setting's text."""

    WGS84 = "wgs84"
    GCJ02 = "gcj02"
    BD09 = "bd09"


class Point(NamedTuple):
    """A position in degrees."""

    lng: float
    lat: float


KRASOVSKY_RADIUS_M: Final = 6378245.0
KRASOVSKY_ECCENTRICITY: Final = 0.00669342162296594323
ORIGIN: Final = Point(105.0, 35.0)  # the polynomial's own origin
SHIFTED: Final = (72.004, 0.8293, 137.8347, 55.8271)  # west, south, east, north: outside it GCJ-02 equals WGS-84
BD_TURN: Final = pi * 3000.0 / 180.0
BD_OFFSET: Final = Point(0.0065, 0.006)
CLOSE_ENOUGH: Final = 1e-10  # degrees, 0.01 mm
MOST_STEPS: Final = 30  # each step gains about three digits; four to six are usual


def to_wgs84(point: Point, datum: Datum) -> Point:
    """The WGS-84 position of a point stated in `datum`; raises ValueError off the globe."""
    if not (abs(point.lng) <= 180 and abs(point.lat) <= 90):  # NaN fails too
        raise ValueError("off_the_globe")
    match datum:
        case Datum.WGS84:
            return point
        case Datum.GCJ02:
            return gcj02_to_wgs84(point)
        case Datum.BD09:
            return gcj02_to_wgs84(bd09_to_gcj02(point))


def wgs84_to_gcj02(point: Point) -> Point:
    """The position as a Chinese map shows it; unchanged outside the shifted box."""
    if not _shifted(point):
        return point
    east, north = _shift(point)
    return Point(point.lng + east, point.lat + north)


def gcj02_to_wgs84(point: Point) -> Point:
    """The inverse, which has no closed form: step until the forward transform meets `point`."""
    if not _shifted(point):
        return point
    guess = point
    for _ in range(MOST_STEPS):
        seen = wgs84_to_gcj02(guess)
        error = Point(seen.lng - point.lng, seen.lat - point.lat)
        guess = Point(guess.lng - error.lng, guess.lat - error.lat)
        if abs(error.lng) < CLOSE_ENOUGH and abs(error.lat) < CLOSE_ENOUGH:
            break
    return guess


def gcj02_to_bd09(point: Point) -> Point:
    """Baidu's own turn and stretch on top of GCJ-02."""
    radius = hypot(point.lng, point.lat) + 0.00002 * sin(point.lat * BD_TURN)
    angle = atan2(point.lat, point.lng) + 0.000003 * cos(point.lng * BD_TURN)
    return Point(radius * cos(angle) + BD_OFFSET.lng, radius * sin(angle) + BD_OFFSET.lat)


def bd09_to_gcj02(point: Point) -> Point:
    """The published approximate inverse made exact by stepping, as for GCJ-02."""
    guess = Point(point.lng - BD_OFFSET.lng, point.lat - BD_OFFSET.lat)
    for _ in range(MOST_STEPS):
        seen = gcj02_to_bd09(guess)
        error = Point(seen.lng - point.lng, seen.lat - point.lat)
        guess = Point(guess.lng - error.lng, guess.lat - error.lat)
        if abs(error.lng) < CLOSE_ENOUGH and abs(error.lat) < CLOSE_ENOUGH:
            break
    return guess


def _shifted(point: Point) -> bool:
    west, south, east, north = SHIFTED
    return west <= point.lng <= east and south <= point.lat <= north


def _shift(point: Point) -> Point:
    """GCJ-02 minus WGS-84 at a WGS-84 position."""
    x, y = point.lng - ORIGIN.lng, point.lat - ORIGIN.lat
    latitude = point.lat / 180.0 * pi
    magic = 1 - KRASOVSKY_ECCENTRICITY * sin(latitude) ** 2
    meridian = KRASOVSKY_RADIUS_M * (1 - KRASOVSKY_ECCENTRICITY) / (magic * sqrt(magic)) * pi
    parallel = KRASOVSKY_RADIUS_M / sqrt(magic) * cos(latitude) * pi
    return Point(_eastward(x, y) * 180.0 / parallel, _northward(x, y) * 180.0 / meridian)


def _ripples(x: float) -> float:
    return (20.0 * sin(6.0 * x * pi) + 20.0 * sin(2.0 * x * pi)) * 2.0 / 3.0


def _northward(x: float, y: float) -> float:
    """Metres."""
    base = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x))
    waves = (20.0 * sin(y * pi) + 40.0 * sin(y / 3.0 * pi)) * 2.0 / 3.0
    swell = (160.0 * sin(y / 12.0 * pi) + 320.0 * sin(y * pi / 30.0)) * 2.0 / 3.0
    return base + _ripples(x) + waves + swell


def _eastward(x: float, y: float) -> float:
    """Metres."""
    base = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x))
    waves = (20.0 * sin(x * pi) + 40.0 * sin(x / 3.0 * pi)) * 2.0 / 3.0
    swell = (150.0 * sin(x / 12.0 * pi) + 300.0 * sin(x / 30.0 * pi)) * 2.0 / 3.0
    return base + _ripples(x) + waves + swell
