"""The load generator's packets are what a vendor would send: paho reads them, the platform's tables do, and the rules see what is meant."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from paho.mqtt._packet import decode_publish
from paho.mqtt.enums import MQTTProtocolVersion

from domain.alarm_book import Act, fresh, on_reading
from domain.alarms import bind
from domain.equipment import ELEVATOR
from domain.equipment.kind import Subject
from domain.telemetry import parse_state, parse_time
from tests.bench.load_packets import RAISING_STEP, STAGE_STEP_S, STEPS, TRAPPED, VENDORS, Round, code, event, on_stage, rounds, vendor_of

NOW = datetime(2026, 11, 20, 0, 15, tzinfo=UTC)
SECOND = int(NOW.timestamp())
LIFT = Subject(equipment_id=1, rated_speed=1.75)


def read(packet: bytes) -> tuple[str, int, dict[str, object]]:
    """Topic, packet identifier and body of a PUBLISH whose remaining length takes two bytes."""
    length = packet[1] & 0x7F | packet[2] << 7
    assert len(packet) == 3 + length
    message = decode_publish(packet[0], bytearray(packet[3:]), MQTTProtocolVersion.MQTTv311)
    assert message.qos == 1
    return message.topic.decode(), message.mid, json.loads(message.payload)


def packets(played: Round) -> list[bytes]:
    return [played.cut(i, i + 1, SECOND) for i in range(len(played))]


@pytest.mark.parametrize("vendor", range(len(VENDORS)), ids=VENDORS)
def test_every_lift_of_a_vendor_speaks_once_a_round_with_the_time_of_the_cut(vendor: int) -> None:
    (played,) = rounds(vendor, 10, 1)

    said = [read(packet) for packet in packets(played)]

    numbers = range(vendor, 10, len(VENDORS))
    assert [topic for topic, _, _ in said] == [f"pt/v1/{vendor_of(n)}/elevator/{code(n)}/state" for n in numbers]
    assert len({mid for _, mid, _ in said}) == len(numbers)
    for _, _, body in said:
        sampled_at, values, unknown = parse_state(ELEVATOR, body, at=NOW)
        assert sampled_at == NOW
        assert len(body) == 21
        assert not unknown
        assert sum(value is not None for value in values) == 18


def test_a_day_of_the_script_raises_nothing() -> None:
    book = bind(ELEVATOR, {})
    played = rounds(0, 4, STEPS)
    docket, decisions = fresh(book), []

    for turn in range(5 * STEPS):
        _, values, _ = parse_state(ELEVATOR, read(packets(played[turn % STEPS])[0])[2], at=NOW)
        docket, made = on_reading(book, docket, LIFT, values=values, at=NOW + timedelta(seconds=turn))
        decisions += made

    assert not decisions


def test_the_stage_traps_at_its_raising_step_and_frees_at_its_last() -> None:
    book = bind(ELEVATOR, {})
    docket, acts = fresh(book), []

    for step in range(len(TRAPPED)):
        _, _, body = read(on_stage(3, step, SECOND + step * STAGE_STEP_S, 60_001))
        at, values, _ = parse_state(ELEVATOR, body, at=NOW + timedelta(minutes=5))
        docket, made = on_reading(book, docket, LIFT, values=values, at=at)
        acts += [(step, decision.act) for decision in made if decision.family == "entrapment"]

    assert acts[0] == (RAISING_STEP, Act.OPEN)
    assert acts[-1] == (len(TRAPPED) - 1, Act.CLOSE)


def test_an_event_names_its_lift_and_time() -> None:
    topic, mid, body = read(event(6, "bench-1", SECOND, 60_002))

    assert topic == f"pt/v1/{vendor_of(6)}/elevator/{code(6)}/event"
    assert mid == 60_002
    assert body["alarmId"] == "bench-1"
    assert parse_time(body["occurTime"], at=NOW) == NOW
