"""Forklifts: working hours with breaks, rides between points of their yard, loads, drivers and the yard's speed limits."""

from __future__ import annotations

import random
from math import hypot
from typing import Final, NamedTuple

from demo.device import Device
from demo.geography import METRES_PER_DEGREE, Point, moved
from demo.traffic import BEIJING_OFFSET, DAY

INDOOR_LIMIT_KMH, OUTDOOR_LIMIT_KMH = 5.0, 15.0  # GB 4387-2008
_SPELLS: Final = ((7.8, 9.6), (10.1, 11.8), (13.0, 14.9), (15.4, 17.2))  # hours of the day between the breaks


class Drive(NamedTuple):
    """A stretch of time of one truck, from one point to another in a straight line. Speeds in km/h, load in kg, mast in mm."""

    start: float
    end: float
    origin: Point
    target: Point
    speed: float = 0.0
    load: float = 0.0
    mast: int = 0
    driver: str = ""
    ignition: bool = False
    seated: bool = False
    belted: bool = False
    working_since: float = 0.0
    impact: float = 0.2
    active: bool = True
    silent: bool = False

    def position(self, at: float) -> Point:
        """Where the truck is."""
        share = min(1.0, max(0.0, (at - self.start) / (self.end - self.start)))
        return self.origin[0] + share * (self.target[0] - self.origin[0]), self.origin[1] + share * (self.target[1] - self.origin[1])


def plan(device: Device, place: Point, since: float, rng: random.Random, pace: float) -> tuple[tuple[Drive, ...], Point]:
    """The next errand of a working spell, or the parking until the next spell."""
    begun = spell_begun(since)
    if begun is None:
        wake = next_spell(since) + rng.uniform(0, 240)
        return (Drive(since, wake, place, place, active=False),), place
    target = somewhere(device, rng)
    driver = f"N1-{device.id % 97:02d}{rng.randrange(4)}"
    load = round(rng.uniform(0.2, 0.9) * device.rated_load)
    waiting = Drive(since, since + rng.uniform(40, 400) / max(pace, 0.1), place, place, active=False)
    out = driving(waiting.end, place, target, speed_kmh=cruise(device, rng), driver=driver, since=begun, load=0)
    lifting = standing(out.end, target, rng.uniform(15, 45), driver=driver, since=begun, load=load, mast=rng.randint(300, 3500))
    goal = somewhere(device, rng)
    back = driving(lifting.end, target, goal, speed_kmh=0.8 * cruise(device, rng), driver=driver, since=begun, load=load)
    lowering = standing(back.end, goal, rng.uniform(12, 30), driver=driver, since=begun, load=0, mast=0)
    return (waiting, out, lifting, back, lowering), goal


def driving(start: float, origin: Point, target: Point, *, speed_kmh: float, driver: str, since: float, load: float) -> Drive:
    """A ride in a straight line at one speed; a second at least."""
    metres = hypot((target[0] - origin[0]) * METRES_PER_DEGREE * 0.855, (target[1] - origin[1]) * METRES_PER_DEGREE)
    end = start + max(1.0, metres / (speed_kmh / 3.6))
    return Drive(start, end, origin, target, speed_kmh, load, 200, driver, ignition=True, seated=True, belted=True, working_since=since)


def standing(start: float, place: Point, seconds: float, *, driver: str, since: float, load: float, mast: int) -> Drive:
    """Lifting or lowering on the spot."""
    return Drive(
        start, start + seconds, place, place, 0.0, load, mast, driver, ignition=True, seated=True, belted=True, working_since=since
    )


def cruise(device: Device, rng: random.Random) -> float:
    """A lawful speed for the yard, km/h."""
    return rng.uniform(0.55, 0.92) * (INDOOR_LIMIT_KMH if device.indoor else OUTDOOR_LIMIT_KMH)


def somewhere(device: Device, rng: random.Random) -> Point:
    """A point of the yard, well inside its fence."""
    if device.fence is None:
        return moved((device.lng, device.lat), rng.uniform(-60, 60), rng.uniform(-60, 60))
    west, south, east, north = device.fence
    return west + rng.uniform(0.1, 0.9) * (east - west), south + rng.uniform(0.1, 0.9) * (north - south)


def spell_begun(at: float) -> float | None:
    """When the present working spell began; None outside working hours."""
    midnight = _midnight(at)
    return next((midnight + first * 3600 for first, last in _SPELLS if midnight + first * 3600 <= at < midnight + last * 3600), None)


def next_spell(at: float) -> float:
    """When the next working spell begins."""
    midnight = _midnight(at)
    return next((midnight + first * 3600 for first, _ in _SPELLS if midnight + first * 3600 > at), midnight + DAY + _SPELLS[0][0] * 3600)


def _midnight(at: float) -> float:
    return at - (at + BEIJING_OFFSET) % DAY
