"""What messages say, and every reason to refuse one, as tables."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from domain.alarms import books
from domain.equipment import ELEVATOR, FORKLIFT, KINDS
from domain.equipment.kind import Subject
from domain.telemetry import Phase, Reject
from ingest.decode import BATCH_LIMIT, ITEMS_LIMIT, KEYS_LIMIT, OTHER_KEYS, SINGLE_LIMIT, Decoder, Message
from services.batches import Batch
from services.telemetry_memory import Device, Register

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
LIFT, OTHER, TRUCK, UNBOUND = "31103101072019050012", "91310000MA1K-7788", "51103101072020030001", "31103101072018010001"
DEVICES = (
    Device(LIFT, "elevator", "xzl", Subject(1)),
    Device(OTHER, "elevator", "htk", Subject(2)),
    Device(TRUCK, "forklift", "ckt", Subject(3)),
    Device(UNBOUND, "elevator", None, Subject(4)),
)
REGISTER = Register(
    devices={device.code: device for device in DEVICES},
    codes={("xzl", "F9999"): "7", ("xzl", "11"): "101", ("xzl", "broken"): "no such fault"},
    vendors=frozenset({"xzl", "htk", "ckt"}),
    settings={},
    books=books(tuple(KINDS.values()), {}),
)
STATE = {"registerNumber": LIFT, "samplingTime": "2026-11-20 12:00:00", "Service_Mode": 1, "Car_Status": "0", "Speed": "0.5"}
EVENT = {"registerNumber": LIFT, "alarmId": "xzl-1", "occurTime": "2026-11-20 11:59:58", "failureCode": "09", "eventDesc": "困人"}
STATE_TOPIC, EVENT_TOPIC = f"pt/v1/xzl/elevator/{LIFT}/state", f"pt/v1/xzl/elevator/{LIFT}/event"


def read(*messages: tuple[str, bytes | object]) -> Batch:
    batch, decoder = Batch(), Decoder(REGISTER)
    for topic, body in messages:
        payload = body if isinstance(body, bytes) else json.dumps(body).encode()
        decoder.read(Message(topic, payload, NOON), batch)
    return batch


def test_a_state_becomes_a_reading_with_beijing_time_and_tolerant_numbers() -> None:
    batch = read((STATE_TOPIC, STATE))

    reading = batch.singles[0][0]
    assert (reading.equipment_id, reading.kind, reading.vendor, reading.sampled_at) == (1, "elevator", "xzl", NOON)
    assert reading.values[ELEVATOR.position["speed"]] == 0.5
    assert reading.values[ELEVATOR.position["car_status"]] == 0
    assert batch.refusals == []
    assert batch.messages == {"xzl": 1}


def test_a_truck_is_a_kind_like_any_other() -> None:
    batch = read((f"pt/v1/ckt/forklift/{TRUCK}/state", {"registerNumber": TRUCK, "ts": "2026-11-20 12:00:00", "speedKmh": 7.5}))

    assert batch.singles[0][0].values[FORKLIFT.position["speed"]] == 7.5


def test_a_lift_without_a_number_is_known_by_maker_and_factory_number() -> None:
    body = {"manufacturerCode": "91310000MA1K", "leaveFactoryNumber": "7788", "samplingTime": "2026-11-20 12:00:00"}

    batch = read((f"pt/v1/htk/elevator/{OTHER}/state", body))

    assert batch.singles[0][0].equipment_id == 2


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("09", "entrapment_reported"),
        ("F9999", "7"),
        ("11", "101"),
        ("9", "9"),
        (9, "9"),
        ("Z1", None),
        ("broken", None),
        ("009", None),
        (" 09", None),
        ("F9999 ", None),
    ],
)
def test_a_vendors_code_is_text_and_its_own_map_comes_first(said: object, code: str | None) -> None:
    batch = read((EVENT_TOPIC, EVENT | {"failureCode": said}))

    assert [(word.event.code, word.event.vendor_code) for word in batch.words] == [(code, str(said))]


@pytest.mark.parametrize(
    ("changes", "phase"),
    [({}, Phase.ADD), ({"phase": "add"}, Phase.ADD), ({"phase": "disappear"}, Phase.DISAPPEAR), ({"ST": "disappear"}, Phase.DISAPPEAR)],
)
def test_an_event_begins_unless_it_says_that_it_ends(changes: dict[str, str], phase: Phase) -> None:
    assert read((EVENT_TOPIC, EVENT | changes)).words[0].event.phase is phase


def test_status_details_say_whether_somebody_is_inside() -> None:
    details = [{"paramCode": "Passenger_Status", "paramValue": "True"}]

    assert read((EVENT_TOPIC, EVENT | {"statusDetails": details})).words[0].event.person is True


REFUSED: dict[str, tuple[str, bytes | object, Reject]] = {
    "empty": (STATE_TOPIC, b"", Reject.NOT_JSON),
    "not json": (STATE_TOPIC, b"{", Reject.NOT_JSON),
    "NaN": (STATE_TOPIC, b'{"Speed": NaN}', Reject.NOT_JSON),
    "Infinity": (STATE_TOPIC, b'{"Speed": -Infinity}', Reject.NOT_JSON),
    "not utf-8": (STATE_TOPIC, b'{"Car_Position": "\xff\xfe"}', Reject.NOT_JSON),
    "nesting of 10,000": (STATE_TOPIC, b"[" * 10_000 + b"]" * 10_000, Reject.TOO_DEEP),
    "number out of range": (STATE_TOPIC, b'{"Speed": 1e999}', Reject.BAD_VALUE),
    "number of 5,000 digits": (STATE_TOPIC, b'{"Speed": ' + b"9" * 5_000 + b"}", Reject.BAD_VALUE),
    "nul character": (STATE_TOPIC, STATE | {"Car_Position": "\0"}, Reject.BAD_VALUE),
    "1 MB": (STATE_TOPIC, b'{"a":"' + b"x" * (1 << 20) + b'"}', Reject.TOO_LARGE),
    "just too large": (STATE_TOPIC, b" " * (SINGLE_LIMIT + 1), Reject.TOO_LARGE),
    "1 MB batch": ("pt/v1/xzl/elevator/batch", b" " * (BATCH_LIMIT + 1), Reject.TOO_LARGE),
    "too many items": ("pt/v1/xzl/elevator/batch", [1] * (ITEMS_LIMIT + 1), Reject.TOO_LARGE),
    "array for a state": (STATE_TOPIC, [STATE], Reject.NOT_AN_OBJECT),
    "number for a state": (STATE_TOPIC, 7, Reject.NOT_AN_OBJECT),
    "object for a batch": ("pt/v1/xzl/elevator/batch", STATE, Reject.NOT_AN_OBJECT),
    "bad topic": (f"pt/v1/xzl/elevator/{LIFT}/stat", STATE, Reject.BAD_TOPIC),
    "unknown machine": ("pt/v1/xzl/elevator/31100000000000000000/state", {"samplingTime": "2026-11-20 12:00:00"}, Reject.UNKNOWN_EQUIPMENT),
    "another vendor's machine": (f"pt/v1/xzl/elevator/{OTHER}/state", {"samplingTime": "2026-11-20 12:00:00"}, Reject.NOT_BOUND),
    "a machine of no vendor": (f"pt/v1/xzl/elevator/{UNBOUND}/state", {"samplingTime": "2026-11-20 12:00:00"}, Reject.NOT_BOUND),
    "topic and payload differ": (STATE_TOPIC, STATE | {"registerNumber": OTHER}, Reject.CODE_MISMATCH),
    "kind differs": (f"pt/v1/xzl/forklift/{LIFT}/state", STATE, Reject.KIND_MISMATCH),
    "no time": (STATE_TOPIC, {"registerNumber": LIFT}, Reject.NO_TIME),
    "bad time": (STATE_TOPIC, STATE | {"samplingTime": "yesterday"}, Reject.BAD_TIME),
    "time as an object": (STATE_TOPIC, STATE | {"samplingTime": {"a": 1}}, Reject.BAD_TIME),
    "time of 400 digits": (STATE_TOPIC, STATE | {"samplingTime": int("9" * 400)}, Reject.BAD_TIME),
    "year 9999": (STATE_TOPIC, STATE | {"samplingTime": "9999-12-31 23:59:59"}, Reject.FUTURE),
    "ten minutes and a second ahead": (STATE_TOPIC, STATE | {"samplingTime": "2026-11-20 12:10:01"}, Reject.FUTURE),
    "1970": (STATE_TOPIC, STATE | {"samplingTime": "1970-01-01 08:00:00"}, Reject.TOO_OLD),
    "year 1": (STATE_TOPIC, STATE | {"samplingTime": "0001-01-01 00:00:00"}, Reject.BAD_TIME),
    "wrong type": (STATE_TOPIC, STATE | {"Speed": {"value": 1}}, Reject.BAD_VALUE),
    "unknown choice": (STATE_TOPIC, STATE | {"Service_Mode": 99}, Reject.BAD_VALUE),
    "code as an object": (STATE_TOPIC, STATE | {"registerNumber": {}}, Reject.BAD_VALUE),
    "no event id": (EVENT_TOPIC, EVENT | {"alarmId": ""}, Reject.NO_EVENT_ID),
    "event id of 1,000 characters": (EVENT_TOPIC, EVENT | {"alarmId": "x" * 1_000}, Reject.BAD_VALUE),
    "no failure code": (EVENT_TOPIC, EVENT | {"failureCode": None}, Reject.BAD_VALUE),
    "bad phase": (EVENT_TOPIC, EVENT | {"phase": "maybe"}, Reject.BAD_PHASE),
    "statistics without time": (f"pt/v1/xzl/elevator/{LIFT}/statistics", {"Door_Open_Count": 3}, Reject.NO_TIME),
    "online of an unknown vendor": ("pt/v1/nobody/online", {"online": True}, Reject.NOT_BOUND),
    "online that says nothing": ("pt/v1/xzl/online", {"online": "perhaps"}, Reject.BAD_VALUE),
}


@pytest.mark.parametrize(("topic", "body", "reason"), REFUSED.values(), ids=REFUSED.keys())
def test_a_message_that_cannot_be_taken_is_refused_with_its_reason(topic: str, body: bytes | object, reason: Reject) -> None:
    batch = read((topic, body))

    assert [refusal.reason for refusal in batch.refusals] == [reason]
    assert (batch.singles, batch.words, batch.statistics, batch.heartbeats) == ([], [], [], [])


def test_ten_minutes_ahead_is_still_taken() -> None:
    assert len(read((STATE_TOPIC, STATE | {"samplingTime": "2026-11-20 12:10:00"})).singles) == 1


def test_a_bad_item_of_a_batch_is_refused_alone() -> None:
    items = [
        STATE | {"type": "state"},
        EVENT | {"type": "event"},
        STATE | {"type": "state", "registerNumber": OTHER},
        {"type": "statistics", "registerNumber": LIFT, "samplingTime": "2026-11-20 12:00:00", "Door_Open_Count": 3},
        STATE,
        STATE | {"type": ["state"]},
        7,
        {"type": "state"},
    ]

    batch = read(("pt/v1/xzl/elevator/batch", items))

    assert (len(batch.singles), len(batch.words), len(batch.statistics)) == (1, 1, 1)
    assert [refusal.reason for refusal in batch.refusals] == [
        Reject.NOT_BOUND,
        Reject.BAD_VALUE,
        Reject.BAD_VALUE,
        Reject.NOT_AN_OBJECT,
        Reject.UNKNOWN_EQUIPMENT,
    ]
    assert json.loads(batch.refusals[0].payload)["registerNumber"] == OTHER


def test_unknown_keys_are_counted_by_name_and_vendor_and_the_reading_is_kept() -> None:
    batch = read((STATE_TOPIC, STATE | {"Mood": 1}), (STATE_TOPIC, STATE | {"Mood": 2, "Wish": 3}))

    assert len(batch.singles) == 2
    assert batch.unknown_keys == {("xzl", "elevator", "Mood"): 2, ("xzl", "elevator", "Wish"): 1}


def test_a_vendor_that_invents_keys_without_end_fills_one_line() -> None:
    batch = read(*((STATE_TOPIC, STATE | {f"key{number}": 1}) for number in range(KEYS_LIMIT + 50)))

    assert len(batch.unknown_keys) == KEYS_LIMIT + 1
    assert batch.unknown_keys["xzl", "elevator", OTHER_KEYS] == 50


@pytest.mark.parametrize(
    ("payload", "connected"),
    [
        (b'{"online": true}', True),
        (b'{"online": "False"}', False),
        (b'{"status": "offline"}', False),
        (b"1", True),
        (b'"online"', True),
        (b"", False),
    ],
)
def test_a_vendors_connection_says_whether_it_is_up(payload: bytes, connected: bool) -> None:
    beats = read(("pt/v1/xzl/online", payload)).heartbeats

    assert [(beat.vendor, beat.connected, beat.live) for beat in beats] == [("xzl", connected, True)]


@pytest.mark.parametrize("last", ["online", "command"])
def test_what_is_not_telemetry_is_neither_stored_nor_refused(last: str) -> None:
    batch = read((f"pt/v1/xzl/elevator/{LIFT}/{last}", b"anything"))

    assert (batch.singles, batch.words, batch.refusals) == ([], [], [])
