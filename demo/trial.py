"""A day of mishaps to judge a detector by: which machine suffers what, and when."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

from demo.device import Device
from demo.feed import Blow
from demo.mishaps import MISHAPS, Mishap

ENTRAPMENTS: Final = 110  # of each of the two kinds, on the whole district
OTHERS: Final = 60  # of each other kind
_FIRST_S: Final = 1800.0  # the district gets going
_LAST_S: Final = 5400.0  # everything is over before the day ends
_APART_S: Final = 9000.0  # two mishaps of one machine
_TRIES: Final = 200


def plan(devices: Sequence[Device], *, seed: int, since: float, until: float, share: float = 1.0) -> Mapping[int, Sequence[Blow]]:
    """The blows of each machine (by id); `share` scales their numbers, one of each kind at least."""
    rng = random.Random(f"{seed}/trial")
    blows: dict[int, list[Blow]] = defaultdict(list)
    for mishap in sorted(MISHAPS.values(), key=lambda mishap: not mishap.whole_site):  # whole sites first: they need the most room
        wanted = max(1, round(share * (ENTRAPMENTS if mishap.family == "entrapment" else OTHERS)))
        _spread(mishap, wanted, [device for device in devices if mishap.fits(device)], blows, rng, (since + _FIRST_S, until - _LAST_S))
    return blows


def _spread(
    mishap: Mishap, wanted: int, fitting: Sequence[Device], blows: dict[int, list[Blow]], rng: random.Random, span: tuple[float, float]
) -> None:
    given = 0
    for _ in range(_TRIES * wanted if fitting else 0):
        if given >= wanted:
            return
        first, at = rng.choice(fitting), rng.uniform(*span)
        victims = [device for device in fitting if device.site_id == first.site_id] if mishap.whole_site else [first]
        length = rng.uniform(*mishap.seconds)
        for device in victims:
            if all(abs(blow.at - at) > _APART_S for blow in blows[device.id]):
                blows[device.id].append(Blow(at, mishap.what, length))
                given += 1
