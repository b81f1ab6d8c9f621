"""厚齐: MQTT, `/API/V1/Up/{LiftState,LiftFault,LiftRunInfo,HeartBeat}`, one object a message."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Final

from domain.errors import BadPayload
from domain.telemetry import Phase, Reject
from ingest.dialects.tables import Key, Table, an_object, choice, code_text, count, moment, native, shown, some
from ingest.dialects.terms import LIFT, Hearing, Item, Refused
from ingest.topics import Channel

UP: Final = "API/V1/Up/"

CODES: Final = {
    "1": "entrapment_reported",  # 困人; which of the two is not said
    "2": "5",  # 开门走车
    "3": "6",  # 非门区停车
    "4": "1",  # 冲顶
    "5": "2",  # 蹲底
    "6": "3",  # 超速
    "11": "101",  # 反复开关门
    "12": "12",  # 关门异常
    "202": "37",  # 电瓶车
}
NO_FAULT: Final = "0"

# 0 is still in the firmware, 3 in the document; both are met.
_STILL, _UP, _DOWN = "0", "1", "2"
STATE: Final[Table] = {
    "faultTime": (Key("samplingTime", moment),),  # the name is theirs: it is the sampling time
    "currentFloor": (Key("Car_Position"),),
    "currentSpeed": (Key("Speed"),),
    "runningDirection": (
        Key("Car_Direction", choice({_STILL: 0, "3": 0, _UP: 1, _DOWN: 2})),
        Key("Car_Status", choice({_STILL: 0, "3": 0, _UP: 1, _DOWN: 1})),
    ),
    "doorStatus": (Key("Door_Status", choice({"0": 2, "1": 4})), Key("Door_Close_Status", choice({"0": True, "1": False}))),
    "personInLift": (Key("Passenger_Status", some), Key("People_Number", count)),
    "temperature": (Key("Car_Temperature"),),
}
RUN: Final[Table] = {
    "runEndTimeStamp": (Key("samplingTime", moment),),  # epoch seconds
    "runningMileageTotal": (Key("Lift_Mileage"),),  # m
}
_ENVELOPE: Final = frozenset({"type", "macAddr", "elevatorNo", "uuid", "faultType", "ErrorListBean"})
FAULT: Final[Table] = {"faultBeginTime": (Key("occurTime", moment),), "faultEndTime": (Key("endTime", moment),), "keyId": (Key("msgId"),)}


def read(tail: str, body: object, hearing: Hearing) -> Iterator[Item | Refused]:
    """The words of a message. Raises BadPayload."""
    said = an_object(body)
    match tail.lstrip("/").removeprefix(UP):
        case "LiftState":
            yield Item(Channel.STATE, LIFT, _machine(said, hearing), native(said, STATE, leave=_ENVELOPE))
        case "LiftFault":
            yield from _faults(said, _machine(said, hearing), hearing)
        case "LiftRunInfo":
            yield Item(Channel.STATISTICS, LIFT, _machine(said, hearing), native(said, RUN, leave=_ENVELOPE))
        case "HeartBeat":
            return  # a device's presence is judged from its readings
        case _:
            raise BadPayload(reason=Reject.BAD_TOPIC, value=tail)


def _machine(said: dict[str, object], hearing: Hearing) -> str:
    return hearing.machine(said.get("elevatorNo"), said.get("macAddr"))


def _faults(said: dict[str, object], machine: str, hearing: Hearing) -> Iterator[Item | Refused]:
    listed = said.get("ErrorListBean")
    if not isinstance(listed, list):
        raise BadPayload(reason=Reject.BAD_VALUE, field="ErrorListBean", value=shown(listed))
    for entry in listed:
        try:
            yield from _fault(an_object(entry), said, machine, hearing)
        except BadPayload as fault:
            yield Refused(fault, {**said, "ErrorListBean": [entry]})


def _fault(entry: dict[str, object], said: dict[str, object], machine: str, hearing: Hearing) -> Iterator[Item]:
    """A fault begins, or has begun and ended.

    Its identity is its type and its beginning: the firmware makes another keyId for the end than for the beginning. The end
    carries the beginning with it, so an end whose beginning was lost still is a whole occurrence.
    """
    vendor_code = code_text(entry.get("faultType"))
    if vendor_code == NO_FAULT:
        return
    told = native(entry, FAULT, leave=_ENVELOPE)
    ended = told.pop("endTime", None)
    began = hearing.moment(told.get("occurTime"))
    told |= {"alarmId": f"{machine}-{vendor_code}-{began:%Y%m%dT%H%M%S}", "failureCode": vendor_code}
    told |= _inside(said.get("personInLift"))
    yield Item(Channel.EVENT, LIFT, machine, told | {"phase": Phase.ADD.value})
    if ended is not None:
        yield Item(Channel.EVENT, LIFT, machine, told | {"phase": Phase.DISAPPEAR.value, "occurTime": ended})


def _inside(raw: object) -> dict[str, object]:
    """Who is inside, as an event says it; a count that cannot be read costs the count, not the alarm."""
    with suppress(BadPayload):
        seen = native({"personInLift": raw}, STATE)
        return {"statusDetails": [{"paramCode": wire, "paramValue": value} for wire, value in seen.items()]} if seen else {}
    return {}
