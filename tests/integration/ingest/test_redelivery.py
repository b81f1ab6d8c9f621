"""What the broker delivers again, because nobody acknowledged it, is refused once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from data_access.engine import Store
from ingest.client import Broker, Client
from ingest.decode import Message
from services.telemetry_memory import Memory
from tests.integration.ingest.district import PATIENCE_S, Rows, event, just_now, say, state, wait_for
from tests.mqtt_fixture import Account, speak

REFUSED = "SELECT reason, count(*) FROM quarantine GROUP BY reason ORDER BY reason"
LONG = b'["' + 80 * 1024 * b"x" + b'"]'


def spoken(now: datetime) -> list[tuple[str, bytes]]:
    """A reading and another one of the same second, a code nobody knows, broken bytes, and a payload longer than quarantine keeps."""
    topic = state(0, now)[0]
    return [state(0, now, Speed=0), state(0, now, Speed=1.5), event(0, now, "e", code="K9"), (topic, b"{\xff"), (topic, LONG)]


ONCE = [("conflict", 1), ("not_json", 1), ("too_large", 1), ("unmapped_code", 1)]


def test_a_batch_that_was_committed_and_comes_again_is_refused_once(store: Store, memory: Memory, rows: Rows, now: datetime) -> None:
    first = say(store, memory, *spoken(now), at=now)
    second = say(store, memory, *spoken(now), at=now + timedelta(minutes=5), again=True)

    assert (first.quarantined, second.quarantined) == (4, 0)
    assert rows(REFUSED) == ONCE


def test_a_batch_that_comes_again_and_was_never_committed_is_refused(store: Store, memory: Memory, rows: Rows, now: datetime) -> None:
    say(store, memory, *spoken(now), at=now, again=True)

    assert rows(REFUSED) == ONCE


def test_a_vendor_that_says_it_again_is_refused_again(store: Store, memory: Memory, rows: Rows, now: datetime) -> None:
    say(store, memory, *spoken(now), at=now)
    say(store, memory, (state(0, now)[0], b"{\xff"), at=now)

    assert ("not_json", 2) in rows(REFUSED)


@pytest.mark.parametrize("changed", ["topic", "payload", "end of a long payload"])
def test_another_message_that_comes_again_is_refused_too(store: Store, memory: Memory, rows: Rows, now: datetime, changed: str) -> None:
    here, elsewhere = state(0, now)[0], state(2, now)[0]
    say(store, memory, (here, LONG), (here, b"{"), at=now)

    other = {"topic": (elsewhere, b"{"), "payload": (here, b"["), "end of a long payload": (here, LONG + b" ")}[changed]
    assert say(store, memory, other, at=now, again=True).quarantined == 1


def test_the_broker_says_what_it_delivers_again(mqtt_url: str, services: dict[str, Any]) -> None:
    xzl = next(Account(services["mqtt_url"], v["username"], v["password"]) for v in services["vendors"] if v["name"] == "xzl")
    client, taken = Client(Broker(mqtt_url, "ingest-redelivery")), []

    def heard(count: int) -> list[Message]:
        wait_for(lambda: len(_take(client, taken)), count, patience=PATIENCE_S)
        return list(taken)

    client.open()
    wait_for(lambda: (_take(client, taken), client.listening)[1], True)
    with speak(xzl, client_id="xzl-redelivery") as speaker:
        speaker.publish(*state(0, just_now()))
        assert [message.again for message in heard(1)] == [False]
        client.close()

        client.open()
        messages = heard(2)
    client.acknowledge(messages)
    client.close()

    assert [message.again for message in messages] == [False, True]
    assert messages[0].payload == messages[1].payload


def _take(client: Client, taken: list[Message]) -> list[Message]:
    """What came so far, without what other tests' vendors say."""
    taken += [message for message in client.take(limit=100, idle=0.1, window=0.0) if message.topic.startswith("pt/v1/xzl/elevator/")]
    return taken
