"""A register file as rows of cells, whatever it was: bounded in size, refused as a whole where its structure is broken."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from services.registry_import.cells import Raw
from services.registry_import.findings import Reason, Refused
from services.registry_import.mapping import RegisterMapping

MIB: Final = 1024 * 1024
ZIP_MAGIC: Final = b"PK\x03\x04"
OLE_MAGIC: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # .xls, and encrypted .xlsx


@dataclass(frozen=True, slots=True)
class Limits:
    """The largest file that is read at all."""

    file_bytes: int = 64 * MIB
    unpacked_bytes: int = 512 * MIB  # of a workbook
    rows: int = 300_000
    columns: int = 256


LIMITS: Final = Limits()


@dataclass(frozen=True, slots=True)
class Table:
    """The header and the rows behind it. A row's number counts as a spreadsheet does; blank rows are left out, still counted."""

    header: tuple[str, ...]
    rows: Iterator[tuple[int, tuple[Raw, ...]]]


def read_bytes(path: Path, limits: Limits) -> bytes:
    """The file's content. Raises Refused before reading what is too large."""
    try:
        with path.open("rb") as file:
            content = file.read(limits.file_bytes + 1)
    except OSError as exc:
        raise Refused(Reason.NO_FILE, path=path.name, cause=exc.strerror or str(exc)) from exc
    if len(content) > limits.file_bytes:
        raise Refused(Reason.TOO_LARGE, limit=f"{limits.file_bytes // MIB} MiB")
    if not content.strip(b"\xef\xbb\xbf \t\r\n"):
        raise Refused(Reason.EMPTY_FILE)
    return content


def headed(rows: Iterator[tuple[int, tuple[Raw, ...]]], *, mapping: RegisterMapping, limits: Limits) -> Table:
    """Split off the header: the first row with content from `header_row` on. Raises Refused."""
    for number, row in rows:
        if number >= mapping.header_row:
            header = tuple(" ".join(str(cell).split()) for cell in row)
            if len(header) > limits.columns:
                raise Refused(Reason.TOO_MANY_COLUMNS, limit=limits.columns)
            return Table(header, _bounded(rows, limits))
    raise Refused(Reason.EMPTY_FILE)


def _bounded(rows: Iterator[tuple[int, tuple[Raw, ...]]], limits: Limits) -> Iterator[tuple[int, tuple[Raw, ...]]]:
    for count, row in enumerate(rows, 1):
        if count > limits.rows:
            raise Refused(Reason.TOO_MANY_ROWS, limit=limits.rows)
        yield row
