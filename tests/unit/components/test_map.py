"""What the map calls out, and what the card of a machine says."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from components.panels import (
    district_map,
    dossier,
)
from tests.unit.components import rows

AT = datetime(2026, 11, 20, 6, 5, tzinfo=UTC)


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


def test_people_are_called_out_before_a_newer_power_cut_of_a_whole_street():
    def order(number: int, kind: str, level: str, minute: int) -> dict[str, Any]:
        at = f"2026-11-20T06:{minute:02}:00+00:00"
        order = {"number": f"PT{number}", "status": "created", "occurred_at": at, "cause": "", "unit": None, "clock": None}
        return rows.alarm(equipment_id=number, name=f"{number}号梯", kind=kind, level=level, count=1) | order

    orders = [order(1, "rescue", "entrapment", 1), order(2, "repair", "emergency", 3)]
    given = {"devices": "", "status": "", "streets": [rows.street()], "alarms": [], "positions": []}

    assert "1号梯" in district_map.update(given | {"orders": orders}, at=AT)["map"]["map"]["callout"]["where"]
    assert "2号梯" in district_map.update(given | {"orders": orders[1:]}, at=AT)["map"]["map"]["callout"]["where"]


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
