"""MQTT packets of a made-up district, rendered once: a round of sending only replaces the sampling time in them.

Lifts follow a script of ten steps in which they move for three and stand with the door open for two. On a small *stage* apart from
the others, lifts are stopped with somebody inside and a closed door until the worker's own rules call that an entrapment.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from itertools import accumulate
from typing import Final

VENDORS: Final = ("xzl", "htk", "ydw", "shy")
STAGE: Final = 2_000  # lifts beyond the district's own, for entrapments that follow from states
STEPS: Final = 10
TIME: Final = b"0000-00-00 00:00:00"  # stands in rendered packets where the sampling time goes
MID_LIMIT: Final = 60_000  # packet identifiers above are for packets that are not part of a round
PUBLISH_QOS1: Final = b"\x32"
PUBACK_BYTES: Final = 4
_BEIJING: Final = timezone(timedelta(hours=8))
_BODY: Final = (
    '{"registerNumber":"%s","msgId":"%d-0000-00-00 00:00:00","samplingTime":"0000-00-00 00:00:00","Service_Mode":1,"Car_Status":%d,'
    '"Car_Direction":%d,"Car_Position":"%d","Door_Zone":%s,"Door_Status":%d,"Door_Close_Status":%s,"Histway_Door":true,'
    '"Passenger_Status":%s,"People_Number":%d,"Car_Overload":false,"Lift_Car_Drive_Status":%d,"Activity_Mode":0,"Speed":%.2f,'
    '"Machine_Room_Temperature":%.1f,"Machine_Room_Door_Status":true,"Car_Temperature":22.5,"Safety_circuit":false}'
)
_EVENT: Final = '{"registerNumber":"%s","alarmId":"%s","occurTime":"%s","failureCode":"09","phase":"add","eventDesc":"困人"}'


@dataclass(frozen=True, slots=True)
class Scene:
    """What a lift does at one step: moving, door open, somebody inside."""

    moving: bool = False
    door_open: bool = False
    occupied: bool = False


SCRIPT: Final = (*[Scene()] * 5, *[Scene(moving=True)] * 3, *[Scene(door_open=True)] * 2)
# Samples ten seconds apart: stopped, shut and occupied for 60 s raises at the step before the last; the open door clears.
TRAPPED: Final = (Scene(moving=True, occupied=True), *[Scene(occupied=True)] * 7, Scene(door_open=True))
RAISING_STEP: Final = 7
STAGE_STEP_S: Final = 10


@dataclass(frozen=True, slots=True)
class Round:
    """All lifts of one vendor saying one thing each: packets back to back, and where each begins."""

    packets: bytes
    starts: tuple[int, ...]  # one more than there are packets

    def cut(self, first: int, last: int, at: int) -> bytes:
        """Packets first … last-1, sampled at epoch second `at`."""
        return self.packets[self.starts[first] : self.starts[last]].replace(TIME, beijing(at))

    def __len__(self) -> int:
        return len(self.starts) - 1


def code(number: int) -> str:
    """注册代码 of an invented lift."""
    return f"311031010720{number:08d}"


def vendor_of(number: int) -> str:
    """The vendor of a lift: they take turns."""
    return VENDORS[number % len(VENDORS)]


def beijing(second: int) -> bytes:
    """An epoch second as the platform writes times."""
    return datetime.fromtimestamp(second, UTC).astimezone(_BEIJING).strftime("%Y-%m-%d %H:%M:%S").encode()


def rounds(vendor: int, devices: int, steps: int) -> list[Round]:
    """The first `steps` steps of the script, played by the lifts of one vendor, each from a place of its own in the script."""
    numbers = range(vendor, devices, len(VENDORS))
    return [
        _round([_publish_state(n, SCRIPT[(step + 7 * n) % STEPS], i % MID_LIMIT + 1) for i, n in enumerate(numbers)])
        for step in range(steps)
    ]


def on_stage(number: int, step: int, second: int, mid: int) -> bytes:
    """One packet of a lift that traps somebody."""
    return _publish_state(number, TRAPPED[step], mid).replace(TIME, beijing(second))


def state(number: int, second: int, mid: int, *, moving: bool) -> bytes:
    """One packet of a lift's state outside the rounds."""
    return _publish_state(number, Scene(moving=moving), mid).replace(TIME, beijing(second))


def event(number: int, name: str, second: int, mid: int) -> bytes:
    """A vendor's word that somebody is trapped, as one packet."""
    body = _EVENT % (code(number), name, beijing(second).decode())
    return publish(f"pt/v1/{vendor_of(number)}/elevator/{code(number)}/event", body.encode(), mid)


def publish(topic: str, payload: bytes, mid: int) -> bytes:
    """A QoS 1 PUBLISH of MQTT 3.1.1."""
    name = topic.encode()
    body = len(name).to_bytes(2, "big") + name + mid.to_bytes(2, "big") + payload
    return PUBLISH_QOS1 + _varint(len(body)) + body


def connect(client_id: str, username: str, password: str) -> bytes:
    """A CONNECT with a clean session and no keep-alive."""
    fields = b"".join(struct.pack(">H", len(part)) + part for part in map(str.encode, (client_id, username, password)))
    body = b"\x00\x04MQTT\x04\xc2\x00\x00" + fields
    return b"\x10" + _varint(len(body)) + body


def _round(packets: list[bytes]) -> Round:
    return Round(b"".join(packets), tuple(accumulate(map(len, packets), initial=0)))


def _publish_state(number: int, scene: Scene, mid: int) -> bytes:
    return publish(f"pt/v1/{vendor_of(number)}/elevator/{code(number)}/state", _body(number, scene), mid)


def _body(number: int, scene: Scene) -> bytes:
    """The platform's keys of a lift's state (21 of them), JSON's own types."""
    return (
        _BODY
        % (
            code(number),
            number,
            scene.moving,
            scene.moving,
            number % 17 + 1,
            _json(not scene.moving),
            4 if scene.door_open else 2,
            _json(not scene.door_open),
            _json(scene.occupied),
            scene.occupied,
            scene.moving,
            1 + number % 75 / 100 if scene.moving else 0,
            20 + number % 97 / 10,
        )
    ).encode()


def _json(value: bool) -> str:
    return "true" if value else "false"


def _varint(number: int) -> bytes:
    """MQTT's remaining length."""
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)
