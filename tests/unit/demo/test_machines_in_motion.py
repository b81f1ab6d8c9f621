"""What simulated machines may and may not do: the physics of lifts, the manners of trucks, and telling the same story twice."""

from __future__ import annotations

import itertools
import json
import random
from typing import Any

import pytest

from demo.course import behaviour
from demo.device import Device
from demo.feed import Feed
from demo.kinematics import covered, seconds_until, speed_at, travel_seconds
from demo.noise import QUIET, ROUGH, arriving

SINCE = 1_795_046_400  # a Friday, 08:00 in Shanghai
TRUE = {True, "True"}
NIGHT = 10 * 3600


def states(device: Device, hours: float = 2, seed: int = 5) -> list[dict[str, Any]]:
    feed = Feed(device, seed, SINCE, SINCE + int(hours * 3600), 60)
    return [json.loads(sent.body) for sent in feed if sent.channel == "state"]


def some(devices: list[Device], kind: str, count: int = 5) -> list[Device]:
    return random.Random(3).sample([device for device in devices if behaviour(device) == kind], count)


def is_true(value: object) -> bool:
    return value in TRUE


def test_a_lift_never_exceeds_its_rated_speed(devices: list[Device]) -> None:
    for device in some(devices, "lift"):
        assert max(float(state["Speed"]) for state in states(device)) <= device.rated_speed + 0.005


def test_a_moving_car_has_its_doors_shut(devices: list[Device]) -> None:
    for device in some(devices, "lift"):
        moving = [state for state in states(device) if int(state["Car_Status"]) == 1]

        assert moving
        assert all(int(state["Door_Status"]) == 2 and is_true(state["Door_Close_Status"]) for state in moving)


def test_a_car_stays_between_its_lowest_and_highest_floor(devices: list[Device]) -> None:
    for device in some(devices, "lift"):
        labels = {device.floor_label(floor) for floor in range(device.floors)}

        assert {state["Car_Position"] for state in states(device)} <= labels


def test_a_car_at_rest_stands_level(devices: list[Device]) -> None:
    for device in some(devices, "lift"):
        assert all(is_true(state["Door_Zone"]) for state in states(device) if int(state["Car_Status"]) == 0)


def test_floors_change_one_at_a_time_while_the_car_is_watched(devices: list[Device]) -> None:
    device = next(d for d in devices if behaviour(d) == "lift" and d.floors >= 18 and d.floor_height / d.rated_speed > 1.2)
    floors = {device.floor_label(floor): floor for floor in range(device.floors)}

    before: dict[str, Any] | None = None
    for state in states(device):
        if before is not None and int(state["Car_Status"]) == int(before["Car_Status"]) == 1:
            assert abs(floors[state["Car_Position"]] - floors[before["Car_Position"]]) <= 1
        before = state


def test_a_resting_lift_reports_once_a_period_and_a_moving_one_every_second(devices: list[Device]) -> None:
    device = some(devices, "lift", 1)[0]
    times = [sent.at for sent in Feed(device, 5, SINCE, SINCE + 7200, 60)]

    assert len(set(times)) == len(times)
    assert max(b - a for a, b in itertools.pairwise(times)) <= 120
    assert min(b - a for a, b in itertools.pairwise(times)) == 1


def test_a_truck_stays_inside_its_fence_and_below_its_limit(devices: list[Device]) -> None:
    for device in some(devices, "forklift"):
        assert device.fence is not None
        west, south, east, north = device.fence
        for state in states(device, hours=3):
            assert west <= state["lng"] <= east
            assert south <= state["lat"] <= north
            assert state["speedKmh"] <= state["zoneSpeedLimit"]


def test_a_driver_is_known_belted_seated_and_rested(devices: list[Device]) -> None:
    for device in some(devices, "forklift"):
        driving = [state for state in states(device, hours=6) if state["ignition"]]

        assert driving
        assert all(state["driverId"] and state["seatbelt"] and state["seatOccupied"] for state in driving)
        assert max(state["workMinutesContinuous"] for state in driving) < 240
        assert max(state["loadKg"] for state in driving) <= device.rated_load


def test_trucks_park_at_night(devices: list[Device]) -> None:
    device = some(devices, "forklift", 1)[0]
    night = Feed(device, 5, SINCE + NIGHT + 3600, SINCE + NIGHT + 7200, 60)

    assert all(json.loads(sent.body)["speedKmh"] == 0 for sent in night)


def test_escalators_have_no_car_and_no_door(devices: list[Device]) -> None:
    for device in some(devices, "escalator", 4):
        keys = {key for state in states(device) for key in state}

        assert "Escalator_Operation_Direction" in keys
        assert not keys & {"Door_Status", "Car_Status", "Car_Position"}


def test_the_same_seed_tells_the_same_story(devices: list[Device]) -> None:
    for device in (some(devices, "lift", 1)[0], some(devices, "forklift", 1)[0]):
        assert states(device) == states(device)
        assert states(device) != states(device, seed=6)


@pytest.mark.parametrize(("distance", "speed", "acceleration"), [(3.0, 1.75, 0.8), (60.0, 2.5, 0.8), (2.9, 1.0, 0.6), (100.0, 4.0, 1.0)])
def test_a_leg_begins_and_ends_at_a_stand(distance: float, speed: float, acceleration: float) -> None:
    total = travel_seconds(distance, speed, acceleration)

    assert speed_at(distance, speed, acceleration, 0) == 0
    assert speed_at(distance, speed, acceleration, total) == pytest.approx(0, abs=1e-9)
    assert covered(distance, speed, acceleration, total) == pytest.approx(distance)
    assert covered(distance, speed, acceleration, total / 2) == pytest.approx(distance / 2)
    assert covered(distance, speed, acceleration, seconds_until(distance, speed, acceleration, distance / 3)) == pytest.approx(
        distance / 3, abs=0.01
    )


def test_speed_is_the_slope_of_the_way() -> None:
    for tenth in range(1, 300):
        at = tenth / 10
        slope = (covered(50, 2.5, 0.8, at + 0.0005) - covered(50, 2.5, 0.8, at - 0.0005)) / 0.001
        assert slope == pytest.approx(speed_at(50, 2.5, 0.8, at), abs=0.01)


def test_noise_loses_nothing_and_keeps_the_order_of_arrival(devices: list[Device]) -> None:
    feed = list(Feed(some(devices, "lift", 1)[0], 5, SINCE, SINCE + 3600, 60))

    arrived = list(arriving(feed, ROUGH, random.Random(4)))

    assert [sent.at for sent in arrived] == sorted(sent.at for sent in arrived)
    assert len(arrived) > len(feed)
    for sent in feed:
        assert any(arrival.body.startswith(sent.body[:-1]) for arrival in arrived)
    assert list(arriving(feed, QUIET, random.Random(1))) == feed
