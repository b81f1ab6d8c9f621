"""What an hour of readings comes to, and days of hours: ranges, times in states, and how often they began."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from data_access import chunks, rollups
from data_access.readings_codec import pack
from domain.equipment import KINDS
from domain.rollups import Range, Rollup, Spell, day_of, next_day, together

HOUR = datetime(2026, 11, 20, 6, tzinfo=UTC)
END = HOUR + timedelta(hours=1)


def lift(**fields):
    """The packed values of a lift; what is not named is absent."""
    return pack("elevator", tuple(fields.get(field.key) for field in KINDS["elevator"].fields))


def hour(*said, begin=HOUR):
    """A block of (seconds after the hour, packed values)."""
    moments = [begin + timedelta(seconds=seconds) for seconds, _ in said]
    times = np.array([chunks.micros(moment) for moment in moments], ">i8").tobytes()
    sizes = np.array([len(data) for _, data in said], ">u2").tobytes()
    return chunks.block(times, times, ["xzl"], sizes, b"".join(data for _, data in said))


def test_states_are_held_until_the_next_reading():
    said = [(0, 0), (10, 1), (40, 1), (50, 0), (60, 1)]
    block = hour(*((seconds, lift(car_status=running, speed=2.0 * running)) for seconds, running in said))

    found = rollups.rollup("elevator", block, until=HOUR + timedelta(seconds=70))

    assert (found.readings, found.seconds, found.last_at - found.first_at) == (5, 70.0, timedelta(seconds=60))
    assert found.spells == {"car_status": {"stopped": Spell(20.0, 1), "running": Spell(50.0, 2)}}
    assert found.ranges == {"speed": Range(5, 0.0, pytest.approx(1.2), 2.0, pytest.approx(100.0))}
    assert (found.times("car_status", "running"), found.share("car_status", "running")) == (2, pytest.approx(50 / 70))
    assert (found.times("door_status", "open"), found.share("door_status", "open")) == (0, None)


def test_nobody_knows_what_a_silent_machine_did():
    block = hour((0, lift(passenger=True)), (2000, lift(passenger=False)))

    found = rollups.rollup("elevator", block, until=END)

    assert found.seconds == 600.0
    assert found.spells["passenger"] == {"true": Spell(300.0, 0), "false": Spell(300.0, 1)}


def test_what_a_machine_never_says_is_left_out_and_a_foreign_layout_is_counted_alone():
    block = hour((0, b"\x07\x01"), (5, lift(people=3)), (10, b"\x07"))

    found = rollups.rollup("elevator", block, until=HOUR + timedelta(seconds=15))

    assert (found.readings, found.seconds, found.spells) == (3, 15.0, {})
    assert found.ranges == {"people": Range(1, 3.0, 3.0, 3.0, 15.0)}
    assert rollups.rollup("crane", hour((0, b"\x07")), until=END).readings == 1


def test_a_day_is_its_hours():
    first = rollups.rollup("elevator", hour((0, lift(car_status=1, people=2)), (100, lift(car_status=0))), until=END)
    second = rollups.rollup(
        "elevator", hour((0, lift(people=4)), (60, lift(people=6)), (90, lift(car_status=1)), begin=END), until=END + timedelta(seconds=95)
    )

    day = together([second, first])

    assert (day.readings, day.first_at, day.last_at) == (5, HOUR, END + timedelta(seconds=90))
    assert day.seconds == first.seconds + second.seconds
    assert day.ranges["people"] == Range(3, 2.0, 4.0, 6.0, 200.0 + 240.0 + 180.0)
    assert day.spells["car_status"] == {"running": Spell(105.0, 0), "stopped": Spell(300.0, 1)}
    assert together([first]) == first


def test_a_roll_up_is_stored_by_name():
    found = rollups.rollup("elevator", hour((0, lift(speed=1.25, car_status=1, passenger=True)), (9, lift(floor="B1"))), until=END)

    stored = rollups.store(found)

    assert rollups.restore(stored) == found
    with pytest.raises(ValueError, match="unknown version 02"):
        rollups.restore(b"\x02" + stored[1:])


def test_what_is_stored_today_can_be_read_for_five_years():
    """Written with the dictionary of version 1: who changes that gives it another number and keeps this one."""
    stored = bytes.fromhex(
        "0178f997528885030b18c1b9261626669640f510008c9c7c84a0254c10e8744b789286255c23687a3605a7674ba404882b6d81cc3004390a0070d32330"
    )

    assert rollups.restore(stored) == Rollup(
        2, HOUR, HOUR + timedelta(seconds=9), 9.0, {"speed": Range(2, 0.0, 0.5, 1.0, 9.0)}, {"car_status": {"running": Spell(9.0, 1)}}
    )


def test_a_day_is_shanghais():
    assert day_of(datetime(2026, 11, 20, 15, 59, tzinfo=UTC)) == datetime(2026, 11, 19, 16, tzinfo=UTC)
    assert day_of(datetime(2026, 11, 20, 16, tzinfo=UTC)) == datetime(2026, 11, 20, 16, tzinfo=UTC)
    assert next_day(day_of(HOUR)) == datetime(2026, 11, 20, 16, tzinfo=UTC)
