"""What panels say about their rows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from components import chips
from components.panels import (
    ages,
    alarm_feed,
    alarm_rows,
    coverage,
    district_map,
    dossier,
    dossier_history,
    dossier_state,
    equipment_list,
    feeds,
    forklifts,
    kpis,
    running,
    siren,
    streets,
    tables,
    trend,
)
from data_access.conditions import AGE_BANDS, COVERAGE, Filter
from domain.equipment import ELEVATOR, FORKLIFT
from tests.unit.components import rows
from web.filters import alarm_filter, equipment_filter

AT = datetime(2026, 11, 20, 6, 5, tzinfo=UTC)
STREETS = {"310107014": "长风新村街道"}


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


def test_the_feed_says_level_machine_place_and_keeps_the_time_running():
    [line] = alarm_feed.update({"alarms": [rows.alarm()], "streets": STREETS}, at=AT)["rows"]["nodes"]

    assert (line["tone"], rows.found(line, "since")) == ("crit", ["2026-11-20T06:00:00+00:00"])
    assert rows.texts(line) == ["紧急", "电梯困人", "长风新村街道 · 听涛苑1号梯", "待确认"]


def test_an_empty_feed_says_so():
    assert alarm_feed.update({"alarms": [], "streets": {}}, at=AT)["@empty"] == "目前没有未解除的告警"


def test_a_cleared_alarm_is_calm_and_says_when():
    row = rows.alarm(cleared_at="2026-11-20T06:03:42+00:00")

    assert alarm_rows.tone(row) == "off"
    assert alarm_rows.state(row) == "已解除"
    assert alarm_rows.length(row)["text"] == "3 分 42 秒"


def test_only_who_may_acknowledge_is_offered_the_button():
    offered = alarm_rows.desk_row(rows.alarm(), STREETS, may_acknowledge=True)
    refused = alarm_rows.desk_row(rows.alarm(), STREETS, may_acknowledge=False)

    assert ("button" in rows.found(offered, "tag"), "button" in rows.found(refused, "tag")) == (True, False)


def test_names_from_outside_stay_text():
    hostile = '<img src=x onerror="alert(1)">'

    line = alarm_rows.desk_row(rows.alarm(name=hostile, site=hostile, address=hostile), {}, may_acknowledge=True)

    assert hostile in rows.texts(line)
    assert set(rows.found(line, "tag")) <= {"a", "b", "button", "div", "small", "span"}


def silent_since(clock: str) -> dict[str, Any]:
    """A feed that gave no sign since then."""
    return dict.fromkeys(("heartbeat_at", "last_message_at"), f"2026-11-20T{clock}+00:00")


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({}, "up"),
        (silent_since("06:04:30"), "up"),
        (silent_since("06:04:29"), "down"),
        (silent_since("06:04:29") | {"last_message_at": "2026-11-20T06:04:30+00:00"}, "up"),
        (silent_since("06:02:00") | {"pause_seconds": 60.0}, "up"),
        (silent_since("06:01:59") | {"pause_seconds": 60.0}, "down"),
        (silent_since("05:53:01") | {"pause_seconds": 240.0}, "up"),
        ({"connected": False, "pause_seconds": 240.0}, "down"),
        ({"connected": None, "heartbeat_at": None, "last_message_at": None}, "unknown"),
    ],
    ids=[
        *("speaks", "at the limit", "just over", "only its data come"),
        *("pushes every minute", "and is late", "pushes every four", "said goodbye", "never heard of"),
    ],
)
def test_a_feed_is_lost_when_it_is_late_for_its_own_pace(changes: dict[str, Any], word: str):
    assert feeds.condition(rows.feed(**changes), AT) == word


def test_lost_feeds_are_named():
    drawing = feeds.update_note([rows.feed(), rows.feed(title="沪梯康", connected=False)], at=AT)

    assert (drawing["words"], drawing["tone"]) == ("数据源中断：沪梯康", {"attrs": {"tone": "warn"}})


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


def test_the_map_calls_out_the_newest_entrapment_only():
    def machine(number: int, level: str, minute: int) -> dict[str, Any]:
        raised = f"2026-11-20T06:{minute:02}:00+00:00"
        return rows.alarm(equipment_id=number, name=f"{number}号梯", level=level, raised_at=raised, count=1)

    alarms = [machine(1, "entrapment", 1), machine(2, "entrapment", 3), machine(3, "minor_fault", 4)]
    drawn = district_map.update(
        {
            "devices": "/data/devices-1.json",
            "status": "0",
            "streets": [rows.street(entrapment=2)],
            "alarms": alarms,
            "orders": [],
            "positions": [],
        },
        at=AT,
    )

    told = drawn["map"]["map"]
    assert told["callout"]["where"] == "长风新村街道 · 2号梯"
    assert [pin["tone"] for pin in told["alarms"]] == ["crit", "crit", "major"]
    assert told["streets"]["310107014"]["words"] == "1,632 台 · 2 件告警"


def test_the_call_out_of_a_machine_in_no_street_says_so():
    streets = [rows.street(), rows.street(code=None, name=None)]
    alarm = rows.alarm(name="2号梯", level="entrapment", street_code=None)
    drawn = district_map.update({"devices": "", "status": "", "streets": streets, "alarms": [alarm], "orders": [], "positions": []}, at=AT)

    assert drawn["map"]["map"]["callout"]["where"] == "未定街镇 · 2号梯"


def test_a_quiet_district_has_one_shade_and_no_callout():
    position = {"equipment_id": 7, "lng": 121.4, "lat": 31.2, "sampled_at": "2026-11-20T06:00:00+00:00"}
    drawn = district_map.update(
        {"devices": "", "status": "", "streets": [rows.street()], "alarms": [], "orders": [], "positions": [position]}, at=AT
    )["map"]["map"]

    assert (drawn["callout"], drawn["streets"]["310107014"]["shade"], drawn["moved"]) == (None, 0, [[7, 121.4, 31.2]])


def test_the_siren_knows_who_waits():
    assert siren.update({"trapped": [4, 9], "faults": [-3]}, at=AT) == {"ids": {"attrs": {"ids": "4,9", "faults": "-3"}}}
    assert siren.update({"trapped": [], "faults": []}, at=AT) == {"ids": {"attrs": {"ids": None, "faults": None}}}


@pytest.mark.parametrize(("text", "number"), [("7", 7), ("B1", -1), ("-1", -1), ("12A", 12), ("G", None), ("", None), (None, None)])
def test_a_displayed_floor_has_a_place_on_the_axis(text: str | None, number: int | None):
    assert dossier_history.floor_number(text) == number


def reading(kind: Any, **said: Any) -> list[Any]:
    values: list[Any] = [None] * len(kind.fields)
    for name, value in said.items():
        values[kind.position[name]] = value
    return values


def history(**changes: Any) -> dict[str, Any]:
    return {"code": "X/2", "kind": "elevator", "chosen": None, "spans": [1, 6, 24], "readings": []} | changes


def test_a_silence_is_a_gap_in_the_chart():
    samples = [
        [(AT - timedelta(hours=2)).isoformat(), reading(ELEVATOR, floor="3", speed=0.0, door_status=2, passenger=False)],
        [(AT - timedelta(hours=1)).isoformat(), reading(ELEVATOR, floor="5", speed=1.5, door_status=4, passenger=True)],
    ]

    floors, speeds, inside, doors = dossier_history.update(history(readings=samples), at=AT)["chart"]["figure"]["data"]

    assert (floors["y"], speeds["y"]) == ([3, None, 5], [0.0, None, 1.5])
    assert (inside["y"], doors["y"]) == ([0.0, None, 1.0], [1.3, None, 2.3])


def test_no_reading_at_all_is_said_in_words():
    assert dossier_history.update(history(kind="forklift"), at=AT)["@empty"] == "近 24 小时没有读数"
    assert dossier_history.update(history(chosen=6), at=AT)["@empty"] == "近 6 小时没有读数"


@pytest.mark.parametrize(
    ("minutes", "holes"),
    [([6, 1], 0), ([7, 1], 1), ([8, 7, 6, 1], 0), ([10, 9, 8, 1], 1), ([60, 48, 36, 24], 0), ([97, 60, 48, 36, 24], 1)],
    ids=["five minutes", "six minutes", "within a line", "after a line", "every twelve minutes", "three times twelve and more"],
)
def test_how_long_a_silence_is_a_gap(minutes: list[int], holes: int):
    samples = [[(AT - timedelta(minutes=ago)).isoformat(), reading(ELEVATOR, speed=1.0)] for ago in minutes]

    figure = dossier_history.update(history(readings=samples), at=AT)["chart"]["figure"]

    assert figure["data"][1]["y"].count(None) == holes


@pytest.mark.parametrize(
    ("chosen", "minutes", "begin"),
    [
        (None, 100, "2026-11-20 12:23:00"),
        (None, 3, "2026-11-20 13:55:00"),
        (6, 3, "2026-11-20 08:05:00"),
        (24, 3, "2026-11-19 14:05:00"),
    ],
    ids=["a margin before the first reading", "ten minutes at least", "six hours", "a day"],
)
def test_the_chart_shows_the_chosen_hours_else_no_more_than_there_is(chosen: int | None, minutes: int, begin: str):
    samples = [[(AT - timedelta(minutes=minutes)).isoformat(), reading(ELEVATOR, speed=1.0)]]

    drawn = dossier_history.update(history(readings=samples, chosen=chosen), at=AT)

    assert drawn["chart"]["figure"]["layout"]["xaxis"]["range"] == [begin, "2026-11-20 14:05:00"]
    marked = [one["key"] for one in drawn["spans"]["nodes"] if one["current"] == "true"]
    assert (marked, drawn["spans"]["nodes"][2]["href"]) == ([chosen or 0], "/equipment/X%2F2?hours=6")


def test_live_state_shows_what_was_said_and_nothing_that_was_not():
    latest = {
        "kind": "forklift",
        "values": reading(FORKLIFT, speed=4.5, seatbelt=False),
        "sampled_at": (AT - timedelta(seconds=58)).isoformat(),
        "presence": "online",
        "late_count": 2,
    }

    drawing = dossier_state.update({"presence": "online", "latest": latest}, at=AT)

    assert rows.texts(drawing["tiles"]) == ["在线情况", "在线", "速度", "4.5 km/h", "安全带", "否"]
    assert drawing["sub"] == "58 秒前采样 · 2026-11-20 14:04:02 · 迟到读数 2 条"


@pytest.mark.parametrize(("presence", "words"), [("not_fitted", "未接入监测装置"), ("never", "监测装置已绑定，从未上线")])
def test_no_monitor_and_a_silent_one_are_different(presence: str, words: str):
    assert dossier_state.update({"presence": presence, "latest": None}, at=AT)["@empty"] == words


def test_keys_nobody_knows_are_named_with_their_sender():
    key = {"vendor": "迅智联", "kind": "elevator", "key": "<b>Mood</b>", "count": 3, "last_seen": "2026-11-20T06:00:00+00:00"}

    drawn = tables.update_quality({"refused": {}, "keys": [key]}, at=AT)

    [line] = drawn["rows"]["nodes"]
    assert [kid["text"] for kid in line["kids"]] == ["不认识的字段", "迅智联 · 电梯 · <b>Mood</b>", "3"]
    assert drawn["@empty"] == ""


def test_the_maps_card_leads_to_the_dossier_whatever_the_code():
    register = {"name": "1号梯", "address": "", "next_inspection_on": None}
    found = {"code": "X/2?#", "status": "normal", "presence": "online", "street": None, "site": None, "use_unit": None,
             "maintenance_unit": None, "vendor": None, "register": register, "moves": False, "position": None,
             "open_order": None, "stopped_by": None}  # fmt: skip

    *_, more = dossier.map_card(found, at=AT)["body"]["nodes"]

    assert more["href"] == "/equipment/X%2F2%3F%23"


def test_the_maps_card_says_which_order_is_open_who_has_it_and_by_when():
    register = {"name": "1号梯", "address": "", "next_inspection_on": None}
    clock = {"kind": "rescue", "started_at": "2026-11-20T06:00:00+00:00", "due_at": "2026-11-20T06:30:00+00:00", "paused_at": None}
    order = {"id": 7, "number": "PT2611200000007", "kind": "rescue", "cause": "entrapment", "level": "entrapment", "urgent": True,
             "count": 1, "status": "accepted", "closed_at": None, "master_id": None, "suspended": False, "unit": "甲维保", "team": "一组",
             "use_unit": None, "clock": clock}  # fmt: skip
    found = {"code": "X-2", "status": "critical", "presence": "never", "street": None, "site": None, "use_unit": None,
             "maintenance_unit": None, "vendor": None, "register": register, "moves": False, "position": None,
             "open_order": order, "stopped_by": "PT2611200000009"}  # fmt: skip

    _, stopped, card, *_ = dossier.map_card(found, at=AT)["body"]["nodes"]

    assert "停用" in rows.texts(stopped)
    assert card["href"] == "/work-orders/7"
    assert {"工单 PT2611200000007", "甲维保 · 一组"} <= set(rows.texts(card))
    assert rows.found(card, "data") == [{"due": clock["due_at"], "started": clock["started_at"], "paused": None}]


@pytest.mark.parametrize(
    ("moves", "sampled_at", "words"),
    [(True, "2026-11-20T06:04:48+00:00", "12 秒前上报"), (True, None, "登记坐标（装置尚未上报）"), (False, None, "X-2")],
    ids=["reported", "never reported", "a lift stays where it is"],
)
def test_the_maps_card_says_how_old_a_position_is(moves: bool, sampled_at: str | None, words: str):
    register = {"name": "1号车", "address": "", "next_inspection_on": None}
    found = {"code": "X-2", "status": "normal", "presence": "online", "street": None, "site": None, "use_unit": None,
             "maintenance_unit": None, "vendor": None, "register": register, "moves": moves, "open_order": None, "stopped_by": None,
             "position": sampled_at and {"sampled_at": sampled_at}}  # fmt: skip

    _, facts, _ = dossier.map_card(found, at=AT)["body"]["nodes"]

    assert facts["kids"][1]["text"] == words
