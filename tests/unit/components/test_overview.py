"""What the overview counts, and where its figures lead."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from components import chips
from components.panels import (
    ages,
    coverage,
    equipment_list,
    forklifts,
    kpis,
    running,
    streets,
    trend,
)
from data_access.conditions import AGE_BANDS, COVERAGE, Filter
from tests.unit.components import rows
from web.filters import alarm_filter, equipment_filter

AT = datetime(2026, 11, 20, 6, 5, tzinfo=UTC)


def filter_of(href: str) -> Filter:
    """The machines a link of ours leads to."""
    parts = urlsplit(href)
    assert parts.path == "/equipment"
    return equipment_filter(dict(parse_qsl(parts.query)))


def kpi_rows(**alarms: Any) -> dict[str, Any]:
    counts = {
        "open": 9,
        "unacknowledged": 4,
        "urgent": 1,
        "today": 10,
        "yesterday": 20,
        "by_level": {"minor_fault": 9, "entrapment": 0, "emergency": 0},
        "by_category": {"entrapment": 0, "fault": 9},
    }
    overdue = {"inspection_overdue": 0, "inspection_due": 5}
    return {"lifts": rows.PRESENCE, "forklifts": rows.PRESENCE, "monitors": rows.PRESENCE, "alarms": counts | alarms, "overdue": overdue}


def test_the_open_figure_turns_red_only_while_somebody_is_trapped():
    calm = kpis.update(kpi_rows(), at=AT)["tiles"]["nodes"][3]
    trapped_once_reported_twice = {
        "by_level": {"minor_fault": 7, "entrapment": 2, "emergency": 0},
        "by_category": {"entrapment": 1, "fault": 8},
    }
    grave = kpis.update(kpi_rows(**trapped_once_reported_twice), at=AT)["tiles"]["nodes"][3]

    assert (calm.get("tone"), grave["tone"]) == (None, "crit")
    assert "困人 1 · 待确认 4" in rows.texts(grave)


@pytest.mark.parametrize(("now", "before", "words"), [(10, 20, "↓ 50.0%"), (20, 10, "↑ 100.0%"), (5, 5, "→ 0.0%"), (3, 0, "—")])
def test_today_is_compared_with_yesterday_at_the_same_time(now: int, before: int, words: str):
    assert kpis.change(now, before) == words


@pytest.mark.parametrize(
    ("kind", "words"),
    [("", "共 18,964 台 · 压力管道 54 条"), ("boiler", "共 68 台"), ("pressure_pipeline", "压力管道 54 条"), ("amusement_ride", "共 0 台")],
)
def test_the_list_counts_machines_and_keeps_pipelines_apart(kind: str, words: str):
    kinds = {"elevator": 18_896, "boiler": 68, "pressure_pipeline": 54, "amusement_ride": 0}
    listed = {"kinds": kinds, "streets": {}, "vendors": {}, "maintainers": {}, "params": {"kind": kind} if kind else {}}

    assert equipment_list.update(listed, at=AT)["sub"] == words


def test_a_reader_of_one_street_is_offered_no_other():
    two = {"310107005": "曹杨新村街道", "310107014": "长风新村街道"}

    assert chips.streets("/map", {}, {"310107005": "曹杨新村街道"}) == []
    assert rows.found({"nodes": chips.streets("/map", {}, two)}, "href")[-1] == "/map?street=none"


def test_the_ring_counts_every_lift_once_and_leads_to_exactly_those():
    drawing = running.update(rows.STATUS, at=AT)

    links = rows.found(drawing["legend"], "href")
    statuses = [status for link in links for status in filter_of(link).statuses]
    steps = drawing["ring"]["nodes"][0]["vars"]
    assert sorted(statuses) == sorted(rows.STATUS)
    assert all(filter_of(link).kinds == ("elevator",) for link in links)
    assert (steps["--s9"], drawing["sub"]) == ("100.00%", "14,115 台")


def test_the_share_of_normal_lifts_leaves_out_those_nobody_has_heard():
    unheard = {"never": 50, "not_fitted": 900, "unknown": 20, "disused": 30}
    drawing = running.update({**dict.fromkeys(rows.STATUS, 0), "normal": 90, "critical": 10, **unheard}, at=AT)

    assert drawing["share"] == "90.0%"


def test_a_lift_that_never_spoke_is_not_called_unconnected_nor_a_silent_one_offline():
    started = running.update({**dict.fromkeys(rows.STATUS, 0), "silent": 3, "offline": 4, "never": 5, "not_fitted": 6}, at=AT)
    calm = running.update({**dict.fromkeys(rows.STATUS, 0), "normal": 9}, at=AT)

    said = {node["key"]: rows.texts(node)[1:3] for node in started["legend"]["nodes"][3:]}
    assert said == {"silent": ["静默", "3"], "offline": ["离线", "4"], "never": ["从未上线", "5"], "not_fitted": ["未接入", "6"]}
    assert [node["key"] for node in calm["legend"]["nodes"]] == ["normal", "warning", "fault", "offline", "not_fitted"]


def test_an_empty_district_draws_a_ring_without_dividing_by_zero():
    assert running.update(dict.fromkeys(rows.STATUS, 0), at=AT)["share"] == "—"


@pytest.mark.parametrize("target", COVERAGE)
def test_a_targets_link_finds_the_machines_it_counts(target: str):
    drawing = coverage.update([{"target": target, "total": 10, "bound": 9, "online": 8}], at=AT)

    [link] = rows.found(drawing["rows"], "href")
    wanted = filter_of(link)
    assert wanted.presences == ("online",)
    assert equipment_filter({**dict(parse_qsl(urlsplit(link).query)), "presence": ""}) == COVERAGE[target]


@pytest.mark.parametrize("band", AGE_BANDS)
def test_an_age_bands_link_finds_the_lifts_it_counts(band: str):
    counts = dict.fromkeys(AGE_BANDS, 1)

    links = dict(zip(counts, rows.found(ages.update(counts, at=AT)["bars"], "href"), strict=True))

    wanted = filter_of(links[band])
    expected = AGE_BANDS[band]
    assert (wanted.since_years, wanted.before_years, wanted.age_known) == (expected.since_years, expected.before_years, expected.age_known)


def test_streets_are_ranked_by_the_alarms_of_a_day_and_lead_to_exactly_those():
    busy, trapped = rows.street(code="310107016", name="甘泉路街道"), rows.street(minor_fault=1, entrapment=1)

    lines = streets.update({"streets": [trapped, busy], "raised": {"310107014": 2, "310107016": 391}}, at=AT)["rows"]["nodes"]

    asked = alarm_filter(dict(parse_qsl(urlsplit(lines[0]["href"]).query)), at=AT)
    assert [line["key"] for line in lines] == ["310107016", "310107014"]
    assert {"391", "500.0"} <= set(rows.texts(lines[0]))  # of 782 machines with a monitor
    assert (asked.since, asked.streets, asked.open_only) == (AT - timedelta(hours=24), ("310107016",), False)
    assert "presence" not in asked.categories


def test_a_street_is_warm_only_while_an_alarm_is_open_there():
    quiet, waiting, trapped = rows.street(code="1"), rows.street(code="2", minor_fault=3), rows.street(code="3", entrapment=1)

    lines = streets.update({"streets": [quiet, waiting, trapped], "raised": {"1": 9, "2": 8, "3": 7}}, at=AT)["rows"]["nodes"]

    assert [rows.found(line, "tone") for line in lines] == [[], ["warn"], ["crit"]]
    assert ["3 未解除" in rows.texts(line) for line in lines] == [False, True, False]


def test_machines_in_no_street_have_a_row_of_their_own():
    line = streets.update({"streets": [rows.street(code=None, name=None)], "raised": {"": 4}}, at=AT)["rows"]["nodes"][0]

    assert (line["key"], {"未定街镇", "4"} <= set(rows.texts(line))) == ("none", True)


def test_violations_are_ranked_and_counted():
    drawing = forklifts.update({"presence": rows.PRESENCE, "violations": {"out_of_area": 2, "forklift_overspeed": 5}}, at=AT)

    assert [line["key"] for line in drawing["rows"]["nodes"]] == ["forklift_overspeed", "out_of_area"]
    assert drawing["sub"] == "今日违规 7 次"


def test_the_trend_has_every_hour_and_a_true_zero_where_nothing_happened():
    hour = AT.replace(minute=0) - timedelta(hours=2)

    drawn = trend.update([{"hour": hour.isoformat(), "kind": "elevator", "count": 3}], at=AT)

    bars = drawn["hours"]["nodes"]
    assert [bar["title"] for bar in bars[-3:]] == [
        "11-20 12:00 电梯 3 · 叉车 0",
        "11-20 13:00 电梯 0 · 叉车 0",
        "11-20 14:00 电梯 0 · 叉车 0",
    ]
    heights = [variables["--h"] for bar in bars for variables in rows.found(bar, "vars")]
    assert (len(bars), sorted(heights)[-2:], len(set(heights))) == (24, ["0.00%", "75.00%"], 2)
    assert [line["text"] for line in drawn["scale"]["nodes"]] == ["0", "1", "2", "3", "4"]


@pytest.mark.parametrize(("most", "step"), [(0, 1), (4, 1), (5, 2), (9, 5), (20, 5), (21, 10), (81, 50), (4_000, 1_000)])
def test_the_scale_of_the_trend_has_round_figures_that_hold_the_busiest_hour(most: int, step: int):
    assert trend.line_every(most) == step
