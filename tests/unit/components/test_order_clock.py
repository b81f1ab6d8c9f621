"""What is said under a clock: article, counting, pauses, holidays."""

from __future__ import annotations

from typing import Any

import pytest

from components.order_clock import drawn, law
from domain.deadlines import DeadlineKind

OPENED = "2026-02-10T02:00:00+00:00"
ENDED = "2026-02-10T02:10:00+00:00"
CLOCK: dict[str, Any] = {
    "kind": "rescue", "turn": 1, "started_at": OPENED, "due_at": "2026-02-10T02:30:00+00:00", "met_at": None, "dropped_at": None,
    "breached_at": None, "paused_at": None, "paused_seconds": 0,
}  # fmt: skip
RECKONED: dict[str, Any] = {
    "working_days": 5,
    "suspended_days": 2,
    "holidays": [{"day": f"2026-02-{day}", "name": "春节", "basis": "announced"} for day in (16, 17, 23)],
    "make_ups": [{"day": "2026-02-14", "name": "春节", "basis": "announced"}],
    "presumed": True,
}


def said(kind: str, reckoning: dict[str, Any] | None = None) -> list[str]:
    """The lines under a clock that has run since the order was opened."""
    return [str(line["text"]) for line in law({"kind": kind, "started_at": OPENED}, reckoning, opened_at=OPENED)]


def test_a_rescue_names_its_law_and_never_pauses():
    assert said("arrive") == ["TSG T5002-2017 第五条第（四）项：抵达不超过 30 分钟", "连续计时 · 自接报时起算 · 任何情况不暂停计时"]


def test_a_limit_in_working_days_shows_where_the_holidays_came_in():
    assert said("verify", RECKONED)[1:] == [
        "工作日 · 自接报时起算 · 工单挂起期间暂停计时",
        "时限 5 个工作日",
        "起始日不计，末日二十四时届满，按工作日历顺延",
        "春节（02-16—02-23）放假，不计入",
        "春节（02-14）调休上班，计入",
        "挂起期间的 2 个工作日不计入",
        "涉及年度的节假日安排尚未公布，到期日可能变动",
    ]


def test_a_limit_without_holidays_says_its_days_and_the_rule_alone():
    plain = RECKONED | {"suspended_days": 0, "holidays": [], "make_ups": [], "presumed": False}

    assert len(said("verify", plain)) == 4


@pytest.mark.parametrize("kind", DeadlineKind)
def test_no_line_is_a_bare_key(kind: DeadlineKind):
    assert not [line for line in said(kind.value, RECKONED) if "." in line and "_" in line]


@pytest.mark.parametrize(
    ("clock", "status", "tone", "course"),
    [
        ({"met_at": ENDED}, "completed", "ok", "02-10 10:10:00 按时完成"),
        ({"dropped_at": ENDED}, "accident", "crit", "转为事故时尚未完成"),
        ({"dropped_at": OPENED}, "accident", "off", "不再计时"),
        ({"dropped_at": ENDED}, "false_alarm", "off", "不再计时"),
        ({}, "on_site", "info", "02-10 10:30:00 到期"),
    ],
    ids=["met", "people still inside", "dropped before", "nobody inside", "running"],
)
def test_a_clock_that_an_accident_ends_was_not_kept(clock: dict[str, Any], status: str, tone: str, course: str):
    found = drawn(CLOCK | clock, {"status": status, "opened_at": OPENED, "closed_at": ENDED}, None)

    assert found["tone"] == tone
    assert course in [kid["text"] for kid in found["kids"]]


def test_a_clock_that_a_later_step_began_says_so():
    lines = [line["text"] for line in law(CLOCK | {"started_at": ENDED}, None, opened_at=OPENED)]

    assert lines[1] == "连续计时 · 自上一环节起算 · 任何情况不暂停计时"
