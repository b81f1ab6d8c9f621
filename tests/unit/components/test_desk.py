"""How the desk, the rescue clock, the radar and the funnel are written."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from components.panels import desk, desk_radar, funnel, rescue_clock
from locales import speaking
from tests.unit.components.rows import texts

AT = datetime(2026, 11, 20, 6, 20, tzinfo=UTC)
STREETS = {"310107014": "长风新村街道"}
FIGURES = {"open": 1, "trapped": 1, "unanswered": 0, "overdue": 0, "circling": 0, "today": 3, "ended_today": 2}


def order(**changes: Any) -> dict[str, Any]:
    """Somebody inside, and a team on its way."""
    row: dict[str, Any] = {
        "id": 7, "number": "PT2611200000007", "kind": "rescue", "level": "entrapment", "urgent": True, "status": "accepted",
        "cause": "entrapment", "count": 1, "drill": False, "suspended": False, "master_id": None, "group_id": None, "closed_at": None,
        "street_code": "310107014", "site": "听涛苑", "name": "听涛苑 1 号梯", "code": "3101", "address": "金沙江路 1 号", "seq": 3,
        "unit": "甲维保", "team": "甲一班", "use_unit": "乙物业", "bounced": 0, "unowned_since": None,
        "opened_at": "2026-11-20T06:00:00+00:00",
    }  # fmt: skip
    return row | changes


def call(**changes: Any) -> dict[str, Any]:
    """The seat rings."""
    row: dict[str, Any] = {
        "called_at": "2026-11-20T06:00:00+00:00", "answered_at": None, "answered_by": None, "escalated_at": None, "dropped_at": None,
    }  # fmt: skip
    return row | changes


def clock(**changes: Any) -> dict[str, Any]:
    """Thirty minutes since the report."""
    row: dict[str, Any] = {
        "kind": "rescue", "started_at": "2026-11-20T06:00:00+00:00", "due_at": "2026-11-20T06:30:00+00:00",
        "paused_at": None, "met_at": None,
    }  # fmt: skip
    return row | changes


def line(**changes: Any) -> dict[str, Any]:
    row: dict[str, Any] = {
        "order": order(),
        "members": 1,
        "call": call(),
        "clock": clock(),
        "origins": ["iot", "110"],
        "steps": ["dispatch"],
    }
    return row | changes


def drawn(*lines: dict[str, Any], **changes: Any) -> dict[str, Any]:
    rows: dict[str, Any] = {
        "figures": FIGURES, "lines": list(lines), "drill_lines": [], "drill": None, "streets": STREETS,
        "may_answer": True, "may_drill": True,
    }  # fmt: skip
    with speaking("zh_CN"):
        return dict(desk.update(rows | changes, at=AT))


def found(drawing: Any, tag: str) -> list[dict[str, Any]]:
    """Every element of one tag, in order."""
    own = [drawing] if drawing.get("tag") == tag else []
    return own + [element for key in ("nodes", "kids") for kid in drawing.get(key) or [] for element in found(kid, tag)]


def acts(leaves: dict[str, Any], name: str) -> list[Any]:
    return [node for node in found(leaves["rows"], "button") if node.get("data", {}).get("act") == name]


def test_a_ringing_line_is_answered_with_one_key_and_says_since_when_it_rings():
    leaves = drawn(line())

    assert [button["data"]["id"] for button in acts(leaves, "answer")] == [7]
    assert "未接警" in texts(leaves["rows"])
    assert any(node.get("since") == "2026-11-20T06:00:00+00:00" for node in found(leaves["rows"], "em"))


def test_who_may_not_answer_sees_that_it_rings_and_no_button():
    leaves = drawn(line(), may_answer=False)

    assert acts(leaves, "answer") == []
    assert "未接警" in texts(leaves["rows"])


def test_a_call_told_to_the_leader_says_so():
    assert "已报值班领导" in texts(drawn(line(call=call(escalated_at="2026-11-20T06:01:00+00:00")))["rows"])


def test_an_answered_line_offers_the_next_step_and_names_who_has_it():
    leaves = drawn(line(call=call(answered_at="2026-11-20T06:01:30+00:00", answered_by="王值班")))

    assert {"14:01 接警", "王值班", "派单"} <= set(texts(leaves["rows"]))
    assert "/work-orders/7?step=dispatch" in [node.get("href") for node in found(leaves["rows"], "a")]
    assert acts(leaves, "answer") == []


def test_an_incident_of_many_is_one_line_that_leads_to_all_of_them():
    leaves = drawn(line(order=order(group_id=4), members=812))

    assert "同一事件 812 件" in texts(leaves["rows"])
    assert "/work-orders?group=4" in [node.get("href") for node in found(leaves["rows"], "a")]


def test_what_does_not_fit_is_said():
    assert "其余 3 件在工单页" in texts(drawn(line(members=9), figures=FIGURES | {"open": 12})["rows"])


@pytest.mark.parametrize(("trapped", "tone"), [(0, None), (1, "crit")])
def test_a_figure_is_warm_only_while_it_is_not_zero(trapped: int, tone: str | None):
    first = drawn(figures=FIGURES | {"trapped": trapped, "open": 0})["figures"]["nodes"][0]

    assert first.get("tone") == tone


@pytest.mark.parametrize("may", [True, False])
def test_a_drill_is_announced_and_ended_by_those_who_may(may: bool):
    drill = {"id": 1, "name": "四季度演练", "started_by": "王值班", "started_at": "2026-11-20T06:00:00+00:00", "open": 2}
    leaves = drawn(drill=drill, drill_lines=[line(order=order(id=8, drill=True))], may_drill=may)

    assert any("四季度演练" in words for words in texts(leaves["drill"]))
    assert ("结束演练" in texts(leaves["drill"])) is may
    assert texts(leaves["rows"]).index("演练工单（不计入统计，不通知外单位）") > texts(leaves["rows"]).index("目前没有在办的事件")


@pytest.mark.parametrize(
    ("status", "done"),
    [("reported", 0), ("created", 1), ("accepted", 2), ("on_site", 3), ("completed", 4), ("confirmed", 4)],
)
def test_a_rescue_shows_how_far_it_came(status: str, done: int):
    rows = {"orders": [order(status=status) | {"clock": clock()}], "count": 1, "streets": STREETS}
    way = [node["data"]["done"] for node in found(rescue_clock.update(rows, at=AT)["rows"], "span") if "done" in node.get("data", {})]

    assert way == [1] * done + [0] * (4 - done)


@pytest.mark.parametrize(
    ("running", "width", "tone"),
    [
        (clock(), "66.7%", "warn"),
        (clock(due_at="2026-11-20T06:20:00+00:00"), "100.0%", "crit"),
        (clock(due_at="2026-11-20T07:00:00+00:00"), "33.3%", None),
        (clock(met_at="2026-11-20T06:15:00+00:00"), "50.0%", "ok"),
    ],
    ids=["after two thirds", "over", "early", "freed"],
)
def test_the_bar_says_how_much_of_the_time_is_used(running: dict[str, Any], width: str, tone: str | None):
    rows = {"orders": [order() | {"clock": running}], "count": 1, "streets": STREETS}
    [bar] = [node for node in found(rescue_clock.update(rows, at=AT)["rows"], "div") if node.get("cls") == "bar"]

    assert (bar["vars"]["--w"], bar.get("tone")) == (width, tone)


def test_without_a_rescue_the_clock_says_so():
    with speaking("zh_CN"):
        leaves = rescue_clock.update({"orders": [], "count": 0, "streets": STREETS}, at=AT)

    assert leaves["@empty"] == "目前没有进行中的救援"


def test_the_course_names_whom_it_was_sent_to_last():
    def event(seq: int, action: str) -> dict[str, Any]:
        return {"seq": seq, "action": action, "at": "2026-11-20T06:00:00+00:00", "unit": None, "actor": "", "hand": "system"}

    log = [event(1, "open"), event(2, "dispatch"), event(3, "return"), event(4, "dispatch"), event(5, "note")]
    with speaking("zh_CN"):
        leaves = rescue_clock.update_course({"order": order(), "log": log, "streets": STREETS}, at=AT)

    said = texts(leaves["steps"])
    assert said.count("甲维保 · 甲一班") == 1
    assert said.count("派单") == 2
    assert "备注" not in said


def test_the_radar_says_why_an_order_is_on_it():
    row = order(bounced=2, unowned_since="2026-11-20T06:05:00+00:00")
    with speaking("zh_CN"):
        leaves = desk_radar.update({"orders": [row], "count": 1, "streets": STREETS}, at=AT)

    assert {"退回 2 次", "无人负责 "} <= set(texts(leaves["rows"]))
    assert [node["since"] for node in found(leaves["rows"], "em")] == ["2026-11-20T06:05:00+00:00"]


def test_the_funnel_tells_an_unknown_time_from_no_time():
    legs = [
        {"step": "dispatch", "count": 4, "seconds": 0.0},
        {"step": "accept", "count": 3, "seconds": 90.0},
        {"step": "sign_in", "count": 0, "seconds": None},
        {"step": "complete", "count": 0, "seconds": None},
        {"step": "confirm", "count": 0, "seconds": None},
    ]
    with speaking("zh_CN"):
        layers: Any = funnel.update({"opened": 5, "ended": 1, "legs": legs}, at=AT)["layers"]

    said = texts(layers)
    assert {"80.0%", "1.5 min", "—", "20.0%"} <= set(said)
    assert [element["href"].rpartition("=")[2] for element in found(layers, "a")] == [leg["step"] for leg in legs]
