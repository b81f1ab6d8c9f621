"""Rows as entries: keys unchanged, bad cells found by row and column, streets from points."""

from __future__ import annotations

from typing import Any

import pytest

from domain.coordinates import Datum, Point, gcj02_to_bd09, wgs84_to_gcj02
from services.registry_import import Effect, Reason, Refused, RegisterMapping, parse_mapping
from services.registry_import.cells import ErrorValue, Formula, Padded
from services.registry_import.entries import Entry, NamedUnit, RowReader, entries
from services.registry_import.fields import FIELDS
from services.registry_import.findings import Finding
from services.registry_import.layout import PERSONAL_HEADERS, SYNONYMS, lay_out, plain_header
from services.registry_import.units import identify
from tests.unit.registry_import.files import terms

VALID, ALSO_VALID = "92340604MA2PBNKR4Y", "92340621MA2PBNTY9Y"
CAOYANG = Point(121.403, 31.2412)  # inside 310107005
POINTS = {Datum.WGS84: CAOYANG, Datum.GCJ02: wgs84_to_gcj02(CAOYANG), Datum.BD09: gcj02_to_bd09(wgs84_to_gcj02(CAOYANG))}


def take(
    header: tuple[str, ...], *rows: tuple[Any, ...], mapping: RegisterMapping | None = None, **changes: object
) -> tuple[list[Entry], list[Finding]]:
    layout, findings = lay_out(header, mapping or RegisterMapping())
    reader = RowReader(layout, terms(**changes), findings)
    taken, _ = entries(reader, iter(list(enumerate(rows, 2))))
    return taken, reader.findings


def found(findings: list[Finding]) -> list[tuple[int | None, str, str, Reason]]:
    return [(finding.row, finding.column, finding.raw, finding.reason) for finding in findings]


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("1E217", "1E217"),
        ("0001", "0001"),
        ("31103101072019050012", "31103101072019050012"),
        ("３１１０", "３１１０"),
        ("TS-12 a", "TS-12 a"),
        (12345678, "12345678"),
        (12345678.0, "12345678"),
    ],
)
def test_a_key_is_text_and_stays_as_it_is(raw: object, code: str) -> None:
    (entry,), findings = take(("注册代码",), (raw,))

    assert entry.code == code
    assert [finding.reason for finding in findings] == ([] if isinstance(raw, str) else [Reason.NUMERIC_KEY])


def test_a_workbooks_zero_padded_number_is_the_key_it_shows() -> None:
    padded = Padded(12)
    padded.width = 8

    (entry,), findings = take(("注册代码",), (padded,))

    assert entry.code == "00000012"
    assert findings == []


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("", Reason.NO_KEY),
        ("3.11031E+19", Reason.DIGITS_LOST),
        ("3,11031E+19", Reason.DIGITS_LOST),
        ("31E+18", Reason.DIGITS_LOST),
        (31103101072019050012, Reason.DIGITS_LOST),
        (3.110310107201905e19, Reason.DIGITS_LOST),
        (12.5, Reason.DIGITS_LOST),
        (True, Reason.UNUSABLE_KEY),
        (Formula("=A1&B1"), Reason.UNUSABLE_KEY),
        (ErrorValue("#N/A"), Reason.UNUSABLE_KEY),
        ('="0123"', Reason.UNUSABLE_KEY),
        ("'0123", Reason.UNUSABLE_KEY),
        ("a/b1", Reason.UNUSABLE_KEY),
        ("1\u200b2", Reason.UNUSABLE_KEY),
        ("1" * 65, Reason.UNUSABLE_KEY),
        ("合计", Reason.UNUSABLE_KEY),
    ],
)
def test_a_row_without_a_usable_key_is_refused_and_found(raw: object, reason: Reason) -> None:
    taken, findings = take(("注册代码", "设备名称"), (raw, "1号梯"))

    assert taken == []
    assert [(finding.row, finding.column, finding.reason, finding.effect) for finding in findings] == [
        (2, "注册代码", reason, Effect.ROW_REFUSED)
    ]


def test_a_lift_without_a_registration_code_is_known_by_maker_and_factory_number() -> None:
    header = ("注册代码", "制造单位统一社会信用代码", "制造单位", "出厂编号")

    (first, second), _ = take(header, ("", VALID, "示例电梯厂", "F001"), ("12", VALID, "示例电梯厂", "F002"))

    assert (first.code, second.code) == (f"{VALID}-F001", "12")


def test_a_bad_cell_leaves_its_field_empty_and_is_found_by_row_and_column() -> None:
    header = ("注册代码", "额定速度", "制造日期", "使用状态", "层数")

    taken, findings = take(header, ("1", "fast", "2019-02-30", "在用", "9"), ("2", "1.75", "2019-02-28", "奇怪", "9.5"))

    assert [dict(entry.values) for entry in taken] == [
        {"use_status": "in_use", "floors": 9},
        {"rated_speed": 1.75, "made_on": taken[1].values["made_on"]},
    ]
    assert found(findings) == [
        (2, "额定速度", "fast", Reason.NOT_A_NUMBER),
        (2, "制造日期", "2019-02-30", Reason.NO_SUCH_DAY),
        (3, "使用状态", "奇怪", Reason.UNKNOWN_WORD),
        (3, "层数", "9.5", Reason.NOT_WHOLE),
    ]


@pytest.mark.parametrize("row", [("1", "甲"), ("1", "甲", "乙", "丙")])
def test_a_row_of_another_width_is_refused(row: tuple[str, ...]) -> None:
    taken, findings = take(("注册代码", "设备名称", "型号"), row)

    assert taken == []
    assert [finding.reason for finding in findings] == [Reason.WRONG_WIDTH]


def test_a_repeated_row_is_taken_once_and_found() -> None:
    taken, findings = take(("注册代码", "设备名称"), ("1", "甲"), ("2", "乙"), ("1", "甲"))

    assert [entry.code for entry in taken] == ["1", "2"]
    assert found(findings) == [(4, "注册代码", "1", Reason.REPEATED_ROW)]


def test_rows_that_contradict_each_other_are_all_refused() -> None:
    taken, findings = take(("注册代码", "设备名称"), ("1", "甲"), ("2", "乙"), ("1", "丙"), ("1", "甲"))

    assert [entry.code for entry in taken] == ["2"]
    assert sorted((finding.row or 0, finding.reason) for finding in findings if finding.reason is Reason.CONFLICTING_ROWS) == [
        (2, Reason.CONFLICTING_ROWS),
        (4, Reason.CONFLICTING_ROWS),
    ]


@pytest.mark.parametrize("datum", Datum)
def test_the_street_is_the_one_the_point_lies_in(datum: Datum) -> None:
    point = POINTS[datum]

    (entry,), findings = take(("注册代码", "经度", "纬度"), ("1", f"{point.lng:.9f}", f"{point.lat:.9f}"), datum=datum)

    assert entry.values["street_code"] == "310107005"
    assert entry.values["lng"] == pytest.approx(CAOYANG.lng, abs=1e-8)
    assert entry.values["lat"] == pytest.approx(CAOYANG.lat, abs=1e-8)
    assert findings == []


def test_a_point_outside_every_street_has_none() -> None:
    (entry,), findings = take(("注册代码", "经度", "纬度"), ("1", "-73.98", "40.69"))

    assert "street_code" not in entry.values
    assert (entry.values["lng"], entry.values["lat"]) == (-73.98, 40.69)
    assert [finding.reason for finding in findings] == [Reason.IN_NO_STREET]


@pytest.mark.parametrize(
    ("lng", "lat", "reasons"),
    [
        ("121.4", "", [Reason.HALF_A_POSITION] * 2),
        ("0", "0", [Reason.OUTSIDE_BOUNDS] * 2),
        ("31.24", "121.40", [Reason.OFF_THE_GLOBE] * 2),
        ("-6431.2", "1235.6", [Reason.OFF_THE_GLOBE] * 2),
        ("121°24'", "31.24", [Reason.NOT_A_NUMBER]),
    ],
)
def test_a_position_that_cannot_be_is_found_and_left_out(lng: str, lat: str, reasons: list[Reason]) -> None:
    (entry,), findings = take(("注册代码", "经度", "纬度"), ("1", lng, lat))

    assert entry.values == {}
    assert [finding.reason for finding in findings] == reasons


def test_a_position_outside_the_mappings_box_is_found() -> None:
    (entry,), findings = take(("注册代码", "经度", "纬度"), ("1", "48.79", "8.19"), bounds=(5.8, 47.2, 15.1, 55.1))

    assert entry.values == {}
    assert [finding.column for finding in findings] == ["经度", "纬度"]


def test_a_named_street_counts_where_there_is_no_point_and_yields_to_one() -> None:
    header = ("注册代码", "所属街镇", "经度", "纬度")
    point = (str(CAOYANG.lng), str(CAOYANG.lat))

    taken, findings = take(header, ("1", "桃浦镇", "", ""), ("2", "桃浦镇", *point), ("3", "火星镇", "", ""))

    assert [entry.values.get("street_code") for entry in taken] == ["310107103", "310107005", None]
    assert [(finding.row, finding.reason) for finding in findings] == [(3, Reason.STREET_DIFFERS), (4, Reason.UNKNOWN_STREET)]


def test_a_blank_cell_repeats_the_one_above_only_where_the_mapping_says_so() -> None:
    mapping = parse_mapping("[columns]\nsite = { column = 'Station', fill = 'down' }\nmodel = 'Typ'")

    taken, _ = take(("code", "Station", "Typ"), ("1", "Aumühle", "A"), ("2", "", ""), ("", "Büchen", ""), ("4", "", ""), mapping=mapping)

    assert [entry.site for entry in taken] == ["Aumühle", "Aumühle", "Büchen"]
    assert [entry.values.get("model") for entry in taken] == ["A", None, None]


def test_units_carry_their_credit_code_and_a_bad_one_is_a_warning() -> None:
    header = ("注册代码", "使用单位", "统一社会信用代码", "维保单位代码")

    (first, second), findings = take(header, ("1", "示例物业", VALID, VALID), ("2", "示例物业", "91310000000000000X", ""))

    assert first.units == {"use_unit": NamedUnit("示例物业", VALID)}
    assert second.units == {"use_unit": NamedUnit("示例物业", "91310000000000000X")}
    assert [(finding.reason, finding.effect) for finding in findings] == [
        (Reason.UNNAMED_UNIT, Effect.LEFT_EMPTY),
        (Reason.BAD_CREDIT_CODE, Effect.KEPT),
    ]


def test_one_credit_code_is_one_unit_and_a_bad_code_joins_nobody() -> None:
    header = ("注册代码", "使用单位", "统一社会信用代码")
    rows = [("1", "甲物业", VALID), ("2", "甲物业（旧名）", VALID), ("3", "乙", "0"), ("4", "丙", "0"), ("5", "甲物业", "")]
    layout, findings = lay_out(header, RegisterMapping())
    taken, _ = entries(RowReader(layout, terms(), findings), iter(list(enumerate(rows, 2))))

    meant, remarks = identify(taken, {}, layout)

    named = [meant[entry.units["use_unit"]] for entry in taken]
    assert named == [
        NamedUnit("甲物业", VALID),
        NamedUnit("甲物业", VALID),
        NamedUnit("乙", "0"),
        NamedUnit("丙"),
        NamedUnit("甲物业", VALID),
    ]
    assert [(finding.row, finding.reason) for finding in remarks] == [(3, Reason.NAMED_OTHERWISE), (5, Reason.SHARED_CREDIT_CODE)]


def test_a_stored_unit_keeps_its_name() -> None:
    layout, findings = lay_out(("注册代码", "使用单位", "统一社会信用代码"), RegisterMapping())
    taken, _ = entries(RowReader(layout, terms(), findings), iter([(2, ("1", "新名", ALSO_VALID))]))

    meant, remarks = identify(taken, {ALSO_VALID: "旧名"}, layout)

    assert list(meant.values()) == [NamedUnit("旧名", ALSO_VALID)]
    assert [finding.detail for finding in remarks] == ["旧名"]


def test_a_vendor_nobody_knows_is_found() -> None:
    taken, findings = take(("注册代码", "监测数据商"), ("1", "xzl"), ("2", "abc"))

    assert [entry.values.get("monitor_vendor") for entry in taken] == ["xzl", None]
    assert [finding.reason for finding in findings] == [Reason.UNKNOWN_VENDOR]


def test_people_are_left_out_and_unknown_columns_are_told() -> None:
    (entry,), findings = take(("注册代码", "联系电话", "useCompanyPerson", "备注"), ("1", "13800000000", "张三", "x"))

    assert entry.values == {}
    assert entry.extra == {}
    assert [(finding.column, finding.reason) for finding in findings] == [
        ("联系电话", Reason.PERSONAL_COLUMN),
        ("useCompanyPerson", Reason.PERSONAL_COLUMN),
        ("备注", Reason.UNKNOWN_COLUMN),
    ]


@pytest.mark.parametrize("header", ["registerNumber", "注册代码", "注 册 代 码", "＊注册代码", "REGISTERNUMBER", "register_number"])
def test_a_header_is_known_by_every_usual_spelling(header: str) -> None:
    (entry,), _ = take((header,), ("1",))

    assert entry.code == "1"


@pytest.mark.parametrize(
    ("kind", "variety", "default", "meant"),
    [
        ("叉车", "", None, "forklift"),
        ("场（厂）内专用机动车辆", "叉车", None, "forklift"),
        ("场（厂）内专用机动车辆", "5200", "elevator", None),
        ("", "曳引驱动乘客电梯", None, "elevator"),
        ("", "", "boiler", "boiler"),
        ("", "", None, None),
        ("客运索道", "", "boiler", None),
    ],
)
def test_the_kind_is_the_rows_else_its_varietys_else_the_commissions(
    kind: str, variety: str, default: str | None, meant: str | None
) -> None:
    taken, findings = take(("注册代码", "设备种类", "设备品种"), ("1", kind, variety), kind=default)

    assert [entry.kind for entry in taken] == ([meant] if meant else [])
    assert (Reason.NO_KIND in [finding.reason for finding in findings]) is (meant is None)


def test_a_unit_in_the_header_counts() -> None:
    (entry,), _ = take(("注册代码", "额定速度（m/min）", "额定载重量(t)"), ("1", "105", "2"))

    assert entry.values == {"rated_speed": pytest.approx(1.75), "rated_load": 2000.0}


WRONG_HEADERS: dict[str, tuple[tuple[str, ...], str, Reason]] = {
    "no_key": (("名称", "型号"), "", Reason.NO_KEY_COLUMN),
    "twice": (("注册代码", "型号", "型号"), "", Reason.TWICE_NAMED),
    "two_for_one": (("注册代码", "型号", "规格型号"), "", Reason.TWO_COLUMNS),
    "mapped_and_missing": (("注册代码", "型号"), "[columns]\nmodel = 'Typ'", Reason.MISSING_COLUMN),
}


@pytest.mark.parametrize(("header", "mapping", "reason"), WRONG_HEADERS.values(), ids=WRONG_HEADERS)
def test_a_wrong_column_refuses_the_file(header: tuple[str, ...], mapping: str, reason: Reason) -> None:
    with pytest.raises(Refused) as refusal:
        lay_out(header, parse_mapping(mapping))

    assert refusal.value.reason is reason


def test_no_header_means_two_fields() -> None:
    meant = [(plain_header(header), field.name) for field in FIELDS.values() for header in field.headers]

    assert dict(meant) == {header: SYNONYMS[header] for header, _ in meant}
    assert len({header for header, _ in meant}) == len(set(meant))
    assert not PERSONAL_HEADERS & SYNONYMS.keys()


def test_the_platforms_base_record_is_known_whole() -> None:
    """Every key that the platform's `liftBaseInfos` returns is a field or a person's."""
    record = """registerNumber useCertNumber registerOrg registerDate kind category type deviceName model deviceNumber leaveFactoryNumber
        leaveFactoryDate designServiceLife manufacturerCode manufacturerName setupCompanyCode setupCompanyName setupFinishDate noticeNumber
        ownerCode ownerName areaCode town adminOrg usePlace buildingUnit address longitude latitude rescueNumber useCompanyType
        useCompanyCode useCompanyName useCompanyPerson useCompanyTel adminBranchName adminBranchContact adminBranchTel safetyAdministrator
        safetyAdministratorCertNumber safetyAdministratorTel useStatus conditions remouldEntName remouldDate startUseDate stopUseDate
        cancelDate
        inspectDutyCompany iotInstallCompany"""

    assert [key for key in record.split() if plain_header(key) not in SYNONYMS.keys() | PERSONAL_HEADERS] == []
