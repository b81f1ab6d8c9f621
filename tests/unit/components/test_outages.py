"""How monitors lost together are written: the cause, the name, how many are lost and back, and the machines behind it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from components.panels import outages
from tests.unit.components import rows
from tests.unit.components.rows import found, texts
from web.filters import equipment_filter

AT = datetime(2026, 11, 20, 6, 10, tzinfo=UTC)
NAMES = {"streets": {"310107014": "长风新村街道"}, "vendors": {"xzl": "迅智联"}, "wall": 3}


def outage(**changes: Any) -> dict[str, Any]:
    """An open loss of a gateway."""
    row = {
        "id": 12,
        "cause": "gateway",
        "name": "XZL-HUB-1",
        "site": None,
        "vendor": "xzl",
        "street_code": None,
        "started_at": "2026-11-20T06:00:00+00:00",
        "detected_at": "2026-11-20T06:00:45+00:00",
        "ended_at": None,
        "lost": 3002,
        "back": 989,
    }
    return row | changes


def drawn(*listed: dict[str, Any]) -> dict[str, Any]:
    return dict(outages.update({"outages": list(listed), **NAMES}, at=AT))


def test_a_line_leads_to_exactly_the_machines_of_the_outage() -> None:
    drawing = drawn(outage())

    [link] = found(drawing["rows"], "href")
    asked = equipment_filter(dict([link.partition("?")[2].split("=")]))
    assert (link, asked.outages) == ("/equipment?outage=12", (12,))
    assert "失联 3,002 · 已恢复 989" in texts(drawing["rows"]["nodes"][0])
    assert drawing["sub"] == "进行中 1 起 · 未恢复 2,013 台"


@pytest.mark.parametrize(
    ("changes", "cause", "name", "where"),
    [
        ({}, "网关失联", "XZL-HUB-1", "迅智联"),
        ({"street_code": "310107014"}, "网关失联", "XZL-HUB-1", "迅智联 · 长风新村街道"),
        ({"cause": "power", "name": "735", "site": "晗康养老院"}, "停电", "晗康养老院", "迅智联"),
        ({"cause": "site", "name": "735", "site": "晗康养老院", "vendor": None}, "场所失联", "晗康养老院", ""),
        ({"cause": "vendor", "name": "xzl"}, "数据商中断", "迅智联", ""),
        ({"cause": "platform", "name": "xzl"}, "本平台未收到", "迅智联的数据", ""),
    ],
    ids=["gateway", "gateway of one street", "power", "site", "vendor", "our worker of a vendor"],
)
def test_each_cause_names_what_was_lost(changes: dict[str, Any], cause: str, name: str, where: str) -> None:
    said = texts(drawn(outage(**changes))["rows"]["nodes"][0])

    assert [word for word in said if word][:2] == [cause, name]
    assert where in said


def test_our_own_outage_counts_nobody_and_leads_nowhere() -> None:
    drawing = drawn(outage(cause="platform", name="", lost=0, back=0, vendor=None))

    assert "全部数据" in texts(drawing["rows"]["nodes"][0])
    assert "期间不判定任何装置离线" in texts(drawing["rows"]["nodes"][0])
    assert rows.found(drawing["rows"], "href") == []


def test_what_is_over_is_calm_says_how_long_it_took_and_leaves_the_wall() -> None:
    drawing = drawn(outage(ended_at="2026-11-20T06:05:00+00:00", back=3002))

    [line] = drawing["rows"]["nodes"]
    assert (line["tone"], drawing["open"]["nodes"]) == ("off", [])
    assert any("5 分" in word for word in texts(line))


def test_the_wall_shows_the_first_and_counts_the_rest() -> None:
    drawing = drawn(*(outage(id=number) for number in range(5)))

    assert [node["key"] for node in drawing["open"]["nodes"]] == [0, 1, 2, "more"]
    assert "另有 2 起" in texts(drawing["open"]["nodes"][-1])
    assert len(drawing["rows"]["nodes"]) == 5


def test_nothing_lost_is_said_on_the_desk_and_leaves_the_wall_as_it_was() -> None:
    drawing = drawn()

    assert (drawing["open"]["nodes"], drawing["@empty"]) == ([], "没有成片失联")


@pytest.mark.parametrize("word", ["x", "-1", "9" * 30, "1e3"])
def test_an_outage_named_by_nonsense_finds_no_machine(word: str) -> None:
    assert equipment_filter({"outage": word}).outages == (0,)
