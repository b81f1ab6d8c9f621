"""The vocabulary of conditions: each word binds to a kind's metric positions and the thresholds in force, then reads one reading.

A condition answers True, False, or None where the device did not say, or the register lacks the fact to judge by. Only True
raises and only a spoken False is the opposite of it: what is not known neither raises an alarm nor clears one.

Words are data, so that whoever explains a rule, or judges a thousand readings at once (services.vector_rules), reads the same rule.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from domain.equipment.kind import Condition, ConditionFor, Settings, Subject, Threshold, Value, Values


@dataclass(frozen=True, slots=True)
class Is:
    """The metric equals `wanted`."""

    key: str
    wanted: Value

    def __call__(self, position: Mapping[str, int], settings: Settings) -> Condition:
        """Bind."""
        at, wanted = position[self.key], self.wanted
        return lambda now, before, subject: None if now[at] is None else now[at] == wanted


@dataclass(frozen=True, slots=True)
class OneOf:
    """The metric is one of `wanted`."""

    key: str
    wanted: tuple[Value, ...]

    def __call__(self, position: Mapping[str, int], settings: Settings) -> Condition:
        """Bind."""
        at, allowed = position[self.key], frozenset(self.wanted)
        return lambda now, before, subject: None if now[at] is None else now[at] in allowed


@dataclass(frozen=True, slots=True)
class Shows:
    """The choice is one of `wanted`; where it is 0 (unknown) or absent, the flag `otherwise` equals `flag`."""

    key: str
    wanted: tuple[int, ...]
    otherwise: str
    flag: bool

    def __call__(self, position: Mapping[str, int], settings: Settings) -> Condition:
        """Bind."""
        status_at, flag_at, wanted, wanted_flag = position[self.key], position[self.otherwise], self.wanted, self.flag

        def holds(now: Values, before: Values | None, subject: Subject) -> bool | None:
            status = now[status_at]
            if status:
                return status in wanted
            said = now[flag_at]
            return None if said is None else said is wanted_flag

        return holds


@dataclass(frozen=True, slots=True)
class Above:
    """The metric exceeds the limit in force."""

    key: str
    limit: Threshold

    def __call__(self, position: Mapping[str, int], settings: Settings) -> Condition:
        """Bind."""
        at, bound = position[self.key], self.limit.of(settings)

        def holds(now: Values, before: Values | None, subject: Subject) -> bool | None:
            value = now[at]
            return None if value is None else float(value) > bound

        return holds


@dataclass(frozen=True, slots=True)
class AtLeast:
    """The metric reaches the limit in force."""

    key: str
    limit: Threshold

    def __call__(self, position: Mapping[str, int], settings: Settings) -> Condition:
        """Bind."""
        at, bound = position[self.key], self.limit.of(settings)

        def holds(now: Values, before: Values | None, subject: Subject) -> bool | None:
            value = now[at]
            return None if value is None else float(value) >= bound

        return holds


@dataclass(frozen=True, slots=True)
class AboveRated:
    """The metric's size exceeds `ratio` × the rating: the device's own (`own`, a metric; 0 is none), else the register's.

    A machine without any rating is not judged.
    """

    key: str
    rating: Literal["rated_speed", "rated_load"]
    ratio: Threshold
    own: str | None = None

    def __call__(self, position: Mapping[str, int], settings: Settings) -> Condition:
        """Bind."""
        at, rating, factor = position[self.key], self.rating, self.ratio.of(settings)
        own_at = None if self.own is None else position[self.own]

        def holds(now: Values, before: Values | None, subject: Subject) -> bool | None:
            value = now[at]
            rated = (now[own_at] if own_at is not None else None) or getattr(subject, rating)
            return None if value is None or not rated else abs(float(value)) > factor * float(rated)

        return holds


@dataclass(frozen=True, slots=True)
class AboveLocal:
    """The metric exceeds the limit of the place: the zone's own (`own`, a metric; 0 is none), else that for indoors or outdoors."""

    key: str
    own: str
    indoor: Threshold
    outdoor: Threshold

    def __call__(self, position: Mapping[str, int], settings: Settings) -> Condition:
        """Bind."""
        at, own_at = position[self.key], position[self.own]
        inside, outside = self.indoor.of(settings), self.outdoor.of(settings)

        def holds(now: Values, before: Values | None, subject: Subject) -> bool | None:
            value, zone = now[at], now[own_at]
            limit = float(zone) if zone else (inside if subject.indoor else outside)
            return None if value is None else float(value) > limit

        return holds


@dataclass(frozen=True, slots=True)
class OutsideFence:
    """The position lies outside the machine's own fence; a machine without one is not judged."""

    lng: str = "lng"
    lat: str = "lat"

    def __call__(self, position: Mapping[str, int], settings: Settings) -> Condition:
        """Bind."""
        lng_at, lat_at = position[self.lng], position[self.lat]

        def holds(now: Values, before: Values | None, subject: Subject) -> bool | None:
            lng, lat = now[lng_at], now[lat_at]
            if subject.fence is None or lng is None or lat is None:
                return None
            west, south, east, north = subject.fence
            return not (west <= float(lng) <= east and south <= float(lat) <= north)

        return holds


@dataclass(frozen=True, slots=True)
class WithBelt:
    """The answer of `part`, of machines that have a belt."""

    part: ConditionFor

    def __call__(self, position: Mapping[str, int], settings: Settings) -> Condition:
        """Bind."""
        bound = self.part(position, settings)
        return lambda now, before, subject: bound(now, before, subject) if subject.has_belt else None


@dataclass(frozen=True, slots=True)
class Became:
    """The metric went from `was` to `now_is` between the previous reading and this one."""

    key: str
    was: Value
    now_is: Value

    def __call__(self, position: Mapping[str, int], settings: Settings) -> Condition:
        """Bind."""
        at, was, now_is = position[self.key], self.was, self.now_is
        return lambda now, before, subject: None if before is None or now[at] is None else before[at] == was and now[at] == now_is


@dataclass(frozen=True, slots=True)
class Flipped:
    """The answer of `part` differs from the previous reading's, and both were spoken."""

    part: ConditionFor

    def __call__(self, position: Mapping[str, int], settings: Settings) -> Condition:
        """Bind."""
        bound = self.part(position, settings)

        def holds(now: Values, before: Values | None, subject: Subject) -> bool | None:
            answer = bound(now, None, subject)
            earlier = None if before is None else bound(before, None, subject)
            return None if answer is None or earlier is None else answer != earlier

        return holds


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every part holds; one that does not makes the whole false, whatever the others leave unsaid."""

    parts: tuple[ConditionFor, ...]

    def __call__(self, position: Mapping[str, int], settings: Settings) -> Condition:
        """Bind."""
        bound = tuple(part(position, settings) for part in self.parts)

        def holds(now: Values, before: Values | None, subject: Subject) -> bool | None:
            answer: bool | None = True
            for part in bound:  # a plain loop: a generator would cost a frame per reading
                word = part(now, before, subject)
                if word is False:
                    return False
                if word is None:
                    answer = None
            return answer

        return holds


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one part holds."""

    parts: tuple[ConditionFor, ...]

    def __call__(self, position: Mapping[str, int], settings: Settings) -> Condition:
        """Bind."""
        bound = tuple(part(position, settings) for part in self.parts)

        def holds(now: Values, before: Values | None, subject: Subject) -> bool | None:
            answer: bool | None = False
            for part in bound:
                word = part(now, before, subject)
                if word is True:
                    return True
                if word is None:
                    answer = None
            return answer

        return holds


def on(key: str) -> Is:
    """The flag is true."""
    return Is(key, True)


def off(key: str) -> Is:
    """The flag is false."""
    return Is(key, False)


def all_of(*parts: ConditionFor) -> AllOf:
    """Every part holds."""
    return AllOf(parts)


def any_of(*parts: ConditionFor) -> AnyOf:
    """At least one part holds."""
    return AnyOf(parts)
