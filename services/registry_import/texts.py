"""CSV in UTF-8 (with or without BOM), UTF-16 with BOM, GB18030, or the encoding the mapping names; never a guess between two readings."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator
from typing import Final

from services.registry_import.findings import Reason, Refused
from services.registry_import.layout import recognised
from services.registry_import.mapping import RegisterMapping
from services.registry_import.tables import LIMITS, Limits, Table, headed

SEPARATORS: Final = (",", ";", "\t", "|")
BOMS: Final = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
CONTROLS: Final = re.compile("[\x00-\x08\x0e-\x1f\x7f]")  # no text file of a register holds these
CHINESE_IN_UTF8: Final = re.compile(rb"[\xe4-\xe9][\x80-\xbf]{2}")


def read_csv(content: bytes, mapping: RegisterMapping, *, limits: Limits = LIMITS) -> Table:
    """The table in a text file. Raises Refused."""
    text = decode(content, mapping.encoding)
    found = CONTROLS.search(text)
    if found:
        raise Refused(Reason.NOT_TEXT, line=text.count("\n", 0, found.start()) + 1)
    separator = mapping.separator or _separator(text, mapping)
    return headed(_rows(text, separator), mapping=mapping, limits=limits)


def decode(content: bytes, encoding: str | None) -> str:
    """The text. Without a named encoding: by BOM, else UTF-8, else GB18030; a file that mixes both is refused."""
    if b"\x00" in content[:4096] and not content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) and not encoding:
        raise Refused(Reason.NOT_TEXT, line=content.count(b"\n", 0, content.index(b"\x00")) + 1)
    named = encoding or next((name for bom, name in BOMS if content.startswith(bom)), None)
    if named:
        return _decoded(content, "utf-8-sig" if named == "utf-8" else named)
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as exc:
        _refuse_mixture(content, exc.start)
        return _decoded(content, "gb18030")


def _decoded(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as exc:
        raise Refused(Reason.UNDECODABLE, encoding=encoding, line=_line(content, exc.start)) from exc


def _refuse_mixture(content: bytes, broken_at: int) -> None:
    """Not UTF-8 as a whole: refuse it when some line holds Chinese in valid UTF-8, for GB18030 would read that as other characters."""
    for line in content.splitlines():
        if CHINESE_IN_UTF8.search(line):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError:
                continue
            raise Refused(Reason.MIXED_ENCODINGS, line=_line(content, broken_at))


def _line(content: bytes, position: int) -> int:
    return content.count(b"\n", 0, position) + 1


def _separator(text: str, mapping: RegisterMapping) -> str:
    """The mark that yields the most known headers in the header row; the comma where none does."""

    def known(separator: str) -> int:
        rows = (row for number, row in _rows(text, separator) if number >= mapping.header_row)
        return recognised(next(rows, ()), mapping)

    return max(SEPARATORS, key=known)


def _rows(text: str, separator: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    number = 0
    try:
        for number, row in enumerate(reader, 1):
            if any(cells := tuple(cell.strip() for cell in row)):
                yield number, cells
    except csv.Error as exc:
        raise Refused(Reason.BROKEN_CSV, row=number + 1, cause=str(exc)) from exc
