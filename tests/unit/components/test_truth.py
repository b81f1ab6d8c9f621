"""What the truth board says about its rows, and where each figure leads."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from components.panels import alarm_rows, truth, truth_load, truth_missed
from tests.unit.components import rows
from web.filters import alarm_filter

AT = datetime(2026, 11, 20, 6, 5, tzinfo=UTC)
BEGAN = datetime(2026, 10, 21, 16, tzinfo=UTC)  # midnight of the first of 30 days in Shanghai
STREETS = {"310107014": "长风新村街道"}
SHARE = {"value": 0.9, "low": 0.82, "high": 0.95, "of": 100}


def line(
    key: str | None, rule: str | None = None, *, whole: bool = False, precision: Any = SHARE, recall: Any = SHARE, **counts: int
) -> dict[str, Any]:
    tally = {"confirmed": 0, "false": 0, "drill": 0, "unjudged": 0, "missed": 0, "detected": 0} | counts
    return {"key": key, "rule": rule, "whole": whole, "tally": tally, "precision": precision, "recall": recall}


def board(*lines: dict[str, Any], by: str = "rule", basis: str = "verdicts", demonstration: bool = True) -> dict[str, Any]:
    view = {"days": 30, "by": by, "basis": basis}
    total = line(None, whole=True, confirmed=90, false=10, unjudged=100)
    found = {"basis": basis, "demonstration": demonstration, "lines": list(lines), "total": total}
    return {"view": view, "board": found, "streets": STREETS, "vendors": {"xzl": "迅智联"}}


def asked(node: dict[str, Any]) -> Any:
    return alarm_filter(dict(parse_qsl(urlsplit(node["href"]).query)), at=AT)


def test_a_count_leads_to_the_alarms_of_its_line_period_and_verdict() -> None:
    drawn = truth.update(board(line("entrapment", confirmed=3, unjudged=2)), at=AT)["rows"]["nodes"][2]

    confirmed, unjudged = drawn["kids"][2], drawn["kids"][5]
    assert (asked(confirmed).families, asked(confirmed).verdicts, asked(confirmed).detected_since) == (
        ("entrapment",),
        ("confirmed",),
        BEGAN,
    )
    assert asked(unjudged).verdicts == ("none",)
    assert "presence" not in asked(confirmed).categories
    assert "href" not in drawn["kids"][3]  # nothing is behind a zero


@pytest.mark.parametrize(
    ("by", "key", "name", "wanted"),
    [
        ("vendor", "xzl", "迅智联", {"vendors": ("xzl",)}),
        ("vendor", None, "未接入", {"vendors": ("",)}),
        ("street", "310107014", "长风新村街道", {"streets": ("310107014",)}),
        ("street", None, "未定街镇", {"streets": ("",)}),
    ],
)
def test_a_line_is_named_and_found_as_the_board_is_divided(by: str, key: str | None, name: str, wanted: dict[str, Any]) -> None:
    drawn = truth.update(board(line(key, confirmed=1), by=by), at=AT)["rows"]["nodes"][2]

    assert drawn["kids"][0]["text"] == name
    assert {field: getattr(asked(drawn["kids"][1]), field) for field in wanted} == wanted


def test_one_of_several_rules_has_its_own_precision_and_its_familys_recall() -> None:
    drawn = truth.update(board(line("entrapment", "entrapment_level", recall=None, confirmed=2)), at=AT)["rows"]["nodes"][2]

    assert asked(drawn["kids"][1]).rules == ("entrapment_level",)
    assert drawn["kids"][-1]["text"] == "按类别统计"


@pytest.mark.parametrize(
    ("share", "words"),
    [(SHARE, ["90.0%", "82.0%–95.0% · 100 件"]), (SHARE | {"of": 19}, ["90.0%", "仅 19 件，样本不足"]), (None, ["—"])],
    ids=["enough", "too few", "nothing known"],
)
def test_a_share_says_how_sure_it_is(share: Any, words: list[str]) -> None:
    drawn = truth.update(board(line("overspeed", precision=share)), at=AT)["rows"]["nodes"][2]

    assert [word for word in rows.texts(drawn["kids"][6]) if word] == words


def test_the_simulators_truth_is_offered_in_a_demonstration_alone_and_says_what_it_is() -> None:
    invented, real = truth.update(board(basis="simulator"), at=AT), truth.update(board(demonstration=False), at=AT)

    assert "模拟真值（演示）" in rows.texts(invented["choices"])
    assert "模拟真值（演示）" not in rows.texts(real["choices"])
    assert invented["note"].startswith("演示")


def test_what_the_simulator_explains_leads_to_those_alarms() -> None:
    drawn = truth.update(board(line("overspeed", confirmed=4, false=2, unjudged=1), basis="simulator"), at=AT)["rows"]["nodes"][2]

    assert [asked(drawn["kids"][place]).explained for place in (2, 3)] == [True, False]
    assert "href" not in drawn["kids"][5]


def test_half_judged_is_said() -> None:
    assert truth.update(board(), at=AT)["sub"] == "告警 200 件，已核实 50.0%"


def duty(**changes: Any) -> dict[str, Any]:
    found = {
        "load": {"hours": 48, "mean": 3.2, "worst": 14.0, "over": 0.25, "unmanageable": 0.02},
        "seats": 2,
        "budget": 6,
        "most": 12,
        "since": "2026-11-18T06:00:00+00:00",
        "worst": "2026-11-19T23:00:00+00:00",
        "day": [{"hour": hour, "mean": float(hour), "most": hour + 1.0} for hour in range(24)],
        "natures": {"fleeting": 3, "chattering": 0, "stale": 1},
    }
    return {"days": 30, "duty": found | changes}


def test_the_busiest_hour_leads_to_its_alarms() -> None:
    drawn = truth_load.update(duty(), at=AT)["tiles"]["nodes"][1]

    hour = datetime(2026, 11, 19, 23, tzinfo=UTC)
    assert (asked(drawn).detected_since, asked(drawn).detected_before) == (hour, hour + timedelta(hours=1))
    assert drawn["tone"] == "crit"


@pytest.mark.parametrize(("mean", "tone"), [(6.0, None), (6.1, "warn"), (12.0, "warn"), (12.1, "crit")])
def test_an_hour_is_warm_over_budget_and_hot_beyond_what_one_can_manage(mean: float, tone: str | None) -> None:
    drawn = truth_load.update(duty(day=[{"hour": 0, "mean": mean, "most": mean}]), at=AT)["day"]["nodes"][0]

    assert rows.found(drawn, "tone") == ([tone] if tone else [])


def test_alarms_that_say_little_lead_to_themselves() -> None:
    fleeting, chattering, stale = truth_load.update(duty(), at=AT)["natures"]["nodes"]

    assert (asked(fleeting).fleeting, "href" in chattering, asked(stale).open_since_before) == (True, False, AT - timedelta(hours=24))


def test_who_costs_most_leads_to_the_alarms_of_that_machine_and_rule() -> None:
    actor = {"rule": "door_held_open", "equipment_id": 7, "code": "1E217", "name": "听涛苑1号梯", "street_code": None, "count": 30}
    found = {"days": 30, "actors": [actor | {"confirmed": 1, "false": 20}], "total": 120, "streets": STREETS}

    drawn = truth_load.update_actors(found, at=AT)

    link = drawn["rows"]["nodes"][0]["kids"][-1]
    assert (asked(link).machines, asked(link).rules, drawn["sub"]) == ((7,), ("door_held_open",), "占全部告警 25.0%")
    assert truth_load.update_actors(found | {"actors": [], "total": 0}, at=AT)["@empty"] == "没有重复告警的设备"


MISSED = {
    "id": 5,
    "code": "1E217",
    "name": "听涛苑1号梯",
    "street_code": None,
    "family": "entrapment",
    "occurred_at": "2026-11-20T06:00:00+00:00",
    "reported_by": "96333",
    "note": "<b>来电</b>",
}


@pytest.mark.parametrize(("simulated", "may", "offered"), [(False, True, True), (False, False, False), (True, True, False)])
def test_a_record_of_people_may_be_taken_back_by_those_who_may(simulated: bool, may: bool, offered: bool) -> None:
    view = {"days": 30, "by": "rule", "basis": "simulator" if simulated else "verdicts"}
    found = {"view": view, "of": "", "missed": [MISSED], "streets": STREETS, "simulated": simulated, "may_record": may}

    drawn = truth_missed.update(found, at=AT)

    assert ("button" in rows.found(drawn["rows"], "tag")) is offered
    assert ("演示" in str(drawn["sub"])) is simulated


@pytest.mark.parametrize(
    ("changes", "act", "words"),
    [
        ({}, "acknowledge", []),
        ({"acknowledged_at": "2026-11-20T06:04:00+00:00"}, "judge", []),
        ({"acknowledged_at": "2026-11-20T06:04:00+00:00", "verdict": "false"}, "judge", ["误报"]),
    ],
    ids=["new", "acknowledged", "judged"],
)
def test_a_row_says_its_verdict_and_offers_what_comes_next(changes: dict[str, Any], act: str, words: list[str]) -> None:
    drawn = alarm_rows.desk_row(rows.alarm(acknowledged_by="王某", **changes), STREETS, may_acknowledge=True)

    [button] = [data for data in rows.found(drawn, "data") if "act" in data]
    assert (button["act"], button["seen"]) == (act, changes.get("verdict", ""))
    assert [word for word in rows.texts(drawn) if word in ("属实", "误报", "演练")] == words
