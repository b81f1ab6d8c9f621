"""What the demonstration's machines would say in an hour, as the platform stores it: the material of benches about room."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import orjson

from demo.binding import additional
from demo.device import Device, device_of
from demo.district import generate
from demo.fleet import Fleet
from domain.equipment import KINDS, MONITORED
from domain.telemetry import Reading, parse_state

SEED = 20251120
SPREAD_MS = 900  # the simulator sends a second's messages over most of it


def devices(wanted: int, at: datetime) -> list[Device]:
    """So many machines of the demonstration district, kinds and vendors in its own proportions."""
    rows = [row for row in generate(SEED, at).equipment if row.kind in MONITORED]
    bound = additional(rows, 14_415)
    vendors = {row.id: bound.get(row.id) or row.monitor_vendor for row in rows}
    known = [device_of(row, vendor) for row in rows if (vendor := vendors[row.id])]
    return random.Random(SEED).sample(known, min(wanted, len(known)))


def hour(chosen: list[Device], since: datetime, *, period: int = 5, seconds: int = 3600) -> Iterator[Reading]:
    """Their readings from `since` on, in the order of sampling. They arrive within the second, to the microsecond as chance has it."""
    rng = random.Random(SEED)
    begins = int(since.timestamp())
    fleet = Fleet(chosen, seed=SEED, period=period, pace=1.0, at=begins)
    for second in range(begins, begins + seconds):
        fleet.mishaps(second, 1.0)
        now = datetime.fromtimestamp(second, UTC)
        for device, body in fleet.sampled(second):
            sampled_at, values, _ = parse_state(KINDS[device.kind], orjson.loads(body), at=now)
            arrives = now + timedelta(microseconds=rng.randrange(1_000, SPREAD_MS * 1000))
            yield Reading(device.id, device.kind, device.vendor, sampled_at, arrives, values)
