"""What forklift drivers do wrong, as stretches of driving; every script ends with some seconds of doing it right."""

from __future__ import annotations

import random
from typing import Any, Final

from demo.device import Device
from demo.forklifts import INDOOR_LIMIT_KMH, OUTDOOR_LIMIT_KMH, Drive, cruise, driving, somewhere, standing
from demo.geography import Point, distance, moved
from demo.lift_mishaps import Played, Script

_FATIGUE_S: Final = 241 * 60
_AFTERWARDS_S: Final = 14.0
_DRIVER: Final = "N1-000"


def wrongly(*, speeding: float = 0.0, overload: float = 0.0, tired: bool = False, **change: Any) -> Script:
    """A script that drives about the yard in a way that is wrong: too fast, too heavy, too long, or with `change` in every stretch."""

    def play(device: Device, rest: Point, at: float, rng: random.Random, seconds: float) -> Played:
        limit = INDOOR_LIMIT_KMH if device.indoor else OUTDOOR_LIMIT_KMH
        speed = limit * speeding if speeding else cruise(device, rng)
        since = at - (_FATIGUE_S if tired else 600)
        load = device.rated_load * overload
        drives: list[Drive] = []
        place, end = rest, at
        while end < at + seconds:
            target = _elsewhere(device, place, rng)
            drive = driving(end, place, target, speed_kmh=speed, driver=_DRIVER, since=since, load=load)
            drives.append(drive._replace(**change))
            place, end = target, drive.end
        return _rightly(drives, place, at, end)

    return play


def out_of_area(device: Device, rest: Point, at: float, rng: random.Random, seconds: float) -> Played:
    """Out of the gate, some time outside, and back."""
    west, south, east, north = device.fence or (device.lng, device.lat, device.lng, device.lat)
    outside = moved((east, (south + north) / 2), 60, 0)
    home = ((west + east) / 2, (south + north) / 2)
    speed = cruise(device, rng)
    out = driving(at, rest, outside, speed_kmh=speed, driver=_DRIVER, since=at - 600, load=0)
    there = standing(out.end, outside, seconds, driver=_DRIVER, since=at - 600, load=0, mast=0)
    back = driving(there.end, outside, home, speed_kmh=speed, driver=_DRIVER, since=at - 600, load=0)
    return _rightly([out, there, back], home, at, back.end)


def collision(device: Device, rest: Point, at: float, rng: random.Random, seconds: float) -> Played:
    """A blow, which the sensor holds for some seconds."""
    hit = standing(at, rest, seconds, driver=_DRIVER, since=at - 600, load=0, mast=0)._replace(impact=round(rng.uniform(3.0, 6.5), 1))
    return _rightly([hit], rest, at, hit.end)


def has_fence(device: Device) -> bool:
    """Whether there is a border to cross."""
    return device.fence is not None


def _elsewhere(device: Device, place: Point, rng: random.Random) -> Point:
    while True:
        target = somewhere(device, rng)
        if distance(place, target) > 25:
            return target


def _rightly(drives: list[Drive], place: Point, starts: float, ends: float) -> Played:
    after = standing(ends, place, _AFTERWARDS_S, driver=_DRIVER, since=ends - 600, load=0, mast=0)
    return Played((*drives, after), place, starts, ends)
