"""How a car travels: constant acceleration to its rated speed, constant deceleration to a stand. Metres, seconds, m/s."""

from __future__ import annotations

from math import sqrt


def travel_seconds(distance: float, speed: float, acceleration: float) -> float:
    """How long a leg takes."""
    if distance <= speed * speed / acceleration:
        return 2 * sqrt(distance / acceleration)
    return distance / speed + speed / acceleration


def covered(distance: float, speed: float, acceleration: float, elapsed: float) -> float:
    """Metres travelled after `elapsed` seconds of a leg."""
    total = travel_seconds(distance, speed, acceleration)
    if elapsed <= 0 or distance == 0:
        return 0.0
    if elapsed >= total:
        return distance
    if elapsed > total / 2:
        return distance - covered(distance, speed, acceleration, total - elapsed)
    rising = min(speed, sqrt(distance * acceleration)) / acceleration
    if elapsed <= rising:
        return acceleration * elapsed * elapsed / 2
    return acceleration * rising * rising / 2 + speed * (elapsed - rising)


def speed_at(distance: float, speed: float, acceleration: float, elapsed: float) -> float:
    """The speed after `elapsed` seconds of a leg; never above `speed`."""
    left = travel_seconds(distance, speed, acceleration) - elapsed
    return max(0.0, min(speed, acceleration * elapsed, acceleration * left))


def seconds_until(distance: float, speed: float, acceleration: float, metres: float) -> float:
    """When a leg has covered so many metres, to a millisecond."""
    low, high = 0.0, travel_seconds(distance, speed, acceleration)
    while high - low > 0.001:
        middle = (low + high) / 2
        low, high = (middle, high) if covered(distance, speed, acceleration, middle) < metres else (low, middle)
    return high
