"""Everything one machine sends over a span of time: its readings and its vendor's events, in the order of their sending."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Any, NamedTuple

from demo import wire
from demo.course import Course, begin, chance, follow
from demo.device import Device
from demo.mishaps import MISHAPS, Struck, strike
from demo.truth import Truth


class Sent(NamedTuple):
    """One message. `at` is when it leaves the device (epoch seconds)."""

    at: float
    channel: str  # state or event
    body: bytes


class Blow(NamedTuple):
    """A mishap that waits for a machine."""

    at: float
    what: str  # of demo.mishaps.MISHAPS; not the mishap itself, which no process could hand to another
    seconds: float | None = None


@dataclass(slots=True)
class Feed:
    """The messages of one machine from `since` until `until`; `truths` fills while it is read."""

    device: Device
    seed: int
    since: int
    until: int
    period: int
    blows: Sequence[Blow] = ()
    truths: list[Truth] = field(default_factory=list)

    def __iter__(self) -> Iterator[Sent]:
        """State messages and events, by time of sending."""
        waiting = sorted(self.blows)
        course = begin(self.device, seed=self.seed, at=float(self.since))
        said: list[Sent] = []
        while course.stretches[0].start < self.until:
            while waiting and waiting[0].at < course.end:
                struck = self._strike(course, waiting.pop(0))
                course = struck.course
                said += words(self.device, struck)
            said.sort()
            for message in self._states(course):
                while said and said[0].at <= message.at:
                    yield said.pop(0)
                yield message
            course = follow(self.device, course, seed=self.seed)
        yield from (message for message in said if message.at < self.until)

    def _strike(self, course: Course, blow: Blow) -> Struck:
        rng = chance(self.seed, self.device.id, -1 - int(blow.at))
        struck = strike(self.device, course, MISHAPS[blow.what], at=blow.at, rng=rng, seconds=blow.seconds)
        self.truths += struck.truths
        return struck

    def _states(self, course: Course) -> Iterator[Sent]:
        for stretch in course.stretches:
            if not stretch.silent:
                yield from _sampled(self.device, stretch, self.period, self.until)


def seconds_of(stretch: Any, device: Device, period: int, until: float) -> range:
    """When the monitor samples during a stretch: each second when it is active, else once a period, at the device's own phase."""
    first, last = ceil(stretch.start), ceil(min(stretch.end, until))
    if stretch.active:
        return range(first, last)
    return range(first + (phase_of(device, period) - first) % period, last, period)


def phase_of(device: Device, period: int) -> int:
    """At which second of the period a device reports: evenly spread, also over any regular selection of machines."""
    return device.id * 2_654_435_761 % 2**32 * period >> 32


def _sampled(device: Device, stretch: Any, period: int, until: float) -> Iterator[Sent]:
    seconds = seconds_of(stretch, device, period, until)
    if not seconds:
        return
    if wire.steady(stretch):
        rest = wire.tail(device, stretch, stretch.start)
        for second in seconds:
            yield Sent(second, "state", (wire.head(device, second) + rest).encode())
    else:
        for second in seconds:
            yield Sent(second, "state", wire.state(device, stretch, second))


def words(device: Device, struck: Struck) -> list[Sent]:
    """What the vendor itself says of a mishap: that it began, and that it ended."""
    if struck.told_at is None:
        return []
    begins, ends = ceil(struck.told_at), ceil(max(struck.played.ends_at + 2, struck.told_at + 1))
    return [Sent(at, "event", wire.event(device, struck, phase, at)) for phase, at in (("add", begins), ("disappear", ends))]
