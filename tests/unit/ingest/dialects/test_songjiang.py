"""松江, entry by entry."""

from __future__ import annotations

import json

import pytest

from domain.dialects import Dialect
from domain.errors import BadPayload
from domain.faults import FAULTS
from domain.telemetry import Reject
from ingest.dialects import Occurrences, codes_of
from ingest.topics import Channel
from tests.unit.ingest.dialects.hearing import LIFT, NOON_MS, NOON_TEXT, THEIRS, only, reasons, say

TIME = {"samplingTime": NOON_TEXT}


def envelope(**said: object) -> dict[str, object]:
    return {"data": {"liftNo": THEIRS, "deviceNo": "D-1", **said}, "time": NOON_TEXT, "remark": "c0ffee"}


@pytest.mark.parametrize(
    ("key", "value", "ours"),
    [
        pytest.param("runingStatus", 0, {"Car_Direction": 0, "Car_Status": 0}, id="still"),
        pytest.param("runingStatus", "1", {"Car_Direction": 1, "Car_Status": 1}, id="up"),
        pytest.param("runingStatus", 2, {"Car_Direction": 2, "Car_Status": 1}, id="down"),
        pytest.param("floor", "B1", {"Car_Position": "B1"}, id="floor"),
        pytest.param("doorStatus", 0, {"Door_Status": 2, "Door_Close_Status": True}, id="door closed"),
        pytest.param("doorStatus", 1, {"Door_Status": 4, "Door_Close_Status": False}, id="door open"),
        pytest.param("isPerson", 1, {"Passenger_Status": True}, id="somebody"),
        pytest.param("isPerson", "0", {"Passenger_Status": False}, id="nobody"),
        pytest.param("speed", "0.5", {"Speed": "0.5"}, id="speed"),
        pytest.param("electric", "battery", {"Service_Mode": 5}, id="on battery"),
        pytest.param("electric", "normal", {}, id="mains say nothing of the mode"),
        pytest.param("safetyLoop", "normal", {"Safety_circuit": False}, id="safety circuit whole"),
        pytest.param("safetyLoop", "Break", {"Safety_circuit": True}, id="safety circuit broken"),
    ],
)
def test_each_key_of_a_state(key: str, value: object, ours: dict[str, object]) -> None:
    item = only(Dialect.SONGJIANG, "data", envelope(**{key: value}))

    assert (item.channel, item.kind, item.code, item.body) == (Channel.STATE, "elevator", LIFT, ours | TIME)


@pytest.mark.parametrize(
    ("key", "value", "ours"),
    [
        pytest.param("totalRunningTime", 5400, {"Total_Running_Time": 1.5}, id="seconds become hours"),
        pytest.param("Total_Running_Time", "3600", {"Total_Running_Time": 1.0}, id="by the platform's key too"),
        pytest.param("doorOpenCount", 7, {"Door_Open_Count": 7}, id="doors"),
        pytest.param("presentCounterValue", 7, {"Present_Counter_Value": 7}, id="runs"),
        pytest.param("liftMileage", 7.5, {"Lift_Mileage": 7.5}, id="way"),
        pytest.param("ropeBendCount", 7, {"Rope_Bend_Count": 7}, id="bends"),
    ],
)
def test_each_sum(key: str, value: object, ours: dict[str, object]) -> None:
    item = only(Dialect.SONGJIANG, "data", envelope(**{key: value}))

    assert (item.channel, item.body) == (Channel.STATISTICS, ours | TIME)


@pytest.mark.parametrize(
    ("code", "canonical"),
    [
        ("F9999", "7"),
        ("F9998", "102"),
        ("F9997", "5"),
        ("F9996", "5"),
        ("F9994", "8"),
        ("F9993", "21"),
        ("F9992", "1"),
        ("F9991", "2"),
        ("F9990", "4"),
        ("F9988", "38"),
        ("E9896", "37"),
        ("E9895", "15"),
        ("E9899", None),
        ("E9898", None),
        ("E9897", None),
    ],
)
def test_each_flag(code: str, canonical: str | None) -> None:
    said = say(Dialect.SONGJIANG, "data", envelope(**{code: "Y"}))
    found = codes_of(Dialect.SONGJIANG).get(code)

    event = next(item for item in said.items if item.channel is Channel.EVENT)
    assert event.body == {
        "alarmId": f"{LIFT}-{code}-20261120T040000",
        "failureCode": code,
        "occurTime": "2026-11-20T04:00:00+00:00",
        "phase": "add",
    }
    assert found == canonical
    assert found is None or found in FAULTS


def test_too_many_people_are_also_a_state() -> None:
    items = say(Dialect.SONGJIANG, "data", envelope(E9897="Y")).items

    assert [item.body for item in items if item.channel is Channel.STATE] == [{"Car_Overload": True} | TIME]


def test_a_flag_in_every_message_is_one_occurrence() -> None:
    told = Occurrences()
    words = [("12:00:00", "N"), ("12:00:05", "Y"), ("12:00:10", "Y"), ("12:00:15", "N"), ("12:00:20", "N"), ("12:00:25", "Y")]

    events = [
        item.body
        for clock, word in words
        for item in say(Dialect.SONGJIANG, "data", envelope(F9999=word, time=f"2026-11-20 {clock}"), told=told).items
    ]

    assert [(body["phase"], str(body["alarmId"])[-6:]) for body in events] == [
        ("disappear", "040000"),
        ("add", "040005"),
        ("disappear", "040005"),
        ("add", "040025"),
    ]


def test_the_end_of_what_opens_no_alarm_is_no_news() -> None:
    assert say(Dialect.SONGJIANG, "data", envelope(E9899="N")).items == ()


def test_a_figure_that_cannot_be_read_does_not_cost_the_alarm() -> None:
    said = say(Dialect.SONGJIANG, "data", envelope(F9999="Y", F9994="perhaps", doorStatus=9))

    assert [item.body["failureCode"] for item in said.items] == ["F9999"]
    assert reasons(said) == [Reject.BAD_VALUE, Reject.BAD_VALUE]


@pytest.mark.parametrize("pack", [json.dumps, lambda lift: lift, lambda lift: [lift]], ids=["as text", "as an object", "in a list"])
def test_the_data_of_an_envelope(pack) -> None:
    body = {"data": pack({"deviceNo": THEIRS, "floor": "3"}), "time": NOON_MS}

    assert only(Dialect.SONGJIANG, "data", body) == (Channel.STATE, "elevator", LIFT, {"Car_Position": "3", "samplingTime": NOON_MS})


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        pytest.param(None, Reject.NOT_AN_OBJECT, id="nothing"),
        pytest.param({"floor": "1"}, Reject.UNKNOWN_EQUIPMENT, id="no identifier"),
        pytest.param({"liftNo": THEIRS, "time": "1970-01-01 08:00:00", "floor": "1"}, Reject.TOO_OLD, id="a dead clock"),
        pytest.param({"liftNo": THEIRS, "time": "2026-11-20 12:11:00", "F9999": "Y"}, Reject.FUTURE, id="ahead of us"),
        pytest.param({"liftNo": THEIRS, "time": [1], "floor": "1"}, Reject.BAD_TIME, id="no time"),
    ],
)
def test_why_an_entry_is_refused(entry: object, reason: Reject) -> None:
    said = say(Dialect.SONGJIANG, "data", {"data": entry, "time": NOON_TEXT})

    assert (said.items, reasons(said)) == ((), [reason])


@pytest.mark.parametrize(("data", "reason"), [("{", Reject.NOT_JSON), ("[" * 20_000, Reject.TOO_DEEP)])
def test_a_text_that_is_no_data(data: str, reason: Reject) -> None:
    with pytest.raises(BadPayload) as refusal:
        say(Dialect.SONGJIANG, "data", {"data": data, "time": NOON_TEXT})

    assert refusal.value.data["reason"] == reason
