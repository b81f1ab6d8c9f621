"""What comes in over HTTP goes on over the broker, so that there is one path, one acknowledgement and one quarantine.

A message counts as taken when the broker has answered it. What was not answered in time may still have arrived: its sender
sends it again, and told twice nothing changes.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from contextlib import suppress
from time import monotonic
from typing import Any, Final
from urllib.parse import unquote, urlsplit
from uuid import uuid4

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.reasoncodes import ReasonCode

from domain.errors import PutuoError

log = logging.getLogger(__name__)

CONNECTING: Final = 3.0  # seconds that a message waits for a connection
ANSWERING: Final = 5.0  # seconds that it waits for the broker's answer
KEEPALIVE_SECONDS: Final = 15
UNANSWERED: Final = 5_000  # messages under way; beyond them a sender is asked to come back
DEFAULT_PORTS: Final = {"mqtt": 1883, "mqtts": 8883}


class BrokerUnavailable(PutuoError):
    """The broker did not take a message."""

    code = "broker_unavailable"


class Publisher:
    """One connection of this process to the broker, made with the first message and kept up from then on."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._client: mqtt.Client | None = None
        self._connected = threading.Event()
        self._lock = threading.Lock()
        self._refused: dict[int, tuple[float, str]] = {}  # message number → when, and why

    def publish(self, messages: Sequence[tuple[str, bytes]]) -> None:
        """Return when the broker has every (topic, payload). Raises BrokerUnavailable."""
        client = self._ready()
        began = monotonic()
        under_way = [_sent(client, topic, payload) for topic, payload in messages]
        for sent in under_way:
            self._await(sent, began)

    def close(self) -> None:
        """Leave the broker."""
        client, self._client = self._client, None
        if client is not None:
            client.disconnect()
            client.loop_stop()

    def _ready(self) -> mqtt.Client:
        with self._lock:
            if self._client is None:
                self._client = self._connect()
            client = self._client
        if not self._connected.wait(CONNECTING):
            raise BrokerUnavailable(reason="not_connected")
        return client

    def _connect(self) -> mqtt.Client:
        parts = urlsplit(self._url)
        client = mqtt.Client(CallbackAPIVersion.VERSION2, f"web-{uuid4()}", protocol=mqtt.MQTTv5)
        if parts.username:
            client.username_pw_set(unquote(parts.username), unquote(parts.password or ""))
        if parts.scheme == "mqtts":
            client.tls_set()
        client.max_inflight_messages_set(UNANSWERED)
        client.max_queued_messages_set(UNANSWERED)
        client.reconnect_delay_set(min_delay=1, max_delay=10)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_publish = self._on_publish
        client.connect_async(
            parts.hostname or "127.0.0.1", parts.port or DEFAULT_PORTS.get(parts.scheme, 1883), keepalive=KEEPALIVE_SECONDS
        )
        client.loop_start()
        return client

    def _await(self, sent: mqtt.MQTTMessageInfo, began: float) -> None:
        with suppress(RuntimeError):  # paho's word for a connection that ended meanwhile
            sent.wait_for_publish(max(began + ANSWERING - monotonic(), 0.0))
        if not sent.is_published():
            raise BrokerUnavailable(reason="no_answer")
        at, reason = self._refused.pop(sent.mid, (began, ""))
        if reason and at >= began:  # else it was an earlier message's of the same number, for which nobody waited any more
            raise BrokerUnavailable(reason=reason)

    def _on_connect(self, client: mqtt.Client, _data: Any, _flags: Any, reason: ReasonCode, _properties: Any) -> None:
        if reason.is_failure:
            log.error("push_refused_by_broker", extra={"reason": str(reason)})
        else:
            self._connected.set()

    def _on_disconnect(self, client: mqtt.Client, _data: Any, _flags: Any, reason: ReasonCode, _properties: Any) -> None:
        if self._connected.is_set():
            log.warning("push_lost_broker", extra={"reason": str(reason)})
        self._connected.clear()

    def _on_publish(self, client: mqtt.Client, _data: Any, mid: int, reason: ReasonCode, _properties: Any) -> None:
        """Called before the waiting sender is; it must take no lock, because paho holds its own."""
        if reason.is_failure:
            self._refused[mid] = (monotonic(), str(reason))
            log.error("push_refused_by_broker", extra={"reason": str(reason)})


def _sent(client: mqtt.Client, topic: str, payload: bytes) -> mqtt.MQTTMessageInfo:
    sent = client.publish(topic, payload, qos=1)
    if sent.rc != mqtt.MQTT_ERR_SUCCESS:
        raise BrokerUnavailable(reason=mqtt.error_string(sent.rc))
    return sent
