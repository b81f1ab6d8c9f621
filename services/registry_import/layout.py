"""Which column of the file is which field: by the mapping first, then by the headers registers use."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from services.registry_import.cells import Column, Number, Reader
from services.registry_import.fields import FIELDS, PERSONAL
from services.registry_import.findings import Finding, Reason, Refused
from services.registry_import.mapping import RegisterMapping
from services.registry_import.quantities import canonical

UNIT_IN_HEADER: Final = re.compile(r"(.+?)[(\[]([^()\[\]]+)[)\]]")


@dataclass(frozen=True, slots=True)
class Placed:
    """A field with where its cells stand and how they are read."""

    name: str
    reader: Reader
    column: Column
    positions: tuple[int, ...]

    @property
    def header(self) -> str:
        """The header as the file writes it, for the report."""
        return " + ".join(self.column.names)


@dataclass(frozen=True, slots=True)
class Layout:
    """All placed fields by name, and the width of a full row."""

    fields: Mapping[str, Placed]
    width: int

    def header(self, name: str) -> str:
        """How the file calls a field; our own name where it has none."""
        placed = self.fields.get(name)
        return placed.header if placed else name


def plain_header(header: str) -> str:
    """A header without width, case, blanks and the asterisk of a required column."""
    return re.sub(r"[\s*_]", "", unicodedata.normalize("NFKC", header)).lower()


SYNONYMS: Final = {plain_header(header): field.name for field in FIELDS.values() for header in (field.name, *field.headers)}
PERSONAL_HEADERS: Final = frozenset(plain_header(header) for header in PERSONAL)


def recognised(header: Iterable[object], mapping: RegisterMapping) -> int:
    """How many headers mean something."""
    named = {name for column in mapping.columns.values() for name in column.names}
    return sum(1 for cell in header if cell in named or _usual(str(cell)) is not None)


def lay_out(header: Sequence[str], mapping: RegisterMapping) -> tuple[Layout, list[Finding]]:
    """Place every field; what the file has and nobody asked for is found. Raises Refused."""
    _refuse_twins(header, mapping)
    placed = {name: _mapped(name, column, header, mapping) for name, column in mapping.columns.items()}
    taken = {position for field in placed.values() for position in field.positions}
    findings = []
    for position, cell in enumerate(header):
        if position in taken or not cell or cell in mapping.ignore:
            continue
        usual = _usual(cell)
        if usual is None:
            personal = plain_header(cell) in PERSONAL_HEADERS
            findings.append(Finding(None, cell, "", Reason.PERSONAL_COLUMN if personal else Reason.UNKNOWN_COLUMN))
        elif usual.name not in mapping.columns:
            if usual.name in placed:
                raise Refused(Reason.TWO_COLUMNS, first=placed[usual.name].header, second=cell, field=usual.name)
            placed[usual.name] = replace(usual, positions=(position,))
        else:
            findings.append(Finding(None, cell, "", Reason.UNKNOWN_COLUMN))
    _require_keys(placed, header)
    return Layout(placed, len(header)), findings


def _usual(cell: str) -> Placed | None:
    """The field a usual header means; a unit in brackets, as in 额定速度(m/s), is taken from it."""
    name = SYNONYMS.get(plain_header(cell))
    if name is not None:
        return Placed(name, FIELDS[name].reader, Column((cell,)), ())
    match = UNIT_IN_HEADER.fullmatch(unicodedata.normalize("NFKC", cell).strip())
    name = SYNONYMS.get(plain_header(match[1])) if match else None
    if match is None or name is None:
        return None
    reader, unit = FIELDS[name].reader, canonical(match[2])
    return Placed(name, reader, Column((cell,), unit=unit), ()) if isinstance(reader, Number) and unit in reader.units else None


def _mapped(name: str, column: Column, header: Sequence[str], mapping: RegisterMapping) -> Placed:
    for wanted in column.names:
        if wanted not in header:
            raise Refused(Reason.MISSING_COLUMN, column=wanted, columns=_listed(header))
    reader = mapping.extra[name] if name in mapping.extra else FIELDS[name].reader
    return Placed(name, reader, column, tuple(header.index(wanted) for wanted in column.names))


def _refuse_twins(header: Sequence[str], mapping: RegisterMapping) -> None:
    named = {name for column in mapping.columns.values() for name in column.names}
    for cell in {cell for cell in header if cell and header.count(cell) > 1}:
        if cell in named or _usual(cell) is not None:
            raise Refused(Reason.TWICE_NAMED, column=cell)


def _require_keys(placed: Mapping[str, Placed], header: Sequence[str]) -> None:
    if "code" not in placed and not {"maker_code", "factory_number"} <= placed.keys():
        raise Refused(Reason.NO_KEY_COLUMN, columns=_listed(header))


def _listed(header: Sequence[str]) -> str:
    return "、".join(cell for cell in header if cell)[:300]
