"""What the broker refuses belongs to the message that it refused, also when numbers come again."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import paho.mqtt.client as mqtt
import pytest

from web.api.publisher import BrokerUnavailable, Publisher

TWO = [("pt/v1/xzl/a", b"1"), ("pt/v1/xzl/b", b"2")]


class Broker:
    """A client whose broker answers at once, by a list, and whose message numbers begin again after two."""

    def __init__(self, publisher: Publisher, *refused: bool) -> None:
        self._publisher = publisher
        self._refused = iter(refused)
        self._sent = 0

    def publish(self, topic: str, payload: bytes, *, qos: int) -> Any:
        mid = self._sent % 2 + 1
        self._sent += 1
        reason: Any = SimpleNamespace(is_failure=next(self._refused))
        self._publisher._on_publish(self, None, mid, reason, None)  # type: ignore[arg-type]
        return SimpleNamespace(mid=mid, rc=mqtt.MQTT_ERR_SUCCESS, wait_for_publish=lambda _seconds: None, is_published=lambda: True)


def publisher_of(*refused: bool) -> Publisher:
    publisher = Publisher("mqtt://127.0.0.1:1")
    publisher._client = Broker(publisher, *refused)  # type: ignore[assignment]
    publisher._connected.set()
    return publisher


def test_an_earlier_pushs_refusal_is_not_a_later_ones():
    publisher = publisher_of(True, True, False, False)
    with pytest.raises(BrokerUnavailable):
        publisher.publish(TWO)

    publisher.publish(TWO)


@pytest.mark.parametrize("refused", [(True, False), (False, True)])
def test_one_message_refused_is_a_push_refused(refused: tuple[bool, bool]):
    with pytest.raises(BrokerUnavailable):
        publisher_of(*refused).publish(TWO)
