"""Mapping files: what they may say, and that a slip in one is named."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from domain.coordinates import Datum
from services.registry_import import Reason, Refused, load_mapping, parse_mapping
from services.registry_import.__main__ import SHIPPED
from services.registry_import.cells import Number, Text
from services.registry_import.quantities import Mark

WHOLE = """
title = "Example"
kind = "elevator"
ignore = ["remarks"]
[file]
encoding = "latin-1"
separator = ";"
decimal = ","
[coordinates]
datum = "wgs84"
bounds = [5.8, 47.2, 15.1, 55.1]
[columns]
code = "Equipment"
made_on = { column = "Baujahr", formats = ["YYYY"], not_after = 2018-12-31 }
rated_speed = { column = "Speed", unit = "ft/min", decimal = "." }
site = { columns = ["House", "Street"], join = ", ", fill = "down" }
[columns.extra]
platform = "Bahnsteig"
door_width_m = { column = "Tuer", type = "number", unit = "mm", low = 0.5 }
"""

WRONG = {
    "not_toml": "columns = [",
    "unknown_table": "[colums]\ncode = 'x'",
    "unknown_field": "[columns]\ncodes = 'x'",
    "unknown_entry": "[columns]\ncode = { column = 'x', units = 'm' }",
    "no_column": "[columns]\ncode = { unit = 'm' }",
    "both_columns": "[columns]\ncode = { column = 'x', columns = ['y'] }",
    "unknown_kind": "kind = 'lift'",
    "unknown_encoding": "[file]\nencoding = 'klingon'",
    "long_separator": "[file]\nseparator = ';;'",
    "unknown_decimal": "[file]\ndecimal = ';'",
    "unknown_datum": "[coordinates]\ndatum = 'gps'",
    "swapped_bounds": "[coordinates]\nbounds = [15.1, 47.2, 5.8, 55.1]",
    "three_bounds": "[coordinates]\nbounds = [15.1, 47.2, 5.8]",
    "unit_of_another_kind": "[columns]\nrated_speed = { column = 'x', unit = 'kg' }",
    "unit_of_a_text": "[columns]\nmodel = { column = 'x', unit = 'kg' }",
    "unknown_format": "[columns]\nmade_on = { column = 'x', formats = ['YY'] }",
    "bad_pattern": "[columns]\nmodel = { column = 'x', reject = '(' }",
    "bad_fill": "[columns]\nmodel = { column = 'x', fill = 'up' }",
    "bad_extra_name": "[columns.extra]\n'Bad Name' = 'x'",
    "bad_extra_type": "[columns.extra]\nx = { column = 'x', type = 'money' }",
    "header_row_zero": "[file]\nheader_row = 0",
    "columns_a_list": "columns = ['x']",
}


def test_a_mapping_says_all_it_can() -> None:
    mapping = parse_mapping(WHOLE)

    assert (mapping.kind, mapping.encoding, mapping.separator, mapping.datum) == ("elevator", "iso8859-1", ";", Datum.WGS84)
    assert mapping.bounds == (5.8, 47.2, 15.1, 55.1)
    assert mapping.columns["code"].mark is Mark.COMMA
    assert mapping.columns["rated_speed"].mark is Mark.POINT
    assert mapping.columns["made_on"].not_after == date(2018, 12, 31)
    assert (mapping.columns["site"].names, mapping.columns["site"].join, mapping.columns["site"].fill_down) == (
        ("House", "Street"),
        ", ",
        True,
    )
    assert isinstance(mapping.extra["extra.platform"], Text)
    assert isinstance(mapping.extra["extra.door_width_m"], Number)


@pytest.mark.parametrize("text", WRONG.values(), ids=WRONG)
def test_a_slip_in_a_mapping_is_named(text: str) -> None:
    with pytest.raises(Refused) as refusal:
        parse_mapping(text)

    assert refusal.value.reason is Reason.BAD_MAPPING
    assert len(str(refusal.value.data["entry"])) > 3


def test_a_missing_mapping_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"nothing\.toml"):
        load_mapping(tmp_path / "nothing.toml")


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.toml")), ids=lambda path: path.stem)
def test_every_shipped_mapping_is_right(path: Path) -> None:
    assert "code" in load_mapping(path).columns
