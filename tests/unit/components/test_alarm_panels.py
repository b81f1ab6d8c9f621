"""What panels say of alarms."""

from __future__ import annotations

from datetime import UTC, datetime

from components.panels import (
    alarm_feed,
    alarm_rows,
    siren,
)
from tests.unit.components import rows

AT = datetime(2026, 11, 20, 6, 5, tzinfo=UTC)
STREETS = {"310107014": "长风新村街道"}


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


def test_the_siren_knows_who_waits():
    assert siren.update({"trapped": [4, 9], "faults": [-3]}, at=AT) == {"ids": {"attrs": {"ids": "4,9", "faults": "-3"}}}
    assert siren.update({"trapped": [], "faults": []}, at=AT) == {"ids": {"attrs": {"ids": None, "faults": None}}}
