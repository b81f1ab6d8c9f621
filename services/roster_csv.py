"""A roster as a CSV file: one shift a line, in UTF-8 or GB18030, times in Shanghai."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from domain.errors import Invalid
from domain.telemetry import BEIJING

MOST_BYTES: Final = 2 * 1024 * 1024
MOST_LINES: Final = 20_000
COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "whose": ("班组", "岗位", "班组或岗位", "team", "post"),
    "name": ("姓名", "name"),
    "phone": ("电话", "phone"),
    "starts_at": ("开始", "开始时间", "starts_at"),
    "ends_at": ("结束", "结束时间", "ends_at"),
}
POST_WORDS: Final[Mapping[str, str]] = {"值班领导": "leader", "值班员": "officer"}
_FORMATS: Final = ("%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M")


@dataclass(frozen=True, slots=True)
class Line:
    """One shift as the file says it; `whose` is a team's name, or the word of a post. `number` counts as a spreadsheet does."""

    number: int
    whose: str
    name: str
    phone: str
    starts_at: datetime
    ends_at: datetime


def read(content: bytes) -> list[Line]:
    """The shifts of a file. Raises Invalid(field, line, reason): too_large, no_text, header, unclear."""
    if len(content) > MOST_BYTES:
        raise Invalid(field="file", line=0, reason="too_large")
    try:
        rows = list(csv.reader(io.StringIO(_text(content), newline="")))
    except csv.Error as exc:
        raise Invalid(field="file", line=0, reason="no_text") from exc
    places = _places(rows[0] if rows else [])
    said = [(number, row) for number, row in enumerate(rows[1:], 2) if any(cell.strip() for cell in row)]
    if len(said) > MOST_LINES:
        raise Invalid(field="file", line=0, reason="too_large")
    return [_line(number, row, places) for number, row in said]


def _text(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Invalid(field="file", line=0, reason="no_text")


def _places(header: list[str]) -> dict[str, int]:
    """Where each column stands."""
    names = [unicodedata.normalize("NFKC", cell).strip().lower() for cell in header]
    places = {column: next((names.index(word) for word in words if word in names), -1) for column, words in COLUMNS.items()}
    missing = [column for column, place in places.items() if place < 0 and column != "phone"]
    if missing:
        raise Invalid(field="file", line=1, reason="header")
    return places


def _line(number: int, row: list[str], places: Mapping[str, int]) -> Line:
    cells = {column: row[place].strip() if 0 <= place < len(row) else "" for column, place in places.items()}
    moments = {column: _moment(cells[column], number, column) for column in ("starts_at", "ends_at")}
    whose = POST_WORDS.get(cells["whose"], cells["whose"])
    return Line(number, whose, cells["name"], cells["phone"], moments["starts_at"], moments["ends_at"])


def _moment(said: str, number: int, column: str) -> datetime:
    narrow = unicodedata.normalize("NFKC", said)
    for form in _FORMATS:
        try:
            return datetime.strptime(narrow, form).replace(tzinfo=BEIJING).astimezone(UTC)
        except ValueError:
            continue
    raise Invalid(field=column, line=number, reason="unclear")
