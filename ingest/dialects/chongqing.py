"""重庆: the platform's own topics and keys with the code set of GB/T 24476-2017 clause 11 (fault, event, alarm)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from domain.errors import BadPayload
from domain.telemetry import Reject
from ingest.dialects.tables import an_object, shown
from ingest.dialects.terms import Hearing, Item, Refused
from ingest.topics import Channel

CODES: Final = {
    "1": "10",  # 安全回路
    "2": "12",  # 关门
    "3": "11",  # 开门
    "4": "6",  # 门区外停梯
    "5": "5",  # 开门走车
    "6": "17",  # 电动机运转时间限制器
    "7": "19",  # 楼层信息丢失
    "41": "9",  # 主电源断
    "90": "21",  # 用户报警
    "91": "2",  # 蹲底
    "92": "1",  # 冲顶
    "93": "7",  # 平层关人
}  # 8 防再运行 has no canonical code; 40 and 42–47 are service modes, which the state says
CHANNELS: Final = {channel.value: channel for channel in (Channel.STATE, Channel.EVENT, Channel.STATISTICS)}
_NAMES: Final = frozenset({"registerNumber", "manufacturerCode", "leaveFactoryNumber"})


def read(tail: str, body: object, hearing: Hearing) -> Iterator[Item | Refused]:
    """The words of a message. Raises BadPayload."""
    match tail.split("/"):
        case [kind, "batch"] if isinstance(body, list):
            for entry in body:
                try:
                    said = an_object(entry)
                    yield _item(_channel(said.get("type")), kind, said.get("registerNumber"), said, hearing)
                except BadPayload as fault:
                    yield Refused(fault, entry)
        case [kind, code, channel] if channel in CHANNELS:
            yield _item(CHANNELS[channel], kind, code, an_object(body), hearing)
        case _:
            raise BadPayload(reason=Reject.BAD_TOPIC, value=tail)


def _channel(raw: object) -> Channel:
    if not isinstance(raw, str) or raw not in CHANNELS:
        raise BadPayload(reason=Reject.BAD_VALUE, field="type", value=shown(raw))
    return CHANNELS[raw]


def _item(channel: Channel, kind: str, theirs: object, said: dict[str, object], hearing: Hearing) -> Item:
    machine = hearing.machine(theirs)
    if machine == theirs:
        return Item(channel, kind, machine, said)  # the body's own code is compared with it later
    return Item(channel, kind, machine, {key: value for key, value in said.items() if key not in _NAMES})
