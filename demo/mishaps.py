"""Everything that can go wrong, in one table: what it is called, how it plays, how often, and which alarm it must lead to."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from demo import forklift_mishaps, lift_mishaps
from demo.course import Course, behaviour
from demo.device import Device
from demo.forklift_mishaps import wrongly
from demo.lift_mishaps import DANGEROUS, OUT_OF_SERVICE, UNCIVIL, Script, misbehaviour, standing_still
from demo.truth import Truth
from domain.faults import FAULTS
from domain.presence import OFFLINE_AFTER

CIRCUIT_VENDOR: Final = "htk"  # the one source whose devices report the safety circuit
NO_MACHINE_ROOM_VENDOR: Final = "shy"
_MINUTE: Final = 60.0


def _lift(device: Device) -> bool:
    return behaviour(device) == "lift"


def _passenger(device: Device) -> bool:
    return _lift(device) and device.carries_people


def _escalator(device: Device) -> bool:
    return behaviour(device) == "escalator"


def _forklift(device: Device) -> bool:
    return behaviour(device) == "forklift"


def has_machine_room(device: Device) -> bool:
    """Whether the monitor measures a machine room."""
    return _lift(device) and not device.add_on and device.vendor != NO_MACHINE_ROOM_VENDOR


@dataclass(frozen=True, slots=True)
class Mishap:
    """One thing that goes wrong. `daily` counts in the whole district at true speed; `told` is how often the vendor says so itself."""

    what: str
    code: str  # the canonical code a vendor's event stands for
    script: Script
    seconds: tuple[float, float]
    daily: float
    fits: Callable[[Device], bool]
    told: float = 0.0
    delay_s: float = 5.0  # what the vendor's device waits before it says so
    also: tuple[str, ...] = ()
    whole_site: bool = False

    @property
    def family(self) -> str:
        """The alarm it must lead to."""
        return FAULTS[self.code].family


def _event(what: str, code: str, daily: float, fits: Callable[[Device], bool] = _lift, script: Script | None = None) -> Mishap:
    """Something only the vendor's own event tells."""
    return Mishap(what, code, script or standing_still(mode=OUT_OF_SERVICE), (40, 400), daily, fits, told=1.0)


def _behaviour(what: str, code: str, daily: float, activity: int) -> Mishap:
    """What a camera recognises at the open door; shorter than the door may stand open."""
    return Mishap(what, code, misbehaviour(activity), (20, 90), daily, _passenger, told=1.0)


def _violation(
    what: str, code: str, script: Script, seconds: tuple[float, float], daily: float, fits: Callable[[Device], bool] = _forklift
) -> Mishap:
    return Mishap(what, code, script, seconds, daily, fits)


_ALL: Final = (
    Mishap("entrapment_between", "8", lift_mishaps.trapped_between, (7 * _MINUTE, 32 * _MINUTE), 1.2, _passenger, told=0.5, delay_s=45,
           also=("stopped_outside_zone",)),
    Mishap("entrapment_level", "7", lift_mishaps.trapped_level, (5 * _MINUTE, 24 * _MINUTE), 0.8, _passenger, told=0.5, delay_s=45),
    Mishap("door_held_open", "102", lift_mishaps.held_open, (135, 420), 40, _lift),
    Mishap("door_cycling", "101", lift_mishaps.cycling, (28, 70), 24, _lift),
    Mishap("stopped_outside", "6", lift_mishaps.stopped_outside, (20, 240), 8, _lift),
    Mishap("overspeed", "3", lift_mishaps.too_fast, (1, 1), 1, lambda device: _lift(device) and lift_mishaps.can_overspeed(device)),
    Mishap("door_open_running", "4", lift_mishaps.running_open, (1, 1), 0.5, _lift),
    Mishap("safety_circuit", "10", standing_still(broken_circuit=True), (30, 400), 3,
           lambda device: _lift(device) and device.vendor == CIRCUIT_VENDOR),
    Mishap("machine_room_hot", "machine_room_hot", standing_still(heat=22.0), (240, 900), 5, has_machine_room),
    Mishap("power_cut", "9", lift_mishaps.power_cut, (18 * _MINUTE, 50 * _MINUTE), 0.4, _lift, told=1.0, delay_s=3,
           also=("device_offline",), whole_site=True),
    Mishap("silent_gateway", "106", standing_still(silent=True), (18 * _MINUTE, 45 * _MINUTE), 1.5, _lift, whole_site=True),
    _behaviour("ebike", "37", 40, DANGEROUS),
    _behaviour("prying", "103", 12, UNCIVIL),
    _behaviour("jumping", "104", 14, UNCIVIL),
    _behaviour("blocking", "105", 28, UNCIVIL),
    _event("overrun_top", "1", 0.3),
    _event("overrun_bottom", "2", 0.4),
    _event("car_moved_door_open", "5", 0.3),
    _event("door_open_fault", "11", 14),
    _event("door_close_fault", "12", 16),
    _event("door_lock_open", "13", 10),
    _event("button_stuck", "14", 5),
    _event("speed_abnormal", "15", 4),
    _event("motor_run_limiter", "17", 2),
    _event("floor_lost", "19", 5),
    _event("door_blocked_closing", "20", 18),
    _event("user_alarm", "21", 9, _passenger),
    _event("vibration", "38", 3),
    _event("escalator_safety_circuit", "23", 2, _escalator, lift_mishaps.escalator_stopped),
    _event("escalator_overspeed", "24", 0.1, _escalator, lift_mishaps.escalator_stopped),
    _event("escalator_reversal", "25", 0.1, _escalator, lift_mishaps.escalator_stopped),
    _event("escalator_step_missing", "26", 0.1, _escalator, lift_mishaps.escalator_stopped),
    _event("escalator_emergency_stop", "31", 6, _escalator, lift_mishaps.escalator_stopped),
    _event("escalator_comb_jammed", "35", 1, _escalator, lift_mishaps.escalator_stopped),
    _violation("unlicensed", "FK01", wrongly(driver=""), (20, 120), 5),
    _violation("speeding", "FK02", wrongly(speeding=1.5), (12, 45), 28),
    _violation("overload", "FK03", wrongly(overload=1.25), (20, 120), 8),
    _violation("fatigue", "FK04", wrongly(tired=True), (60, 600), 4),
    _violation("no_belt", "FK05", wrongly(belted=False), (30, 180), 36, lambda device: _forklift(device) and device.has_belt),
    _violation("out_of_area", "FK06", forklift_mishaps.out_of_area, (60, 300), 5,
               lambda device: _forklift(device) and forklift_mishaps.has_fence(device)),
    _violation("collision", "FK07", forklift_mishaps.collision, (3, 5), 3),
    _violation("seat_left", "FK08", wrongly(seated=False), (15, 40), 7),
)  # fmt: skip

MISHAPS: Final[dict[str, Mishap]] = {mishap.what: mishap for mishap in _ALL}


@dataclass(frozen=True, slots=True)
class Struck:
    """A machine after a mishap was put in its way: its new course, and everything that is true about it."""

    course: Course
    truths: tuple[Truth, ...]
    played: lift_mishaps.Played
    mishap: Mishap

    @property
    def told_at(self) -> float | None:
        """When the vendor says so, None where it does not."""
        return self.played.starts_at + self.mishap.delay_s if self.truths[0].told else None


def strike(device: Device, course: Course, mishap: Mishap, *, at: float, rng: random.Random, seconds: float | None = None) -> Struck:
    """Put a mishap in a machine's way: at once when it rests, else as soon as it has finished what it does."""
    kept, begins = _until_idle(course, at)
    rest = course.rest if begins >= course.end else _rest_of(device, course)
    played = mishap.script(device, rest, begins, rng, seconds or rng.uniform(*mishap.seconds))
    told = rng.random() < mishap.told
    return Struck(Course((*kept, *played.stretches), played.rest, course.number), _truths(device, mishap, played, told), played, mishap)


def _until_idle(course: Course, at: float) -> tuple[tuple[Any, ...], float]:
    """(what is still done, when the machine is free). A course begins with its rest, so only that one can be cut short."""
    first = course.stretches[0]
    if at < first.end and not first.active and not first.silent:
        cut = max(at, first.start)
        return ((first._replace(end=cut),) if cut > first.start else ()), cut
    return course.stretches, course.end


def _rest_of(device: Device, course: Course) -> Any:
    """Where the machine rests in the first stretch of its course."""
    first = course.stretches[0]
    match behaviour(device):
        case "forklift":
            return first.position(first.start)
        case "escalator":
            return course.rest
        case _:
            return round(first.height / device.floor_height)


def _truths(device: Device, mishap: Mishap, played: lift_mishaps.Played, told: bool) -> tuple[Truth, ...]:
    def truth(what: str, family: str, also: tuple[str, ...] = ()) -> Truth:
        name = f"{device.vendor}-{device.id}-{int(played.starts_at)}-{what}"
        return Truth(name, what, device.id, device.code, family, also, played.starts_at, played.ends_at, device.vendor, told)

    own = truth(mishap.what, mishap.family, mishap.also)
    long_silence = mishap.what == "power_cut" and played.ends_at - played.starts_at > OFFLINE_AFTER.default + 2 * _MINUTE
    return (own, truth("power_cut_silence", "device_offline")) if long_silence else (own,)
