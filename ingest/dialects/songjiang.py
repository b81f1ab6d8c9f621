"""松江: HTTP and JSON, `{data, time, remark}`; faults and events are flags that are Y or N in every message.

`remark` is a digest under a key that was never published: it is not checked, who speaks is known by the vendor's account.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

import msgspec

from domain.errors import BadPayload
from domain.telemetry import Reject
from ingest.dialects.tables import Key, Table, an_object, choice, hours_of_seconds, moment, native, shown
from ingest.dialects.terms import LIFT, Hearing, Item, Refused
from ingest.topics import Channel

CODES: Final = {
    "F9999": "7",  # 停梯关人
    "F9998": "102",  # 长时间不关门
    "F9997": "5",  # 上行开门走车
    "F9996": "5",  # 下行开门走车
    "F9994": "8",  # 非平层关人
    "F9993": "21",  # 紧急呼叫
    "F9992": "1",  # 冲顶
    "F9991": "2",  # 蹲底
    "F9990": "4",  # 运行中门开
    "F9988": "38",  # 撞击: assumed, nearest is 异常震动
    "E9896": "37",  # 助动车
    "E9895": "15",  # 超速 10 %: below what we call 超速
}  # E9899 按键电量低, E9898 烟雾 and E9897 超员 have no canonical code; 超员 is told as Car_Overload
FLAG: Final = re.compile(r"[FE]\d{4}")
UP: Final = choice({"y": True, "n": False})

_RUNS: Final = {"0": 0, "1": 1, "2": 1}
STATE: Final[Table] = {
    "runingStatus": (Key("Car_Direction", choice({"0": 0, "1": 1, "2": 2})), Key("Car_Status", choice(_RUNS))),  # their spelling
    "floor": (Key("Car_Position"),),
    "doorStatus": (Key("Door_Status", choice({"0": 2, "1": 4})), Key("Door_Close_Status", choice({"0": True, "1": False}))),
    "isPerson": (Key("Passenger_Status", choice({"0": False, "1": True})),),
    "speed": (Key("Speed"),),
    "electric": (Key("Service_Mode", choice({"normal": None, "battery": 5})),),  # on battery is emergency power; normal says no mode
    "safetyLoop": (Key("Safety_circuit", choice({"normal": False, "break": True})),),  # true is broken
    "E9897": (Key("Car_Overload", UP),),
}
STATISTICS: Final[Table] = {
    "doorOpenCount": (Key("Door_Open_Count"),),
    "presentCounterValue": (Key("Present_Counter_Value"),),
    "totalRunningTime": (Key("Total_Running_Time", hours_of_seconds),),  # s here, h on the platform
    "Total_Running_Time": (Key("Total_Running_Time", hours_of_seconds),),
    "liftMileage": (Key("Lift_Mileage"),),
    "ropeBendCount": (Key("Rope_Bend_Count"),),
}
_ENVELOPE: Final = frozenset({"liftNo", "deviceNo", "time"})


def read(tail: str, body: object, hearing: Hearing) -> Iterator[Item | Refused]:
    """The words of a message; `data` is one lift or several, as JSON or as JSON in a text. Raises BadPayload."""
    envelope = an_object(body)
    data = envelope.get("data")
    data = _unpacked(data) if isinstance(data, str) else data
    for entry in data if isinstance(data, list) else [data]:
        try:
            yield from _lift(an_object(entry), envelope, hearing)
        except BadPayload as fault:
            yield Refused(fault, {**envelope, "data": entry})


def _unpacked(text: str) -> object:
    try:
        return msgspec.json.decode(text)
    except RecursionError as exc:
        raise BadPayload(reason=Reject.TOO_DEEP) from exc
    except ValueError as exc:
        raise BadPayload(reason=Reject.NOT_JSON, value=str(exc)) from exc


def _lift(said: dict[str, object], envelope: Mapping[str, object], hearing: Hearing) -> Iterator[Item | Refused]:
    """Faults first: a figure that cannot be read costs the state of this moment, not the alarm."""
    machine = hearing.machine(said.get("liftNo"), said.get("deviceNo"))
    sampled = _sampled(said.get("time") or envelope.get("time"))
    at = hearing.moment(sampled)
    flags = {key: raw for key, raw in said.items() if FLAG.fullmatch(key) and raw is not None and raw != ""}
    for code, raw in flags.items():
        yield from _flag(code, raw, machine, hearing, at, alone=_only(said, envelope, {code: raw}))
    sums = {key: said[key] for key in STATISTICS.keys() & said.keys()}
    state = {key: raw for key, raw in said.items() if key in STATE or key not in _ENVELOPE | flags.keys() | sums.keys()}
    if state.keys() & STATE.keys():
        yield _figures(Channel.STATE, machine, state, STATE, sampled, alone=_only(said, envelope, state))
    if sums:
        yield _figures(Channel.STATISTICS, machine, sums, STATISTICS, sampled, alone=_only(said, envelope, sums))


def _sampled(raw: object) -> object:
    try:
        return moment(raw or "")
    except ValueError as exc:
        raise BadPayload(reason=Reject.BAD_TIME, value=shown(raw)) from exc


def _only(said: Mapping[str, object], envelope: Mapping[str, object], part: dict[str, object]) -> dict[str, object]:
    """The message with this part of what it says, and no other."""
    return {**envelope, "data": {key: said[key] for key in _ENVELOPE & said.keys()} | part}


def _figures(channel: Channel, machine: str, said: dict[str, object], table: Table, sampled: object, *, alone: object) -> Item | Refused:
    try:
        return Item(channel, LIFT, machine, native(said, table) | {"samplingTime": sampled})
    except BadPayload as fault:
        return Refused(fault, alone)


def _flag(code: str, raw: object, machine: str, hearing: Hearing, at: datetime, *, alone: object) -> Iterator[Item | Refused]:
    try:
        up = UP(raw) is True
    except ValueError:
        yield Refused(BadPayload(reason=Reject.BAD_VALUE, field=code, value=shown(raw)), alone)
        return
    if not up and code not in CODES:
        return  # the end of what opens no alarm is no news
    for word in hearing.told.tell((hearing.vendor, machine, code), up=up, at=at):
        body: dict[str, object] = {
            "alarmId": f"{machine}-{code}-{word.began:%Y%m%dT%H%M%S}",
            "failureCode": code,
            "occurTime": word.at.isoformat(),
            "phase": word.phase.value,
        }
        yield Item(Channel.EVENT, LIFT, machine, body)
