"""The running simulation: evenly phased reports, mishaps by chance and on command, truth files, the control socket."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest

from demo.binding import additional
from demo.control import Control, ask
from demo.device import Device
from demo.fleet import DISTRICT, Fleet, NoSuchMishap, spoken, truths
from demo.mishaps import MISHAPS
from demo.noise import QUIET
from demo.rows import District
from demo.simulator import Simulator
from demo.truth import Truth, TruthFile, truth_of
from domain.equipment import MONITORED
from tests.unit.demo.test_machines_in_motion import SINCE


@pytest.fixture
def crew(devices: list[Device]) -> list[Device]:
    """A sample of all kinds, with one whole site."""
    site = [device for device in devices if device.site_id == devices[900].site_id]
    return list({device.id: device for device in (*devices[::60], *devices[-20:], *site)}.values())


@pytest.fixture
def fleet(crew: list[Device]) -> Fleet:
    return Fleet(crew, seed=5, period=10, pace=1.0, at=SINCE)


@pytest.fixture
def control(tmp_path: Path) -> Iterator[Control]:
    listening = Control(tmp_path / "simulator.sock")
    yield listening
    listening.close()


def test_every_machine_reports_once_a_period_evenly_over_it(fleet: Fleet, crew: list[Device]) -> None:
    per_second = [[device.id for device, _ in fleet.sampled(SINCE + second)] for second in range(10)]

    assert Counter(number for second in per_second for number in second) == Counter(device.id for device in crew)
    assert max(map(len, per_second)) < 2 * len(crew) / 10


def test_a_machine_in_trouble_reports_every_second(fleet: Fleet) -> None:
    [(device, _)] = fleet.inject("entrapment_level", None, SINCE + 1)

    reports = [number for second in range(2, 12) for number in _ids(fleet, SINCE + second) if number == device.id]

    assert len(reports) == 10


def test_a_silent_site_reports_nothing_until_it_is_back(fleet: Fleet) -> None:
    struck = fleet.inject("silent_gateway", None, SINCE + 1, seconds=1200)
    ids = {device.id for device, _ in struck}

    assert {device.site_id for device, _ in struck} == {struck[0][0].site_id}
    assert not ids & {number for second in range(2, 13) for number in _ids(fleet, SINCE + second)}
    later = SINCE + 1215
    assert ids <= {number for second in range(11) for number in _ids(fleet, later + second)}


def test_a_mishap_can_be_asked_for_by_code_family_or_name(fleet: Fleet, crew: list[Device]) -> None:
    lift = next(device for device in crew if device.kind == "elevator" and device.carries_people and not device.escalator)

    assert truths(fleet.inject("entrapment", lift.code, SINCE + 1))[0].code == lift.code
    assert truths(fleet.inject("37", None, SINCE + 1))[0].what == "ebike"
    assert truths(fleet.inject("speeding", None, SINCE + 1))[0].family == "forklift_overspeed"


@pytest.mark.parametrize(("what", "code"), [("earthquake", None), ("entrapment", "no-such-lift"), ("speeding", "lift")])
def test_an_impossible_mishap_is_refused(fleet: Fleet, crew: list[Device], what: str, code: str | None) -> None:
    with pytest.raises(NoSuchMishap):
        fleet.inject(what, crew[0].code if code == "lift" else code, SINCE + 1)


def test_a_day_brings_one_to_three_entrapments_to_the_whole_district() -> None:
    assert 1 <= sum(mishap.daily for mishap in MISHAPS.values() if mishap.family == "entrapment") <= 3


@pytest.mark.parametrize(("pace", "low", "high"), [(0.0, 0, 0), (1.0, 0, 6), (30.0, 15, 150)])
def test_chance_follows_the_pace(crew: list[Device], pace: float, low: int, high: int) -> None:
    fleet = Fleet(crew, seed=5, period=60, pace=pace * DISTRICT / len(crew), at=SINCE)

    minutes = [fleet.mishaps(SINCE + 10 * minute, 10.0) for minute in range(30)]  # five minutes; a day brings about 350

    assert low <= sum(map(len, minutes)) <= high


def test_words_of_vendors_carry_the_identity_of_the_truth(fleet: Fleet) -> None:
    struck = fleet.inject("ebike", None, SINCE + 1)

    said = [json.loads(word.body) for _, word in spoken(struck)]

    assert {word["alarmId"] for word in said} == {truth.id for truth in truths(struck)}


def test_the_truth_file_holds_what_was_done(fleet: Fleet, tmp_path: Path) -> None:
    path = tmp_path / "truth.jsonl"
    done = truths([*fleet.inject("entrapment", None, SINCE + 1), *fleet.inject("no_belt", None, SINCE + 1)])

    for truth in done:
        TruthFile(path).write(truth)

    read = [truth_of(json.loads(line)) for line in path.read_text("utf-8").splitlines()]
    assert [truth.id for truth in read] == [truth.id for truth in done]
    assert read[0].starts_at == pytest.approx(done[0].starts_at, abs=0.001)
    assert set(json.loads(path.read_text("utf-8").splitlines()[0])) >= {"id", "what", "code", "family", "starts_at", "ends_at", "vendor"}


def test_the_socket_answers_with_what_is_now_true(fleet: Fleet, control: Control, tmp_path: Path) -> None:
    simulator = Simulator(fleet, {}, control, TruthFile(tmp_path / "truth.jsonl"), QUIET, random.Random(1))

    answers: list[dict[str, object]] = []
    asking = Thread(target=lambda: answers.append(ask(tmp_path / "simulator.sock", {"what": "user_alarm"})))
    asking.start()
    request = control.requests.get(timeout=5)
    request.answer(simulator.answer_to(request.said, SINCE + 1))
    asking.join(5)

    [truth] = answers[0]["truth"]  # type: ignore[misc]
    assert truth["family"] == "user_alarm"
    assert json.loads((tmp_path / "truth.jsonl").read_text("utf-8")) == truth


def test_a_bench_binds_further_machines_and_keeps_a_site_with_its_vendor(district: District) -> None:
    rows = [row for row in district.equipment if row.kind in MONITORED]
    bound = {row.site_id: row.monitor_vendor for row in rows if row.monitor_vendor and row.kind == "elevator"}

    fresh = additional(rows, 14_415)

    assert len(fresh) == 14_415 - 9_934
    assert additional(rows, 9_934) == {}
    assert all(vendor == "ckt" for number, vendor in fresh.items() if number > 14_115)
    by_id = {row.id: row for row in rows}
    assert all(bound.get(by_id[n].site_id, vendor) == vendor for n, vendor in fresh.items() if by_id[n].kind == "elevator")


def _ids(fleet: Fleet, second: int) -> list[int]:
    return [device.id for device, _ in fleet.sampled(second)]


def test_truth_survives_its_own_record() -> None:
    truth = Truth("x-1", "ebike", 1, "c", "ebike_in_car", (), 1_795_046_400.25, 1_795_046_500.0, "xzl", told=True)

    assert truth_of(truth.record()) == truth
