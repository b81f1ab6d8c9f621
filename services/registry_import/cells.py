"""How one cell becomes a value: a reader per type, each refusing with a reason what it cannot take exactly."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Final

from services.registry_import.days import USUAL, day
from services.registry_import.findings import BadCell, Reason
from services.registry_import.quantities import NONE, Mark, number

LONGEST_TEXT: Final = 500
FORWARD: Final = timedelta(days=50 * 366)  # no contract or inspection reaches further; 9999-12-31 is not a day
MOST_EXACT: Final = 10**15  # a spreadsheet keeps 15 digits of a number


class Formula(str):
    """A formula of a workbook, as text: the importer never computes."""

    __slots__ = ()


class ErrorValue(str):
    """#N/A and its like in a workbook."""

    __slots__ = ()


class Padded(int):
    """A workbook's whole number shown with leading zeros; `width` is how many digits are shown."""

    width: int = 0


Raw = str | int | float | bool | date
Value = str | int | float | bool | date


@dataclass(frozen=True, slots=True)
class Column:
    """How one field is read from the file: the columns it comes from and what the mapping file says about them."""

    names: tuple[str, ...] = ()
    join: str = " "
    unit: str | None = None
    mark: Mark = Mark.POINT
    formats: tuple[str, ...] = USUAL
    words: Mapping[str, str] = field(default_factory=dict)  # the file's word → ours; "" means absent
    absent: frozenset[str] = frozenset()
    reject: re.Pattern[str] | None = None
    fill_down: bool = False
    low: float | None = None
    high: float | None = None
    not_after: date | None = None


def plain(raw: Raw) -> str:
    """The text a spreadsheet shows for a cell; formulas stay text. Raises BadCell for an error value."""
    if isinstance(raw, ErrorValue):
        raise BadCell(Reason.ERROR_VALUE)
    if isinstance(raw, str):
        return str(raw)
    if isinstance(raw, bool):
        return "TRUE" if raw else "FALSE"
    if isinstance(raw, Padded):
        return str(int(raw)).zfill(raw.width)
    if isinstance(raw, float) and raw.is_integer() and abs(raw) < MOST_EXACT:
        return str(int(raw))
    return raw.isoformat() if isinstance(raw, date) else repr(raw)


def _words(raw: Raw, longest: int) -> str:
    """A text column's text: a date, or a number too long to be exact, is what a spreadsheet made of it."""
    if isinstance(raw, date) or (isinstance(raw, int | float) and abs(raw) >= MOST_EXACT):
        raise BadCell(Reason.WRONG_TYPE)
    text = plain(raw)
    if len(text) > longest:
        raise BadCell(Reason.TOO_LONG, f"> {longest}")
    if not text.replace("\n", " ").replace("\r", " ").replace("\t", " ").isprintable():
        raise BadCell(Reason.CONTROL_CHARACTERS)
    return text


@dataclass(frozen=True, slots=True)
class Text:
    """A text as it stands."""

    longest: int = LONGEST_TEXT

    def read(self, raw: Raw, column: Column, *, at: date) -> Value:
        """The text. Raises BadCell."""
        return _words(raw, self.longest)


@dataclass(frozen=True, slots=True)
class Name:
    """A name of a unit or place: at least one letter, runs of blanks become one."""

    def read(self, raw: Raw, column: Column, *, at: date) -> Value:
        """The name. Raises BadCell."""
        text = " ".join(_words(raw, LONGEST_TEXT).split())
        if not any(character.isalpha() for character in text):
            raise BadCell(Reason.NAME_WITHOUT_LETTERS)
        return text


@dataclass(frozen=True, slots=True)
class Number:
    """A figure in the base unit of `units`, above `above` (exclusive) and up to `high`."""

    above: float
    high: float
    units: Mapping[str, float] = field(default_factory=lambda: NONE)

    def read(self, raw: Raw, column: Column, *, at: date) -> Value:
        """The figure. Raises BadCell."""
        if isinstance(raw, bool | date):
            raise BadCell(Reason.WRONG_TYPE)
        mark = Mark.POINT if isinstance(raw, int | float) else column.mark
        figure = number(_decimal(raw), mark=mark, unit=column.unit, units=self.units)
        high = self.high if column.high is None else column.high
        low = self.above if column.low is None else math.nextafter(column.low, -math.inf)
        if not low < figure <= high:
            raise BadCell(Reason.OUT_OF_RANGE, f"{self.above if column.low is None else column.low:g}–{high:g}")
        return figure


def _decimal(raw: str | float) -> str:
    if isinstance(raw, float):
        return format(raw, "f") if abs(raw) >= MOST_EXACT else f"{raw:.15f}".rstrip("0").rstrip(".")
    return plain(raw)


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number within [low, high]; 2,0 is whole, 2,5 is refused."""

    low: int
    high: int

    def read(self, raw: Raw, column: Column, *, at: date) -> Value:
        """The integer. Raises BadCell."""
        figure = Number(-math.inf, math.inf).read(raw, replace(column, low=None, high=None), at=at)
        if not isinstance(figure, float) or not figure.is_integer():
            raise BadCell(Reason.NOT_WHOLE)
        low, high = column.low or self.low, column.high or self.high
        if not low <= figure <= high:
            raise BadCell(Reason.OUT_OF_RANGE, f"{low:g}–{high:g}")
        return int(figure)


@dataclass(frozen=True, slots=True)
class Day:
    """A calendar day; `past` ones cannot lie after today or the mapping's `not_after`."""

    past: bool = True

    def read(self, raw: Raw, column: Column, *, at: date) -> Value:
        """The date. Raises BadCell."""
        if isinstance(raw, bool):
            raise BadCell(Reason.WRONG_TYPE)
        latest = (column.not_after or at) if self.past else at + FORWARD
        return day(raw, formats=column.formats, latest=latest)


@dataclass(frozen=True, slots=True)
class Word:
    """One of our words, itself or through a table of the words registers use."""

    words: Mapping[str, str]

    def read(self, raw: Raw, column: Column, *, at: date) -> Value:
        """Our word. Raises BadCell."""
        text = plain(raw)
        found = self.words.get(text.lower())
        if found is None:
            raise BadCell(Reason.UNKNOWN_WORD)
        return found


TRUTHS: Final = {
    word: truth
    for truth, words in ((True, ("是", "有", "y", "yes", "true", "1", "√")), (False, ("否", "无", "没有", "n", "no", "false", "0", "×")))
    for word in words
}


@dataclass(frozen=True, slots=True)
class Truth:
    """Yes or no; `also` gives the words of one column."""

    also: Mapping[str, bool] = field(default_factory=dict)

    def read(self, raw: Raw, column: Column, *, at: date) -> Value:
        """True or False. Raises BadCell."""
        text = plain(raw).lower()
        found = self.also.get(text, TRUTHS.get(text))
        if found is None:
            raise BadCell(Reason.UNKNOWN_WORD)
        return found


Reader = Text | Name | Number | Whole | Day | Word | Truth


def read(reader: Reader, raw: Raw, column: Column, *, at: date) -> Value | None:
    """The value of a cell after the mapping's words; None where the cell is blank or declared absent. Raises BadCell."""
    if isinstance(raw, str) and not raw:
        return None
    if isinstance(raw, Formula) and not isinstance(reader, Text | Name):
        raise BadCell(Reason.FORMULA)
    text = plain(raw)
    if text in column.absent:
        return None
    if column.reject and column.reject.search(text):
        raise BadCell(Reason.REJECTED)
    if text in column.words:
        return reader.read(column.words[text], column, at=at) if column.words[text] else None
    return reader.read(raw, column, at=at)
