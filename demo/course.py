"""The state of one machine and its pure steps: what it does until when, what comes next, what a mishap changes."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Protocol

from demo import escalators, forklifts, journeys
from demo.device import Device
from demo.forklifts import Drive


class Stretch(Protocol):
    """What the phases of all machines have in common."""

    @property
    def start(self) -> float:
        """Epoch seconds."""

    @property
    def end(self) -> float:
        """Epoch seconds."""

    @property
    def active(self) -> bool:
        """Whether the monitor samples every second."""

    @property
    def silent(self) -> bool:
        """Whether nothing is sent."""


Rest = Any  # a lift's landing, a truck's point: only its own kind's plan reads it
Planner = Callable[[Device, Rest, float, random.Random, float], tuple[tuple[Stretch, ...], Rest]]


@dataclass(frozen=True, slots=True)
class Course:
    """Consecutive stretches of one machine, where it rests afterwards, and how many courses there were before."""

    stretches: tuple[Any, ...]
    rest: Rest
    number: int

    @property
    def end(self) -> float:
        """Until when it is planned."""
        return float(self.stretches[-1].end)

    def at(self, at: float) -> Any:
        """The stretch an instant lies in; the last one from the end on."""
        return next((stretch for stretch in self.stretches if at < stretch.end), self.stretches[-1])


_PLANNERS: Final[dict[str, Planner]] = {"lift": journeys.plan, "escalator": escalators.plan, "forklift": forklifts.plan}


def behaviour(device: Device) -> str:
    """lift, escalator or forklift."""
    return "forklift" if device.kind == "forklift" else "escalator" if device.escalator else "lift"


def begin(device: Device, *, seed: int, at: float) -> Course:
    """A machine at rest; lifts wait at the ground floor, trucks somewhere in their yard."""
    match behaviour(device):
        case "forklift":
            place = forklifts.somewhere(device, chance(seed, device.id, -1))
            return Course((Drive(at, at + 1, place, place, active=False),), place, 0)
        case "escalator":
            return Course((escalators.Run(at, at + 1, 0),), 0, 0)
        case _:
            return Course((journeys.idle(device, device.basements, at, at + 1),), device.basements, 0)


def follow(device: Device, course: Course, *, seed: int, pace: float = 1.0) -> Course:
    """What comes after the course."""
    rng = chance(seed, device.id, course.number)
    stretches, rest = _PLANNERS[behaviour(device)](device, course.rest, course.end, rng, pace)
    return Course(stretches, rest, course.number + 1)


def advance(device: Device, course: Course, *, seed: int, at: float, pace: float = 1.0) -> Course:
    """The course that covers the instant."""
    while course.end <= at:
        course = follow(device, course, seed=seed, pace=pace)
    return course


def chance(seed: int, device_id: int, number: int) -> random.Random:
    """Random numbers that depend on the seed, the machine and the step alone."""
    return random.Random((seed * 1_000_003 + device_id) * 2_000_003 + number)
