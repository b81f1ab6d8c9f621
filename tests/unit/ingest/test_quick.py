"""The quick way reads what the patient way reads, or leaves it to it: the same values, the same refusals, nothing lost."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.alarms import books
from domain.equipment import KINDS
from domain.equipment.kind import Choice, Field, Flag, Label, Subject
from domain.telemetry import BEIJING
from ingest.decode import Decoder, Message
from services.batches import Batch
from services.telemetry_memory import Device, Register

AT = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
LIFT, TRUCK = "31103101072019050001", "51103101072020030001"
DEVICES = {
    LIFT: Device(LIFT, "elevator", "xzl", Subject(1)),
    TRUCK: Device(TRUCK, "forklift", "ckt", Subject(2)),
}
REGISTER = Register(DEVICES, {}, frozenset({"xzl", "ckt"}), {}, books(tuple(KINDS.values()), {}))
CODES = {"elevator": LIFT, "forklift": TRUCK}
VENDORS = {"elevator": "xzl", "forklift": "ckt"}
ODD: tuple[Any, ...] = (
    None,
    "",
    "1",
    "True",
    "1.5",
    "nan",
    " 2 ",
    "x" * 70,
    -1,
    10**30,
    1e300,
    1.0,
    [],
    {},
    True,
    "\x00",
    "é",
    "1_0",
    -0.0,
)


def usual(rng: random.Random, described: Field) -> Any:
    """A value as most vendors write it."""
    match described:
        case Flag():
            return rng.choice([True, False, 0, 1])
        case Choice():
            return rng.randrange(len(described.words))
        case Label():
            return rng.choice(["1", "B1", 7, "12A"])
    return rng.choice([described.low, described.high, max(0, described.low), round(rng.uniform(described.low, described.high), 4)])


def body(rng: random.Random, kind: str, odd: float) -> dict[str, Any]:
    """A state body with some odd values."""
    said: dict[str, Any] = {"registerNumber": CODES[kind], "msgId": "m-1"}
    said["samplingTime"] = (AT - timedelta(seconds=rng.randrange(100))).astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S")
    for described in KINDS[kind].fields:
        if rng.random() < 0.8:
            said[described.wire] = rng.choice(ODD) if rng.random() < odd else usual(rng, described)
    if rng.random() < odd:
        said[rng.choice(["Mood", "ts", "coordType", "samplingTime", "registerNumber", "msgId"])] = rng.choice([*ODD, "GCJ02", "wgs84"])
    return said


def message(kind: str, payload: bytes, *, channel: str = "state") -> Message:
    """A message about one machine."""
    code = f"{CODES[kind]}/{channel}" if channel == "state" else channel
    return Message(f"pt/v1/{VENDORS[kind]}/{kind}/{code}", payload, AT)


def outcome(batch: Batch) -> tuple[object, ...]:
    """What a batch says, whichever way it was read."""
    batch.fold()
    readings = [said.columns.reading(row) for said in batch.said.values() for row in range(len(said.columns))]
    refusals = [(refusal.reason, refusal.detail, refusal.topic) for refusal in batch.refusals]
    return sorted(readings, key=repr), sorted(refusals), batch.unknown_keys, +batch.messages


def patiently(messages: list[Message]) -> Batch:
    """Every message read by itself."""
    batch, decoder = Batch(), Decoder(REGISTER)
    for each in messages:
        decoder.read(each, batch)
    return batch


@pytest.mark.parametrize("kind", sorted(CODES))
@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 2**32), odd=st.sampled_from([0.0, 0.02, 0.3]))
def test_both_ways_read_the_same(kind: str, seed: int, odd: float) -> None:
    rng = random.Random(seed)
    messages = [message(kind, json.dumps(body(rng, kind, odd)).encode()) for _ in range(12)]

    assert outcome(Decoder(REGISTER).read_all(messages)) == outcome(patiently(messages))


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32), odd=st.sampled_from([0.0, 0.05]))
def test_items_of_a_batch_are_read_the_same(seed: int, odd: float) -> None:
    rng = random.Random(seed)
    items = [body(rng, "elevator", odd) | {"type": rng.choice(["state", "state", "state", "statistics", "nonsense"])} for _ in range(8)]
    messages = [message("elevator", json.dumps(items).encode(), channel="batch")]

    assert outcome(Decoder(REGISTER).read_all(messages)) == outcome(patiently(messages))


def test_a_vendor_that_writes_texts_for_numbers_takes_the_quick_way_too() -> None:
    said = {"registerNumber": LIFT, "samplingTime": "2026-11-20 12:00:00", "Speed": "1.25", "Door_Zone": "True", "Car_Status": "1"}
    messages = [message("elevator", json.dumps(said | {"msgId": str(number)}).encode()) for number in range(3)]

    batch = Decoder(REGISTER).read_all(messages)

    assert batch.singles == []
    assert len(batch.said["elevator"].columns) == 3
    assert outcome(batch) == outcome(patiently(messages))


def test_what_the_quick_way_takes_is_most_of_it() -> None:
    rng = random.Random(1)
    messages = [message("elevator", json.dumps(body(rng, "elevator", 0.0)).encode()) for _ in range(50)]

    batch = Decoder(REGISTER).read_all(messages)

    assert (batch.singles, batch.refusals) == ([], [])
