"""A car that is told to speak: it speaks once, while that is still of use, and says what became of it.

A lift of some vendors keeps its door open by itself while its camera sees an electric bicycle, and says so in the same answer. That is
the lift's own protection; nobody commanded it.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from datetime import datetime
from typing import Any, Final

from demo.device import Device
from demo.feed import Sent
from demo.fleet import Fleet
from demo.lift_mishaps import DANGEROUS
from demo.wire import ROOT, stamp
from domain.telemetry import BEIJING

SPEAKING_S: Final = 1
PROTECTED: Final = frozenset({"xzl", "ydw"})  # vendors whose lifts refuse to run with a bicycle inside
_REMEMBERED: Final = 10_000
_MUTE_OF: Final = 41  # one car in so many has a broken loudspeaker


class Voice:
    """The cars' loudspeakers."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self._said: OrderedDict[str, bytes] = OrderedDict()

    def answer(self, topic: str, payload: bytes, at: float) -> tuple[Device, Sent] | None:
        """What the machine of a command says, and when; None where nobody is there to say anything."""
        device, command = self._fleet.by_code(topic.split("/")[4]), _read(payload)
        if device is None or command is None or self._fleet.is_silent(device, int(at)):
            return None
        key = str(command["msgId"])
        if key not in self._said:  # the same prompt again is answered again, and not spoken again
            self._said[key] = self._spoken(device, command, int(at))
            if len(self._said) > _REMEMBERED:
                self._said.popitem(last=False)
        return device, Sent(at + SPEAKING_S, "command/ack", self._said[key])

    def _spoken(self, device: Device, command: dict[str, Any], second: int) -> bytes:
        problem = _problem(device, command, second)
        body = {"msgId": command["msgId"], "registerNumber": device.code, "result": "failed" if problem else "played"}
        body |= {"reason": problem} if problem else {"playedAt": stamp(second + SPEAKING_S)}
        if device.vendor in PROTECTED and self._fleet.activity(device, second) == DANGEROUS:
            body |= {"refusedToRun": True, "evidence": {"Door_Status": 4, "Car_Status": 0, "Activity_Mode": DANGEROUS}}
        return json.dumps(body, ensure_ascii=False).encode()


def address(vendor: str) -> str:
    """Where a vendor's devices are spoken to."""
    return f"{ROOT}/{vendor}/+/+/command"


def _problem(device: Device, command: dict[str, Any], second: int) -> str:
    if command.get("command") != "play_voice":
        return "unknown_command"
    try:
        until = datetime.strptime(str(command["expiresAt"]), "%Y-%m-%d %H:%M:%S").replace(tzinfo=BEIJING).timestamp()
    except (KeyError, ValueError):
        return "bad_time"
    if second > until:
        return "expired"
    return "loudspeaker" if device.id % _MUTE_OF == 0 else ""


def _read(payload: bytes) -> dict[str, Any] | None:
    """The command; None for what no device would understand."""
    try:
        command = json.loads(payload)
    except ValueError:
        return None
    return command if isinstance(command, dict) and command.get("msgId") else None
