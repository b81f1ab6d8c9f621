"""Days as registers write them; a format that is not on the list is a bad cell, never a guess."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Final

from services.registry_import.findings import BadCell, Reason

EARLIEST_YEAR: Final = 1850  # before the first safety lift
FARTHEST_YEARS: Final = 100  # beyond what may be: no slip of the pen but a mark such as 2999 or 9999
EXCEL: Final = "excel"  # a serial number of the 1900 system, only where the mapping says so
EXCEL_EPOCH: Final = date(1899, 12, 30)
USUAL: Final = ("YYYYMMDD", "YYYY-MM-DD", "YYYY/M/D", "YYYY.M.D", "YYYY年M月D日")

_MONTH, _DAY = r"(?P<month>\d{1,2})", r"(?P<day>\d{1,2})"
_YEAR: Final = r"(?P<year>\d{4})"
PATTERNS: Final[dict[str, re.Pattern[str]]] = {
    name: re.compile(pattern + r"(?:[ T](?P<time>\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?))?", re.ASCII)
    for name, pattern in {
        "YYYYMMDD": rf"{_YEAR}(?P<month>\d\d)(?P<day>\d\d)",
        "YYYY-MM-DD": rf"{_YEAR}-{_MONTH}-{_DAY}",
        "YYYY/M/D": rf"{_YEAR}/{_MONTH}/{_DAY}",
        "YYYY.M.D": rf"{_YEAR}\.{_MONTH}\.{_DAY}",
        "YYYY年M月D日": rf"{_YEAR}年{_MONTH}月{_DAY}日",
        "D.M.YYYY": rf"{_DAY}\.{_MONTH}\.{_YEAR}",
        "D/M/YYYY": rf"{_DAY}/{_MONTH}/{_YEAR}",
        "M/D/YYYY": rf"{_MONTH}/{_DAY}/{_YEAR}",
        "YYYY-MM": rf"{_YEAR}-{_MONTH}",
        "YYYY年M月": rf"{_YEAR}年{_MONTH}月",
        "YYYY": _YEAR,
    }.items()
}
FORMATS: Final = (*PATTERNS, EXCEL)
MIDNIGHT: Final = re.compile(r"0{1,2}:00(:00(\.0+)?)?")


def day(raw: str | float | date, *, formats: tuple[str, ...], latest: date) -> date:
    """The day; a month or year alone, where its format is allowed, is its first day. Raises BadCell."""
    found = _of_typed(raw) if isinstance(raw, date) else _of_text(_unfloated(raw), formats)
    if not EARLIEST_YEAR <= found.year <= latest.year + FARTHEST_YEARS:
        raise BadCell(Reason.IMPOSSIBLE_YEAR, str(found.year))
    if found > latest:
        raise BadCell(Reason.IN_THE_FUTURE, f"> {latest}")
    return found


def _unfloated(raw: str | float) -> str:
    return str(int(raw)) if isinstance(raw, float) and raw.is_integer() else str(raw)


def _of_typed(raw: date) -> date:
    if not isinstance(raw, datetime):
        return raw
    if raw.time() != raw.time().min:
        raise BadCell(Reason.TIME_OF_DAY, f"{raw:%H:%M}")
    return raw.date()


def _of_text(text: str, formats: tuple[str, ...]) -> date:
    for name in formats:
        if name == EXCEL and text.isascii() and text.isdigit() and len(text) <= 6:
            return EXCEL_EPOCH + timedelta(days=int(text))
        match = PATTERNS[name].fullmatch(text) if name != EXCEL else None
        if match:
            return _of_parts(match.groupdict())
    raise BadCell(Reason.NOT_A_DATE, " / ".join(formats))


def _of_parts(parts: dict[str, str | None]) -> date:
    time = parts.get("time")
    if time and not MIDNIGHT.fullmatch(time):
        raise BadCell(Reason.TIME_OF_DAY, time)
    year, month, day_of_month = int(parts["year"] or 0), int(parts.get("month") or 1), int(parts.get("day") or 1)
    if year < EARLIEST_YEAR:
        raise BadCell(Reason.IMPOSSIBLE_YEAR, str(year))
    try:
        return date(year, month, day_of_month)
    except ValueError as exc:
        raise BadCell(Reason.NO_SUCH_DAY) from exc
