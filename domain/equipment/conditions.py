"""The vocabulary of conditions: each word binds to a kind's metric positions and the thresholds in force, then reads one reading.

An absent value (None) never satisfies a condition: what a device did not say is not evidence.
"""

from __future__ import annotations

from collections.abc import Mapping

from domain.equipment.kind import Condition, ConditionFor, Settings, Subject, Threshold, Value, Values


def is_(key: str, wanted: Value) -> ConditionFor:
    """The metric equals `wanted`."""

    def bind(position: Mapping[str, int], settings: Settings) -> Condition:
        at = position[key]
        return lambda now, before, subject: now[at] == wanted

    return bind


def one_of(key: str, *wanted: Value) -> ConditionFor:
    """The metric is one of `wanted`."""

    def bind(position: Mapping[str, int], settings: Settings) -> Condition:
        at, allowed = position[key], frozenset(wanted)
        return lambda now, before, subject: now[at] in allowed

    return bind


def on(key: str) -> ConditionFor:
    """The flag is true."""
    return is_(key, True)


def off(key: str) -> ConditionFor:
    """The flag is false, and not merely absent."""

    def bind(position: Mapping[str, int], settings: Settings) -> Condition:
        at = position[key]
        return lambda now, before, subject: now[at] is False

    return bind


def above(key: str, limit: Threshold) -> ConditionFor:
    """The metric exceeds the limit in force."""

    def bind(position: Mapping[str, int], settings: Settings) -> Condition:
        at, bound = position[key], limit.of(settings)

        def holds(now: Values, before: Values | None, subject: Subject) -> bool:
            value = now[at]
            return value is not None and float(value) > bound

        return holds

    return bind


def changed(key: str) -> ConditionFor:
    """The metric differs from the previous reading's."""

    def bind(position: Mapping[str, int], settings: Settings) -> Condition:
        at = position[key]

        def holds(now: Values, before: Values | None, subject: Subject) -> bool:
            return before is not None and now[at] is not None and before[at] is not None and now[at] != before[at]

        return holds

    return bind


def became(key: str, *, was: Value, now_is: Value) -> ConditionFor:
    """The metric went from `was` to `now_is` between the previous reading and this one."""

    def bind(position: Mapping[str, int], settings: Settings) -> Condition:
        at = position[key]
        return lambda now, before, subject: before is not None and before[at] == was and now[at] == now_is

    return bind


def all_of(*parts: ConditionFor) -> ConditionFor:
    """Every part holds."""

    def bind(position: Mapping[str, int], settings: Settings) -> Condition:
        bound = tuple(part(position, settings) for part in parts)

        def holds(now: Values, before: Values | None, subject: Subject) -> bool:
            for part in bound:  # a plain loop: a generator would cost a frame per reading
                if not part(now, before, subject):
                    return False
            return True

        return holds

    return bind


def any_of(*parts: ConditionFor) -> ConditionFor:
    """At least one part holds."""

    def bind(position: Mapping[str, int], settings: Settings) -> Condition:
        bound = tuple(part(position, settings) for part in parts)

        def holds(now: Values, before: Values | None, subject: Subject) -> bool:
            for part in bound:
                if part(now, before, subject):
                    return True
            return False

        return holds

    return bind


settled_stop: ConditionFor = became("car_status", was=1, now_is=0)


def faster_than_rated(ratio: Threshold) -> ConditionFor:
    """|speed| exceeds ratio × the register's rated speed; machines without a rated speed are not judged."""

    def bind(position: Mapping[str, int], settings: Settings) -> Condition:
        at, factor = position["speed"], ratio.of(settings)

        def holds(now: Values, before: Values | None, subject: Subject) -> bool:
            speed = now[at]
            return speed is not None and subject.rated_speed is not None and abs(float(speed)) > factor * subject.rated_speed

        return holds

    return bind


def heavier_than_rated(ratio: Threshold) -> ConditionFor:
    """The load exceeds ratio × the rated load, as the truck itself reports it, else as the register says."""

    def bind(position: Mapping[str, int], settings: Settings) -> Condition:
        load_at, rated_at, factor = position["load"], position["rated_load"], ratio.of(settings)

        def holds(now: Values, before: Values | None, subject: Subject) -> bool:
            load, rated = now[load_at], now[rated_at] if now[rated_at] is not None else subject.rated_load
            return load is not None and rated is not None and float(load) > factor * float(rated)

        return holds

    return bind


def faster_than_zone(indoor: Threshold, outdoor: Threshold) -> ConditionFor:
    """The speed exceeds the zone's own limit, else the default for indoors or outdoors."""

    def bind(position: Mapping[str, int], settings: Settings) -> Condition:
        speed_at, limit_at = position["speed"], position["zone_speed_limit"]
        inside, outside = indoor.of(settings), outdoor.of(settings)

        def holds(now: Values, before: Values | None, subject: Subject) -> bool:
            speed, zone = now[speed_at], now[limit_at]
            limit = float(zone) if zone else (inside if subject.indoor else outside)
            return speed is not None and float(speed) > limit

        return holds

    return bind


def outside_fence(position: Mapping[str, int], settings: Settings) -> Condition:
    """The position lies outside the machine's own fence; a machine without one is not judged."""
    lng_at, lat_at = position["lng"], position["lat"]

    def holds(now: Values, before: Values | None, subject: Subject) -> bool:
        lng, lat = now[lng_at], now[lat_at]
        if subject.fence is None or lng is None or lat is None:
            return False
        west, south, east, north = subject.fence
        return not (west <= float(lng) <= east and south <= float(lat) <= north)

    return holds


def belt_missing(position: Mapping[str, int], settings: Settings) -> Condition:
    """The belt is open on a truck that has one (standing trucks have none)."""
    at = position["seatbelt"]
    return lambda now, before, subject: subject.has_belt and now[at] is False
