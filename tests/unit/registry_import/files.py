"""Register files made for a test."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path

from openpyxl import Workbook

from domain.coordinates import Datum
from services.registry_import.districts import District, load_district
from services.registry_import.entries import Terms

GEOGRAPHY = Path(__file__).resolve().parents[3] / "assets" / "geo"
TODAY = date(2026, 11, 20)
HEADER = ("注册代码", "设备名称", "使用地点", "额定速度(m/s)", "制造日期")
ROWS = (("31103101072019050012", "1号梯", "示例小区", "1.75", "2019-05-20"), ("1E217", "2号梯", "示例小区", "1.0", "2010年1月2日"))


def csv_bytes(*rows: Sequence[object], encoding: str = "utf-8", separator: str = ",") -> bytes:
    """A CSV file of these rows."""
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=separator).writerows(rows)
    return file.getvalue().encode(encoding)


def workbook_bytes(*rows: Iterable[object], formats: Mapping[str, str] | None = None, title: str = "台账") -> bytes:
    """An XLSX file of these rows; `formats` gives number formats by cell."""
    book = Workbook()
    sheet = book.active
    sheet.title = title
    for row in rows:
        sheet.append(list(row))
    for cell, shown_as in (formats or {}).items():
        sheet[cell].number_format = shown_as
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def rewritten(workbook: bytes, part: str, change: tuple[bytes, bytes]) -> bytes:
    """A workbook with something in one of its parts replaced, as an attacker would."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as copy:
        for name in source.namelist():
            content = source.read(name)
            assert name != part or change[0] in content
            copy.writestr(name, content.replace(*change) if name == part else content)
    return target.getvalue()


def district() -> District:
    """The ten streets of the schematic map."""
    return load_district(GEOGRAPHY)


def terms(**changes: object) -> Terms:
    """Elevators in WGS-84, read today."""
    values: dict[str, object] = {
        "kind": "elevator",
        "datum": Datum.WGS84,
        "bounds": None,
        "district": district(),
        "vendors": frozenset({"xzl"}),
        "at": TODAY,
    }
    return Terms(**(values | changes))  # type: ignore[arg-type]
