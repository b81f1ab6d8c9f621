"""What a monitor puts on the wire: the platform's keys in each vendor's own dialect of JSON."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final

import orjson

from demo import escalators
from demo.course import behaviour
from demo.device import Device
from demo.escalators import Run
from demo.forklifts import INDOOR_LIMIT_KMH, OUTDOOR_LIMIT_KMH, Drive
from demo.journeys import Phase, motion
from demo.mishaps import CIRCUIT_VENDOR, Struck, has_machine_room
from demo.quotas import VENDOR_CODES
from demo.traffic import hour_of
from domain.equipment.elevator import CLOSED
from domain.telemetry import BEIJING

ROOT: Final = "pt/v1"
_LANDING_M: Final = 0.15  # the unlocking zone around a landing
_ENTRAPMENTS: Final = frozenset({"7", "8"})
_MERGING_VENDOR: Final = "xzl"  # says "09" for both kinds of entrapment, as the city's table does


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a vendor writes truth values and numbers."""

    true: str = "true"
    false: str = "false"
    quote: str = ""

    def flag(self, value: bool) -> str:
        """A truth value."""
        return self.true if value else self.false


DIALECTS: Final = {
    "xzl": Dialect(),
    "htk": Dialect(),
    "ydw": Dialect("1", "0"),
    "shy": Dialect('"True"', '"False"', '"'),
    "ckt": Dialect(),
}
_PLAIN: Final = Dialect()
_OWN_CODES: Final = {(vendor, canonical): code for vendor, code, canonical in reversed(VENDOR_CODES)}

Tail = Callable[[Device, Any, float], str]


def topic(device: Device, channel: str) -> str:
    """Where a message of a device goes."""
    return f"{ROOT}/{device.vendor}/{device.kind}/{device.code}/{channel}"


def identity(device: Device) -> str:
    """The keys that say whose message it is; a lift without registration code goes by its maker's and factory number."""
    maker, dash, number = device.code.partition("-")
    return f'"manufacturerCode":"{maker}","leaveFactoryNumber":"{number}"' if dash else f'"registerNumber":"{device.code}"'


def head(device: Device, second: int) -> str:
    """The beginning of a state body."""
    return f'{{"msgId":"{device.vendor}-{device.id}-{second}",{identity(device)},"samplingTime":"{stamp(second)}",'


def tail(device: Device, stretch: Any, at: float) -> str:
    """The rest of a state body: what the machine does at an instant of the stretch."""
    return _TAILS[behaviour(device)](device, stretch, at)


def steady(stretch: Any) -> bool:
    """Whether the tail is the same throughout the stretch."""
    return not stretch.rise if isinstance(stretch, Phase) else isinstance(stretch, Run)


def state(device: Device, stretch: Any, second: int) -> bytes:
    """A whole state body."""
    return (head(device, second) + tail(device, stretch, second)).encode()


def event(device: Device, struck: Struck, phase: str, second: int) -> bytes:
    """A vendor's word that something began (add) or ended (disappear)."""
    truth, person = struck.truths[0], struck.played.person
    return orjson.dumps(
        {
            "msgId": f"{truth.id}-{phase}",
            "alarmId": truth.id,
            "alarmChannel": "S04",
            **orjson.loads(f"{{{identity(device)}}}"),
            "occurTime": stamp(second),
            "failureCode": vendor_code(device.vendor, struck.mishap.code),
            "eventDesc": truth.what,
            "phase": phase,
            "statusDetails": [{"paramCode": "Passenger_Status", "paramName": "是否有人", "paramValue": str(person)}],
            "evidence": {"imageUrls": [], "videoUrl": None},
        }
    )


def vendor_code(vendor: str, canonical: str) -> str:
    """What a vendor calls a fault."""
    if vendor == _MERGING_VENDOR and canonical in _ENTRAPMENTS:
        return "09"
    return _OWN_CODES.get((vendor, canonical), canonical)


@lru_cache(maxsize=200_000)
def stamp(second: int) -> str:
    """A time as the platform writes it: Beijing time without offset."""
    return datetime.fromtimestamp(second, UTC).astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S")


def _lift(device: Device, phase: Phase, at: float) -> str:
    speech = DIALECTS.get(device.vendor, _PLAIN)
    q, flag = speech.quote, speech.flag
    height, speed, direction = motion(device, phase, at)
    floors = height / device.floor_height
    landing = round(floors)
    running = bool(phase.rise)
    closed = phase.door == CLOSED
    shut, people = flag(closed), phase.people
    return (
        f'"Service_Mode":{q}{phase.mode}{q},"Car_Status":{q}{int(running)}{q},"Car_Direction":{q}{direction}{q},'
        f'"Car_Position":"{device.floor_label(landing)}","Door_Zone":{flag(abs(floors - landing) * device.floor_height <= _LANDING_M)},'
        f'"Door_Status":{q}{phase.door}{q},"Door_Close_Status":{shut},"Histway_Door":{shut},"Passenger_Status":{flag(people > 0)},'
        f'"People_Number":{q}{people}{q},"Car_Overload":{flag(False)},"Lift_Car_Drive_Status":{q}{1 if running else 0}{q},'
        f'"Activity_Mode":{q}{phase.activity}{q},"Speed":{q}{speed:.2f}{q}{_surroundings(device, phase, q, flag)}}}'
    )


def _surroundings(device: Device, phase: Phase, q: str, flag: Callable[[bool], str]) -> str:
    circuit = f',"Safety_circuit":{flag(phase.broken_circuit)}' if device.vendor == CIRCUIT_VENDOR else ""
    if not has_machine_room(device):
        return circuit
    degrees = 21 + device.id % 9 + abs(12 - (hour_of(phase.start) + 21) % 24) / 3 + phase.heat
    return f',"Machine_Room_Temperature":{q}{degrees:.1f}{q},"Machine_Room_Door_Status":{flag(True)}{circuit}'


def _escalator(device: Device, run: Run, at: float) -> str:
    speech = DIALECTS.get(device.vendor, _PLAIN)
    q = speech.quote
    return (
        f'"Escalator_Service_Mode":{q}{run.mode}{q},"Escalator_Operation_Direction":{q}{run.direction}{q},'
        f'"Speed":{q}{escalators.speed(device, run):.2f}{q}}}'
    )


def _forklift(device: Device, drive: Drive, at: float) -> str:
    lng, lat = drive.position(at)
    limit = INDOOR_LIMIT_KMH if device.indoor else OUTDOOR_LIMIT_KMH
    worked = int(max(0.0, at - drive.working_since) / 60) if drive.ignition else 0
    battery = 100 - int((at + device.id * 997) % 86_400 / 1440)
    return (
        f'"lng":{lng:.6f},"lat":{lat:.6f},"coordType":"wgs84","speedKmh":{drive.speed:.1f},"loadKg":{drive.load:.0f},'
        f'"ratedLoadKg":{device.rated_load:.0f},"mastHeightMm":{drive.mast},"ignition":{_json(drive.ignition)},'
        f'"seatOccupied":{_json(drive.seated)},"seatbelt":{_json(drive.belted)},"driverId":"{drive.driver}",'
        f'"authMethod":{2 if drive.driver else 0},"zoneId":"{"N" if device.indoor else "W"}{device.site_id % 1000:03d}",'
        f'"zoneSpeedLimit":{limit:.0f},"workMinutesContinuous":{worked},"batteryPct":{battery},"impactG":{drive.impact:.1f}}}'
    )


def _json(value: bool) -> str:
    return "true" if value else "false"


_TAILS: Final[dict[str, Tail]] = {"lift": _lift, "escalator": _escalator, "forklift": _forklift}
