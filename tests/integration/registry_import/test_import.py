"""A file comes in: all of it or nothing, and a second time without a trace."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from data_access.engine import Store
from data_access.locks import Lock
from data_access.repositories import deployments, vendors
from domain.errors import WrongDistrict
from services.registry_import import Outcome, Reason, Refused, parse_mapping
from tests.integration.registry_import.conftest import Importing
from tests.unit.registry_import.files import csv_bytes, workbook_bytes

Rows = Callable[[str], list[dict[str, Any]]]
VALID, ALSO_VALID = "92340604MA2PBNKR4Y", "92340621MA2PBNTY9Y"
HEADER = (
    "注册代码", "设备种类", "设备名称", "使用地点", "详细地址", "场所类别", "经度", "纬度", "使用单位", "统一社会信用代码", "维保单位",
    "制造日期",
    "额定速度(m/s)", "层数", "使用状态", "监测数据商", "楼栋单元",
)  # fmt: skip
LIFT = (
    "31103101072019050012", "电梯", "1号梯", "曹杨示例小区", "示例路1号", "住宅", "121.403", "31.2412", "示例物业", VALID, "示例维保",
    "2019年5月20日",
    "1.75", "18", "在用", "xzl", "1幢",
)  # fmt: skip
TRUCK = (
    "0051",
    "叉车",
    "",
    "桃浦示例仓库",
    "",
    "工厂",
    "121.3452",
    "31.2864",
    "示例仓储",
    "91310000000000000X",
    "",
    "2020/1/2",
    "",
    "",
    "停用",
    "",
    "",
)
COUNTED = "SELECT (SELECT count(*) FROM equipment) e, (SELECT count(*) FROM sites) s, (SELECT count(*) FROM organizations) o"
TABLES = ("equipment", "sites", "organizations", "streets", "data_versions", "deployments", "audit_log")
STORED = "SELECT * FROM equipment ORDER BY code"


@pytest.fixture(autouse=True)
def a_vendor(store: Store) -> None:
    with store.transaction() as tx:
        vendors.add_all(tx, [("xzl", "迅智联")])


def figures(outcome: Outcome) -> tuple[int, int, int, int]:
    return outcome.inserted, outcome.changed, outcome.unchanged, outcome.refused


@pytest.mark.parametrize("make", [csv_bytes, workbook_bytes])
def test_a_register_comes_in_whole(make: Callable[..., bytes], bring_in: Importing, rows: Rows) -> None:
    outcome = bring_in(make(HEADER, LIFT, TRUCK), kind=None)

    assert figures(outcome) == (2, 0, 0, 0)
    truck, lift = rows(STORED)
    assert (lift["code"], lift["kind"], lift["name"], lift["street_code"]) == ("31103101072019050012", "elevator", "1号梯", "310107005")
    assert (lift["residential"], lift["place_kind"], lift["made_on"], lift["floors"]) == (True, "residential", date(2019, 5, 20), 18)
    assert (lift["rated_speed"], lift["use_status"], lift["monitor_vendor"], lift["extra"]) == (
        1.75,
        "in_use",
        "xzl",
        {"building_unit": "1幢"},
    )
    assert (lift["pinyin"], lift["demo"]) == ("1ht", False)
    assert (truck["code"], truck["kind"], truck["name"], truck["street_code"]) == ("0051", "forklift", "桃浦示例仓库", "310107103")
    assert (truck["use_status"], truck["residential"], truck["rated_speed"]) == ("stopped", False, None)
    assert [finding.reason for finding in outcome.findings] == [Reason.BAD_CREDIT_CODE]
    assert [(row["name"], row["street_code"], row["place_kind"], row["pinyin"]) for row in rows("SELECT * FROM sites ORDER BY name")] == [
        ("曹杨示例小区", "310107005", "residential", "cyslxq"),
        ("桃浦示例仓库", "310107103", "factory", "tpslck"),
    ]
    units = {row["name"]: (row["credit_code"], row["kind"]) for row in rows("SELECT * FROM organizations")}
    assert units == {
        "示例物业": (VALID, "use_unit"),
        "示例维保": (None, "maintenance_unit"),
        "示例仓储": ("91310000000000000X", "use_unit"),
    }
    assert rows("SELECT mode FROM deployments") == [{"mode": "real"}]
    assert rows("SELECT username, action, after->>'inserted' n FROM audit_log") == [
        {"username": "command line", "action": "import_register", "n": "2"}
    ]
    assert len(rows("SELECT code FROM streets WHERE geometry IS NOT NULL")) == 10


def test_a_second_import_changes_nothing(bring_in: Importing, rows: Rows) -> None:
    bring_in(csv_bytes(HEADER, LIFT, TRUCK), kind=None)
    everything = [rows(f"SELECT * FROM {table} ORDER BY 1") for table in TABLES]

    outcome = bring_in(csv_bytes(HEADER, LIFT, TRUCK), kind=None)

    assert figures(outcome) == (0, 0, 2, 0)
    assert [rows(f"SELECT * FROM {table} ORDER BY 1") for table in TABLES] == everything


def test_a_change_is_counted_and_announced(bring_in: Importing, rows: Rows) -> None:
    bring_in(csv_bytes(("注册代码", "层数", "经度", "纬度"), ("1", "18", "121.403", "31.2412"), ("2", "6", "", "")))
    versions = "SELECT watch, version FROM data_versions WHERE watch IN ('equipment', 'street:310107005:equipment')"
    before = {row["watch"]: row["version"] for row in rows(versions)}

    outcome = bring_in(csv_bytes(("注册代码", "层数", "经度", "纬度"), ("1", "19", "121.403", "31.2412"), ("2", "6", "", "")))

    assert figures(outcome) == (0, 1, 1, 0)
    assert {row["watch"]: row["version"] for row in rows(versions)} == {watch: version + 1 for watch, version in before.items()}


def test_a_blank_or_bad_cell_and_a_missing_column_erase_nothing(bring_in: Importing, rows: Rows) -> None:
    bring_in(csv_bytes(HEADER, LIFT), kind=None)

    outcome = bring_in(csv_bytes(("注册代码", "层数", "额定速度", "楼栋单元"), (LIFT[0], "", "fast", "")))

    assert figures(outcome) == (0, 0, 1, 0)
    (lift,) = rows(STORED)
    assert (lift["floors"], lift["rated_speed"], lift["name"], lift["extra"]) == (18, 1.75, "1号梯", {"building_unit": "1幢"})


def test_a_bad_row_is_left_out_and_the_others_come_in(bring_in: Importing, rows: Rows) -> None:
    outcome = bring_in(csv_bytes(("注册代码", "层数"), ("1", "a"), ("", "3"), ("3.11E+19", "3"), ("1E217", "3"), ("7", "3"), ("7", "4")))

    assert figures(outcome) == (2, 0, 0, 4)
    assert [(row["code"], row["floors"]) for row in rows(STORED)] == [("1", None), ("1E217", 3)]


def test_strict_takes_all_or_nothing(bring_in: Importing, rows: Rows) -> None:
    outcome = bring_in(csv_bytes(("注册代码", "层数"), ("1", "a"), ("2", "3")), strict=True)

    assert (outcome.stopped, outcome.written) == (True, False)
    assert rows(COUNTED) == [{"e": 0, "s": 0, "o": 0}]
    assert figures(bring_in(csv_bytes(("注册代码", "层数"), ("1", "1"), ("2", "3")), strict=True)) == (2, 0, 0, 0)


def test_a_rehearsal_counts_and_writes_nothing(bring_in: Importing, rows: Rows) -> None:
    outcome = bring_in(csv_bytes(HEADER, LIFT, TRUCK), kind=None, rehearsal=True)

    assert figures(outcome) == (2, 0, 0, 0)
    assert not outcome.written
    assert rows(COUNTED) == [{"e": 0, "s": 0, "o": 0}]
    assert rows("SELECT * FROM deployments") == []


def test_a_failure_half_way_leaves_nothing(bring_in: Importing, store: Store, rows: Rows) -> None:
    rows("CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'full'; END $$")
    rows("CREATE TRIGGER full_disk BEFORE INSERT ON equipment FOR EACH ROW WHEN (NEW.code = '9000') EXECUTE FUNCTION fail()")

    with pytest.raises(Exception, match="full"):
        bring_in(csv_bytes(("注册代码", "使用单位"), *((str(n), f"示例{n // 100}公司") for n in range(9_001))))

    assert rows(COUNTED) == [{"e": 0, "s": 0, "o": 0}]


def test_a_demonstration_takes_no_real_register(bring_in: Importing, store: Store, rows: Rows) -> None:
    with store.transaction() as tx:
        deployments.declare(tx, "demonstration", seed=1, at=datetime(2026, 11, 20, tzinfo=UTC))

    with pytest.raises(WrongDistrict):
        bring_in(csv_bytes(HEADER, LIFT), kind=None)

    assert rows(COUNTED) == [{"e": 0, "s": 0, "o": 0}]


def test_a_known_code_does_not_change_its_kind(bring_in: Importing, rows: Rows) -> None:
    bring_in(csv_bytes(("注册代码",), ("1",), ("2",)))

    outcome = bring_in(csv_bytes(("注册代码",), ("1",), ("3",)), kind="boiler")

    assert figures(outcome) == (1, 0, 0, 1)
    assert [(row["code"], row["kind"]) for row in rows(STORED)] == [("1", "elevator"), ("2", "elevator"), ("3", "boiler")]
    assert [(finding.raw, finding.reason) for finding in outcome.findings] == [("1", Reason.KIND_CHANGED)]


@pytest.mark.parametrize(
    ("content", "kind", "reason"),
    [
        (csv_bytes(("设备编码", "层数"), ("1", "2")), "elevator", Reason.NO_KEY_COLUMN),
        (csv_bytes(("注册代码", "层数")), "elevator", Reason.NO_ROWS),
        (csv_bytes(("注册代码", "层数"), ("1", "2")), None, Reason.NO_KIND_COLUMN),
        (bytes(range(256)) * 80_000, "elevator", Reason.NOT_TEXT),
    ],
    ids=["wrong_column", "header_only", "no_kind", "20_mb_junk"],
)
def test_a_file_that_is_no_register_leaves_nothing(
    content: bytes, kind: str | None, reason: Reason, bring_in: Importing, rows: Rows
) -> None:
    with pytest.raises(Refused) as refusal:
        bring_in(content, kind=kind)

    assert refusal.value.reason is reason
    assert rows(COUNTED) == [{"e": 0, "s": 0, "o": 0}]


def test_two_imports_at_once_are_not_let_in(bring_in: Importing, store: Store) -> None:
    with store.elected(Lock.IMPORT), pytest.raises(Refused) as refusal:
        bring_in(csv_bytes(("注册代码",), ("1",)))

    assert refusal.value.reason is Reason.BUSY


def test_a_mappings_kind_units_and_extra_columns_arrive(bring_in: Importing, rows: Rows) -> None:
    mapping = parse_mapping("""
        kind = "elevator"
        [file]
        encoding = "iso-8859-1"
        separator = ";"
        decimal = ","
        [columns]
        code = "Nr"
        lift_height = { column = "Hub", unit = "ft-in" }
        rated_speed = { column = "V", unit = "ft/min" }
        [columns.extra]
        standing_at = "Straße"
        door_width_m = { column = "Tür", type = "number", unit = "mm" }
        """)

    outcome = bring_in(
        csv_bytes(("Nr", "Hub", "V", "Straße", "Tür"), ("007", "34'9", "500", "Größe", "900,5"), encoding="latin-1", separator=";"),
        mapping,
        kind=None,
    )

    assert figures(outcome) == (1, 0, 0, 0)
    (lift,) = rows(STORED)
    assert lift["code"] == "007"
    assert lift["lift_height"] == pytest.approx(10.5918)
    assert lift["rated_speed"] == pytest.approx(2.54)
    assert lift["extra"] == {"standing_at": "Größe", "door_width_m": 0.9005}
