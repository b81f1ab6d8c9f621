"""Cells: what is taken exactly as it stands, and what is refused with which reason."""

from __future__ import annotations

import math
import re
from contextlib import suppress
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registry_import.cells import Column, Day, ErrorValue, Formula, Name, Number, Reader, Text, Truth, Whole, Word, read
from services.registry_import.findings import BadCell, Reason
from services.registry_import.quantities import LENGTH, MASS, SPEED, Mark

TODAY = date(2026, 11, 20)
SPEEDS, LOADS, HEIGHTS = Number(0, 20, SPEED), Number(9.99, 1_000_000, MASS), Number(0, 1000, LENGTH)
COMMA, ANY = Column(mark=Mark.COMMA), Column(mark=Mark.ANY)
FEET = Column(unit="ft-in")
YEARS = Column(formats=("YYYY",), not_after=date(2018, 12, 31))
EXCEL = Column(formats=("excel",))

TAKEN: dict[str, tuple[Reader, Any, Column, Any]] = {
    "text_as_it_stands": (Text(), "F 001/ä", Column(), "F 001/ä"),
    "text_formula": (Text(), Formula("=A1"), Column(), "=A1"),
    "text_number_of_a_workbook": (Text(), 7931, Column(), "7931"),
    "text_float_that_is_whole": (Text(), 7931.0, Column(), "7931"),
    "name_blanks": (Name(), "示例  物业 ", Column(), "示例 物业"),
    "speed": (SPEEDS, "1.75", Column(), 1.75),
    "speed_unit_in_cell": (SPEEDS, "1.75 m/s", Column(), 1.75),
    "speed_feet_a_minute": (SPEEDS, "500", Column(unit="ft/min"), 2.54),
    "speed_cell_overrules_column": (SPEEDS, "1.75米/秒", Column(unit="ft/min"), 1.75),
    "speed_full_width": (SPEEDS, "１．７５", Column(), 1.75),
    "speed_of_a_workbook": (SPEEDS, 1.75, COMMA, 1.75),
    "load_pounds": (LOADS, "2000", Column(unit="lb"), 907.18474),
    "load_tonnes": (LOADS, "3t", Column(), 3000.0),
    "load_decimal_comma": (LOADS, "1050,0", COMMA, 1050.0),
    "height_noise": (HEIGHTS, "4,020000000000001", COMMA, 4.020000000000001),
    "height_either_mark": (HEIGHTS, "4.5", ANY, 4.5),
    "feet_inches": (HEIGHTS, "34'9", FEET, 34 * 0.3048 + 9 * 0.0254),
    "feet_inches_marked": (HEIGHTS, "34'9\"", FEET, 34 * 0.3048 + 9 * 0.0254),
    "feet_dash_inches": (HEIGHTS, "146-2", FEET, 146 * 0.3048 + 2 * 0.0254),
    "feet_alone": (HEIGHTS, "0010'", FEET, 3.048),
    "feet_plain": (HEIGHTS, "80", FEET, 24.384),
    "feet_fraction": (HEIGHTS, "190.7", FEET, 190.7 * 0.3048),
    "eleven_inches": (HEIGHTS, "35'11", FEET, 35 * 0.3048 + 11 * 0.0254),
    "whole": (Whole(1, 200), "12", Column(), 12),
    "whole_with_decimal": (Whole(1, 200), "2,0", COMMA, 2),
    "day_compact": (Day(), "20150224", Column(), date(2015, 2, 24)),
    "day_iso": (Day(), "2015-02-24", Column(), date(2015, 2, 24)),
    "day_slashes": (Day(), "2015/2/4", Column(), date(2015, 2, 4)),
    "day_points": (Day(), "2018.1.1", Column(), date(2018, 1, 1)),
    "day_chinese": (Day(), "2015年2月4日", Column(), date(2015, 2, 4)),
    "day_midnight": (Day(), "2015-02-24 00:00:00", Column(), date(2015, 2, 24)),
    "day_of_a_workbook": (Day(), datetime.fromisoformat("2015-02-24"), Column(), date(2015, 2, 24)),
    "day_number_of_a_workbook": (Day(), 20150224, Column(), date(2015, 2, 24)),
    "day_today": (Day(), "2026-11-20", Column(), TODAY),
    "day_to_come": (Day(past=False), "2027-11-20", Column(), date(2027, 11, 20)),
    "year_alone": (Day(), "2007", YEARS, date(2007, 1, 1)),
    "excel_serial": (Day(), "43101", EXCEL, date(2018, 1, 1)),
    "leap_day": (Day(), "2024-02-29", Column(), date(2024, 2, 29)),
    "word": (Word({"在用": "in_use"}), "在用", Column(), "in_use"),
    "word_of_the_mapping": (Word({"in_use": "in_use"}), "ACTIVE", Column(words={"ACTIVE": "in_use"}), "in_use"),
    "truth": (Truth(), "是", Column(), True),
    "truth_own_words": (Truth({"室外": False}), "室外", Column(), False),
    "blank": (SPEEDS, "", Column(), None),
    "declared_absent": (Name(), "unbekannt", Column(absent=frozenset({"unbekannt"})), None),
    "word_for_nothing": (Word({}), "Freight (F)", Column(words={"Freight (F)": ""}), None),
}

REFUSED: dict[str, tuple[Reader, Any, Column, Reason]] = {
    "text_too_long": (Text(10), "x" * 11, Column(), Reason.TOO_LONG),
    "text_control": (Text(), "a\x07b", Column(), Reason.CONTROL_CHARACTERS),
    "text_zero_width": (Text(), "a\u200bb", Column(), Reason.CONTROL_CHARACTERS),
    "text_made_a_date": (Text(), datetime.fromisoformat("2015-01-06"), Column(), Reason.WRONG_TYPE),
    "text_lost_digits": (Text(), 3.110310107201905e19, Column(), Reason.WRONG_TYPE),
    "error_value": (Text(), ErrorValue("#N/A"), Column(), Reason.ERROR_VALUE),
    "name_of_digits": (Name(), "1266", Column(), Reason.NAME_WITHOUT_LETTERS),
    "formula_for_a_number": (SPEEDS, Formula("=1+1"), Column(), Reason.FORMULA),
    "formula_text_in_csv": (SPEEDS, "=1+1", Column(), Reason.NOT_A_NUMBER),
    "number_of_words": (SPEEDS, "fast", Column(), Reason.NOT_A_NUMBER),
    "number_nan": (SPEEDS, "NaN", Column(), Reason.NOT_A_NUMBER),
    "number_bool": (SPEEDS, True, Column(), Reason.WRONG_TYPE),
    "number_date": (SPEEDS, datetime.fromisoformat("2015-01-06"), Column(), Reason.WRONG_TYPE),
    "number_thousands": (LOADS, "1,000.5", Column(), Reason.NOT_A_NUMBER),
    "number_comma": (LOADS, "1050,0", Column(), Reason.DECIMAL_MARK),
    "number_point": (LOADS, "1.050", COMMA, Reason.DECIMAL_MARK),
    "number_both_marks": (LOADS, "1.050,0", ANY, Reason.NOT_A_NUMBER),
    "unit_unknown": (SPEEDS, "3 knots", Column(), Reason.UNKNOWN_UNIT),
    "unit_of_another_kind": (SPEEDS, "3 kg", Column(), Reason.UNKNOWN_UNIT),
    "speed_zero": (SPEEDS, "0", Column(), Reason.OUT_OF_RANGE),
    "speed_too_high": (SPEEDS, "42,0", COMMA, Reason.OUT_OF_RANGE),
    "mapping_bound": (LOADS, "13754", Column(high=10_000), Reason.OUT_OF_RANGE),
    "twelve_inches": (HEIGHTS, "34'12", FEET, Reason.OUT_OF_RANGE),
    "fraction_and_inches": (HEIGHTS, "34.5'9", FEET, Reason.OUT_OF_RANGE),
    "foot_mark_behind_inches": (HEIGHTS, "33-4'", FEET, Reason.NOT_A_NUMBER),
    "not_whole": (Whole(1, 200), "2,5", COMMA, Reason.NOT_WHOLE),
    "whole_too_high": (Whole(1, 200), "2152,0", COMMA, Reason.OUT_OF_RANGE),
    "day_that_is_not": (Day(), "2015-02-29", Column(), Reason.NO_SUCH_DAY),
    "day_month_13": (Day(), "20151301", Column(), Reason.NO_SUCH_DAY),
    "day_ambiguous": (Day(), "4/2/2015", Column(), Reason.NOT_A_DATE),
    "day_serial": (Day(), "43101", Column(), Reason.NOT_A_DATE),
    "day_year_alone": (Day(), "2015", Column(), Reason.NOT_A_DATE),
    "day_year_zero": (Day(), "0000-01-01", Column(), Reason.IMPOSSIBLE_YEAR),
    "day_before_lifts": (Day(), "1849-12-31", Column(), Reason.IMPOSSIBLE_YEAR),
    "day_2999": (Day(), "2999", YEARS, Reason.IMPOSSIBLE_YEAR),
    "day_9999": (Day(past=False), "9999-12-31", Column(), Reason.IMPOSSIBLE_YEAR),
    "day_tomorrow": (Day(), "2026-11-21", Column(), Reason.IN_THE_FUTURE),
    "day_after_the_file": (Day(), "2019", YEARS, Reason.IN_THE_FUTURE),
    "day_with_a_time": (Day(), "2019-05-20 16:00:00", Column(), Reason.TIME_OF_DAY),
    "day_of_a_workbook_with_a_time": (Day(), datetime.fromisoformat("2019-05-20 16:00"), Column(), Reason.TIME_OF_DAY),
    "word_unknown": (Word({"在用": "in_use"}), "大概在用", Column(), Reason.UNKNOWN_WORD),
    "truth_unknown": (Truth(), "也许", Column(), Reason.UNKNOWN_WORD),
    "rejected": (Name(), "REPLACED 1P2726", Column(reject=re.compile("^REPLACED")), Reason.REJECTED),
}


@pytest.mark.parametrize(("reader", "raw", "column", "value"), TAKEN.values(), ids=TAKEN)
def test_a_cell_is_taken_exactly(reader: Reader, raw: Any, column: Column, value: Any) -> None:
    taken = read(reader, raw, column, at=TODAY)

    assert taken == pytest.approx(value, rel=1e-12) if isinstance(value, float) else taken == value
    assert type(taken) is type(value) or isinstance(raw, Formula)


@pytest.mark.parametrize(("reader", "raw", "column", "reason"), REFUSED.values(), ids=REFUSED)
def test_a_cell_is_refused_with_its_reason(reader: Reader, raw: Any, column: Column, reason: Reason) -> None:
    with pytest.raises(BadCell) as refusal:
        read(reader, raw, column, at=TODAY)

    assert refusal.value.reason is reason


@given(st.text(max_size=30))
def test_no_text_breaks_a_reader(text: str) -> None:
    for reader in (Text(), Name(), SPEEDS, HEIGHTS, Whole(1, 200), Day(), Word({}), Truth()):
        for column in (Column(), COMMA, ANY, YEARS, EXCEL):
            with suppress(BadCell):
                assert isinstance(read(reader, text, column, at=TODAY), str | int | float | date | None)


@given(st.floats(0.001, 19.9))
def test_a_workbooks_figure_is_not_rounded(figure: float) -> None:
    taken = read(SPEEDS, figure, Column(), at=TODAY)

    assert isinstance(taken, float)
    assert math.isclose(taken, figure, rel_tol=1e-9)
