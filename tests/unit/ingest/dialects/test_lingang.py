"""临港, entry by entry."""

from __future__ import annotations

import pytest

from domain.dialects import Dialect
from domain.errors import BadPayload
from domain.faults import FAULTS
from domain.telemetry import Reject
from ingest.dialects import codes_of
from ingest.topics import Channel
from tests.unit.ingest.dialects.hearing import LIFT, NOON_MS, NOON_TEXT, THEIRS, only, say

STAMP = {"samplingTime": NOON_MS}


def envelope(kind: str, **content: object) -> dict[str, object]:
    return {"msgType": kind, "description": "…", "content": {"registrtionCode": LIFT, **content}, "receivedAt": NOON_MS}


@pytest.mark.parametrize(
    ("key", "value", "ours"),
    [
        pytest.param("samplingTime", NOON_TEXT, {"samplingTime": NOON_TEXT}, id="a time of its own counts"),
        pytest.param("modeStatus", 0, {"Service_Mode": 1} | STAMP, id="normal"),
        pytest.param("modeStatus", 1, {"Service_Mode": 2} | STAMP, id="inspection"),
        pytest.param("modeStatus", 2, {"Service_Mode": 0} | STAMP, id="out of service"),
        pytest.param("direction", 0, {"Car_Direction": 0, "Car_Status": 0} | STAMP, id="still"),
        pytest.param("direction", 1, {"Car_Direction": 1, "Car_Status": 1} | STAMP, id="up"),
        pytest.param("direction", 2, {"Car_Direction": 2, "Car_Status": 1} | STAMP, id="down"),
        pytest.param("floor", "12", {"Car_Position": "12"} | STAMP, id="floor"),
        pytest.param("floorStatus", 0, {"Door_Zone": True} | STAMP, id="level"),
        pytest.param("floorStatus", 1, {"Door_Zone": False} | STAMP, id="between floors"),
        pytest.param("doorClose", 1, {"Door_Close_Status": True} | STAMP, id="car door closed"),
        pytest.param("doorClose", 0, {"Door_Close_Status": False} | STAMP, id="car door not closed"),
        pytest.param("doorStatus", 1, {"Histway_Door": True} | STAMP, id="landing door locked"),
        pytest.param("doorStatus", 0, {"Histway_Door": False} | STAMP, id="landing door not locked"),
        pytest.param("hasPeople", 1, {"Passenger_Status": True} | STAMP, id="somebody"),
        pytest.param("hasPeople", 0, {"Passenger_Status": False} | STAMP, id="nobody"),
        pytest.param("driveStatus", 0, {"Lift_Car_Drive_Status": 1} | STAMP, id="brake lifted"),
        pytest.param("driveStatus", 1, {"Lift_Car_Drive_Status": 2} | STAMP, id="brake released"),
        pytest.param("safeLoop", 1, {"Safety_circuit": True} | STAMP, id="safety circuit broken"),
        pytest.param("safeLoop", 0, {"Safety_circuit": False} | STAMP, id="safety circuit whole"),
        pytest.param("speed", 1.4, {"Speed": 1.4} | STAMP, id="speed"),
        pytest.param("temperature", 15.0, {"Machine_Room_Temperature": 15.0} | STAMP, id="temperature"),
        pytest.param("nowStatus", 3, STAMP, id="a copy of modeStatus by the sender's mistake"),
    ],
)
def test_each_key_of_a_state(key: str, value: object, ours: dict[str, object]) -> None:
    item = only(Dialect.LINGANG, "user/data", envelope("runInfo", **{key: value}))

    assert (item.channel, item.kind, item.code, item.body) == (Channel.STATE, "elevator", LIFT, ours)


@pytest.mark.parametrize(
    ("key", "ours"),
    [
        ("doorOpenCount", "Door_Open_Count"),
        ("presentCounterValue", "Present_Counter_Value"),
        ("totalRunningTime", "Total_Running_Time"),
        ("liftMileage", "Lift_Mileage"),
        ("ropeBendCount", "Rope_Bend_Count"),
    ],
)
def test_each_sum(key: str, ours: str) -> None:
    said = envelope("", **{key: 7})
    del said["msgType"]

    item = only(Dialect.LINGANG, "user/data", said | {"runStatistic": "runStatistic"})

    assert (item.channel, item.body) == (Channel.STATISTICS, {ours: 7} | STAMP)


@pytest.mark.parametrize(
    ("kind", "content", "code", "canonical"),
    [
        ("entrapWO", {"faultType": 7}, "entrapWO:7", "7"),
        ("entrapWO", {"faultType": "8"}, "entrapWO:8", "8"),
        ("entrapWO", {"faultType": 99}, "entrapWO", "entrapment_reported"),
        ("entrapWO", {}, "entrapWO", "entrapment_reported"),
        ("emergencyWO", {"faultType": 5}, "emergencyWO:5", "5"),
        ("emergencyWO", {"faultType": 37}, "emergencyWO:37", "37"),
        ("emergencyWO", {"faultType": 99}, "emergencyWO:99", None),
        ("emergencyWO", {"faultType": 7}, "emergencyWO:7", None),
        ("uncivilizedWO", {"faultType": 1, "faultName": "反复开关门"}, "uncivilizedWO:反复开关门", "101"),
        ("uncivilizedWO", {"faultName": "长时间开门"}, "uncivilizedWO:长时间开门", "102"),
        ("uncivilizedWO", {"faultName": "扒门"}, "uncivilizedWO:扒门", "103"),
        ("uncivilizedWO", {"faultName": "蹦跳"}, "uncivilizedWO:蹦跳", "104"),
        ("uncivilizedWO", {"faultName": "强行挡门"}, "uncivilizedWO:强行挡门", "105"),
        ("uncivilizedWO", {"faultName": "电动车乘梯"}, "uncivilizedWO:电动车乘梯", "37"),
        ("uncivilizedWO", {"faultType": 1}, "uncivilizedWO", None),
    ],
)
def test_each_class_of_order(kind: str, content: dict[str, object], code: str, canonical: str | None) -> None:
    found = codes_of(Dialect.LINGANG).get(code)

    item = only(Dialect.LINGANG, "user/data", envelope(kind, faultId="f-1", reportTime=NOON_TEXT, faultStatus=1, **content))

    assert item.channel is Channel.EVENT
    assert {key: item.body[key] for key in ("alarmId", "occurTime", "failureCode", "phase")} == {
        "alarmId": "f-1",
        "occurTime": NOON_TEXT,
        "failureCode": code,
        "phase": "add",
    }
    assert found == canonical
    assert found is None or found in FAULTS


def test_an_order_that_is_over_ends_its_event() -> None:
    item = only(Dialect.LINGANG, "user/data", envelope("entrapWO", faultId="f-1", reportTime=NOON_TEXT, faultStatus=0))

    assert (item.body["alarmId"], item.body["phase"]) == ("f-1", "disappear")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ({"registrtionCode": LIFT, "elevatorCode": "unmapped"}, LIFT),
        ({"elevatorCode": THEIRS}, LIFT),
        ({"registrtionCode": "", "manufacturerCode": "91310000MA1K", "leaveFactoryNumber": "7788"}, "91310000MA1K-7788"),
    ],
)
def test_which_machine_is_meant(content: dict[str, object], code: str) -> None:
    assert only(Dialect.LINGANG, "user/data", {"msgType": "runInfo", "content": content}).code == code


def test_a_state_without_a_stamp_has_no_time() -> None:
    said = envelope("runInfo", floor="1")
    del said["receivedAt"]

    assert only(Dialect.LINGANG, "user/data", said).body["samplingTime"] is None


@pytest.mark.parametrize("kind", ["liftBasicInfo", "other", "", None, [], {}])
def test_what_is_no_word_of_a_lift_is_refused(kind: object) -> None:
    with pytest.raises(BadPayload) as refusal:
        say(Dialect.LINGANG, "user/data", {"msgType": kind, "content": {"registrtionCode": LIFT}})

    assert (refusal.value.data["reason"], refusal.value.data["field"]) == (Reject.BAD_VALUE, "msgType")
