"""Behaviour in the car: the car speaks, the use unit has an order, and what devices answer is kept."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from data_access.engine import Store
from domain.telemetry import BEIJING
from services import prompts
from services.prompts import Prompt
from services.telemetry_memory import Memory, recall
from tests.integration.ingest.district import Rows, event, lift, say, vendor

EBIKE, PRIED, JUMPING, BLOCKED = "37", "103", "104", "105"
NOON = datetime.now(BEIJING).replace(hour=12, minute=0, second=0, microsecond=0).astimezone(UTC) - timedelta(days=1)
ORDERS = "SELECT kind, cause, status, urgent, count, unit_id IS NOT NULL FROM work_orders ORDER BY id"
NOTES = "SELECT v.proof ->> 'note' FROM work_order_events v WHERE v.action = 'note' ORDER BY v.id"
COMMANDS = "SELECT d.prompt, d.status FROM device_commands d ORDER BY d.id"
REFUSED = "SELECT reason, detail FROM quarantine ORDER BY id"


@pytest.fixture
def memory(store: Store, url: str) -> Memory:
    """The worker's memory of a district where every lift has a use unit."""
    with psycopg.connect(url, autocommit=True) as connection:
        unit = "INSERT INTO organizations (name, kind, pinyin) VALUES ('甲苑物业', 'use_unit', '') RETURNING id"
        connection.execute("UPDATE equipment SET use_unit_id = %s", connection.execute(unit).fetchone())
    return recall(store, at=NOON)


def misbehave(store: Store, memory: Memory, code: str, at: datetime, *, number: int = 0) -> None:
    """A vendor's word of an occurrence that begins and ends."""
    name = f"{code}-{number}-{at.isoformat()}"
    say(store, memory, event(number, at, name, code=code), at=at + timedelta(seconds=1))
    say(store, memory, event(number, at + timedelta(seconds=30), name, code=code, phase="disappear"), at=at + timedelta(seconds=31))


def spoken(store: Store, at: datetime) -> list[Prompt]:
    """Send what is due, to a broker that takes everything."""
    with store.transaction() as tx:
        waiting = prompts.due(tx, at=at)
        prompts.sent(tx, waiting, at=at)
    return waiting


def answer(key: str, *, number: int = 0, by: str | None = None, **said: object) -> tuple[str, bytes]:
    """A device's answer: topic and payload."""
    body = {"msgId": key, "registerNumber": lift(number), "result": "played", **said}
    return f"pt/v1/{by or vendor(number)}/elevator/{lift(number)}/command/ack", json.dumps(body).encode()


def key_of(waiting: Sequence[Prompt]) -> str:
    """The number that the one prompt is to be answered with."""
    [prompt] = waiting
    key: str = json.loads(prompt.body)["msgId"]
    return key


def test_an_ebike_makes_the_car_speak_and_gives_the_use_unit_an_order(store: Store, memory: Memory, rows: Rows) -> None:
    say(store, memory, event(0, NOON, "e-1", code=EBIKE), at=NOON)

    [prompt] = spoken(store, NOON + timedelta(seconds=1))

    assert rows(ORDERS) == [("behavior", "ebike_in_car", "created", True, 1, True)]
    assert (prompt.vendor, prompt.kind, prompt.code) == ("xzl", "elevator", lift(0))
    body = json.loads(prompt.body)
    assert (body["command"], body["prompt"]) == ("play_voice", "ebike_in_car")
    assert "电动自行车" in body["text"]
    assert rows(COMMANDS) == [("ebike_in_car", "sent")]


def test_told_again_an_occurrence_changes_nothing(store: Store, memory: Memory, rows: Rows) -> None:
    for _ in range(2):
        say(store, memory, event(0, NOON, "e-1", code=EBIKE), at=NOON)

    assert [row[4] for row in rows(ORDERS)] == [1]
    assert len(rows(COMMANDS)) == 1


def test_a_second_ebike_speaks_again_and_stays_one_order(store: Store, memory: Memory, rows: Rows) -> None:
    misbehave(store, memory, EBIKE, NOON)
    misbehave(store, memory, EBIKE, NOON + timedelta(minutes=20))

    assert [row[4] for row in rows(ORDERS)] == [2]
    assert len(rows(COMMANDS)) == 2
    assert rows("SELECT count(*) FROM incident_sources") == [(2,)]


def test_an_ebike_after_the_use_unit_is_done_is_another_order_unless_it_is_the_same_alarm(
    store: Store, memory: Memory, rows: Rows, url: str
) -> None:
    misbehave(store, memory, EBIKE, NOON)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("UPDATE work_orders SET status = 'completed'")

    misbehave(store, memory, EBIKE, NOON + timedelta(minutes=20))
    say(store, memory, event(2, NOON, "still-there", code=EBIKE), at=NOON)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("UPDATE work_orders SET status = 'completed' WHERE id = (SELECT max(id) FROM work_orders)")
    say(store, memory, event(2, NOON + timedelta(minutes=11), "still-there-2", code=EBIKE), at=NOON + timedelta(minutes=11))

    assert [(row[2], row[4]) for row in rows(ORDERS)] == [("completed", 1), ("created", 1), ("completed", 2)]


def test_uncivil_behaviour_is_one_order_a_lift_and_day_with_its_count(store: Store, memory: Memory, rows: Rows) -> None:
    for minutes, code in enumerate((PRIED, JUMPING, PRIED, BLOCKED)):
        misbehave(store, memory, code, NOON + timedelta(minutes=10 * minutes))
    misbehave(store, memory, PRIED, NOON, number=2)
    misbehave(store, memory, JUMPING, NOON + timedelta(hours=12))  # midnight in Shanghai

    assert rows(ORDERS) == [("behavior", "uncivil_behavior", "created", False, count, True) for count in (4, 1, 1)]
    counts = {"door_pried": 2, "jumping": 1, "door_blocked_by_person": 1}
    assert rows("SELECT detail -> 'counts' FROM work_orders ORDER BY id LIMIT 1") == [(counts,)]
    assert len(rows(COMMANDS)) == 6


def test_what_happens_after_the_days_order_is_done_is_still_in_that_order(store: Store, memory: Memory, rows: Rows, url: str) -> None:
    misbehave(store, memory, PRIED, NOON)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("UPDATE work_orders SET status = 'confirmed', closed_at = %s", (NOON + timedelta(minutes=5),))

    misbehave(store, memory, JUMPING, NOON + timedelta(minutes=10))

    assert [(row[2], row[4]) for row in rows(ORDERS)] == [("confirmed", 2)]
    assert rows(NOTES) == [("behaviour_again",)]


def test_a_devices_answer_and_its_own_refusal_to_run_are_kept_once(store: Store, memory: Memory, rows: Rows) -> None:
    say(store, memory, event(0, NOON, "e-1", code=EBIKE), at=NOON)
    key = key_of(spoken(store, NOON + timedelta(seconds=1)))
    told = answer(key, refusedToRun="True", evidence={"Door_Status": 4})

    for _ in range(2):
        say(store, memory, told, at=NOON + timedelta(seconds=3))

    assert rows(COMMANDS) == [("ebike_in_car", "acknowledged")]
    [(kept, acknowledged_at)] = rows("SELECT answer, acknowledged_at FROM device_commands")
    assert [said["evidence"] for said in kept] == [{"Door_Status": 4}]
    assert acknowledged_at == NOON + timedelta(seconds=3)
    assert rows(NOTES) == [("prompt_played",), ("device_refused_to_run",)]


def test_a_prompt_that_could_not_be_played_is_said_so(store: Store, memory: Memory, rows: Rows) -> None:
    say(store, memory, event(0, NOON, "e-1", code=EBIKE), at=NOON)
    key = key_of(spoken(store, NOON + timedelta(seconds=1)))

    say(store, memory, answer(key, result="failed", reason="loudspeaker"), at=NOON + timedelta(seconds=3))

    assert rows(COMMANDS) == [("ebike_in_car", "failed")]
    assert rows(NOTES) == [("prompt_failed",)]


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        pytest.param({"key": "never-asked"}, ("bad_value", "msgId=never-asked"), id="nobody asked"),
        pytest.param({"number": 2}, ("bad_value", "msgId="), id="another lift was asked"),
        pytest.param({"by": "htk"}, ("not_bound", "htk"), id="another vendor's lift"),
        pytest.param({"result": "perhaps"}, ("bad_value", "result=perhaps"), id="no such outcome"),
        pytest.param({"key": ""}, ("bad_value", "msgId=played"), id="no number"),
    ],
)
def test_an_answer_that_fits_nothing_is_quarantined(
    store: Store, memory: Memory, rows: Rows, said: dict[str, Any], reason: tuple[str, str]
) -> None:
    say(store, memory, event(0, NOON, "e-1", code=EBIKE), at=NOON)
    key = key_of(spoken(store, NOON + timedelta(seconds=1)))

    say(store, memory, answer(**({"key": key} | said)), at=NOON + timedelta(seconds=3))

    [(why, detail)] = rows(REFUSED)
    assert (why, detail.startswith(reason[1])) == (reason[0], True)
    assert rows(COMMANDS) == [("ebike_in_car", "sent")]


@pytest.mark.parametrize(("seconds", "status"), [(30, "sent"), (31, "expired")])
def test_a_prompt_that_is_late_is_not_spoken_to_somebody_else(store: Store, memory: Memory, rows: Rows, seconds: int, status: str) -> None:
    say(store, memory, event(0, NOON, "e-1", code=EBIKE), at=NOON)

    spoken(store, NOON + timedelta(seconds=seconds))

    assert rows(COMMANDS) == [("ebike_in_car", status)]


@pytest.mark.parametrize(("late", "prompts", "notes"), [(30, [("ebike_in_car", "queued")], []), (31, [], [("prompt_too_late",)])])
def test_what_is_heard_of_too_late_has_its_order_but_the_car_is_silent(
    store: Store, memory: Memory, rows: Rows, late: int, prompts: list[tuple[str, str]], notes: list[tuple[str]]
) -> None:
    for again in range(2):
        say(store, memory, event(0, NOON, "e-1", code=EBIKE), at=NOON + timedelta(seconds=late + again * 60))

    assert rows(COMMANDS) == prompts
    assert [row[1] for row in rows(ORDERS)] == ["ebike_in_car"]
    assert rows(NOTES) == notes


def test_each_time_a_car_stays_silent_its_order_says_so(store: Store, memory: Memory, rows: Rows) -> None:
    for minutes in (0, 20):
        occurred = NOON + timedelta(minutes=minutes)
        say(store, memory, event(0, occurred, f"e-{minutes}", code=EBIKE), at=occurred + timedelta(seconds=40))
        say(store, memory, event(0, occurred, f"e-{minutes}", code=EBIKE, phase="disappear"), at=occurred + timedelta(seconds=50))

    assert [row[4] for row in rows(ORDERS)] == [2]
    assert rows(NOTES) == [("prompt_too_late",)] * 2


def test_uncivil_behaviour_told_of_too_late_is_only_counted(store: Store, memory: Memory, rows: Rows) -> None:
    say(store, memory, event(0, NOON, "p-1", code=PRIED), at=NOON + timedelta(seconds=31))

    assert [row[4] for row in rows(ORDERS)] == [1]
    assert (rows(COMMANDS), rows(NOTES)) == ([], [])


def test_a_prompt_heard_of_late_lives_only_as_long_as_one_heard_of_at_once(store: Store, memory: Memory, rows: Rows) -> None:
    say(store, memory, event(0, NOON, "e-1", code=EBIKE), at=NOON + timedelta(seconds=20))

    [prompt] = spoken(store, NOON + timedelta(seconds=21))

    assert prompt.seconds == 9
    assert json.loads(prompt.body)["expiresAt"] == f"{(NOON + timedelta(seconds=30)).astimezone(BEIJING):%Y-%m-%d %H:%M:%S}"


@pytest.mark.parametrize(("seconds", "status"), [(60, "sent"), (61, "unanswered")])
def test_a_device_that_does_not_answer_is_named_in_the_log(store: Store, memory: Memory, rows: Rows, seconds: int, status: str) -> None:
    say(store, memory, event(0, NOON, "e-1", code=EBIKE), at=NOON)
    spoken(store, NOON)

    spoken(store, NOON + timedelta(seconds=seconds))

    assert rows(COMMANDS) == [("ebike_in_car", status)]
    assert rows(NOTES) == [("prompt_unanswered",)] * (status == "unanswered")


def test_our_own_command_heard_by_the_worker_is_no_word_of_the_vendor(store: Store, memory: Memory, rows: Rows) -> None:
    say(store, memory, (f"pt/v1/xzl/elevator/{lift(0)}/command", b"{}"), at=NOON)

    assert rows("SELECT last_message_at FROM vendors WHERE name = 'xzl'") == [(None,)]
