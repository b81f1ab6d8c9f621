"""How names are found and sorted."""

from __future__ import annotations

import re

import orjson
import pytest

from data_access.words import initials, json_text, plain, search_key, search_pattern, sort_key, storable

ADDRESS = "长寿路1288弄12号"
NAME = "梧桐里小区12号楼2号客梯"
KEY = search_key("31101075200604020248", ADDRESS, names=(NAME,))


def _finds(pattern: str, key: str) -> bool:
    literal = re.sub(r"\\(.)", r"\1", pattern[1:-1])
    return literal in key


@pytest.mark.parametrize(
    "text",
    [
        "长寿路1288弄12号",
        "长寿路１２８８弄１２号",
        "长寿路1288弄",
        "长寿路 1288 弄",
        "长寿路1288-12",
        "梧桐里",
        "wtl",
        "WTL",
        "ＷＴＬ",
        "311010752006",
        "0248",
        "12号楼2号",
    ],
    ids=lambda text: text,
)
def test_a_search_finds(text):
    assert _finds(search_pattern(text), KEY)


@pytest.mark.parametrize("text", ["长寿路1289弄", "wtx", "%", "_", "\\", "长寿路1288弄13号"], ids=lambda text: text)
def test_a_search_does_not_find(text):
    assert not _finds(search_pattern(text), KEY)


def test_chinese_numbers_of_an_address_meet_digits():
    assert plain("曹杨三村三号") == plain("曹杨三村3号")


def test_numbers_sort_by_value():
    names = ["甲苑10号梯", "甲苑9号梯", "甲苑2号梯"]

    assert sorted(names, key=sort_key) == ["甲苑2号梯", "甲苑9号梯", "甲苑10号梯"]


def test_names_sort_by_pinyin_not_by_code_point():
    names = ["真如", "长风", "甘泉", "曹杨"]

    assert sorted(names) != sorted(names, key=sort_key) == ["曹杨", "长风", "甘泉", "真如"]


def test_a_heteronym_is_read_by_its_word():
    assert initials("长寿路") == "csl"


@pytest.mark.parametrize("text", ["a\0b", "a\ud800b", "困人\udfff"], ids=ascii)
def test_what_postgresql_refuses_is_replaced(text):
    kept = storable(text)

    assert "\0" not in kept
    kept.encode()
    orjson.loads(json_text({"k": [text], text: 1}))
    assert "\\u0000" not in json_text({"k": text})
