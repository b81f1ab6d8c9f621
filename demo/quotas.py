"""The numbers of the demonstration district: how many machines of which kind, where, how old, and watched by whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

SEED: Final = 20251120

# 普陀区 2025-12 (work plan 2025-37): the six sum to 18,964; pipelines are counted in kilometres.
ELEVATORS: Final = 14_115
RESIDENTIAL: Final = 7_339
COUNTS: Final = {"forklift": 300, "crane": 1_414, "amusement_ride": 9, "boiler": 68, "pressure_vessel": 3_058}
PIPELINE_METRES: Final = 35_100
PIPELINES: Final = 54

OVER_15_RESIDENTIAL: Final = 2_250
OVER_20_RESIDENTIAL: Final = 770
OVER_15: Final = round(ELEVATORS * 0.2584)  # the city's share at the end of 2022
OVER_20: Final = 1_150

MONITORED_RESIDENTIAL: Final = 7_046
MONITORED_OTHER: Final = 2_600
MONITORED_FORKLIFTS: Final = 288
ADD_ON: Final = 742


@dataclass(frozen=True, slots=True)
class Place:
    """How the lifts of one kind of place are grouped: their number, and how many a site has."""

    lifts: int
    smallest: int
    usual: int
    largest: int
    categories: tuple[tuple[str, int], ...]  # catalogue code, weight


PASSENGER, FREIGHT, FORCED_FREIGHT, HYDRAULIC, ESCALATOR, WALKWAY, FIREFIGHTER, DUMBWAITER = (
    "3110", "3120", "3130", "3220", "3310", "3320", "3420", "3430"
)  # fmt: skip
ESCALATORS: Final = frozenset({ESCALATOR, WALKWAY})

PLACES: Final[dict[str, Place]] = {
    "residential": Place(RESIDENTIAL, 2, 16, 74, ((PASSENGER, 1),)),
    "mall": Place(1_180, 8, 24, 64, ((ESCALATOR, 54), (PASSENGER, 34), (FREIGHT, 9), (WALKWAY, 3))),
    "office": Place(2_560, 2, 14, 48, ((PASSENGER, 85), (FREIGHT, 6), (FIREFIGHTER, 6), (DUMBWAITER, 3))),
    "hospital": Place(420, 4, 14, 40, ((PASSENGER, 78), (ESCALATOR, 10), (FREIGHT, 8), (DUMBWAITER, 4))),
    "school": Place(360, 1, 4, 14, ((PASSENGER, 76), (DUMBWAITER, 24))),
    "metro": Place(290, 5, 10, 22, ((ESCALATOR, 78), (PASSENGER, 22))),
    "hotel": Place(470, 2, 6, 16, ((PASSENGER, 78), (FREIGHT, 8), (DUMBWAITER, 8), (FIREFIGHTER, 6))),
    "factory": Place(560, 1, 4, 14, ((FREIGHT, 66), (PASSENGER, 22), (FORCED_FREIGHT, 8), (HYDRAULIC, 4))),
    "scenic": Place(46, 3, 6, 10, ((PASSENGER, 62), (ESCALATOR, 38))),
    "other": Place(890, 1, 5, 18, ((PASSENGER, 62), (ESCALATOR, 18), (FREIGHT, 12), (DUMBWAITER, 5), (HYDRAULIC, 3))),
}


@dataclass(frozen=True, slots=True)
class Character:
    """What a street is like: relative weights of homes, business and industry, and how old its buildings are (0–1)."""

    homes: float
    business: float
    industry: float
    age: float


STREETS: Final[dict[str, Character]] = {
    "310107005": Character(7, 4, 0.3, 0.95),  # 曹杨新村: the oldest workers' estates
    "310107014": Character(11, 15, 1, 0.45),  # 长风: business park on the creek
    "310107015": Character(13, 22, 0.3, 0.45),  # 长寿路: offices and hotels
    "310107016": Character(8, 4, 0.3, 0.85),
    "310107017": Character(10, 6, 0.5, 0.7),
    "310107020": Character(10, 6, 0.3, 0.75),
    "310107021": Character(11, 6, 0.5, 0.3),
    "310107022": Character(11, 15, 1, 0.4),  # 真如: the district's second centre
    "310107102": Character(12, 15, 4, 0.4),
    "310107103": Character(12, 9, 20, 0.25),  # 桃浦镇: factories and new estates
}


def street_weight(character: Character, place_kind: str) -> float:
    """How much of a kind of place a street has."""
    if place_kind in ("residential", "school"):
        return character.homes
    return character.industry if place_kind == "factory" else character.business


VENDORS: Final = (("xzl", "迅智联"), ("htk", "沪梯康"), ("ydw", "云梯维"), ("shy", "申海云"), ("ckt", "叉控通"))
LIFT_VENDOR_SHARES: Final = {"xzl": 36, "htk": 27, "ydw": 21, "shy": 16}
FORKLIFT_VENDOR: Final = "ckt"

_DIALECTS: Final = {  # 故障代码 as two of the vendors write them; codes of the city's own list need no row
    "htk": {
        "F9999": "7", "F9994": "8", "F9998": "102", "F9993": "21", "F9992": "1", "F9991": "2", "F9990": "4", "F9996": "5", "E9896": "37"
    },
    "ydw": {
        "YD-01": "entrapment_reported", "YD-02": "5", "YD-03": "6", "YD-04": "1", "YD-05": "2", "YD-06": "3", "YD-11": "101", "YD-12": "12",
        "YD-202": "37",
    },
}  # fmt: skip
VENDOR_CODES: Final = tuple((vendor, code, canonical) for vendor, codes in _DIALECTS.items() for code, canonical in codes.items())
