"""Mishaps: what is published is what the truth says, and the product's own rules find it."""

from __future__ import annotations

import itertools
import json
import random
from typing import Any

import pytest

from demo.course import begin
from demo.device import Device
from demo.feed import Blow, Feed, Sent
from demo.mishaps import MISHAPS, strike
from demo.noise import ROUGH, arriving
from demo.scoring import score
from demo.truth import Truth
from demo.wire import vendor_code
from tests.bench.detection import Desk
from tests.unit.demo.test_machines_in_motion import SINCE, is_true

HOURS = 2
BLOW_AT = SINCE + 1800


def sufferer(devices: list[Device], what: str, number: int = 0) -> Device:
    return [device for device in devices if MISHAPS[what].fits(device)][number]


def played(device: Device, what: str, seed: int = 5) -> tuple[list[Sent], list[Truth]]:
    feed = Feed(device, seed, SINCE, SINCE + HOURS * 3600, 60, [Blow(BLOW_AT, what)])
    return list(feed), feed.truths


def within(messages: list[Sent], truth: Truth) -> list[dict[str, Any]]:
    return [json.loads(sent.body) for sent in messages if sent.channel == "state" and truth.starts_at <= sent.at < truth.ends_at]


@pytest.mark.parametrize("what", MISHAPS)
def test_every_mishap_is_found_and_nothing_else(devices: list[Device], what: str) -> None:
    device = sufferer(devices, what, number=3)
    messages, truths = played(device, what)
    desk = Desk(device)

    for sent in arriving(messages, ROUGH, random.Random(what)):
        desk.read(sent)
    outcome = score(truths, desk.outcome.alarms)

    assert outcome.missed == ()
    assert outcome.false == ()


@pytest.mark.parametrize("what", ["entrapment_between", "entrapment_level"])
def test_somebody_trapped_stands_still_behind_shut_doors_for_as_long_as_the_truth_says(devices: list[Device], what: str) -> None:
    device = sufferer(devices, what, number=40)
    messages, truths = played(device, what)

    stuck = within(messages, truths[0])

    assert len(stuck) >= 299  # every second from the start, five minutes at least
    assert all(is_true(state["Passenger_Status"]) and is_true(state["Door_Close_Status"]) for state in stuck)
    assert {int(state["Car_Status"]) for state in stuck} == {0}
    assert {is_true(state["Door_Zone"]) for state in stuck} == {what == "entrapment_level"}
    freed = next(json.loads(sent.body) for sent in messages if sent.channel == "state" and sent.at >= truths[0].ends_at)
    assert int(freed["Door_Status"]) == 3


def test_a_silent_gateway_says_nothing_while_it_is_silent(devices: list[Device]) -> None:
    messages, truths = played(sufferer(devices, "silent_gateway"), "silent_gateway")

    assert within(messages, truths[0]) == []
    assert any(sent.at > truths[0].ends_at for sent in messages)


def test_a_vendor_that_tells_says_when_it_began_and_when_it_ended(devices: list[Device]) -> None:
    device = sufferer(devices, "ebike")
    messages, truths = played(device, "ebike")

    words = [json.loads(sent.body) for sent in messages if sent.channel == "event"]

    assert [word["phase"] for word in words] == ["add", "disappear"]
    assert {word["alarmId"] for word in words} == {truths[0].id}
    assert {word["failureCode"] for word in words} == {vendor_code(device.vendor, "37")}
    assert truths[0].told


def test_a_mishap_waits_until_a_busy_machine_is_free(devices: list[Device]) -> None:
    device = sufferer(devices, "door_held_open")
    course = begin(device, seed=5, at=SINCE)
    first = strike(device, course, MISHAPS["door_held_open"], at=SINCE + 0.5, rng=random.Random(1))

    second = strike(device, first.course, MISHAPS["door_cycling"], at=SINCE + 60, rng=random.Random(1))

    assert second.truths[0].starts_at >= first.truths[0].ends_at
    joints = second.course.stretches
    assert all(after.start == pytest.approx(before.end) for before, after in itertools.pairwise(joints))


def test_a_car_takes_up_service_where_a_mishap_left_it(devices: list[Device]) -> None:
    device = sufferer(devices, "entrapment_between", number=12)
    messages, _ = played(device, "entrapment_between")
    floors = {device.floor_label(floor): floor for floor in range(device.floors)}

    watched = [(sent.at, json.loads(sent.body)) for sent in messages if sent.channel == "state"]

    for (then, before), (now, after) in itertools.pairwise(watched):
        if now - then == 1:
            assert abs(floors[after["Car_Position"]] - floors[before["Car_Position"]]) <= 2
