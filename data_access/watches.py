"""What a screen can watch: a word per kind of change, in the reader's scope."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from domain.scope import ALL, Scope


class Watch(StrEnum):
    """A kind of change; the value is the first part of every watch's name."""

    ALARMS = "alarms"
    STATES = "states"
    EQUIPMENT = "equipment"
    QUARANTINE = "quarantine"
    VENDORS = "vendors"
    RULE_SETTINGS = "rule_settings"
    BACK_TESTS = "back_tests"
    OUTAGES = "outages"
    WORK_ORDERS = "work_orders"
    NOTIFICATIONS = "notifications"
    ROSTERS = "rosters"


BY_STREET: Final = frozenset({Watch.ALARMS, Watch.STATES, Watch.EQUIPMENT, Watch.OUTAGES, Watch.WORK_ORDERS})


def of_street(watch: Watch, street: str) -> str:
    """The watch of one street: "street:310107014:alarms"."""
    return f"street:{street}:{watch.value}"


def watch_for(scope: Scope, watch: Watch) -> str:
    """What a reader listens to. A scope of several streets hears the district: more often than needed, never more rows."""
    if watch not in BY_STREET or scope.streets == ALL or len(scope.streets) > 1:
        return watch.value
    return of_street(watch, scope.streets[0] if scope.streets else "none")


def audible(scope: Scope) -> frozenset[str]:
    """Every watch a reader may listen to."""
    return frozenset(watch_for(scope, watch) for watch in Watch)


def may_hear(scope: Scope, watch: str) -> bool:
    """Whether changes of `watch` may be told to a reader: what is audible to the scope, and every street inside it."""
    head, _, rest = watch.partition(":")
    if head != "street":
        return watch in audible(scope)
    street, _, kind = rest.partition(":")
    return kind in BY_STREET and (scope.streets == ALL or street in scope.streets)


def touched(watch: Watch, streets: set[str | None]) -> set[str]:
    """Every watch that hears of a change in `streets` (None: equipment in no street); nothing changed when the set is empty."""
    return {watch.value} | {of_street(watch, street) for street in streets if street is not None} if streets else set()
