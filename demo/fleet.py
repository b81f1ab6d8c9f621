"""The machines in motion: their courses, the mishaps they are in, and the chance of the next one."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, Final

from demo import wire
from demo.blackouts import BLACKOUTS, Blackout, Dark
from demo.course import Course, advance, begin, chance
from demo.device import Device
from demo.feed import Sent, phase_of, words
from demo.mishaps import MISHAPS, Mishap, Struck, strike
from demo.truth import Truth

DISTRICT: Final = 14_415  # the machines that `Mishap.daily` counts over
_DAY: Final = 86_400
_LARGEST_SITE: Final = 40  # a cut takes out a block, not a whole estate


class NoSuchMishap(ValueError):
    """The mishap or machine asked for does not exist, or the machine cannot suffer it."""


class Fleet:
    """All machines of a simulation. `pace` multiplies calls and mishaps; the machines themselves obey true physics."""

    def __init__(self, devices: Sequence[Device], *, seed: int, period: int, pace: float, at: float) -> None:
        self._seed, self._period, self._pace = seed, period, pace
        self._devices = {device.id: device for device in devices}
        self._by_code = {device.code: device for device in devices}
        self._courses = {device.id: begin(device, seed=seed, at=at) for device in devices}
        self._watched: dict[int, float] = {}  # machine → until when it is sampled every second
        self._dark: dict[int, float] = {}  # machine → until when nobody hears it
        self._slots: list[list[Device]] = [[] for _ in range(period)]
        for device in devices:
            self._slots[phase_of(device, period)].append(device)
        self._fitting = {what: [device for device in devices if mishap.fits(device)] for what, mishap in MISHAPS.items()}
        self._rng = random.Random(f"{seed}/{at}")

    def sampled(self, second: int) -> Iterator[tuple[Device, bytes]]:
        """The state bodies of the machines that report at this second: those whose turn it is, and those in trouble."""
        turn = second % self._period
        troubled = (self._devices[number] for number, until in self._watched.items() if until >= second)
        for device in chain(self._slots[turn], (device for device in troubled if phase_of(device, self._period) != turn)):
            stretch = self._stretch(device, second)
            if not stretch.silent and self.dark_until(device, second) is None:
                yield device, wire.state(device, stretch, second)

    def by_code(self, code: str) -> Device | None:
        """The machine of this code; None where it is not simulated."""
        return self._by_code.get(code)

    def is_silent(self, device: Device, second: int) -> bool:
        """Whether it can neither speak nor be spoken to."""
        return self._stretch(device, second).silent or self.dark_until(device, second) is not None

    def activity(self, device: Device, second: int) -> int:
        """What its camera sees: the platform's Activity_Mode."""
        return int(getattr(self._stretch(device, second), "activity", 0))  # only cars have one

    def dark_until(self, device: Device, at: float) -> float | None:
        """Until when nobody hears the machine; None when it is heard."""
        until = self._dark.get(device.id, at)
        return until if until > at else None

    def black_out(self, what: str, name: str | None, at: float, seconds: float | None = None) -> Dark:
        """Silence all machines behind a gateway of this name, or in the building of the machine of this code. Raises NoSuchMishap."""
        blackout = BLACKOUTS[what]
        devices = list(self._devices.values())
        shared = self._shared(blackout, name)
        until = at + (seconds or self._rng.uniform(*blackout.seconds))
        victims = blackout.victims(devices, shared)
        struck = [pair for device in victims for pair in self._first(blackout, device, at, until - at)]
        spared = {device.id for device, _ in struck}
        silenced = [device for device in victims if device.id not in spared]
        self._dark |= dict.fromkeys((device.id for device in silenced), until)
        true = [*truths(struck), *(blackout.truth(device, at, until) for device in silenced)]
        return Dark(what, shared, tuple(victims), tuple(struck), tuple(true), at, until)

    def mishaps(self, at: float, seconds: float) -> list[tuple[Device, Struck]]:
        """What chance brings within the next seconds."""
        self._watched = {number: until for number, until in self._watched.items() if until >= at}
        share = len(self._devices) / DISTRICT * self._pace * seconds / _DAY
        struck: list[tuple[Device, Struck]] = []
        for mishap in MISHAPS.values():
            fitting = self._fitting[mishap.what]
            if fitting and self._rng.random() < mishap.daily * share:
                struck += self._suffer(mishap, self._rng.choice(fitting), at)
        return struck

    def inject(self, what: str, code: str | None, at: float, seconds: float | None = None) -> list[tuple[Device, Struck]]:
        """A mishap on command, at the machine of this code or at one that can suffer it. Raises NoSuchMishap."""
        mishap = MISHAPS.get(what) or next((m for m in MISHAPS.values() if what in (m.family, m.code)), None)
        if mishap is None:
            raise NoSuchMishap(f"no mishap {what}; there are {', '.join(MISHAPS)}")
        if code is None:
            free = [device for device in self._fitting[mishap.what] if device.id not in self._watched]
            if not free:
                raise NoSuchMishap(f"no machine here can suffer {mishap.what}")
            return self._suffer(mishap, self._rng.choice(free), at, seconds)
        device = self._by_code.get(code)
        if device is None or not mishap.fits(device):
            raise NoSuchMishap(f"{code} is not simulated or cannot suffer {mishap.what}")
        return self._suffer(mishap, device, at, seconds)

    def _shared(self, blackout: Blackout, name: str | None) -> object:
        """What the machines of a blackout share: what was named, what the machine of that code has, or anything."""
        named = self._by_code.get(name or "")
        groups = [group for device in self._devices.values() if (group := blackout.group(device)) is not None]
        found = blackout.group(named) if named else name or (self._rng.choice(groups) if groups else None)
        if found not in groups:
            raise NoSuchMishap(f"no machine here can suffer {blackout.what} of {name}")
        return found

    def _first(self, blackout: Blackout, device: Device, at: float, seconds: float) -> list[tuple[Device, Struck]]:
        mishap = MISHAPS.get(blackout.first or "")
        if mishap is None or not mishap.fits(device) or device.id in self._watched:
            return []
        return [(device, self._strike(mishap, device, at, seconds))]

    def _suffer(self, mishap: Mishap, device: Device, at: float, seconds: float | None = None) -> list[tuple[Device, Struck]]:
        victims = self._block(device, mishap) if mishap.whole_site else [device]
        length = seconds or self._rng.uniform(*mishap.seconds)
        return [(victim, self._strike(mishap, victim, at, length)) for victim in victims if victim.id not in self._watched]

    def _block(self, device: Device, mishap: Mishap) -> list[Device]:
        return [other for other in self._fitting[mishap.what] if other.site_id == device.site_id][:_LARGEST_SITE]

    def _strike(self, mishap: Mishap, device: Device, at: float, seconds: float) -> Struck:
        course = advance(device, self._courses[device.id], seed=self._seed, at=at, pace=self._pace)
        struck = strike(device, course, mishap, at=at, rng=chance(self._seed, device.id, -1 - int(at)), seconds=seconds)
        self._courses[device.id] = struck.course
        self._watched[device.id] = struck.course.end
        return struck

    def _stretch(self, device: Device, second: int) -> Any:
        course: Course = advance(device, self._courses[device.id], seed=self._seed, at=second, pace=self._pace)
        self._courses[device.id] = course
        return course.at(second)


def spoken(struck: Iterable[tuple[Device, Struck]]) -> Iterator[tuple[Device, Sent]]:
    """The vendors' own words about mishaps."""
    return ((device, word) for device, one in struck for word in words(device, one))


def truths(struck: Iterable[tuple[Device, Struck]]) -> list[Truth]:
    """Everything that is true about mishaps."""
    return [truth for _, one in struck for truth in one.truths]
