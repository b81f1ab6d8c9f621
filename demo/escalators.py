"""Escalators and moving walkways: they run by the hours of their place, and creep when nobody comes."""

from __future__ import annotations

import random
from typing import Final, NamedTuple

from demo.device import Device
from demo.traffic import hour_of

_OPEN_HOURS: Final = range(6, 23)
_UP, _CREEP, _DOWN, _CREEP_DOWN, _STILL = 1, 2, 3, 4, 0
_IN_SERVICE, _OUT_OF_SERVICE = 1, 0


class Run(NamedTuple):
    """A stretch of running one way."""

    start: float
    end: float
    direction: int
    active: bool = False
    mode: int = _IN_SERVICE
    silent: bool = False


def plan(device: Device, rest: int, since: float, rng: random.Random, pace: float) -> tuple[tuple[Run, ...], int]:
    """The next quarter of an hour or so; `rest` is not used: an escalator is always where it is."""
    until = since + rng.uniform(300, 1500) / max(pace, 0.1)
    if hour_of(since) not in _OPEN_HOURS:
        return (Run(since, until, _STILL, mode=_OUT_OF_SERVICE),), rest
    up = device.id % 2 == 0
    busy = rng.random() < 0.7
    return (Run(since, until, (_UP if busy else _CREEP) if up else (_DOWN if busy else _CREEP_DOWN)),), rest


def stopped(start: float, seconds: float) -> Run:
    """Standing still after a fault."""
    return Run(start, start + seconds, _STILL, active=True, mode=_OUT_OF_SERVICE)


def speed(device: Device, run: Run) -> float:
    """m/s of the steps."""
    return {_UP: 1.0, _DOWN: 1.0, _CREEP: 0.3, _CREEP_DOWN: 0.3}.get(run.direction, 0.0) * device.rated_speed
