"""A small MQTT client for tests: it connects, waits for what it asked for, and leaves."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

import paho.mqtt.client as mqtt
from paho.mqtt.enums import MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

PATIENCE_S = 20


@dataclass(frozen=True, slots=True)
class Account:
    """Where a client connects, and as whom."""

    url: str
    username: str | None
    password: str | None

    @classmethod
    def of(cls, url: str) -> Account:
        """The account in the URL itself."""
        parts = urlsplit(url)
        return cls(url, unquote(parts.username or ""), unquote(parts.password or ""))


class Speaker:
    """A connected client; every wait ends with an answer or a failure."""

    def __init__(self, account: Account, client_id: str, *, clean: bool, expiry_s: int, protocol: MQTTProtocolVersion) -> None:
        self._connected: queue.Queue[ReasonCode] = queue.Queue()
        self._subscribed: queue.Queue[list[ReasonCode]] = queue.Queue()
        self._published: queue.Queue[ReasonCode] = queue.Queue()
        self._messages: queue.Queue[tuple[str, bytes]] = queue.Queue()
        self._unanswered = 0
        self._client = client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id=client_id, protocol=protocol)
        client.max_inflight_messages_set(1000)
        if account.username is not None:
            client.username_pw_set(account.username, account.password)
        client.on_connect = lambda client, data, flags, reason, properties: self._connected.put(reason)
        client.on_subscribe = lambda client, data, mid, reasons, properties: self._subscribed.put(reasons)
        client.on_publish = lambda client, data, mid, reason, properties: self._published.put(reason)
        client.on_message = lambda client, data, message: self._messages.put((message.topic, message.payload))
        options: dict[str, Any] = {}
        if protocol is MQTTProtocolVersion.MQTTv5:
            lasting = Properties(PacketTypes.CONNECT)
            lasting.SessionExpiryInterval = expiry_s
            options = {"clean_start": clean, "properties": lasting}
        parts = urlsplit(account.url)
        client.connect(parts.hostname or "", parts.port or 1883, **options)
        client.loop_start()
        reason = self._connected.get(timeout=PATIENCE_S)
        if reason.is_failure:
            self.leave()
            raise ConnectionRefusedError(reason.getName())

    def subscribe(self, topic: str) -> None:
        """Subscribe with QoS 1 and wait for the broker's word."""
        self._client.subscribe(topic, qos=1)
        self._subscribed.get(timeout=PATIENCE_S)

    def publish(self, topic: str, payload: bytes, *, wait: bool = True) -> ReasonCode | None:
        """Publish with QoS 1; the broker's reason code unless the caller settles later."""
        self._client.publish(topic, payload, qos=1)
        self._unanswered += 1
        return self.settle() if wait else None

    def settle(self) -> ReasonCode:
        """Wait until every publish was answered; the last reason code."""
        while self._unanswered:
            last = self._published.get(timeout=PATIENCE_S)
            self._unanswered -= 1
        return last

    def next(self) -> tuple[str, bytes]:
        """The next message: topic and payload."""
        return self._messages.get(timeout=PATIENCE_S)

    def leave(self) -> None:
        """Disconnect and end the network thread."""
        self._client.disconnect()
        self._client.loop_stop()


@contextmanager
def speak(
    account: Account,
    *,
    client_id: str = "",
    clean: bool = True,
    expiry_s: int = 0,
    protocol: MQTTProtocolVersion = MQTTProtocolVersion.MQTTv5,
) -> Iterator[Speaker]:
    """A connected client for the length of a block; `clean` and `expiry_s` are for MQTT 5 sessions."""
    speaker = Speaker(account, client_id, clean=clean, expiry_s=expiry_s, protocol=protocol)
    try:
        yield speaker
    finally:
        speaker.leave()
