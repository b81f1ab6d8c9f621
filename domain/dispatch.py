"""Who is sent (派单): of the teams that may go, the nearest; and of every other one, what spoke against it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import asin, cos, radians, sin, sqrt
from typing import Final

from domain.coordinates import Point
from domain.equipment.kind import Threshold

NEAR: Final = Threshold("dispatch.sign_in_metres", 300, "m")  # of a machine: what a telephone measures indoors may be far off
EARTH_RADIUS_M: Final = 6_371_008.8
SHOWN: Final = 8  # candidates that are kept with a choice


class Against(StrEnum):
    """Why a team is not sent; the locale key is `dispatch_against.<value>`."""

    NO_CONTRACT = "no_contract"  # its unit has no contract in force for the machine
    NO_LICENCE = "no_licence"  # none in force for this kind of machine
    OFF_DUTY = "off_duty"
    FULL = "full"  # at work on as many orders as it can take
    TRIED = "tried"  # it had the order before, and gave it back or did not answer


class Why(StrEnum):
    """Why a team is sent; the locale key is `dispatch_why.<value>`."""

    NEAREST = "nearest"  # of several that may go
    ONLY = "only"  # the only one that may go
    NEXT = "next"  # another had the order before
    USE_UNIT = "use_unit"  # how people behave and drive is a matter of the unit that uses the machine
    NO_ANSWER = "no_answer"  # why an order is taken back
    NOBODY_LEFT = "nobody_left"  # why the centre must choose


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A team, weighed for one order. `metres` is as the crow flies, None where a position is unknown.

    `load` is the number of its open orders that stand in the way of this one.
    """

    team: int
    unit: int
    name: str
    metres: float | None
    load: int
    capacity: int
    contracted: bool = True
    licensed: bool = True
    on_duty: bool = True
    tried: bool = False

    @property
    def against(self) -> tuple[Against, ...]:
        """Everything that speaks against it; empty: it may be sent."""
        facts = (
            (Against.NO_CONTRACT, not self.contracted),
            (Against.NO_LICENCE, not self.licensed),
            (Against.OFF_DUTY, not self.on_duty),
            (Against.FULL, self.load >= self.capacity),
            (Against.TRIED, self.tried),
        )
        return tuple(reason for reason, holds in facts if holds)

    @property
    def weight(self) -> tuple[bool, float, int, int]:
        """The smaller, the sooner it is sent: near before far, known before unknown, idle before busy."""
        return self.metres is None, self.metres or 0.0, self.load, self.team


@dataclass(frozen=True, slots=True)
class Choice:
    """Who is sent and why, with everybody who was weighed, the chosen one first."""

    sent: Candidate
    why: Why
    weighed: tuple[Candidate, ...]


def choose(candidates: Sequence[Candidate]) -> Choice | None:
    """The nearest team that nothing speaks against; None where there is none."""
    ranked = rank(candidates)
    eligible = [one for one in ranked if not one.against]
    if not eligible:
        return None
    return Choice(eligible[0], _why(candidates, eligible), ranked)


def rank(candidates: Iterable[Candidate]) -> tuple[Candidate, ...]:
    """Who may be sent before all others, those with a contract before the rest, the nearest first."""
    return tuple(sorted(candidates, key=lambda one: (bool(one.against), not one.contracted, one.weight)))


def said(weighed: Sequence[Candidate], *, most: int = SHOWN) -> tuple[dict[str, object], ...]:
    """What of the weighing is kept with the order, or shown: plain values, the first few."""
    return tuple(
        {
            "team": one.team,
            "unit": one.unit,
            "name": one.name,
            "metres": None if one.metres is None else round(one.metres),
            "load": one.load,
            "capacity": one.capacity,
            "against": [reason.value for reason in one.against],
        }
        for one in weighed[:most]
    )


def metres_between(here: Point | None, there: Point | None) -> float | None:
    """The distance over the ground of two WGS-84 positions in metres; None where one is unknown."""
    if here is None or there is None:
        return None
    south, north = radians(here.lat), radians(there.lat)
    across = sin(radians(there.lng - here.lng) / 2) ** 2 * cos(south) * cos(north)
    return 2 * EARTH_RADIUS_M * asin(sqrt(min(1.0, sin((north - south) / 2) ** 2 + across)))


def _why(candidates: Sequence[Candidate], eligible: Sequence[Candidate]) -> Why:
    if any(one.tried for one in candidates):
        return Why.NEXT
    return Why.ONLY if len(eligible) == 1 else Why.NEAREST
