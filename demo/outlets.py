"""The vendors' side of the broker: one ordinary MQTT client per vendor, with its own account, beat and last will."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage, MQTTMessageInfo
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from demo.voice import address
from demo.wire import ROOT

KEEP_ALIVE_S: Final = 15
_QUEUED: Final = 50_000  # messages a client keeps while the broker is away; then the oldest device behaviour: the newest is lost
_IN_FLIGHT: Final = 500
_HEARD: Final = 1_000  # commands that wait for the simulator's next look


class Outlet:
    """A vendor's connection. It reconnects by itself; `lost` counts messages that found the queue full, `heard` holds commands."""

    def __init__(self, vendor: str, *, host: str, port: int, username: str, password: str) -> None:
        self.vendor = vendor
        self.lost = 0
        self.sent = 0
        self.heard: deque[tuple[str, bytes]] = deque(maxlen=_HEARD)
        self._online = f"{ROOT}/{vendor}/online"
        self._client = Client(CallbackAPIVersion.VERSION2, client_id=f"{vendor}-gateway")
        self._client.username_pw_set(username, password)
        self._client.will_set(self._online, json.dumps({"online": False}), qos=1, retain=True)
        self._client.max_inflight_messages_set(_IN_FLIGHT)
        self._client.max_queued_messages_set(_QUEUED)
        self._client.reconnect_delay_set(1, 10)
        self._client.on_connect = self._connected
        self._client.on_message = self._told
        self._client.on_disconnect = self._disconnected
        self.refused = ""
        self._client.connect_async(host, port, KEEP_ALIVE_S)
        self._client.loop_start()

    def publish(self, topic: str, body: bytes) -> MQTTMessageInfo:
        """Hand a message to the client, QoS 1; the answer tells when the broker has it."""
        outcome = self._client.publish(topic, body, qos=1)
        if outcome.rc == MQTTErrorCode.MQTT_ERR_QUEUE_SIZE:
            self.lost += 1
        else:
            self.sent += 1
        return outcome

    def beat(self) -> None:
        """Say that the connection lives."""
        self._client.publish(self._online, json.dumps({"online": True}), qos=1, retain=True)

    def close(self) -> None:
        """Say goodbye and disconnect."""
        self._client.publish(self._online, json.dumps({"online": False}), qos=1, retain=True).wait_for_publish(2)
        self._client.disconnect()
        self._client.loop_stop()

    def _connected(self, _client: Client, _data: Any, _flags: ConnectFlags, reason: ReasonCode, _more: Properties | None) -> None:
        self.refused = str(reason) if reason.is_failure else ""
        if not reason.is_failure:
            self._client.subscribe(address(self.vendor), qos=1)
            self.beat()

    def _told(self, _client: Client, _data: Any, message: MQTTMessage) -> None:
        self.heard.append((message.topic, bytes(message.payload)))

    def _disconnected(self, _client: Client, _data: Any, _flags: DisconnectFlags, reason: ReasonCode, _more: Properties | None) -> None:
        self.refused = str(reason) if reason.is_failure else ""


def open_outlets(mqtt_url: str, vendors: Iterable[Mapping[str, str]]) -> dict[str, Outlet]:
    """An outlet per vendor account (name, username, password), all to the broker of `mqtt_url`."""
    broker = urlsplit(mqtt_url)
    return {
        vendor["name"]: Outlet(
            vendor["name"],
            host=broker.hostname or "127.0.0.1",
            port=broker.port or 1883,
            username=vendor["username"],
            password=vendor["password"],
        )
        for vendor in vendors
    }
