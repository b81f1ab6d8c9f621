"""Files as tables: encodings, separators, workbooks, and the ones that are refused as a whole."""

from __future__ import annotations

import codecs
import io
import random
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from services.registry_import import Reason, Refused, RegisterMapping
from services.registry_import.cells import ErrorValue, Formula, plain
from services.registry_import.register import read_table
from services.registry_import.tables import MIB, Limits, read_bytes
from tests.unit.registry_import.files import HEADER, ROWS, csv_bytes, rewritten, workbook_bytes

SHEET = "xl/worksheets/sheet1.xml"
SMALL = Limits(file_bytes=MIB, unpacked_bytes=MIB, rows=50, columns=20)
OTHERS = RegisterMapping()

READABLE: dict[str, tuple[bytes, RegisterMapping]] = {
    "utf8": (csv_bytes(HEADER, *ROWS), OTHERS),
    "utf8_bom": (csv_bytes(HEADER, *ROWS, encoding="utf-8-sig"), OTHERS),
    "utf16_bom": (csv_bytes(HEADER, *ROWS, encoding="utf-16", separator="\t"), OTHERS),
    "gb18030": (csv_bytes(HEADER, *ROWS, encoding="gb18030"), OTHERS),
    "semicolon": (csv_bytes(HEADER, *ROWS, separator=";"), OTHERS),
    "tab": (csv_bytes(HEADER, *ROWS, separator="\t"), OTHERS),
    "named_encoding": (csv_bytes(HEADER, *ROWS, encoding="utf-16-le"), RegisterMapping(encoding="utf-16-le")),
    "title_above": (csv_bytes(("普陀区电梯台账",), (), HEADER, *ROWS), RegisterMapping(header_row=2)),
    "workbook": (workbook_bytes(HEADER, *ROWS), OTHERS),
    "second_sheet": (workbook_bytes(HEADER, *ROWS, title="电梯"), RegisterMapping(sheet="电梯")),
}


@pytest.mark.parametrize(("content", "mapping"), READABLE.values(), ids=READABLE)
def test_every_usual_form_reads_the_same(content: bytes, mapping: RegisterMapping) -> None:
    table = read_table(content, mapping)

    assert table.header == HEADER
    assert [cells for _, cells in table.rows] == list(ROWS)


@pytest.mark.parametrize("make", [csv_bytes, workbook_bytes])
def test_rows_are_counted_as_a_spreadsheet_counts_them(make: Callable[..., bytes]) -> None:
    table = read_table(make(HEADER, ROWS[0], ("", "", ""), ROWS[1]), OTHERS)

    assert [number for number, _ in table.rows] == [2, 4]


def test_a_line_break_inside_quotes_is_one_row() -> None:
    table = read_table(csv_bytes(HEADER, ("1", "甲\n乙", "", "", ""), ROWS[1]), OTHERS)

    assert [(number, cells[1]) for number, cells in table.rows] == [(2, "甲\n乙"), (3, "2号梯")]


def _junk(size: int) -> bytes:
    return random.Random(20).randbytes(size)


def _zipped(**parts: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), content)
    return file.getvalue()


WITH_ENTITIES = rewritten(workbook_bytes(HEADER, *ROWS), SHEET, (b"<worksheet", b"<!DOCTYPE x []><worksheet"))

REFUSED: dict[str, tuple[bytes, RegisterMapping, Reason]] = {
    "junk": (_junk(4 * MIB), OTHERS, Reason.NOT_TEXT),
    "junk_called_workbook": (b"PK\x03\x04" + _junk(MIB), OTHERS, Reason.NOT_A_WORKBOOK),
    "junk_in_a_named_encoding": (_junk(MIB), RegisterMapping(encoding="iso8859-1"), Reason.NOT_TEXT),
    "nul": (csv_bytes(HEADER, ("1", "a\0b")), OTHERS, Reason.NOT_TEXT),
    "nul_far_down": (csv_bytes(HEADER, *ROWS * 200, ("1", "a\0b")), OTHERS, Reason.NOT_TEXT),
    "not_utf8_by_bom": (codecs.BOM_UTF8 + csv_bytes(HEADER, *ROWS, encoding="gb18030"), OTHERS, Reason.UNDECODABLE),
    "no_encoding_at_all": (b"code,name\r\n1,\xff\xff\xff\r\n", OTHERS, Reason.UNDECODABLE),
    "mixed_encodings": (csv_bytes(HEADER, ROWS[0]) + csv_bytes(ROWS[1], encoding="gb18030"), OTHERS, Reason.MIXED_ENCODINGS),
    "open_quote": ('注册代码,名称\r\n1,"甲\r\n2,乙\r\n'.encode(), OTHERS, Reason.BROKEN_CSV),
    "text_behind_a_quote": ('注册代码,名称\r\n1,"甲"乙\r\n'.encode(), OTHERS, Reason.BROKEN_CSV),
    "endless_cell": (b"code,name\r\n1," + b"x" * 200_000, OTHERS, Reason.BROKEN_CSV),
    "old_workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512), OTHERS, Reason.OLD_WORKBOOK),
    "document_that_is_no_workbook": (_zipped(word__document_xml=b"<w/>"), OTHERS, Reason.NOT_A_WORKBOOK),
    "broken_workbook": (_zipped(xl__workbook_xml=b"<"), OTHERS, Reason.NOT_A_WORKBOOK),
    "cut_workbook": (workbook_bytes(HEADER, *ROWS)[:-200], OTHERS, Reason.NOT_A_WORKBOOK),
    "bomb": (_zipped(xl__workbook_xml=b"<x/>", xl__bomb_xml=bytes(8 * MIB)), OTHERS, Reason.HOSTILE_WORKBOOK),
    "entities": (WITH_ENTITIES, OTHERS, Reason.HOSTILE_WORKBOOK),
    "no_such_sheet": (workbook_bytes(HEADER, *ROWS), RegisterMapping(sheet="锅炉"), Reason.NO_SHEET),
    "empty_workbook": (workbook_bytes(), OTHERS, Reason.EMPTY_FILE),
    "blank_lines": (b"\r\n,,,\r\n", OTHERS, Reason.EMPTY_FILE),
    "too_many_rows": (csv_bytes(HEADER, *ROWS * 26), OTHERS, Reason.TOO_MANY_ROWS),
    "too_many_columns": (csv_bytes([f"c{n}" for n in range(21)], *ROWS), OTHERS, Reason.TOO_MANY_COLUMNS),
}  # fmt: skip


@pytest.mark.parametrize(("content", "mapping", "reason"), REFUSED.values(), ids=REFUSED)
def test_a_file_is_refused_with_one_reason(content: bytes, mapping: RegisterMapping, reason: Reason) -> None:
    with pytest.raises(Refused) as refusal:
        list(read_table(content, mapping, limits=SMALL).rows)

    assert refusal.value.reason is reason
    assert "{" not in refusal.value.sentence
    assert not refusal.value.sentence.startswith("registry.")


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"", Reason.EMPTY_FILE), (b"\xef\xbb\xbf\r\n \t", Reason.EMPTY_FILE), (b"x" * (MIB + 1), Reason.TOO_LARGE)],
    ids=["empty", "only_a_bom", "too_large"],
)
def test_a_file_is_refused_before_it_is_read(tmp_path: Path, content: bytes, reason: Reason) -> None:
    path = tmp_path / "register.csv"
    path.write_bytes(content)

    with pytest.raises(Refused) as refusal:
        read_bytes(path, SMALL)

    assert refusal.value.reason is reason


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    for path in (tmp_path / "nothing.csv", tmp_path):
        with pytest.raises(Refused, match="no_file"):
            read_bytes(path, SMALL)


def test_blanks_at_the_end_of_a_workbooks_row_do_not_make_it_short() -> None:
    table = read_table(workbook_bytes(HEADER, ("1", "1号梯", None, None, None)), OTHERS)

    assert [cells for _, cells in table.rows] == [("1", "1号梯", "", "", "")]


def test_a_workbooks_cells_keep_what_they_are() -> None:
    row = (31103101072019050012.0, 12, "=B2*2", "#N/A", datetime.fromisoformat("2019-05-20"), True, "1E217", 1.75)
    table = read_table(workbook_bytes(("注册代码",) * 8, row, formats={"B2": "00000000"}), OTHERS)

    ((_, cells),) = table.rows

    assert isinstance(cells[2], Formula)
    assert isinstance(cells[3], ErrorValue)
    assert plain(cells[1]) == "00000012"
    assert (cells[0], cells[2], cells[4], cells[5], cells[6], cells[7]) == (
        3.110310107201905e19,
        "=B2*2",
        datetime.fromisoformat("2019-05-20"),
        True,
        "1E217",
        1.75,
    )


def test_a_workbook_that_claims_a_huge_sheet_is_read_by_its_cells() -> None:
    content = rewritten(workbook_bytes(HEADER, *ROWS), SHEET, (b'<dimension ref="A1:E3"', b'<dimension ref="A1:XFD1048576"'))

    assert [cells for _, cells in read_table(content, OTHERS).rows] == list(ROWS)


def test_a_row_number_beyond_the_format_is_refused_and_not_counted_to() -> None:
    content = rewritten(workbook_bytes(HEADER, *ROWS), SHEET, (b'r="3"', b'r="99999999999"'))

    with pytest.raises(Refused, match=r"too_many_rows|not_a_workbook"):
        list(read_table(content, OTHERS).rows)


def test_a_cell_in_the_last_column_of_the_format_is_refused() -> None:
    content = rewritten(workbook_bytes(HEADER, *ROWS), SHEET, (b'r="E3"', b'r="XFD3"'))

    with pytest.raises(Refused, match="too_many_columns"):
        list(read_table(content, OTHERS).rows)


def test_links_to_other_workbooks_are_not_followed() -> None:
    book = Workbook()
    book.active.append(list(HEADER))
    book.active.append(["1", "='[http://198.51.100.1/x.xlsx]Sheet1'!A1", "", "", ""])
    file = io.BytesIO()
    book.save(file)

    ((_, cells),) = read_table(file.getvalue(), OTHERS).rows

    assert cells[1] == Formula("='[http://198.51.100.1/x.xlsx]Sheet1'!A1")
    assert load_workbook(file).active is not None
