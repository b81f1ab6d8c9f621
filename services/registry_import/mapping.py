"""The mapping file (TOML): which columns of a foreign register are which fields, in what encoding, separator, datum and units."""

from __future__ import annotations

import codecs
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Annotated, Final, Literal, NoReturn

import msgspec
from msgspec import Meta, Struct

from domain.coordinates import Datum
from domain.equipment import KINDS
from services.registry_import.cells import Column, Day, Number, Reader, Text, Whole
from services.registry_import.days import FORMATS, USUAL
from services.registry_import.fields import EXTRA, FIELDS
from services.registry_import.findings import Reason, Refused
from services.registry_import.quantities import LENGTH, MASS, SPEED, Mark, canonical

Bounds = tuple[float, float, float, float]
EXTRA_READERS: Final[dict[str, Reader]] = {  # what a column that is kept in equipment.extra may hold
    "text": Text(),
    "number": Number(-1e12, 1e12, LENGTH | MASS | SPEED),
    "whole": Whole(-(10**9), 10**9),
    "day": Day(),
}
EXTRA_NAME: Final = re.compile(r"[a-z][a-z0-9_]*")


class FileEntry(Struct, frozen=True, forbid_unknown_fields=True):
    """[file]: how the text is written."""

    encoding: str | None = None
    separator: Annotated[str, Meta(pattern=r'^[^"\r\n]$')] | None = None
    decimal: Mark = Mark.POINT
    sheet: str | None = None
    header_row: Annotated[int, Meta(ge=1, le=100)] = 1


class CoordinatesEntry(Struct, frozen=True, forbid_unknown_fields=True):
    """[coordinates]: the datum of the file, and the box (west, south, east, north, WGS-84) its points must lie in."""

    datum: Datum | None = None
    bounds: Bounds | None = None


class ColumnEntry(Struct, frozen=True, forbid_unknown_fields=True):
    """[columns.<field>] in its long form."""

    column: str | None = None
    columns: tuple[str, ...] = ()
    join: str = " "
    unit: str | None = None
    decimal: Mark | None = None
    formats: tuple[str, ...] = USUAL
    words: dict[str, str] = {}
    absent: frozenset[str] = frozenset()
    reject: str | None = None
    fill: Literal["down"] | None = None
    low: float | None = None
    high: float | None = None
    not_after: date | None = None
    type: Literal["text", "number", "whole", "day"] = "text"


ColumnEntries = dict[str, str | ColumnEntry]


class MappingEntry(Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file."""

    title: str = ""
    kind: str | None = None
    ignore: frozenset[str] = frozenset()
    file: FileEntry = FileEntry()
    coordinates: CoordinatesEntry = CoordinatesEntry()
    columns: dict[str, object] = {}


@dataclass(frozen=True, slots=True)
class RegisterMapping:
    """A mapping, checked. The default says nothing: usual headers, encoding and separator found out, the setting's datum."""

    kind: str | None = None
    encoding: str | None = None
    separator: str | None = None
    sheet: str | None = None
    header_row: int = 1
    datum: Datum | None = None
    bounds: Bounds | None = None
    columns: Mapping[str, Column] = field(default_factory=dict)
    extra: Mapping[str, Reader] = field(default_factory=dict)  # the readers of the fields kept in equipment.extra
    ignore: frozenset[str] = frozenset()


def load(path: Path) -> RegisterMapping:
    """The mapping in a file. Raises Refused with the entry that is wrong."""
    try:
        return parse(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as exc:
        raise Refused(Reason.BAD_MAPPING, entry=f"{path.name}: {exc}") from exc


def parse(text: str) -> RegisterMapping:
    """The mapping behind TOML. Raises Refused."""
    try:
        entry = msgspec.convert(tomllib.loads(text), MappingEntry)
        columns = msgspec.convert({name: column for name, column in entry.columns.items() if name != "extra"}, ColumnEntries)
        kept = msgspec.convert(entry.columns.get("extra", {}), ColumnEntries)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as exc:
        raise Refused(Reason.BAD_MAPPING, entry=str(exc)) from exc
    return _checked(entry, columns, kept)


def _checked(entry: MappingEntry, named: ColumnEntries, kept: ColumnEntries) -> RegisterMapping:
    if entry.kind is not None and entry.kind not in KINDS:
        _wrong("kind", entry.kind)
    readers = {EXTRA + name: _extra_reader(name, column) for name, column in kept.items()}
    columns = named | {EXTRA + name: column for name, column in kept.items()}
    for name in columns.keys() - FIELDS.keys() - readers.keys():
        _wrong("columns", name)
    return RegisterMapping(
        kind=entry.kind,
        encoding=_encoding(entry.file.encoding),
        separator=entry.file.separator,
        sheet=entry.file.sheet,
        header_row=entry.file.header_row,
        datum=entry.coordinates.datum,
        bounds=_bounds(entry.coordinates.bounds),
        columns={name: _column(name, column, readers, entry.file.decimal) for name, column in columns.items()},
        extra=readers,
        ignore=entry.ignore,
    )


def _column(name: str, entry: str | ColumnEntry, readers: Mapping[str, Reader], mark: Mark) -> Column:
    if isinstance(entry, str):
        entry = ColumnEntry(column=entry)
    where = f"columns.{name}"
    if (entry.column is None) != bool(entry.columns):
        _wrong(where, "column / columns")
    for unknown in set(entry.formats) - set(FORMATS):
        _wrong(f"{where}.formats", unknown)
    return Column(
        names=entry.columns or (str(entry.column),),
        join=entry.join,
        unit=_unit(where, readers.get(name) or FIELDS[name].reader, entry.unit),
        mark=entry.decimal or mark,
        formats=entry.formats,
        words=entry.words,
        absent=entry.absent,
        reject=_pattern(where, entry.reject),
        fill_down=entry.fill is not None,
        low=entry.low,
        high=entry.high,
        not_after=entry.not_after,
    )


def _extra_reader(name: str, entry: str | ColumnEntry) -> Reader:
    if not EXTRA_NAME.fullmatch(name):
        _wrong("columns.extra", name)
    return EXTRA_READERS["text" if isinstance(entry, str) else entry.type]


def _unit(where: str, reader: Reader, unit: str | None) -> str | None:
    if unit is None:
        return None
    if not isinstance(reader, Number) or canonical(unit) not in reader.units:
        _wrong(f"{where}.unit", unit)
    return canonical(unit)


def _encoding(name: str | None) -> str | None:
    try:
        return codecs.lookup(name).name if name else None
    except LookupError:
        _wrong("file.encoding", str(name))


def _bounds(box: Bounds | None) -> Bounds | None:
    if box and not (-180 <= box[0] < box[2] <= 180 and -90 <= box[1] < box[3] <= 90):
        _wrong("coordinates.bounds", "[west, south, east, north]")
    return box


def _pattern(where: str, pattern: str | None) -> re.Pattern[str] | None:
    try:
        return re.compile(pattern) if pattern else None
    except re.error as exc:
        _wrong(f"{where}.reject", str(exc))


def _wrong(where: str, what: str) -> NoReturn:
    raise Refused(Reason.BAD_MAPPING, entry=f"{where}: {what}")
