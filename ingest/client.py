"""The worker's ear at the broker: a persistent session whose messages are acknowledged only after they were committed.

The network thread does nothing but enqueue. An exception there would end it silently while `is_connected()` stays true, so
whether the connection lives is judged by the worker's own heartbeat coming round.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from ingest import topics
from ingest.decode import Message

log = logging.getLogger(__name__)

WINDOW: Final = 20_000  # messages the broker may have in flight to us, unacknowledged: the bound of the queue
SESSION_SECONDS: Final = 24 * 3600  # how long the broker keeps messages for a worker that is away
KEEPALIVE_SECONDS: Final = 15
CONNECT_SECONDS: Final = 5
DEFAULT_PORTS: Final = {"mqtt": 1883, "mqtts": 8883}


@dataclass(frozen=True, slots=True)
class Broker:
    """Where to listen, as whom, and to what."""

    url: str
    client_id: str
    filters: tuple[str, ...] = (topics.EVERYTHING,)


class Client:
    """One connection at a time to one broker; `open` and `close` as often as needed."""

    def __init__(self, broker: Broker, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._broker = broker
        self._clock = clock
        self._beat = topics.beat(broker.client_id)
        self._others_beats = f"{topics.ROOT}/{topics.OURS}/"
        self._paho: mqtt.Client | None = None
        self._queue: deque[Message] = deque()
        self._arrived = threading.Event()
        self._hurry = threading.Event()
        self._session = 0
        self._connected = False
        self._listening = False
        self._heard_at = monotonic()

    @property
    def listening(self) -> bool:
        """Whether the broker has granted the subscription on the present connection."""
        return self._listening

    @property
    def filters(self) -> tuple[str, ...]:
        """The topics it listens to."""
        return self._broker.filters

    @property
    def waiting(self) -> int:
        """Messages received and not yet taken."""
        return len(self._queue)

    def open(self) -> None:
        """Connect, in the background and for as long as it takes."""
        self.close()
        self._heard_at = monotonic()
        self._paho = client = self._new()
        client.connect_async(*_address(self._broker.url), keepalive=KEEPALIVE_SECONDS, clean_start=False, properties=_lasting())
        client.loop_start()

    def close(self) -> None:
        """Leave, and keep nothing: what was not acknowledged comes again."""
        client, self._paho = self._paho, None
        if client is not None:
            client.disconnect()
            with suppress(AttributeError):  # paho forgets its thread when that ends by itself, perhaps just now
                client.loop_stop()
            for thread in self._network_threads():
                thread.join()
        self._connected = self._listening = False
        self._session += 1
        self._queue.clear()

    def take(self, *, limit: int, idle: float, window: float) -> list[Message]:
        """At most `limit` messages: waits `idle` seconds for the first, then `window` for more, but not once an event is there."""
        if not self._arrived.wait(idle):
            return []
        self._hurry.wait(window)
        self._arrived.clear()
        self._hurry.clear()
        taken = [self._queue.popleft() for _ in range(min(limit, len(self._queue)))]
        if self._queue:
            self._arrived.set()
            self._hurry.set()
        return taken

    def acknowledge(self, messages: Sequence[Message]) -> None:
        """Tell the broker that these are committed; those of an earlier connection come again, and change nothing."""
        client = self._paho
        if client is None:
            return
        for message in messages:
            if message.qos and message.session == self._session:
                client.ack(message.mid, message.qos)

    def beat(self) -> None:
        """Send the heartbeat that has to come round."""
        if self._paho is not None and self._connected:
            self._paho.publish(self._beat, b"1", qos=0)

    def silent_seconds(self) -> float:
        """For how long nothing came over a connection that says it is up; 0 while it is known to be down and being restored."""
        restoring = not self._connected and self._network_threads()
        return 0.0 if restoring else monotonic() - self._heard_at

    def _wanted(self) -> list[str]:
        """The filters, and the own heartbeat where they leave it out."""
        covered = any(mqtt.topic_matches_sub(wanted, self._beat) for wanted in self._broker.filters)
        return [*self._broker.filters, *([] if covered else [self._beat])]

    def _network_threads(self) -> list[threading.Thread]:
        return [thread for thread in threading.enumerate() if thread.name == f"paho-mqtt-client-{self._broker.client_id}"]

    def _new(self) -> mqtt.Client:
        client = mqtt.Client(CallbackAPIVersion.VERSION2, self._broker.client_id, protocol=mqtt.MQTTv5, manual_ack=True)
        parts = urlsplit(self._broker.url)
        if parts.username:
            client.username_pw_set(unquote(parts.username), unquote(parts.password or ""))
        if parts.scheme == "mqtts":
            client.tls_set()
        client.connect_timeout = CONNECT_SECONDS
        client.reconnect_delay_set(min_delay=1, max_delay=10)
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        return client

    def _on_connect(self, client: mqtt.Client, _data: Any, flags: mqtt.ConnectFlags, reason: Any, _properties: Any) -> None:
        if client is not self._paho:
            return
        if reason.is_failure:
            log.error("broker_refused", extra={"reason": str(reason)})
            return
        self._session += 1
        self._connected = True
        self._heard_at = monotonic()
        client.subscribe([(wanted, 1) for wanted in self._wanted()])
        log.info("broker_connected", extra={"client_id": self._broker.client_id, "session_kept": flags.session_present})

    def _on_subscribe(self, client: mqtt.Client, _data: Any, _mid: int, reasons: list[Any], _properties: Any) -> None:
        refused = [str(reason) for reason in reasons if reason.is_failure]
        self._listening = client is self._paho and not refused
        if refused:
            log.error("subscription_refused", extra={"reasons": refused})

    def _on_disconnect(self, client: mqtt.Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if client is self._paho and self._connected:
            self._connected = self._listening = False
            log.warning("broker_lost", extra={"reason": str(reason)})

    def _on_message(self, client: mqtt.Client, _data: Any, message: mqtt.MQTTMessage) -> None:
        self._heard_at = monotonic()
        try:
            topic = message.topic
        except UnicodeDecodeError:
            topic = "?"  # decoding then says bad_topic
        if topic.startswith(self._others_beats):
            return
        if client is not self._paho or (not message.qos and len(self._queue) >= WINDOW):  # QoS 0 has no window of its own
            return
        self._queue.append(
            Message(
                topic,
                bytes(message.payload),
                self._clock(),
                bool(message.retain),
                message.mid,
                message.qos,
                self._session,
                bool(message.dup),
            )
        )
        if not self._arrived.is_set():
            self._arrived.set()
        if not self._hurry.is_set() and (topic.endswith(topics.URGENT) or len(self._queue) >= WINDOW // 4):
            self._hurry.set()


def _address(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    return parts.hostname or "127.0.0.1", parts.port or DEFAULT_PORTS.get(parts.scheme, 1883)


def _lasting() -> Properties:
    properties = Properties(PacketTypes.CONNECT)
    properties.SessionExpiryInterval = SESSION_SECONDS
    properties.ReceiveMaximum = WINDOW
    return properties
