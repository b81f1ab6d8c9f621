"""Voice prompts on their way out: what the database says is to be spoken is told to the cars, each within a second of being asked for.

A prompt counts as sent when the broker has it. Where the commit then fails it goes out again, under the same `msgId`, which a device
speaks once. The broker drops it, and the device ignores it, once it is too late.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from time import monotonic
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from data_access.engine import Store
from ingest import topics
from ingest.link import DEFAULT_PORTS, KEEPALIVE_SECONDS
from ingest.topics import Channel, Topic
from services import prompts
from services.prompts import Prompt

log = logging.getLogger(__name__)

ANSWER_SECONDS: Final = 2.0  # that the broker may take; its rows are locked meanwhile
RECONNECT_SECONDS: Final = 5


class Voice:
    """One connection to the broker that only speaks, kept up by paho's own thread: `open` it once, `close` it at the end."""

    def __init__(self, url: str, *, client_id: str) -> None:
        self._url = urlsplit(url)
        self._connected = threading.Event()
        self._refused: set[int] = set()
        self._client = self._new(client_id)

    def open(self) -> None:
        """Begin to connect; the broker may come later."""
        port = self._url.port or DEFAULT_PORTS.get(self._url.scheme, DEFAULT_PORTS["mqtt"])
        self._client.connect_async(self._url.hostname or "127.0.0.1", port, keepalive=KEEPALIVE_SECONDS)
        self._client.loop_start()

    def speak(self, store: Store, at: datetime) -> int:
        """Send what waits, and give up what waited too long; how many the broker has. Raises StoreUnavailable."""
        with store.transaction() as tx:
            waiting = prompts.due(tx, at=at)
            taken = self._publish(waiting) if self._connected.is_set() else []
            prompts.sent(tx, taken, at=at)
        if waiting:
            log.info("prompts", extra={"sent": len(taken), "waiting": len(waiting) - len(taken)})
        return len(taken)

    def connected(self, patience: float) -> bool:
        """Whether there is a connection, waiting so many seconds for one."""
        return self._connected.wait(patience)

    def close(self) -> None:
        """Leave the broker."""
        self._client.disconnect()
        self._client.loop_stop()

    def _publish(self, waiting: Sequence[Prompt]) -> list[Prompt]:
        """Those that the broker has taken."""
        until = monotonic() + ANSWER_SECONDS
        under_way = [(prompt, self._hand_over(prompt)) for prompt in waiting]
        return [prompt for prompt, handed in under_way if self._is_taken(handed, until)]

    def _hand_over(self, prompt: Prompt) -> mqtt.MQTTMessageInfo:
        worth = Properties(PacketTypes.PUBLISH)
        worth.MessageExpiryInterval = prompt.seconds
        topic = topics.written(Topic(prompt.vendor, Channel.COMMAND, prompt.kind, prompt.code))
        return self._client.publish(topic, prompt.body, qos=1, properties=worth)

    def _is_taken(self, handed: mqtt.MQTTMessageInfo, until: float) -> bool:
        if handed.rc != MQTTErrorCode.MQTT_ERR_SUCCESS:
            return False
        with suppress(RuntimeError):  # paho's word for a connection that ended meanwhile
            handed.wait_for_publish(max(0.0, until - monotonic()))
        refused = handed.mid in self._refused
        self._refused.discard(handed.mid)
        return handed.is_published() and not refused

    def _new(self, client_id: str) -> mqtt.Client:
        client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id, protocol=MQTTProtocolVersion.MQTTv5)  # 3.1.1 has no expiry
        if self._url.username:
            client.username_pw_set(unquote(self._url.username), unquote(self._url.password or ""))
        if self._url.scheme == "mqtts":
            client.tls_set()
        client.reconnect_delay_set(min_delay=1, max_delay=RECONNECT_SECONDS)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_publish = self._on_publish
        return client

    def _on_connect(self, _client: mqtt.Client, _data: Any, _flags: Any, reason: ReasonCode, _properties: Any) -> None:
        if reason.is_failure:
            log.error("prompts_refused_by_broker", extra={"reason": str(reason)})
        else:
            self._connected.set()

    def _on_disconnect(self, _client: mqtt.Client, _data: Any, _flags: Any, reason: ReasonCode, _properties: Any) -> None:
        if self._connected.is_set() and reason.is_failure:
            log.warning("prompts_lost_broker", extra={"reason": str(reason)})
        self._connected.clear()

    def _on_publish(self, _client: mqtt.Client, _data: Any, mid: int, reason: ReasonCode, _properties: Any) -> None:
        """Called before the waiting sender is; it takes no lock, because paho holds its own."""
        if reason.is_failure:
            self._refused.add(mid)
            log.error("prompt_refused_by_broker", extra={"reason": str(reason)})
