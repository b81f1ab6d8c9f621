"""What a large register costs: `python -m tests.bench.registry_import [ROWS]`, seconds for the first and second import of CSV and XLSX."""

from __future__ import annotations

import csv
import io
import random
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from time import perf_counter
from typing import Final

from openpyxl import Workbook

from data_access.engine import connect
from services.registry_import import Commission, import_register
from tests.stack_fixture import Databases, running_servers
from tests.unit.registry_import.files import district

AT: Final = datetime(2026, 11, 20, tzinfo=UTC)
HEADER: Final = (
    "注册代码", "设备种类", "设备名称", "型号", "出厂编号", "制造日期", "使用登记证编号", "使用地点", "详细地址", "经度", "纬度",
    "使用单位", "维保单位", "制造单位", "额定速度(m/s)", "额定载重量", "层数", "站数", "使用状态", "检验日期", "检验结论", "下次检验日期",
    "场所类别", "行政区划代码", "救援识别码",
)  # fmt: skip


def _rows(count: int) -> Iterator[tuple[str, ...]]:
    rng = random.Random(20251120)
    for n in range(count):
        yield (
            f"3110310107{2000 + n % 25}{n % 12 + 1:02d}{n:06d}", "电梯", f"{n % 30 + 1}号梯", "MX-1", f"F{n:07d}", "2010-5-6",
            f"梯11沪A{n:05d}(18)", f"示例{n // 20}小区", f"示例路{n // 20}号", f"{rng.uniform(121.33, 121.45):.6f}",
            f"{rng.uniform(31.22, 31.31):.6f}", f"示例物业{n // 500}公司", f"示例维保{n % 5}公司", f"示例制造{n % 40}厂", "1.75", "1000",
            str(n % 30 + 1), str(n % 30 + 1), "在用", "2025/5/1", "合格", "2026-05-31", "住宅", "310107", f"R{n:06d}",
        )  # fmt: skip


def _csv(count: int) -> bytes:
    file = io.StringIO(newline="")
    csv.writer(file).writerows((HEADER, *_rows(count)))
    return file.getvalue().encode("gb18030")


def _workbook(count: int) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in (HEADER, *_rows(count)):
        sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def main(count: int) -> None:
    """Import each form twice into a database of its own and print the seconds."""
    with running_servers() as services:
        databases = Databases(services["database_url"])
        for name, content in (("CSV", _csv(count)), ("XLSX", _workbook(count))):
            store = connect(databases.fresh())
            for attempt in ("first", "second"):
                started = perf_counter()
                outcome = import_register(store, content, Commission(), district=district(), at=AT)
                seconds = perf_counter() - started
                print(f"{name:5}{attempt:7}{outcome.rows:8} rows {outcome.inserted:8} inserted {seconds:7.1f} s {len(content) >> 20:4} MiB")
            store.close()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
