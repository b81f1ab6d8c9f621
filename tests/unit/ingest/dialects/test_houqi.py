"""厚齐, entry by entry."""

from __future__ import annotations

import pytest

from domain.dialects import Dialect
from domain.errors import BadPayload
from domain.faults import FAULTS
from domain.telemetry import Reject
from ingest.dialects import codes_of
from ingest.topics import Channel
from tests.unit.ingest.dialects.hearing import LIFT, NOON_MS, NOON_TEXT, THEIRS, only, reasons, say

STATE, FAULT, RUN = "API/V1/Up/LiftState", "API/V1/Up/LiftFault", "API/V1/Up/LiftRunInfo"
IDS = {"type": "LiftState", "macAddr": "a4c1380f22aa", "elevatorNo": THEIRS}


@pytest.mark.parametrize(
    ("key", "value", "ours"),
    [
        pytest.param("faultTime", NOON_TEXT, {"samplingTime": NOON_TEXT}, id="the sampling time, whatever it is called"),
        pytest.param("faultTime", NOON_MS // 1000, {"samplingTime": NOON_MS}, id="epoch seconds"),
        pytest.param("faultTime", NOON_MS, {"samplingTime": NOON_MS}, id="epoch milliseconds"),
        pytest.param("currentFloor", -1, {"Car_Position": -1}, id="floor"),
        pytest.param("currentSpeed", 1.75, {"Speed": 1.75}, id="speed"),
        pytest.param("runningDirection", 0, {"Car_Direction": 0, "Car_Status": 0}, id="still in the firmware"),
        pytest.param("runningDirection", 3, {"Car_Direction": 0, "Car_Status": 0}, id="still in the document"),
        pytest.param("runningDirection", 1, {"Car_Direction": 1, "Car_Status": 1}, id="up"),
        pytest.param("runningDirection", "2", {"Car_Direction": 2, "Car_Status": 1}, id="down, as text"),
        pytest.param("doorStatus", 0, {"Door_Status": 2, "Door_Close_Status": True}, id="door closed"),
        pytest.param("doorStatus", 1, {"Door_Status": 4, "Door_Close_Status": False}, id="door open"),
        pytest.param("personInLift", 0, {"Passenger_Status": False, "People_Number": 0}, id="nobody"),
        pytest.param("personInLift", "3", {"Passenger_Status": True, "People_Number": 3}, id="three people"),
        pytest.param("temperature", 24.2, {"Car_Temperature": 24.2}, id="temperature"),
        pytest.param("jitterFrequency", [1.0, 2.0], {"jitterFrequency": [1.0, 2.0]}, id="unknown keys are kept"),
        pytest.param("currentSpeed", None, {}, id="null says nothing"),
    ],
)
def test_each_key_of_a_state(key: str, value: object, ours: dict[str, object]) -> None:
    item = only(Dialect.HOUQI, STATE, {**IDS, key: value})

    assert (item.channel, item.kind, item.code, item.body) == (Channel.STATE, "elevator", LIFT, ours)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("runningDirection", 4),
        ("doorStatus", "ajar"),
        ("personInLift", -1),
        ("personInLift", 1.5),
        ("personInLift", []),
        ("faultTime", True),
    ],
)
def test_a_value_without_a_meaning_is_refused_by_its_name(key: str, value: object) -> None:
    with pytest.raises(BadPayload) as refusal:
        say(Dialect.HOUQI, STATE, {**IDS, key: value})

    assert (refusal.value.data["reason"], refusal.value.data["field"]) == (Reject.BAD_VALUE, key)


@pytest.mark.parametrize(
    ("code", "canonical"),
    [
        ("1", "entrapment_reported"),
        ("2", "5"),
        ("3", "6"),
        ("4", "1"),
        ("5", "2"),
        ("6", "3"),
        ("11", "101"),
        ("12", "12"),
        ("202", "37"),
        ("7", None),
    ],
)
def test_each_fault_type(code: str, canonical: str | None) -> None:
    found = codes_of(Dialect.HOUQI).get(code)

    assert found == canonical
    assert found is None or found in FAULTS


def test_a_fault_that_begins_is_an_event_with_who_is_inside() -> None:
    entry = {"keyId": "0a1b", "faultType": 1, "faultBeginTime": NOON_TEXT, "faultEndTime": "", "faultVideoUrl": ""}

    item = only(Dialect.HOUQI, FAULT, {**IDS, "personInLift": 2, "ErrorListBean": [entry]})

    assert (item.channel, item.code) == (Channel.EVENT, LIFT)
    assert item.body == {
        "msgId": "0a1b",
        "occurTime": NOON_TEXT,
        "alarmId": f"{LIFT}-1-20261120T040000",
        "failureCode": "1",
        "phase": "add",
        "statusDetails": [{"paramCode": "Passenger_Status", "paramValue": True}, {"paramCode": "People_Number", "paramValue": 2}],
        "faultVideoUrl": "",
    }


def test_a_count_that_cannot_be_read_does_not_cost_the_alarm() -> None:
    item = only(Dialect.HOUQI, FAULT, {**IDS, "personInLift": "many", "ErrorListBean": [{"faultType": 1, "faultBeginTime": NOON_TEXT}]})

    assert (item.body["failureCode"], item.body.get("statusDetails")) == ("1", None)


def test_the_end_of_a_fault_has_the_identity_of_its_beginning_though_the_firmware_makes_another_key() -> None:
    begin = {"keyId": "0a1b", "faultType": 2, "faultBeginTime": NOON_TEXT, "faultEndTime": ""}
    end = {"keyId": "ffff", "faultType": 2, "faultBeginTime": NOON_TEXT, "faultEndTime": "2026-11-20 12:03:00"}

    began = say(Dialect.HOUQI, FAULT, {**IDS, "ErrorListBean": [begin]}).items
    ended = say(Dialect.HOUQI, FAULT, {**IDS, "ErrorListBean": [end]}).items

    assert [item.body["phase"] for item in (*began, *ended)] == ["add", "add", "disappear"]
    assert len({item.body["alarmId"] for item in (*began, *ended)}) == 1
    assert ended[1].body["occurTime"] == "2026-11-20 12:03:00"


def test_the_next_occurrence_has_another_identity() -> None:
    entries = [{"faultType": 2, "faultBeginTime": NOON_TEXT}, {"faultType": 2, "faultBeginTime": "2026-11-20 11:00:00"}]

    items = say(Dialect.HOUQI, FAULT, {**IDS, "ErrorListBean": entries}).items

    assert len({item.body["alarmId"] for item in items}) == 2


def test_a_bad_entry_is_refused_alone() -> None:
    good = {"faultType": 3, "faultBeginTime": NOON_TEXT}

    said = say(
        Dialect.HOUQI, FAULT, {**IDS, "ErrorListBean": ["?", {"faultType": 3}, {"faultBeginTime": NOON_TEXT}, good, {"faultType": 0}]}
    )

    assert reasons(said) == [Reject.NOT_AN_OBJECT, Reject.NO_TIME, Reject.BAD_VALUE]
    assert [item.body["failureCode"] for item in said.items] == ["3"]


def test_the_end_of_a_run_is_statistics_with_its_epoch_seconds() -> None:
    item = only(Dialect.HOUQI, RUN, {**IDS, "runningMileageTotal": 10.0, "runEndTimeStamp": NOON_MS // 1000, "inNum": 2})

    assert (item.channel, item.body) == (Channel.STATISTICS, {"Lift_Mileage": 10.0, "samplingTime": NOON_MS, "inNum": 2})


def test_a_heartbeat_says_nothing_about_a_lift() -> None:
    assert say(Dialect.HOUQI, "API/V1/Up/HeartBeat", IDS) == ((), ())


@pytest.mark.parametrize(
    ("ids", "code"),
    [
        pytest.param({"elevatorNo": THEIRS}, LIFT, id="by its number"),
        pytest.param({"macAddr": "a4c1380f22aa"}, LIFT, id="by its box"),
        pytest.param({"elevatorNo": "never mapped", "macAddr": "a4c1380f22aa"}, LIFT, id="whichever is mapped"),
        pytest.param({"elevatorNo": LIFT}, LIFT, id="注册代码 stands for itself"),
        pytest.param({"elevatorNo": "HQ-0009"}, "HQ-0009", id="another vendor's identifier says nothing here"),
        pytest.param({"elevatorNo": 7}, "7", id="a number keeps its digits"),
    ],
)
def test_which_machine_is_meant(ids: dict[str, object], code: str) -> None:
    assert only(Dialect.HOUQI, STATE, {**ids, "faultTime": NOON_TEXT}).code == code


@pytest.mark.parametrize(
    ("tail", "body", "reason"),
    [
        pytest.param(STATE, {}, Reject.UNKNOWN_EQUIPMENT, id="no identifier"),
        pytest.param(STATE, {"elevatorNo": ["x"]}, Reject.UNKNOWN_EQUIPMENT, id="no text"),
        pytest.param(STATE, {"elevatorNo": "x" * 65}, Reject.UNKNOWN_EQUIPMENT, id="too long"),
        pytest.param(STATE, {"elevatorNo": 10**400}, Reject.UNKNOWN_EQUIPMENT, id="a number of 400 digits"),
        pytest.param(STATE, {"elevatorNo": THEIRS, "macAddr": "HQ-0008"}, Reject.CODE_MISMATCH, id="two machines at once"),
        pytest.param(STATE, [], Reject.NOT_AN_OBJECT, id="a list"),
        pytest.param("API/V1/Up/Other", IDS, Reject.BAD_TOPIC, id="another topic"),
        pytest.param(FAULT, {**IDS, "ErrorListBean": {}}, Reject.BAD_VALUE, id="no list of faults"),
    ],
)
def test_why_a_message_is_refused(tail: str, body: object, reason: Reject) -> None:
    with pytest.raises(BadPayload) as refusal:
        say(Dialect.HOUQI, tail, body)

    assert refusal.value.data["reason"] == reason
