"""Numbers as registers write them: decimal comma, a unit behind the figure, feet and inches; into metres, kilograms and metres a second."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from services.registry_import.findings import BadCell, Reason


class Mark(StrEnum):
    """Which decimal mark a column uses; ANY takes one comma or one point, never both."""

    POINT = "."
    COMMA = ","
    ANY = "any"


FEET_INCHES: Final = "ft-in"
FOOT_M: Final = 0.3048
INCH_M: Final = 0.0254
POUND_KG: Final = 0.45359237
MILE_KM: Final = 1.609344

SPEED: Final = {
    "m/s": 1.0, "mps": 1.0, "米/秒": 1.0, "米每秒": 1.0, "m/min": 1 / 60, "米/分": 1 / 60, "mm/s": 0.001,
    "ft/min": FOOT_M / 60, "fpm": FOOT_M / 60, "ft/s": FOOT_M, "km/h": 1 / 3.6, "公里/小时": 1 / 3.6,
}  # fmt: skip
MASS: Final = {
    "kg": 1.0,
    "千克": 1.0,
    "公斤": 1.0,
    "t": 1000.0,
    "吨": 1000.0,
    "lb": POUND_KG,
    "lbs": POUND_KG,
    "磅": POUND_KG,
    "kn": 1000 / 9.80665,
}
LENGTH: Final = {
    "m": 1.0, "米": 1.0, "mm": 0.001, "毫米": 0.001, "cm": 0.01, "厘米": 0.01, "km": 1000.0, "公里": 1000.0,
    "ft": FOOT_M, "in": INCH_M, FEET_INCHES: 1.0,
}  # fmt: skip
DISTANCE: Final = {"km": 1.0, "公里": 1.0, "千米": 1.0, "m": 0.001, "米": 0.001, "mi": MILE_KM}
NONE: Final[dict[str, float]] = {}

_NUMBER: Final = re.compile(r"([+-]?)(\d+)(?:([.,])(\d+))?\s*(\D.*)?", re.ASCII | re.DOTALL)
_FEET_INCHES: Final = re.compile(r"(\d+)(?:\.(\d+))?(?:'|-(?=\d))?(?:(?<=['-])(\d{1,2})\"?)?", re.ASCII)


def number(text: str, *, mark: Mark, unit: str | None, units: Mapping[str, float]) -> float:
    """The figure in the base unit of `units`; a unit written in the cell overrules `unit`, the column's. Raises BadCell."""
    if unit == FEET_INCHES:
        return feet_and_inches(text)
    match = _NUMBER.fullmatch(unicodedata.normalize("NFKC", text))
    if not match:
        raise BadCell(Reason.NOT_A_NUMBER)
    sign, whole, used, fraction, suffix = match.groups()
    written = canonical(suffix) if suffix else unit
    if suffix and (not units or suffix[0] in ".,'"):  # a second mark: 1.050,5 or 1,050,500
        raise BadCell(Reason.NOT_A_NUMBER)
    if used and mark is not Mark.ANY and used != mark:
        raise BadCell(Reason.DECIMAL_MARK, mark)
    if written is not None and written not in units:
        raise BadCell(Reason.UNKNOWN_UNIT, written)
    figure = float(f"{sign}{whole}.{fraction or 0}")
    return figure * units[written] if written else figure


def feet_and_inches(text: str) -> float:
    """Metres from 34'9", 34'9, 34', 34-9, 190.7 or 34 (feet). A fraction together with inches, and 12 inches, are refused."""
    match = _FEET_INCHES.fullmatch(text.replace("′", "'").replace("″", '"').replace(" ", ""))
    if not match:
        raise BadCell(Reason.NOT_A_NUMBER, "34'9\"")
    feet, fraction, inches = match.groups()
    if inches and (fraction or int(inches) >= 12):
        raise BadCell(Reason.OUT_OF_RANGE, '0–11"')
    return float(f"{feet}.{fraction or 0}") * FOOT_M + int(inches or 0) * INCH_M


def canonical(unit: str) -> str:
    """A unit's spelling in the tables: width, case and blanks aside."""
    return unicodedata.normalize("NFKC", unit).replace(" ", "").lower()
