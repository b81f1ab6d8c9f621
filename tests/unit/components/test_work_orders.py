"""What the work orders' page and an order's page say about their rows."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from components import order_steps
from components.panels import order_log, order_people, order_rows, order_sheet, work_order, work_orders
from locales import label, t
from tests.unit.components.rows import texts
from web.filters import TABS, order_filter

AT = datetime(2026, 11, 20, 6, 5, tzinfo=UTC)
STREETS = {"310107014": "长风新村街道"}
HOSTILE = '<img src=x onerror="alert(1)">'


def an_order(**changes: Any) -> dict[str, Any]:
    row = {
        "id": 9, "number": "PT261120000009", "kind": "rescue", "level": "entrapment", "urgent": True, "status": "created",
        "reason": "entrapment", "cause": "entrapment", "equipment_id": 3, "street_code": "310107014", "alarm_id": 7, "use_unit_id": 1,
        "unit_id": 2, "team_id": 4, "assignee_id": None, "master_id": None, "group_id": None, "suspended": False, "bounced": 0,
        "completed_by_id": None, "rating": None, "count": 1, "drill": False, "detail": {}, "seq": 2,
        "opened_at": "2026-11-20T06:00:00+00:00", "occurred_at": "2026-11-20T05:59:20+00:00", "unowned_since": None,
        "changed_at": "2026-11-20T06:00:00+00:00", "closed_at": None, "code": "31103101072013030012", "name": "听涛苑1号梯",
        "equipment_kind": "elevator", "address": "金沙江路1号", "lng": 121.4, "lat": 31.23, "site": "听涛苑", "unit": "江宁电梯维保",
        "use_unit": "听涛物业", "team": "江宁一班", "clock": None, "circling": False, "steps": [], "may_acknowledge": False,
        "maintenance_unit_id": 2,
    }  # fmt: skip
    return row | changes


def event(seq: int, action: str, **changes: Any) -> dict[str, Any]:
    row = {"seq": seq, "action": action, "from_status": "created", "to_status": "created", "hand": "system", "actor": "", "unit": None,
           "reason": None, "proof": None, "at": f"2026-11-20T{6 + seq // 60:02}:{seq % 60:02}:00+00:00"}  # fmt: skip
    return row | changes


def a_page(**changes: Any) -> dict[str, Any]:
    rows = {"order": an_order(), "circling": False, "log": [event(1, "open", from_status=None, to_status="reported")], "names": {},
            "clocks": [], "sources": [], "told": [], "copies": [], "tasks": [], "prompts": [], "related": [], "group": None,
            "streets": STREETS, "role": "operations_centre", "steps": [], "choices": {}, "reckonings": [],
            "photos": [], "calls": []}  # fmt: skip
    return rows | changes


def listed(*orders: dict[str, Any], **params: str) -> dict[str, Any]:
    counts = {"open": 3, "mine": 2, "unassigned": 0, "overdue": 1, "circling": 0}
    return {"orders": list(orders), "params": params, "streets": STREETS, "counts": counts, "choices": {}, "page": 1}


def buttons(drawn: object) -> list[dict[str, Any]]:
    match drawn:
        case {"tag": "button"}:
            return [drawn]
        case dict():
            return [button for value in drawn.values() for button in buttons(value)]
        case list():
            return [button for value in drawn for button in buttons(value)]
        case _:
            return []


def test_a_tab_leads_to_the_orders_it_counts_and_keeps_the_other_words():
    tabs = work_orders.update(listed(kind="rescue", page="4"), at=AT)["tabs"]["nodes"]

    asked = [dict(parse_qsl(urlsplit(tab["href"]).query)) for tab in tabs]
    assert [words.get("tab", "open") for words in asked] == list(TABS) == list(work_orders.TABS)
    assert all(words["kind"] == "rescue" and "page" not in words for words in asked)
    wanted = {tab["key"]: order_filter(words, at=AT) for tab, words in zip(tabs, asked, strict=True)}
    assert (wanted["mine"].mine, wanted["unassigned"].unassigned, wanted["overdue"].overdue, wanted["circling"].circling) == (True,) * 4
    assert (wanted["open"].open, wanted["all"].open) == (True, None)


def test_only_a_figure_that_is_not_zero_warns():
    tabs = {tab["key"]: tab for tab in work_orders.update(listed(), at=AT)["tabs"]["nodes"]}

    assert (tabs["overdue"].get("tone"), tabs["circling"].get("tone"), tabs["mine"].get("tone")) == ("crit", None, None)


def test_a_row_offers_the_first_step_on_the_way_and_no_other():
    accept = buttons(order_rows.desk_row(an_order(steps=["accept", "return", "note"]), STREETS))
    none = buttons(order_rows.desk_row(an_order(steps=["note", "escalate"]), STREETS))

    assert [button["data"].get("step-now") for button in accept if button["cls"] != "tick"] == ["accept"]
    assert [button["cls"] for button in none] == ["tick"]


@pytest.mark.parametrize(
    ("changes", "tone"),
    [({}, "crit"), ({"level": "minor_fault", "urgent": True}, "major"), ({"level": "minor_fault", "urgent": False}, "warn"),
     ({"level": None, "kind": "supervision"}, "info"), ({"suspended": True}, "vio"), ({"closed_at": "2026-11-20T07:00:00+00:00"}, "off"),
     ({"master_id": 4}, "off")],
)  # fmt: skip
def test_warm_colours_mean_that_something_is_wrong_now(changes: dict[str, Any], tone: str):
    assert order_rows.tone(an_order(**changes)) == tone


def test_what_comes_from_outside_is_text_and_never_an_address():
    row = an_order(name=HOSTILE, site=HOSTILE, address=HOSTILE, unit=HOSTILE, team=HOSTILE, code='"/../x', cause=HOSTILE)
    drawn = json.dumps([order_rows.desk_row(row, {}), order_rows.card(row, {})])

    assert '"/equipment/%22%2F..%2Fx"' in drawn
    assert "html" not in drawn.replace("&", "")


def test_the_page_offers_exactly_what_is_allowed_the_step_on_the_way_first():
    steps = [{"step": "transfer", "to": "created", "needs": ["reason", "unit"]}, {"step": "accident", "to": "accident", "needs": ["note"]},
             {"step": "confirm", "to": "confirmed", "needs": []}]  # fmt: skip
    drawn = order_steps.buttons(steps, an_order())

    assert [button["key"] for button in drawn] == ["confirm", "transfer", "accident"]
    assert [button["cls"] for button in drawn] == ["solid step-main", "ghost", "ghost step-grave"]
    assert drawn[1]["data"] == {"step": "transfer", "needs": "reason,unit", "order": 9, "seen": 2, "welcome": ""}


@pytest.mark.parametrize(
    ("changes", "words"),
    [({}, "现在没有需要您办理的步骤"), ({"closed_at": "2026-11-20T07:00:00+00:00"}, "工单已办结"), ({"master_id": 3}, "已并入主工单")],
)
def test_where_nothing_can_be_done_the_page_says_why(changes: dict[str, Any], words: str):
    [said] = work_order.update(a_page(order=an_order(**changes)), at=AT)["steps"]["nodes"]

    assert words in said["text"]


def test_an_order_outside_the_scope_looks_like_none():
    assert work_order.update(None, at=AT)["found"] == {"attrs": {"found": "no"}}


def test_a_stage_is_reached_when_the_status_changed_and_not_when_something_was_noted():
    log = [event(1, "open", from_status=None, to_status="reported"), event(2, "dispatch", from_status="reported"), event(5, "note")]

    stages = work_order.update(a_page(log=log), at=AT)["stages"]["nodes"]

    said = [[words for words in texts(stage) if words] for stage in stages[:3]]
    assert said == [["渠道上报", "14:01:00"], ["新建工单", "14:02:00"], ["已接单"]]
    assert [stage.get("current") for stage in stages].index("step") == 1


def test_a_false_alarm_shows_the_way_it_went():
    log = [
        event(1, "open", from_status=None, to_status="reported"),
        event(2, "false_alarm", from_status="reported", to_status="false_alarm"),
    ]

    stages = work_order.update(a_page(log=log, order=an_order(status="false_alarm")), at=AT)["stages"]["nodes"]

    assert [stage["key"] for stage in stages] == ["reported", "false_alarm"]


def test_the_log_says_how_far_from_the_machine_somebody_stood_and_who_was_weighed():
    weighed = [
        {"team": 4, "name": "江宁一班", "metres": 1089, "against": []},
        {"team": 5, "name": "真北一班", "metres": None, "against": ["full"]},
    ]
    stood = {"position": [121.4, 31.231], "scan": "3110"}
    log = [
        event(2, "dispatch", reason="nearest", proof={"unit": 2, "team": 4, "weighed": weighed}),
        event(3, "sign_in", hand="maintenance_unit", actor="李师傅", unit="江宁电梯维保", proof=stood),
    ]
    lines = order_log.lines(a_page(log=log, names={"unit:2": "江宁电梯维保", "team:4": "江宁一班"}))

    assert {"江宁一班", "1,089 米", "可派", "已满负荷", "位置不详"} <= set(texts(lines[0]))
    assert "31.23100, 121.40000，距设备 111 米" in texts(lines[1])
    assert "李师傅 · 江宁电梯维保" in texts(lines[1])


def a_task(**changes: Any) -> dict[str, Any]:
    row = {"id": 5, "task": "activate", "owner": "emergency", "due_at": "2026-11-20T06:00:00+00:00", "done_at": None, "done_by": None,
           "note": "", "breached_at": None, "dropped_at": None, "order_id": 9, "number": "PT261120000009"}  # fmt: skip
    return row | changes


def drawn_task(**changes: Any) -> list[str]:
    drawn = order_people.tasks(a_page(tasks=[a_task(**changes)], role="emergency"), at=AT)
    return [words for one in drawn for words in texts(one)]


def test_only_the_owner_of_a_task_is_offered_to_finish_it():
    rows = [a_task(), a_task(done_at="2026-11-20T06:01:00+00:00"), a_task(dropped_at="2026-11-20T06:01:00+00:00")]

    offered = {
        role: [bool(buttons(order_people.tasks(a_page(tasks=[row], role=role), at=AT))) for row in rows]
        for role in ("emergency", "operations_centre", "fire", "bureau")
    }

    whose = [True, False, False]
    assert offered == {"emergency": whose, "operations_centre": whose, "fire": [False] * 3, "bureau": [False] * 3}


def test_a_task_says_that_it_ran_out_who_did_it_what_it_rests_on_and_which_order_holds_it():
    late = drawn_task(breached_at="2026-11-20T06:00:00+00:00", done_at="2026-11-20T06:09:00+00:00", done_by="陈岚", note="已上报区政府")
    dropped = drawn_task(dropped_at="2026-11-20T06:01:00+00:00", due_at="2026-11-20T09:00:00+00:00")
    shared = drawn_task(order_id=8, number="PT261120000008", due_at="2026-11-20T09:00:00+00:00")

    assert {"超时", "陈岚 于 11-20 14:09:00 完成", "已上报区政府"} <= set(late)
    assert "依据：普陀区特种设备工作方案 三级响应；各项时限为平台设定" in late
    assert "工单已办结，不再需要" in dropped
    assert "超时" not in {*dropped, *shared}
    assert "挂在工单 PT261120000008" in shared
    assert order_people.tasks(a_page(tasks=[]), at=AT) == []


def on_paper(part: str, **changes: Any) -> list[dict[str, Any]]:
    """What stands in one part of the sheet."""
    return next((drawn["kids"] for drawn in order_sheet.sheet(a_page(**changes), at=AT) if drawn.get("key") == part), [])


def test_the_sheet_keeps_the_first_step_and_the_newest_and_says_how_many_there_are():
    log = [event(seq, "note", proof={"note": "回访"}) for seq in range(1, 61)]

    rows = on_paper("log", log=log)

    left = 60 - (len(rows) - 1)
    assert 20 < len(rows) < 40
    assert (rows[0]["key"], rows[1]["kids"][0]["text"], rows[-1]["key"]) == (1, f"…共 60 步，其间 {left} 步见系统", 60)
    assert [row["key"] for row in rows[2:]] == list(range(left + 2, 61))


def test_long_words_and_a_plan_leave_fewer_steps_on_the_sheet():
    short = [event(seq, "note", proof={"note": "回访"}) for seq in range(1, 61)]
    long = [event(seq, "note", proof={"note": "已与物业联系并安抚乘客" * 40}) for seq in range(1, 61)]
    photo = {"number": 1, "seq": 3, "width": 1600, "height": 1200}

    shown = [
        len(on_paper("log", **changes))
        for changes in ({"log": short}, {"log": short, "tasks": [a_task()] * 6}, {"log": short, "photos": [photo]}, {"log": long})
    ]

    assert shown[0] > shown[1] > 2
    assert shown[0] > shown[2] > 2
    assert shown[0] > shown[3] > 2


def test_the_sheet_says_of_a_clock_its_article_what_pauses_it_and_for_how_long_it_stood_still():
    clock = {"kind": "rectify", "turn": 1, "started_at": "2026-11-20T06:00:00+00:00", "due_at": "2026-12-04T15:59:59+00:00",
             "paused_at": None, "paused_seconds": 7200, "met_at": None, "breached_at": None, "dropped_at": None}  # fmt: skip
    days = {"kind": "rectify", "turn": 1, "working_days": 10, "suspended_days": 0, "presumed": False, "make_ups": [],
            "holidays": [{"day": "2026-11-23", "name": "示例假日"}]}  # fmt: skip

    [row] = on_paper("clocks", clocks=[clock], reckonings=[days])
    [[said]] = [texts(line) for line in on_paper("counted", clocks=[clock], reckonings=[days])]

    assert label("article", "rectify") in texts(row)
    assert said.startswith(label("deadline", "rectify"))
    assert t("deadline_pauses.yes") in said
    assert "已暂停 2 小时" in said
    assert "示例假日" in said


def test_clocks_that_count_alike_are_said_together_on_the_sheet():
    owed = {"started_at": "2026-11-20T06:00:00+00:00", "due_at": "2026-11-20T06:30:00+00:00", "paused_at": None, "paused_seconds": 0,
            "met_at": None, "breached_at": None, "dropped_at": None, "turn": 1}  # fmt: skip

    said = on_paper("counted", clocks=[owed | {"kind": kind} for kind in ("arrive", "rescue", "accident")])

    assert [texts(line)[0].partition("：")[0] for line in said] == ["到场、解困", "一般事故线索"]


def test_photos_and_the_plan_stand_on_the_sheet():
    photos = [{"number": number, "seq": 1, "width": 1600, "height": 1200} for number in range(1, 9)]

    pictures = on_paper("photos", photos=photos)
    tasks = on_paper("tasks", tasks=[a_task(breached_at="2026-11-20T06:00:00+00:00")])

    assert [drawn["tag"] for drawn in pictures] == ["img"] * order_sheet.MOST_PHOTOS + ["div"]
    assert texts(pictures[-1]) == ["另有 2 张，见系统"]
    assert any("超时" in words for words in texts(tasks[0]))
    assert on_paper("photos") == on_paper("tasks") == []


def test_a_call_at_the_duty_seat_stands_in_the_timeline_where_it_rang():
    log = [event(1, "open"), event(2, "dispatch"), event(5, "accept")]
    first = {
        "turn": 1,
        "called_at": "2026-11-20T06:01:00+00:00",
        "answered_at": "2026-11-20T06:01:42+00:00",
        "answered_by": "王一",
        "dropped_at": None,
    }
    second = {
        "turn": 2,
        "called_at": "2026-11-20T06:06:00+00:00",
        "answered_at": None,
        "answered_by": None,
        "dropped_at": "2026-11-20T06:07:00+00:00",
    }

    drawn = order_log.lines(a_page(log=log, calls=[first, second]))

    assert [line["key"] for line in drawn] == [1, "seat 1 called", "seat 1 answered", 2, 5, "seat 2 called", "seat 2 dropped"]
    assert "值守席位由 王一 应答，响铃 42 秒" in texts(drawn[2])


def test_a_level_that_a_person_raised_is_explained_in_his_words():
    raised = event(2, "escalate", hand="operations_centre", actor="周岚", reason="来电称轿厢内有老人不适")
    risen = an_order(level="emergency", reason="raised_by_person")

    facts = work_order.update(a_page(order=risen, log=[event(1, "open"), raised]), at=AT)["facts"]["nodes"]

    said = {fact["key"]: fact["kids"][1]["text"] for fact in facts}
    assert said["orders.why_level"] == "周岚 · 城运中心人工升级：来电称轿厢内有老人不适"
