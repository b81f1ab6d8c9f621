"""When people call a lift and where they go, by kind of place and hour of the day."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Final

from demo.device import Device

BEIJING_OFFSET: Final = 8 * 3600
DAY: Final = 86_400
_WEEKEND_WORK: Final = 0.3


@dataclass(frozen=True, slots=True)
class Traffic:
    """Trips a day, their share per hour (weights 0–9), and how many of ten go down to the ground floor in each hour."""

    trips: float
    hours: str
    down: str
    rests_on_weekends: bool = False


_BY_PLACE: Final[dict[str, Traffic]] = {
    #                          0     6     12    18        0     6     12    18
    "residential": Traffic(66, "100000399754556557999753", "555555889875555543333345"),
    "office": Traffic(105, "000000148965898665986421", "555555311234556666888888", rests_on_weekends=True),
    "mall": Traffic(125, "000000001578999888999851", "555555332345555555566789"),
    "hospital": Traffic(150, "211112489999788998643322", "555555333445556667766655"),
    "school": Traffic(44, "000000167665876569310000", "555555222345555678865555", rests_on_weekends=True),
    "metro": Traffic(110, "000003689755555668986531", "555555555555555555555555"),
    "hotel": Traffic(110, "311112589965556668887765", "555555777766544433333344"),
    "factory": Traffic(40, "111111257865467875331111", "555555555555555555555555", rests_on_weekends=True),
    "scenic": Traffic(60, "000000001478889998640000", "555555555555555555555555"),
    "other": Traffic(60, "000001246778778876543210", "555555444445555566666655"),
}
_DUMBWAITER: Final = Traffic(18, "000000012399631389930000", "555555555555555555555555")
_ADD_ON_SHARE: Final = 0.35  # a lift of one walk-up entrance serves a dozen flats


def traffic_of(device: Device) -> Traffic:
    """The pattern of a lift."""
    return _BY_PLACE.get(device.place_kind, _BY_PLACE["other"]) if device.carries_people else _DUMBWAITER


def next_call(device: Device, rng: random.Random, since: float, pace: float = 1.0) -> float:
    """When the next call after `since` (epoch seconds) comes: a Poisson process whose rate follows the hour.

    `pace` multiplies the rate; at the latest a call is invented after two quiet days.
    """
    traffic = traffic_of(device)
    weights = sum(map(int, traffic.hours))
    daily = traffic.trips * (_ADD_ON_SHARE if device.add_on else 1.0) * pace
    wanted, at = rng.expovariate(1.0), since
    while at < since + 2 * DAY:
        local = int(at) + BEIJING_OFFSET
        quiet = _WEEKEND_WORK if traffic.rests_on_weekends and (local // DAY + 4) % 7 in (0, 6) else 1.0  # 1970-01-01 was a Thursday
        rate = daily * quiet * int(traffic.hours[hour_of(at)]) / weights / 3600
        left = 3600 - local % 3600 - at % 1
        if rate * left >= wanted:
            return at + wanted / rate
        wanted -= rate * left
        at += left
    return at


def hour_of(at: float) -> int:
    """The hour of the day in Shanghai."""
    return (int(at) + BEIJING_OFFSET) % DAY // 3600


def trip(device: Device, rng: random.Random, at: float) -> tuple[int, int]:
    """(floor called from, floor wanted) at that time of day; two different floors."""
    lobby, floors = device.basements, device.floors
    upper = rng.randrange(floors - 1)
    upper += upper >= lobby
    if floors > 3 and rng.random() < 0.08:  # between two floors that are both not the ground floor
        other = rng.choice([floor for floor in range(floors) if floor not in (lobby, upper)])
        return upper, other
    down = int(traffic_of(device).down[hour_of(at)]) / 10
    return (upper, lobby) if rng.random() < down else (lobby, upper)
