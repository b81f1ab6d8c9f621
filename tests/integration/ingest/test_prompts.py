"""A prompt's way through the real broker: asked for by an event, heard by the device, answered, and kept. All within five seconds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from time import monotonic
from typing import Any

import pytest

from data_access.engine import Store
from ingest.voice import Voice
from tests.integration.ingest.district import Rows, event, just_now, lift, wait_for, working
from tests.mqtt_fixture import Account, speak

COMMANDS = "SELECT prompt, status FROM device_commands"
REACTION_S = 5.0
PATIENCE_S = 10.0


@pytest.fixture
def voice(mqtt_url: str) -> Iterator[Voice]:
    """The platform's own voice at the broker."""
    opened = Voice(mqtt_url, client_id="voice-of-tests")
    opened.open()
    yield opened
    opened.close()


@pytest.fixture
def xzl(services: dict[str, Any]) -> Account:
    """A vendor's account."""
    return next(Account(services["mqtt_url"], v["username"], v["password"]) for v in services["vendors"] if v["name"] == "xzl")


def test_an_ebike_is_spoken_to_and_the_answer_is_kept_within_five_seconds(
    url: str, store: Store, rows: Rows, mqtt_url: str, voice: Voice, xzl: Account
) -> None:
    assert voice.connected(PATIENCE_S)
    with working(url, mqtt_url, "ingest-prompts"), speak(xzl, client_id="xzl-prompts") as device:
        device.subscribe("pt/v1/xzl/+/+/command")
        began = monotonic()

        device.publish(*event(0, just_now(), "e-1", code="37"))
        wait_for(lambda: (voice.speak(store, datetime.now(UTC)), rows(COMMANDS))[1], [("ebike_in_car", "sent")])
        topic, body = device.next()
        heard = monotonic() - began
        device.publish(f"{topic}/ack", json.dumps({"msgId": json.loads(body)["msgId"], "result": "played"}).encode())
        wait_for(lambda: rows(COMMANDS), [("ebike_in_car", "acknowledged")])

    assert topic == f"pt/v1/xzl/elevator/{lift(0)}/command"
    assert heard < REACTION_S
    assert rows("SELECT reason FROM quarantine") == []


def test_without_a_broker_a_prompt_waits_and_is_not_called_sent(store: Store, rows: Rows) -> None:
    lost = Voice("mqtt://127.0.0.1:1", client_id="voice-of-nobody")
    lost.open()
    try:
        with store.transaction() as tx:
            tx.cursor().execute(
                "INSERT INTO device_commands (equipment_id, key, prompt, status, created_at) "
                "SELECT id, 'k', 'ebike_in_car', 'queued', now() FROM equipment LIMIT 1"
            )

        assert lost.speak(store, datetime.now(UTC)) == 0
    finally:
        lost.close()

    assert rows(COMMANDS) == [("ebike_in_car", "queued")]
