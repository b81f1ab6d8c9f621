"""Numbers with thousands separators; an unknown number is a dash, never a zero."""

from __future__ import annotations

UNKNOWN = "—"


def number(value: float | None, digits: int = 0, unit: str = "") -> str:
    """`value` with separators, `digits` decimals and its unit."""
    if value is None:
        return UNKNOWN
    text = f"{value:,.{digits}f}"
    return f"{text} {unit}" if unit else text


def percent(part: float | None, whole: float | None, digits: int = 1) -> str:
    """`part` of `whole` in percent; a dash when either is unknown or nothing is to be divided.

    Never rounds something to 0 % or anything less than all to 100 %.
    """
    if part is None or not whole:
        return UNKNOWN
    share = 100 * part / whole
    smallest = 10**-digits
    if 0 < share < smallest / 2:
        return f"<{smallest:.{digits}f}%"
    if part < whole:
        share = min(share, 100 - smallest)
    return f"{share:.{digits}f}%"
