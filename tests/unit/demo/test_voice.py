"""A car that is told to speak."""

from __future__ import annotations

import json
import random
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from demo.control import Control
from demo.device import Device
from demo.fleet import Fleet
from demo.noise import QUIET
from demo.simulator import Simulator
from demo.truth import TruthFile
from demo.voice import PROTECTED, Voice
from demo.wire import stamp, topic

SINCE = 1_795_000_000


@pytest.fixture
def fleet(devices: list[Device]) -> Fleet:
    return Fleet(devices[::20], seed=5, period=10, pace=1.0, at=SINCE)


def command(device: Device, key: str = "7-1", *, until: int = SINCE + 30, word: str = "play_voice") -> tuple[str, bytes]:
    """A command as the platform sends it."""
    body = {"msgId": key, "registerNumber": device.code, "command": word, "prompt": "ebike_in_car", "expiresAt": stamp(until)}
    return topic(device, "command"), json.dumps(body).encode()


def said(voice: Voice, told: tuple[str, bytes], at: float = SINCE) -> dict[str, Any]:
    """The answer's body."""
    answer = voice.answer(*told, at)
    assert answer is not None
    device, sent = answer
    assert (topic(device, sent.channel), sent.at) == (f"{told[0]}/ack", at + 1)
    return json.loads(sent.body)


def lift(fleet: Fleet, *, mute: bool = False) -> Device:
    """A lift whose loudspeaker works, or does not."""
    return next(d for d in fleet._devices.values() if d.kind == "elevator" and not d.escalator and (d.id % 41 == 0) is mute)


@pytest.mark.parametrize(
    ("change", "answer"),
    [
        pytest.param({}, {"result": "played", "playedAt": stamp(SINCE + 1)}, id="in time"),
        pytest.param({"until": SINCE - 1}, {"result": "failed", "reason": "expired"}, id="too late"),
        pytest.param({"word": "stop"}, {"result": "failed", "reason": "unknown_command"}, id="never to move or stop"),
    ],
)
def test_a_car_speaks_while_it_is_of_use_and_does_nothing_else(fleet: Fleet, change: dict[str, Any], answer: dict[str, str]) -> None:
    device = lift(fleet)

    assert said(Voice(fleet), command(device, **change)) == {"msgId": "7-1", "registerNumber": device.code} | answer


def test_a_broken_loudspeaker_is_told(fleet: Fleet) -> None:
    assert said(Voice(fleet), command(lift(fleet, mute=True)))["reason"] == "loudspeaker"


def test_the_same_prompt_again_is_answered_the_same(fleet: Fleet) -> None:
    voice, told = Voice(fleet), command(lift(fleet))

    assert said(voice, told) == said(voice, told, SINCE + 20)


def test_some_lifts_refuse_to_run_with_a_bicycle_inside_and_say_so(fleet: Fleet) -> None:
    struck = [fleet.inject("ebike", None, SINCE + number)[0][0] for number in range(30)]
    at = SINCE + 40
    riding = [device for device in struck if fleet.activity(device, at) == 2]

    refusing = {device.id for device in riding if said(Voice(fleet), command(device, until=at), at).get("refusedToRun")}

    assert refusing == {device.id for device in riding if device.vendor in PROTECTED}
    assert 0 < len(refusing) < len(riding)


def test_nobody_answers_in_the_dark_or_to_nonsense(fleet: Fleet) -> None:
    device = lift(fleet)
    fleet.black_out("building_power", device.code, SINCE, seconds=600)
    later = SINCE + 130  # emergency power lasts some seconds
    voice = Voice(fleet)

    assert voice.answer(*command(device, until=later), later) is None
    assert voice.answer(command(lift(fleet))[0], b"{", SINCE) is None
    assert voice.answer("pt/v1/xzl/elevator/nobody/command", command(device)[1], SINCE) is None


@dataclass
class Line:
    """A vendor's connection that hears and is heard."""

    heard: deque[tuple[str, bytes]] = field(default_factory=deque)
    told: list[str] = field(default_factory=list)

    def publish(self, where: str, _body: bytes) -> None:
        """Keep where it went."""
        self.told.append(where)


def test_an_answer_leaves_when_it_was_spoken_and_not_at_the_next_whole_second(fleet: Fleet, tmp_path: Path) -> None:
    device, line, control = lift(fleet), Line(), Control(tmp_path / "simulator.sock")
    simulator = Simulator(fleet, {device.vendor: line}, control, TruthFile(None), QUIET, random.Random(1))  # type: ignore[dict-item]
    told = command(device)
    try:
        line.heard.append(told)
        simulator._speak(SINCE + 0.3)
        moments = []
        for moment in (SINCE + 1.25, SINCE + 1.35):
            simulator._ripen(moment)
            simulator._publish(1.0)
            moments.append(list(line.told))
    finally:
        control.close()

    assert moments == [[], [f"{told[0]}/ack"]]
