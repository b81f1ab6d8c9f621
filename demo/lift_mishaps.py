"""How lifts and escalators fail, as phases: each script strings what happens and says from when to when it was wrong."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from demo import escalators
from demo.device import Device
from demo.journeys import CLOSING, Itinerary, Phase, fetch, people_boarding
from demo.kinematics import seconds_until
from domain.equipment.elevator import NORMAL, OPEN, OPENING

EMERGENCY_POWER, OUT_OF_SERVICE = 5, 0  # Service_Mode
UNCIVIL, DANGEROUS = 1, 2  # Activity_Mode
OVERSPEED_PACE: Final = 1.3
_CYCLE_S: Final = 2.0
_CREEP_MS: Final = 0.2
_AFTERWARDS_S: Final = 8.0


@dataclass(frozen=True, slots=True)
class Played:
    """What a script made of a machine: its stretches, where it rests then, and when it was wrong (epoch seconds)."""

    stretches: tuple[Any, ...]
    rest: Any
    starts_at: float
    ends_at: float
    person: bool = False


Script = Callable[[Device, Any, float, random.Random, float], Played]
"""(machine, where it rests, from when, chance, for how many seconds) → what happens."""


def trapped_between(device: Device, rest: int, at: float, rng: random.Random, seconds: float) -> Played:
    """The car stops between two landings with people inside; they are let out at the next landing."""
    way, people, target = _loaded(device, rest, at, rng)
    height = _ride_until_stuck(way, rng, target, people)
    return _freed(way, people, seconds, height)


def trapped_level(device: Device, rest: int, at: float, rng: random.Random, seconds: float) -> Played:
    """The car arrives with people inside and the door stays shut."""
    way, people, target = _loaded(device, rest, at, rng)
    way.ride(target, people)
    return _freed(way, people, seconds, way.height)


def stopped_outside(device: Device, rest: int, at: float, rng: random.Random, seconds: float) -> Played:
    """The empty car stops between two landings, then creeps to the next one."""
    way = Itinerary(device, rest, at)
    height = _ride_until_stuck(way, rng, _far(device, rest, rng), 0)
    starts = way.at
    way.stay(seconds, height=height)
    ends = way.at
    creep = way.height - height
    way.add(Phase(ends, ends + abs(creep) / _CREEP_MS + 2, height, creep, pace=_CREEP_MS / device.rated_speed))
    return _over(way, starts, ends)


def held_open(device: Device, rest: int, at: float, rng: random.Random, seconds: float) -> Played:
    """The door stands open far too long."""
    way = Itinerary(device, rest, at)
    way.stay(2.0, door=OPENING)
    starts = way.at
    way.stay(seconds, door=OPEN)
    ends = way.at
    way.stay(3.0, door=CLOSING)
    return _over(way, starts, ends)


def cycling(device: Device, rest: int, at: float, rng: random.Random, seconds: float) -> Played:
    """The door closes and opens again and again."""
    way = Itinerary(device, rest, at)
    for _ in range(int(seconds / (2 * _CYCLE_S))):
        way.stay(_CYCLE_S, door=OPEN)
        way.stay(_CYCLE_S)
    return _over(way, at, way.at)


def too_fast(device: Device, rest: int, at: float, rng: random.Random, seconds: float) -> Played:
    """An empty ride over the whole height, faster than the drive may go; its length is the shaft's, whatever `seconds` says."""
    way = Itinerary(device, rest, at)
    way.ride(0, 0)
    way.stay(2.0)
    starts = way.at
    way.ride(device.floors - 1, 0, pace=OVERSPEED_PACE)
    return _over(way, starts, way.at)


def running_open(device: Device, rest: int, at: float, rng: random.Random, seconds: float) -> Played:
    """An empty ride with the door open; as long as the way to the next landing."""
    way = Itinerary(device, rest, at)
    way.ride(_next(device, rest), 0, door=OPEN, pace=0.6)
    ends = way.at
    way.stay(3.0, door=OPEN)
    way.stay(3.0, door=CLOSING)
    return _over(way, at, ends)


def standing_still(*, mode: int = NORMAL, broken_circuit: bool = False, heat: float = 0.0, silent: bool = False) -> Script:
    """A script in which the lift stands empty with its doors shut, in a state of its own."""

    def play(device: Device, rest: int, at: float, rng: random.Random, seconds: float) -> Played:
        way = Itinerary(device, rest, at)
        way.add(Phase(at, at + seconds, way.height, mode=mode, broken_circuit=broken_circuit, heat=heat, silent=silent))
        return _over(way, at, way.at)

    return play


def power_cut(device: Device, rest: int, at: float, rng: random.Random, seconds: float) -> Played:
    """Mains fail: some seconds on emergency power, then silence until they are back."""
    way = Itinerary(device, rest, at)
    way.stay(15.0, mode=EMERGENCY_POWER)
    way.add(Phase(way.at, at + seconds, way.height, silent=True))
    return _over(way, at, way.at)


def misbehaviour(activity: int) -> Script:
    """A script in which somebody does at the open door, or inside, what a camera recognises."""

    def play(device: Device, rest: int, at: float, rng: random.Random, seconds: float) -> Played:
        way = Itinerary(device, rest, at)
        way.stay(2.0, door=OPENING)
        starts = way.at
        way.add(Phase(starts, starts + seconds, way.height, door=OPEN, people=1, activity=activity))
        ends = way.at
        way.exchange(4.0, 1, 0)
        return _over(way, starts, ends, person=True)

    return play


def escalator_stopped(device: Device, rest: int, at: float, rng: random.Random, seconds: float) -> Played:
    """Steps stand still."""
    return Played((escalators.stopped(at, seconds),), rest, at, at + seconds)


def can_overspeed(device: Device) -> bool:
    """Whether the shaft is high enough to be too fast in for some seconds."""
    top = device.rated_speed * OVERSPEED_PACE
    return (device.floors - 1) * device.floor_height >= top * top / device.acceleration + 3 * top


def _loaded(device: Device, rest: int, at: float, rng: random.Random) -> tuple[Itinerary, int, int]:
    """(a car with people in it, how many, where they want to go)."""
    way = Itinerary(device, rest, at)
    people = max(1, people_boarding(device, rng))
    fetch(way, rng, rest, people)
    return way, people, _far(device, rest, rng)


def _ride_until_stuck(way: Itinerary, rng: random.Random, target: int, people: int) -> float:
    """Leave for `target` and stop half-way between two landings on the way; the height, and the car belongs to the landing next to it."""
    device, origin = way.device, way.floor
    below = min(origin, target) + rng.randrange(abs(target - origin))
    height = (below + 0.5) * device.floor_height
    rise = (target - origin) * device.floor_height
    seconds = seconds_until(abs(rise), device.rated_speed, device.acceleration, abs(height - way.height))
    way.add(Phase(way.at, way.at + seconds, way.height, rise, people=people))
    way.floor = below
    return height


def _freed(way: Itinerary, people: int, seconds: float, height: float) -> Played:
    """Nothing moves for `seconds`, then the door is opened by hand at the landing."""
    starts = way.at
    way.stay(seconds, people=people, height=height)
    ends = way.at
    way.exchange(25.0, people, 0)
    return _over(way, starts, ends, person=True)


def _over(way: Itinerary, starts: float, ends: float, *, person: bool = False) -> Played:
    way.stay(_AFTERWARDS_S)
    return Played(tuple(way.phases), way.floor, starts, ends, person)


def _far(device: Device, floor: int, rng: random.Random) -> int:
    others = [other for other in range(device.floors) if abs(other - floor) >= min(2, device.floors - 1)] or [_next(device, floor)]
    return rng.choice(others)


def _next(device: Device, floor: int) -> int:
    return floor + 1 if floor + 1 < device.floors else floor - 1
