"""Monitors lost together: which gateway, building, vendor or power supply is silent as a whole, long before one device could be judged.

A device that reports every minute says nothing by half a minute of silence; a gateway of a hundred such devices does. With n
speakers at random phases of a period c, the chance that nobody speaks for g is about n(1 - g/c)^(n-1). A group is lost when its
silence is half as long again as the g of FALSE_ALARM, and never before SHORTEST.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple, assert_never

from domain.equipment.kind import Settings, seconds
from domain.listening import Span, listened
from domain.presence import CADENCES

SHORTEST: Final = seconds("outage.shortest_seconds", 35, source="found within 60 s, with a tick of 10 s and states 5 s late; deaf for 30 s")
FALSE_ALARM: Final = 1e-9  # a group and period: one in two years among a thousand groups of a minute, before MARGIN
MARGIN: Final = 1.5  # periods are not kept to the second, and messages are late
LATE_SECONDS: Final = 10.0  # of a word that is still in time
DUE: Final = 0.1  # of a group must have missed their turn, however large it is: a gateway may poll all of its devices in one breath
DUE_AT_LEAST: Final = 3
UNKNOWN_CADENCE_SECONDS: Final = 240.0  # of a device heard once only: as slow as the slowest vendor seen
USUAL: Final = 0.9  # so many of a vendor's devices keep its period or a quicker one; a lift in motion speaks more often than it will
SLOWER: Final = 2.0  # a device with so many times the period of its group is not judged by the others
STRAYS: Final = 0.05  # of a group's devices may hang elsewhere than the register says
ALIKE: Final = timedelta(seconds=20)  # last words so near each other have one cause
FEWEST: Final = 2  # one device is no group
MOSTLY: Final = 0.9  # an outage is over when so many are back and nobody followed for SETTLED
SETTLED: Final = timedelta(minutes=10)
BURSTS: Final = 3  # a group that was lost and came back so often within BURSTS_WITHIN speaks in bursts
BURSTS_WITHIN: Final = timedelta(hours=1)
LONGEST_BURST_SECONDS: Final = 900.0
POWER_BEFORE: Final = timedelta(minutes=10)  # a power cut reported so long before explains a silent building


class Cause(StrEnum):
    """Why monitors are lost together; the value is the database text and the locale key `cause.<value>`."""

    GATEWAY = "gateway"  # 网关
    SITE = "site"  # 楼宇: a whole site, for a reason nobody told
    POWER = "power"  # 停电
    VENDOR = "vendor"  # 数据商
    PLATFORM = "platform"  # 本平台: we ourselves heard nobody, or none of a vendor whose worker is gone


class By(StrEnum):
    """By what devices are grouped."""

    GATEWAY = "gateway"
    SITE = "site"
    VENDOR = "vendor"


class Key(NamedTuple):
    """A group's name."""

    by: By
    name: str


GROUPED_BY: Final = {
    Cause.GATEWAY: By.GATEWAY,
    Cause.SITE: By.SITE,
    Cause.POWER: By.SITE,
    Cause.VENDOR: By.VENDOR,
    Cause.PLATFORM: By.VENDOR,
}


RANKS: Final = (Cause.PLATFORM, Cause.POWER, "hung_up", Cause.GATEWAY, Cause.VENDOR, Cause.SITE)


class Monitor(NamedTuple):
    """One device that spoke until lately. `heard_at` is our clock, `said_at` the device's, both of its newest word."""

    equipment_id: int
    vendor: str
    gateway: str | None
    site_id: int | None
    heard_at: datetime
    said_at: datetime
    cadence_seconds: float


@dataclass(frozen=True, slots=True)
class Clues:
    """What else is known at one moment. `horizon` is until when we listened."""

    horizon: datetime
    deaf: Sequence[Span] = ()
    powerless: frozenset[int] = frozenset()  # sites where a power cut was reported lately
    hung_up: frozenset[str] = frozenset()  # vendors whose own connection is gone
    stalled: Sequence[datetime] = ()  # last signs of workers that are gone: a vendor that fell silent with one of them is ours
    bursts: Mapping[Key, Sequence[float]] = field(default_factory=dict)  # how long each group was lost of late, seconds
    settings: Settings = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Loss:
    """Devices lost together, and why. `started_at` is the device time of the last word."""

    cause: Cause
    key: Key
    started_at: datetime
    members: tuple[Monitor, ...]


@dataclass(frozen=True, slots=True)
class _Quiet:
    """A group that may be lost: those who fell silent together, and their last word."""

    key: Key
    members: tuple[Monitor, ...]
    heard_at: datetime


def waiting_seconds(speakers: int, cadence_seconds: float, settings: Settings) -> float:
    """The silence after which a group of so many independent speakers is lost; one alone has three periods."""
    if speakers < FEWEST:
        return max(CADENCES * cadence_seconds, SHORTEST.of(settings))
    unlikely = 1 - math.pow(FALSE_ALARM / speakers, 1 / (speakers - 1))
    return max(MARGIN * unlikely * cadence_seconds, SHORTEST.of(settings))


def losses(monitors: Iterable[Monitor], clues: Clues) -> list[Loss]:
    """Every group that is silent as a whole and in no larger one that is, or still may be; each device in one at most."""
    groups = _groups(monitors)
    usual = {key.name: _usual([m.cadence_seconds for m in members]) for key, members in groups.items() if key.by is By.VENDOR}
    quiet = {key: found for key, members in groups.items() if (found := _quiet(key, members, usual, clues))}
    heard = {key: sorted(monitor.heard_at for monitor in members) for key, members in groups.items()} if quiet else {}
    wide = [one for one in quiet.values() if _is_over_due(one, usual, clues) and not _explained(one, heard, usual)]
    lost = [sure for one in wide if (sure := _proven(one, quiet, usual, clues))]
    lost.sort(key=lambda one: (-len(one.members), _rank(one, clues), one.key))
    return list(_apart(lost, clues))


def is_over(lost: int, gone: int, back: int, last_back_at: datetime | None, at: datetime) -> bool:
    """Whether an outage of `lost` devices has ended: `back` spoke again, and `gone` are no longer watched."""
    if back + gone >= lost:
        return True
    return last_back_at is not None and back >= MOSTLY * (lost - gone) and at - last_back_at >= SETTLED


def _groups(monitors: Iterable[Monitor]) -> dict[Key, list[Monitor]]:
    groups: dict[tuple[By, str | int], list[Monitor]] = {}
    for monitor in monitors:
        groups.setdefault((By.VENDOR, monitor.vendor), []).append(monitor)
        if monitor.gateway is not None:
            groups.setdefault((By.GATEWAY, monitor.gateway), []).append(monitor)
        if monitor.site_id is not None:
            groups.setdefault((By.SITE, monitor.site_id), []).append(monitor)
    return {Key(by, str(name)): members for (by, name), members in groups.items()}


def _usual(cadences: Sequence[float]) -> float:
    known = sorted(cadence for cadence in cadences if cadence > 0)
    return known[int(USUAL * (len(known) - 1))] if known else UNKNOWN_CADENCE_SECONDS


def _quiet(key: Key, everyone: Sequence[Monitor], usual: Mapping[str, float], clues: Clues) -> _Quiet | None:
    """The group's devices that spoke until its last word, when all but strays have been silent since."""
    since = clues.horizon - timedelta(seconds=SHORTEST.of(clues.settings))
    silent = [monitor for monitor in everyone if monitor.heard_at < since]
    if len(silent) < FEWEST or len(everyone) - len(silent) > STRAYS * len(everyone):
        return None
    heard_at = max(monitor.heard_at for monitor in silent)
    together = [m for m in silent if (heard_at - m.heard_at).total_seconds() <= CADENCES * _cadence(m, usual)]
    quick = SLOWER * _usual([_cadence(m, usual) for m in together]) if len(silent) == len(everyone) else 0.0
    members = _sure(together, quick, usual, clues)
    return _Quiet(key, members, heard_at) if len(members) >= max(FEWEST, (1 - STRAYS) * len(together)) else None


def _sure(together: Iterable[Monitor], quick: float, usual: Mapping[str, float], clues: Clues) -> tuple[Monitor, ...]:
    """Those whose period is at most `quick` seconds, by their companions, and the others once they have missed their own turn."""
    return tuple(m for m in together if _cadence(m, usual) <= quick or _missed(m, usual, clues))


def _missed(monitor: Monitor, usual: Mapping[str, float], clues: Clues) -> bool:
    return listened(monitor.heard_at, clues.horizon, clues.deaf) > _cadence(monitor, usual) + LATE_SECONDS


def _cadence(monitor: Monitor, usual: Mapping[str, float]) -> float:
    return max(monitor.cadence_seconds or UNKNOWN_CADENCE_SECONDS, usual[monitor.vendor])


def _is_over_due(one: _Quiet, usual: Mapping[str, float], clues: Clues) -> bool:
    """Whether its silence is longer than chance and its own bursts explain."""
    cadence = _usual([_cadence(monitor, usual) for monitor in one.members])
    speakers = len({round(monitor.heard_at.timestamp(), 1) for monitor in one.members})  # what came in one message is one speaker
    patience = max(_burst(clues.bursts.get(key, ())) for key in (one.key, *_around(one)))
    wait = max(waiting_seconds(speakers, cadence, clues.settings), patience)
    if listened(one.heard_at, clues.horizon, clues.deaf) <= wait:
        return False
    missed = sum(_missed(monitor, usual, clues) for monitor in one.members)
    return missed >= min(max(DUE_AT_LEAST, DUE * len(one.members)), len(one.members))


def _proven(one: _Quiet, quiet: Mapping[Key, _Quiet], usual: Mapping[str, float], clues: Clues) -> _Quiet | None:
    """The group, when those outside its largest silent part are over due by themselves; else that part, if it is."""
    ids = {monitor.equipment_id for monitor in one.members}
    keys = {key for m in one.members for key in (Key(By.GATEWAY, m.gateway or ""), Key(By.SITE, str(m.site_id)))} & quiet.keys()
    inside = (quiet[key] for key in keys if len(quiet[key].members) < len(ids))
    part = max((p for p in inside if all(m.equipment_id in ids for m in p.members)), key=lambda p: (len(p.members), p.key), default=None)
    if part is None:
        return one
    held = {monitor.equipment_id for monitor in part.members}
    rest = tuple(monitor for monitor in one.members if monitor.equipment_id not in held)
    if _is_over_due(_Quiet(one.key, rest, max(monitor.heard_at for monitor in rest)), usual, clues):
        return one
    return _proven(part, quiet, usual, clues) if _is_over_due(part, usual, clues) else None


def _burst(lengths: Sequence[float]) -> float:
    return min(MARGIN * max(lengths), LONGEST_BURST_SECONDS) if len(lengths) >= BURSTS else 0.0


def _explained(one: _Quiet, heard: Mapping[Key, Sequence[datetime]], usual: Mapping[str, float]) -> bool:
    """Whether a larger group around it fell silent at the same time: then that one is lost, or will speak and tell."""
    longest = timedelta(seconds=CADENCES * max(usual[monitor.vendor] for monitor in one.members))
    return any(_falls_with(one, heard[key], longest) for key in _around(one))


def _around(one: _Quiet) -> Iterator[Key]:
    """The groups that hold every member, other than itself."""
    vendors = {monitor.vendor for monitor in one.members}
    gateways = {monitor.gateway for monitor in one.members}
    sites = {monitor.site_id for monitor in one.members}
    for by, names in ((By.VENDOR, vendors), (By.GATEWAY, gateways), (By.SITE, sites)):
        [name, *others] = names
        if not others and name is not None and Key(by, str(name)) != one.key:
            yield Key(by, str(name))


def _falls_with(one: _Quiet, heard: Sequence[datetime], longest: timedelta) -> bool:
    """Whether of those around it, by their last words in order, none but strays spoke on, and more than its own members fell silent."""
    silent = bisect_right(heard, one.heard_at + ALIKE)
    fell = silent - bisect_left(heard, one.heard_at - longest)
    return len(heard) - silent <= STRAYS * len(heard) and fell > len(one.members)


def _rank(one: _Quiet, clues: Clues) -> int:
    """Which of several names for the same devices says most."""
    named = one.key.by is By.VENDOR and one.key.name in clues.hung_up
    return RANKS.index("hung_up" if named else _cause(one, clues))


def _cause(one: _Quiet, clues: Clues) -> Cause:
    match one.key.by:
        case By.GATEWAY:
            return Cause.GATEWAY
        case By.SITE:
            several = len({monitor.vendor for monitor in one.members}) > 1
            return Cause.POWER if several or int(one.key.name) in clues.powerless else Cause.SITE
        case By.VENDOR:
            ours = any(abs(one.heard_at - stalled_at) <= ALIKE for stalled_at in clues.stalled)
            return Cause.PLATFORM if ours else Cause.VENDOR
    assert_never(one.key.by)


def _apart(lost: Iterable[_Quiet], clues: Clues) -> Iterator[Loss]:
    taken: set[int] = set()
    for one in lost:
        members = tuple(monitor for monitor in one.members if monitor.equipment_id not in taken)
        if len(members) >= FEWEST:
            taken.update(monitor.equipment_id for monitor in members)
            yield Loss(_cause(one, clues), one.key, max(monitor.said_at for monitor in members), members)
