"""The vocabulary of conditions: each word binds to a kind's metric positions and the thresholds in force, then reads one reading.

A condition answers True, False, or None where the device did not say, or the register lacks the fact to judge by. Only True
raises and only a spoken False is the opposite of it: what is not known neither raises an alarm nor clears one.
"""

from __future__ import annotations

from collections.abc import Mapping

from domain.equipment.kind import Condition, ConditionFor, Settings, Subject, Threshold, Value, Values


def is_(key: str, wanted: Value) -> ConditionFor:
    """The metric equals `wanted`."""

    def bind(position: Mapping[str, int], settings: Settings) -> Condition:
        at = position[key]
        return lambda now, before, subject: None if now[at] is None else now[at] == wanted

    return bind


def one_of(key: str, *wanted: Value) -> ConditionFor:
    """The metric is one of `wanted`."""

    def bind(position: Mapping[str, int], settings: Settings) -> Condition:
        at, allowed = position[key], frozenset(wanted)
        return lambda now, before, subject: None if now[at] is None else now[at] in allowed

    return bind


def on(key: str) -> ConditionFor:
    """The flag is true."""
    return is_(key, True)


def off(key: str) -> ConditionFor:
    """The flag is false."""
    return is_(key, False)


def above(key: str, limit: Threshold) -> ConditionFor:
    """The metric exceeds the limit in force."""

    def bind(position: Mapping[str, int], settings: Settings) -> Condition:
        at, bound = position[key], limit.of(settings)

        def holds(now: Values, before: Values | None, subject: Subject) -> bool | None:
            value = now[at]
            return None if value is None else float(value) > bound

        return holds

    return bind


def at_least(key: str, limit: Threshold) -> ConditionFor:
    """The metric reaches the limit in force."""

    def bind(position: Mapping[str, int], settings: Settings) -> Condition:
        at, bound = position[key], limit.of(settings)

        def holds(now: Values, before: Values | None, subject: Subject) -> bool | None:
            value = now[at]
            return None if value is None else float(value) >= bound

        return holds

    return bind


def became(key: str, *, was: Value, now_is: Value) -> ConditionFor:
    """The metric went from `was` to `now_is` between the previous reading and this one."""

    def bind(position: Mapping[str, int], settings: Settings) -> Condition:
        at = position[key]
        return lambda now, before, subject: None if before is None or now[at] is None else before[at] == was and now[at] == now_is

    return bind


def flipped(part: ConditionFor) -> ConditionFor:
    """The answer of `part` differs from the previous reading's, and both were spoken."""

    def bind(position: Mapping[str, int], settings: Settings) -> Condition:
        bound = part(position, settings)

        def holds(now: Values, before: Values | None, subject: Subject) -> bool | None:
            answer = bound(now, None, subject)
            earlier = None if before is None else bound(before, None, subject)
            return None if answer is None or earlier is None else answer != earlier

        return holds

    return bind


def all_of(*parts: ConditionFor) -> ConditionFor:
    """Every part holds; one that does not makes the whole false, whatever the others leave unsaid."""

    def bind(position: Mapping[str, int], settings: Settings) -> Condition:
        bound = tuple(part(position, settings) for part in parts)

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

    return bind


def any_of(*parts: ConditionFor) -> ConditionFor:
    """At least one part holds."""

    def bind(position: Mapping[str, int], settings: Settings) -> Condition:
        bound = tuple(part(position, settings) for part in parts)

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

    return bind
