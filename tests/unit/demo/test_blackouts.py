"""Many machines silenced at once: by a gateway, by a building's power; and which gateway each machine has."""

from __future__ import annotations

import json
import random
from collections import Counter
from pathlib import Path

import pytest

from demo.blackouts import BLACKOUTS
from demo.control import Control
from demo.device import Device
from demo.feed import Sent
from demo.fleet import Fleet, NoSuchMishap
from demo.gateways import CONCENTRATED_MACHINES, CONCENTRATOR
from demo.noise import QUIET
from demo.rows import District
from demo.simulator import Simulator
from demo.truth import TruthFile, truth_of
from tests.unit.demo.test_machines_in_motion import SINCE


@pytest.fixture
def fleet(devices: list[Device]) -> Fleet:
    gateway = next(device.gateway for device in devices if device.gateway not in (None, CONCENTRATOR))
    some = [device for device in devices if device.gateway == gateway]
    return Fleet([*some, *devices[::50]], seed=5, period=10, pace=1.0, at=SINCE)


def _heard(fleet: Fleet, since: int, seconds: int) -> set[int]:
    return {device.id for second in range(seconds) for device, _ in fleet.sampled(since + second)}


def test_every_monitored_machine_of_the_district_has_one_gateway_and_a_site_hangs_on_one(district: District) -> None:
    monitored = [row for row in district.equipment if row.monitor_vendor]
    gateways = Counter(row.gateway for row in monitored)
    vendors = {(row.gateway, row.monitor_vendor) for row in monitored}
    sites = {(row.site_id, row.monitor_vendor, row.gateway) for row in monitored}

    assert None not in gateways
    assert gateways[CONCENTRATOR] >= CONCENTRATED_MACHINES
    assert len(vendors) == len(gateways) > 100
    assert len(sites) == len({site[:2] for site in sites})
    assert all(row.gateway is None for row in district.equipment if not row.monitor_vendor)


def test_what_hangs_on_a_lost_gateway_is_not_heard_until_it_is_back(fleet: Fleet) -> None:
    everyone = _heard(fleet, SINCE, 10)
    dark = fleet.black_out("gateway_lost", None, SINCE + 10, seconds=300)
    lost = {device.id for device in dark.machines}

    assert {device.gateway for device in dark.machines} == {dark.name}
    assert _heard(fleet, SINCE + 11, 20) == everyone - lost
    assert lost <= _heard(fleet, SINCE + 310, 12)
    assert [(truth.equipment_id, truth.family, truth.ends_at - truth.starts_at) for truth in dark.truths] == [
        (device.id, "device_offline", 300) for device in dark.machines
    ]


def test_a_buildings_power_takes_its_lifts_after_some_seconds_on_emergency_power(fleet: Fleet, devices: list[Device]) -> None:
    lift = next(device for device in fleet._devices.values() if device.kind == "elevator" and not device.escalator)
    dark = fleet.black_out("building_power", lift.code, SINCE + 10, seconds=1200)

    assert {device.site_id for device in dark.machines} == {lift.site_id}
    assert {truth.what for truth in dark.truths} >= {"power_cut"}
    assert not {device.id for device in dark.machines} & _heard(fleet, SINCE + 130, 12)


@pytest.mark.parametrize("what", BLACKOUTS)
def test_an_unknown_group_is_refused(fleet: Fleet, what: str) -> None:
    with pytest.raises(NoSuchMishap):
        fleet.black_out(what, "nowhere", SINCE)


class Ear:
    """A vendor's outlet that notes in which second each event left."""

    def __init__(self) -> None:
        self.second = SINCE
        self.told: list[int] = []

    def publish(self, topic: str, body: bytes) -> None:
        """Note it."""
        if body == b"a word":
            self.told.append(self.second)

    def beat(self) -> None:
        """Nothing to note."""


def test_a_word_said_in_the_dark_is_told_when_the_gateway_is_back(fleet: Fleet, tmp_path: Path) -> None:
    control, ear, file = Control(tmp_path / "simulator.sock"), Ear(), tmp_path / "truth.jsonl"
    outlets = dict.fromkeys(("xzl", "htk", "ydw", "shy", "ckt"), ear)
    simulator = Simulator(fleet, outlets, control, TruthFile(file), QUIET, random.Random(1))  # type: ignore[arg-type]
    try:
        [record] = simulator.answer_to({"what": "gateway_lost", "seconds": 30}, SINCE)["truth"]
        lost = next(device for device in fleet._devices.values() if fleet.dark_until(device, SINCE + 1))
        simulator._keep(lost, Sent(SINCE + 5, "event", b"a word"), due=False)
        for ear.second in range(SINCE + 1, SINCE + 40):
            simulator._second(ear.second)
            simulator._publish(1.0)
    finally:
        control.close()

    written = [truth_of(json.loads(line)) for line in file.read_text("utf-8").splitlines()]
    assert ear.told == [SINCE + 30]
    assert record["machines"] == sum(truth.what == "gateway_lost" for truth in written)
