"""XLSX through openpyxl's read-only mode, behind a gate against archives and sheets that are made to hurt."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final

from openpyxl import load_workbook

from services.registry_import.cells import ErrorValue, Formula, Padded, Raw
from services.registry_import.findings import Reason, Refused
from services.registry_import.mapping import RegisterMapping
from services.registry_import.tables import LIMITS, MIB, Limits, Table, headed

if TYPE_CHECKING:
    from openpyxl.cell.read_only import ReadOnlyCell

SHEET_ROWS: Final = 1_048_576  # of the format; a row number beyond it is forged
MOST_PARTS: Final = 2_000
DOCTYPE_WITHIN: Final = 4096  # bytes
ZEROS: Final = re.compile("0{2,}")


def read_workbook(content: bytes, mapping: RegisterMapping, *, limits: Limits = LIMITS) -> Table:
    """The table on the first sheet, or on the one the mapping names. Raises Refused."""
    _gate(content, limits)
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, keep_links=False, data_only=False)
    except Exception as exc:  # openpyxl raises whatever its XML layer met
        raise Refused(Reason.NOT_A_WORKBOOK, cause=type(exc).__name__) from exc
    names = [sheet.title for sheet in book.worksheets]
    name = mapping.sheet or next(iter(names), "")
    if name not in names:
        raise Refused(Reason.NO_SHEET, sheet=name, sheets="、".join(names))
    sheet: Any = book[name]
    sheet.reset_dimensions()  # the declared size is only a claim
    table = headed(_rows(sheet, limits), mapping=mapping, limits=limits)
    width = len(table.header)
    return Table(table.header, ((number, row + ("",) * (width - len(row))) for number, row in table.rows))  # blanks at a row's end


def _gate(content: bytes, limits: Limits) -> None:
    """Refuse bombs and documents with a DTD before anything is unpacked; sizes are enforced by zipfile while reading."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        parts = archive.infolist()
        if "xl/workbook.xml" not in archive.namelist():
            raise Refused(Reason.NOT_A_WORKBOOK, cause="xl/workbook.xml")
        if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > limits.unpacked_bytes:
            raise Refused(Reason.HOSTILE_WORKBOOK, cause=f"> {limits.unpacked_bytes // MIB} MiB")
        for part in parts:
            if part.filename.endswith((".xml", ".rels")) and b"<!DOCTYPE" in archive.open(part).read(DOCTYPE_WITHIN):
                raise Refused(Reason.HOSTILE_WORKBOOK, cause="DOCTYPE")
    except (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, OSError, ValueError, RuntimeError, NotImplementedError) as exc:
        raise Refused(Reason.NOT_A_WORKBOOK, cause=type(exc).__name__) from exc


def _rows(sheet: Any, limits: Limits) -> Iterator[tuple[int, tuple[Raw, ...]]]:
    rows = sheet.iter_rows()
    for number in range(1, SHEET_ROWS + 2):
        try:
            row = next(rows, None)
        except Exception as exc:  # as above
            raise Refused(Reason.NOT_A_WORKBOOK, cause=type(exc).__name__) from exc
        if row is None:
            return
        cells = tuple(_raw(cell) for cell in row)
        if any(cell != "" for cell in cells[limits.columns :]):
            raise Refused(Reason.TOO_MANY_COLUMNS, limit=limits.columns)
        if any(cell != "" for cell in cells):
            yield number, _trimmed(cells)
    raise Refused(Reason.TOO_MANY_ROWS, limit=limits.rows)


def _trimmed(cells: tuple[Raw, ...]) -> tuple[Raw, ...]:
    end = len(cells)
    while cells[end - 1] == "":
        end -= 1
    return cells[:end]


def _raw(cell: ReadOnlyCell) -> Raw:
    value: object = cell.value
    if value is None:
        return ""
    match cell.data_type, value:
        case "f", _:
            return Formula(value if isinstance(value, str) else getattr(value, "text", "=") or "=")
        case "e", _:
            return ErrorValue(value)
        case _, str():
            return value.strip()
        case _, bool() | float() | datetime():
            return value
        case _, int():
            return _padded(value, cell.number_format)
        case _, time() | timedelta():
            return str(value)
    return value if isinstance(value, date) else str(value)


def _padded(value: int, shown_as: str) -> int:
    """A number shown as 00000000 is that text to everybody who looks at the sheet."""
    if not ZEROS.fullmatch(shown_as or ""):
        return value
    padded = Padded(value)
    padded.width = len(shown_as)
    return padded
