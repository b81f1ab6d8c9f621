"""Roll-ups from the columns of a block, and the form they are stored in: named figures, so that they outlive a kind's layout."""

from __future__ import annotations

import zlib
from datetime import datetime
from typing import Any, Final

import numpy as np
import orjson
from numpy.typing import NDArray

from data_access.chunks import Block, instant, micros
from data_access.readings_codec import LAYOUT, absent_code, layout_of
from domain.equipment import KINDS
from domain.equipment.kind import Choice, Flag, Label, Metric
from domain.rollups import HELD, Range, Rollup, Spell

MICRO: Final = 1e-6
HELD_US: Final = HELD.total_seconds() / MICRO
DIGITS: Final = 3
LEVEL: Final = 9
VERSION: Final = b"\x01"
# What most roll-ups say, for zlib to refer to. It belongs to VERSION: what is stored cannot be read with another one.
DICTIONARY: Final = (
    b'"ignition":{"seat_occupied":{"seatbelt":{"auth_method":{"card":["face":["finger":["none":["lng":["lat":["load":[0,0.0,0.0,0.0,0.0],'
    b'"rated_load":["mast_height":["zone_speed_limit":["work_minutes":["battery":["impact":["escalator_mode":{"escalator_direction":{'
    b'"energy_stop":["slow_up":["slow_down":["car_temperature":["pressure":["safety_circuit":{"out_of_service":["inspection":['
    b'"fire_return":["firefighter":["emergency_power":["earthquake":["uncivil":["dangerous":["locked":["not_fully_closed":['
    b'"brake_released":["unknown":["s":3598.0,"r":{"people":[720,0.0,0.0,1.0,"speed":[720,-1.75,0.0,1.75,"machine_room_temperature":['
    b'720,24.0,24.0,24.0,86400.0]},"w":{"service_mode":{"normal":[3600.0,0]},"car_status":{"running":[],"stopped":[3595.0,0]},'
    b'"direction":{"up":[],"down":[],"none":[3599.0,0]},"door_zone":{"false":[],"true":[3600.0,0]},"door_status":{"closing":[],'
    b'"opening":[],"open":[],"closed":[3600.0,0]},"door_closed":{"true":[3600.0,0]},"hoistway_door":{"true":[3600.0,0]},'
    b'"passenger":{"true":[],"false":[3600.0,0]},"overload":{"false":[3600.0,0]},"drive_status":{"brake_lifted":[],"standby":[3600.0,0]},'
    b'"activity":{"normal":[3600.0,0]},"machine_room_door":{"true":[3600.0,0]}}}{"n":720,"from":8'
)
FLAGS: Final = ("false", "true")

Seconds = NDArray[np.float64]
Codes = NDArray[np.int64]


def rollup(kind: str, block: Block, *, until: datetime) -> Rollup:
    """What the readings of a block, one at least, come to; the last one holds until `until` at most.

    Readings of another layout than the kind's present one are counted, and no more.
    """
    held = _held(block, until)
    ranges: dict[str, Range] = {}
    spells: dict[str, dict[str, Spell]] = {}
    known = _understood(kind, block)
    records = np.frombuffer(block.data[known, : layout_of(kind).itemsize].tobytes(), layout_of(kind))
    for field in KINDS[kind].fields:
        codes = records[field.key]
        said = codes != absent_code(field)
        if isinstance(field, Label) or not said.any():
            continue
        numbers, seconds = codes[said].astype(np.int64), held[known][said]
        if isinstance(field, Metric):
            ranges[field.key] = _range(numbers / field.scale, seconds)
        else:
            spells[field.key] = _spells(field, numbers, seconds)
    return Rollup(len(block), instant(int(block.sampled[0])), instant(int(block.sampled[-1])), float(held.sum()), ranges, spells)


def store(rollup: Rollup) -> bytes:
    """The stored bytes."""
    said = {
        "n": rollup.readings,
        "from": micros(rollup.first_at),
        "to": micros(rollup.last_at),
        "s": round(rollup.seconds, DIGITS),
        "r": {
            key: [one.readings, *(round(figure, DIGITS) for figure in (one.low, one.mean, one.high, one.travel))]
            for key, one in rollup.ranges.items()
        },
        "w": {
            key: {word: [round(one.seconds, DIGITS), one.times] for word, one in spells.items()} for key, spells in rollup.spells.items()
        },
    }
    packer = zlib.compressobj(LEVEL, zdict=DICTIONARY)
    return VERSION + packer.compress(orjson.dumps(said)) + packer.flush()


def restore(stored: bytes) -> Rollup:
    """The roll-up that was stored. Raises ValueError for another version."""
    if stored[:1] != VERSION:
        raise ValueError(f"unknown version {stored[:1].hex()}")
    said: dict[str, Any] = orjson.loads(zlib.decompressobj(zdict=DICTIONARY).decompress(stored[1:]))
    return Rollup(
        readings=said["n"],
        first_at=instant(said["from"]),
        last_at=instant(said["to"]),
        seconds=said["s"],
        ranges={key: Range(*figures) for key, figures in said["r"].items()},
        spells={key: {word: Spell(*figures) for word, figures in words.items()} for key, words in said["w"].items()},
    )


def _understood(kind: str, block: Block) -> NDArray[np.bool_]:
    """Which readings are of the kind's present layout."""
    wide = layout_of(kind).itemsize
    if block.data.shape[1] < wide:
        return np.zeros(len(block), bool)
    of_this_layout: NDArray[np.bool_] = block.data[:, 0] == LAYOUT
    of_this_size: NDArray[np.bool_] = block.size == wide
    return of_this_layout & of_this_size


def _held(block: Block, until: datetime) -> Seconds:
    """For how many seconds each reading speaks."""
    return np.clip(np.diff(block.sampled, append=micros(until)), 0, HELD_US) * MICRO


def _range(numbers: Seconds, held: Seconds) -> Range:
    travel = float(np.abs(numbers) @ held)
    return Range(len(numbers), float(numbers.min()), float(numbers.mean()), float(numbers.max()), travel)


def _spells(field: Flag | Choice, codes: Codes, held: Seconds) -> dict[str, Spell]:
    words = field.words if isinstance(field, Choice) else FLAGS
    seconds = np.bincount(codes, held)
    begun = np.bincount(codes[1:][codes[1:] != codes[:-1]], minlength=len(seconds))
    return {words[code]: Spell(float(seconds[code]), int(begun[code])) for code in np.unique(codes)}
