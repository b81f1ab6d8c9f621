"""A lift's journeys from call to rest, as phases of time: planned at once, sampled at any instant."""

from __future__ import annotations

import random
from typing import Final, NamedTuple

from demo.device import Device
from demo.kinematics import covered, speed_at, travel_seconds
from demo.traffic import next_call, trip
from domain.equipment.elevator import CLOSED, NORMAL, OPEN, OPENING

CLOSING: Final = 1
INSPECTION: Final = 2  # Service_Mode 检修
UP, DOWN = 1, 2

_OPENING_S, _CLOSING_S, _START_S, _SETTLE_S = 2.2, 2.8, 0.8, 0.5
_LINGERS: Final = 0.004  # somebody steps in and looks for the button
_HOLDS: Final = 0.006  # somebody keeps the door while carrying things in
_SERVICED: Final = 1 / 900  # a journey in so many is a maintenance visit: about one in a fortnight


class Phase(NamedTuple):
    """A stretch of time in which one thing happens; `rise` is the whole leg's height, also where the phase ends before the leg."""

    start: float
    end: float
    height: float = 0.0  # metres above the lowest landing when the phase begins
    rise: float = 0.0
    door: int = CLOSED
    people: int = 0
    active: bool = True  # the monitor samples every second, not once a period
    mode: int = NORMAL
    pace: float = 1.0  # travelling speed as a share of the rated speed
    activity: int = 0
    broken_circuit: bool = False
    heat: float = 0.0  # what is added to the machine room's temperature, K
    silent: bool = False


class Motion(NamedTuple):
    """Where a car is at an instant."""

    height: float
    speed: float
    direction: int


class Itinerary:
    """Strings phases together, one after the other."""

    def __init__(self, device: Device, floor: int, at: float) -> None:
        self.device = device
        self.floor = floor
        self.at = at
        self.phases: list[Phase] = []

    @property
    def height(self) -> float:
        """Metres of the present landing above the lowest."""
        return self.floor * self.device.floor_height

    def stay(self, seconds: float, *, door: int = CLOSED, people: int = 0, mode: int = NORMAL, height: float | None = None) -> None:
        """Stand at the landing, or where the car happens to be."""
        self.add(Phase(self.at, self.at + seconds, self.height if height is None else height, 0.0, door, people, mode=mode))

    def ride(self, floor: int, people: int, *, door: int = CLOSED, pace: float = 1.0, mode: int = NORMAL) -> None:
        """Travel to a landing."""
        device = self.device
        rise = (floor - self.floor) * device.floor_height
        seconds = travel_seconds(abs(rise), device.rated_speed * pace, device.acceleration)
        if rise:
            self.add(Phase(self.at, self.at + seconds, self.height, rise, door, people, pace=pace, mode=mode))
        self.floor = floor

    def exchange(self, hold: float, before: int, after: int, *, mode: int = NORMAL) -> None:
        """Open, let people out and in, close."""
        self.stay(_OPENING_S, door=OPENING, people=before, mode=mode)
        self.stay(hold / 2, door=OPEN, people=before, mode=mode)
        self.stay(hold / 2, door=OPEN, people=after, mode=mode)
        self.stay(_CLOSING_S, door=CLOSING, people=after, mode=mode)

    def add(self, phase: Phase) -> None:
        """Append a phase that begins now."""
        self.phases.append(phase)
        self.at = phase.end


def idle(device: Device, floor: int, start: float, end: float) -> Phase:
    """Rest at a landing, doors closed, nobody inside."""
    return Phase(start, end, floor * device.floor_height, active=False)


def plan(device: Device, floor: int, since: float, rng: random.Random, pace: float) -> tuple[tuple[Phase, ...], int]:
    """The rest until the next call and the journey it leads to; the landing the car rests at afterwards."""
    called_at = next_call(device, rng, since, pace)
    itinerary = Itinerary(device, floor, called_at)
    if rng.random() < _SERVICED:
        _service(itinerary, rng)
    else:
        _carry(itinerary, rng, *trip(device, rng, called_at))
    return (idle(device, floor, since, called_at), *itinerary.phases), itinerary.floor


def people_boarding(device: Device, rng: random.Random) -> int:
    """How many step in."""
    return min(1 + int(rng.expovariate(1.1)), max(1, int(device.rated_load / 100))) if device.carries_people else 0


def _carry(way: Itinerary, rng: random.Random, origin: int, target: int) -> None:
    people = people_boarding(way.device, rng)
    fetch(way, rng, origin, people)
    way.ride(target, people)
    way.stay(_SETTLE_S, people=people)
    way.exchange(rng.uniform(3.5, 7.0), people, 0)


def fetch(way: Itinerary, rng: random.Random, origin: int, people: int) -> None:
    """Go where the call came from and take people in."""
    way.ride(origin, 0)
    way.stay(_SETTLE_S)
    way.exchange(rng.uniform(60, 105) if rng.random() < _HOLDS else rng.uniform(3.5, 8.0), 0, people)
    way.stay(rng.uniform(10, 40) if people and rng.random() < _LINGERS else _START_S, people=people)


def _service(way: Itinerary, rng: random.Random) -> None:
    """Half-monthly maintenance: inspection mode, slow rides, the mechanic inside with doors open or shut."""
    way.exchange(6.0, 0, 1)
    for _ in range(rng.randint(4, 8)):
        floor = rng.randrange(way.device.floors)
        way.ride(floor, 1, pace=min(1.0, 0.3 / way.device.rated_speed), mode=INSPECTION)
        way.stay(rng.uniform(70, 240), people=1, mode=INSPECTION)
        way.stay(rng.uniform(60, 400), door=OPEN, people=1, mode=INSPECTION)
    way.exchange(6.0, 1, 0, mode=INSPECTION)
    way.stay(2.0, mode=INSPECTION)


def motion(device: Device, phase: Phase, at: float) -> Motion:
    """Where the car is at an instant of the phase, how fast and which way it goes."""
    if not phase.rise:
        return Motion(phase.height, 0.0, 0)
    distance, speed = abs(phase.rise), device.rated_speed * phase.pace
    metres = covered(distance, speed, device.acceleration, at - phase.start)
    sign = 1 if phase.rise > 0 else -1
    return Motion(phase.height + sign * metres, speed_at(distance, speed, device.acceleration, at - phase.start), UP if sign > 0 else DOWN)
