"""临港: HTTP and JSON, `{msgType, description, content}`; work orders of three classes instead of fault codes alone.

Its states and sums carry no time at all. What comes by our own push address is stamped there, once, so that a message the
broker delivers twice is the same reading; what comes without a stamp is refused for having no time.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from domain.dialects import STAMP
from domain.errors import BadPayload
from domain.faults import FAULTS
from domain.telemetry import Phase, Reject
from ingest.dialects.tables import Key, Table, an_object, choice, code_text, moment, native, shown
from ingest.dialects.terms import LIFT, Hearing, Item, Refused
from ingest.topics import Channel

ENTRAPMENT, REPAIR, UNCIVIL = "entrapWO", "emergencyWO", "uncivilizedWO"
CODES: Final = {
    ENTRAPMENT: "entrapment_reported",
    f"{ENTRAPMENT}:7": "7",
    f"{ENTRAPMENT}:8": "8",
    # its repair orders number faults as the list that three vendors share
    **{f"{REPAIR}:{code}": code for code in FAULTS if code.isdigit() and int(code) <= 42 and code not in {"7", "8"}},
    f"{UNCIVIL}:反复开关门": "101",
    f"{UNCIVIL}:长时间开门": "102",
    f"{UNCIVIL}:扒门": "103",
    f"{UNCIVIL}:蹦跳": "104",
    f"{UNCIVIL}:强行挡门": "105",
    f"{UNCIVIL}:电动车乘梯": "37",
}

_MOVING: Final = {"0": 0, "1": 1, "2": 1}
STATE: Final[Table] = {
    "samplingTime": (Key("samplingTime", moment),),
    "modeStatus": (Key("Service_Mode", choice({"0": 1, "1": 2, "2": 0})),),
    "direction": (Key("Car_Direction", choice({"0": 0, "1": 1, "2": 2})), Key("Car_Status", choice(_MOVING))),
    "floor": (Key("Car_Position"),),
    "floorStatus": (Key("Door_Zone", choice({"0": True, "1": False})),),
    "doorClose": (Key("Door_Close_Status", choice({"0": False, "1": True})),),
    "doorStatus": (Key("Histway_Door", choice({"0": False, "1": True})),),  # the landing doors' lock
    "hasPeople": (Key("Passenger_Status", choice({"0": False, "1": True})),),
    "driveStatus": (Key("Lift_Car_Drive_Status", choice({"0": 1, "1": 2})),),
    "safeLoop": (Key("Safety_circuit", choice({"0": False, "1": True})),),  # true is broken
    "speed": (Key("Speed"),),
    "temperature": (Key("Machine_Room_Temperature"),),
}
STATISTICS: Final[Table] = {
    "samplingTime": (Key("samplingTime", moment),),
    "doorOpenCount": (Key("Door_Open_Count"),),
    "presentCounterValue": (Key("Present_Counter_Value"),),
    "totalRunningTime": (Key("Total_Running_Time"),),  # h
    "liftMileage": (Key("Lift_Mileage"),),
    "ropeBendCount": (Key("Rope_Bend_Count"),),
}
ORDER: Final[Table] = {
    "faultId": (Key("alarmId"),),
    "reportTime": (Key("occurTime", moment),),
    "faultName": (Key("eventDesc"),),
    "faultStatus": (Key("phase", choice({"1": Phase.ADD.value, "0": Phase.DISAPPEAR.value})),),
}
_ENVELOPE: Final = frozenset({"registrtionCode", "manufacturerCode", "leaveFactoryNumber", "elevatorCode", "nowStatus"})
FIGURES: Final = {"runInfo": (Channel.STATE, STATE), "runStatistic": (Channel.STATISTICS, STATISTICS)}
ORDERS: Final = frozenset({ENTRAPMENT, REPAIR, UNCIVIL})


def read(tail: str, body: object, hearing: Hearing) -> Iterator[Item | Refused]:
    """The words of a message. Raises BadPayload."""
    envelope = an_object(body)
    kind = "runStatistic" if "runStatistic" in envelope else envelope.get("msgType")  # the sender's own slip: the key is the word
    content = an_object(envelope.get("content"))
    if isinstance(kind, str) and kind in FIGURES:
        channel, table = FIGURES[kind]
        said = native(content, table, leave=_ENVELOPE)
        yield Item(channel, LIFT, _machine(content, hearing), {"samplingTime": envelope.get(STAMP)} | said)
    elif isinstance(kind, str) and kind in ORDERS:
        said = native(content, ORDER, leave=_ENVELOPE | {"faultType"})
        code = _code(kind, content)
        yield Item(Channel.EVENT, LIFT, _machine(content, hearing), {"occurTime": envelope.get(STAMP)} | said | {"failureCode": code})
    else:  # liftBasicInfo among them: a register is imported, never taken from a feed
        raise BadPayload(reason=Reject.BAD_VALUE, field="msgType", value=shown(kind))


def _machine(content: dict[str, object], hearing: Hearing) -> str:
    """By 注册代码 (the key is spelt like that), else the two numbers of a lift without one, else the vendor's own."""
    code, maker, number = (content.get(key) for key in ("registrtionCode", "manufacturerCode", "leaveFactoryNumber"))
    if not code and isinstance(maker, str) and isinstance(number, str) and maker and number:
        code = f"{maker}-{number}"
    return hearing.machine(code, content.get("elevatorCode") if not code else None)


def _code(kind: str, content: dict[str, object]) -> str:
    """The class of the order with its fault: a number, or for behaviour its name, because those are numbered differently."""
    theirs = content.get("faultName" if kind == UNCIVIL else "faultType")
    if theirs is None or theirs == "":
        return kind
    code = f"{kind}:{code_text(theirs)}"
    return kind if kind == ENTRAPMENT and code not in CODES else code
