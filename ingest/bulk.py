"""A paho client that reads and acknowledges in bulk; everything that is rare stays paho's own.

Stock paho asks the kernel four times and sends once for every message. Here one `recv` brings up to a megabyte, PUBLISH packets are
cut out of it in one loop, and their PUBACKs leave in one piece. Connecting, CONNACK, SUBACK, pings, QoS 2 and TLS are untouched.
It leans on paho's inner parts, so paho is pinned, tests/unit/ingest/test_bulk.py compares it with paho's own decoder on random
streams, and `works` is asked at start: where it says no, the stock loop does the work.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from typing import Any, Final

import numpy as np
import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MessageType, MQTTErrorCode, MQTTProtocolVersion

RECEIVED_AT_ONCE: Final = 1024 * 1024  # bytes
PLENTY: Final = RECEIVED_AT_ONCE // 4  # bytes of one read, after which nothing is gained by waiting
COALESCE_SECONDS: Final = 0.005  # the broker sends every message by itself: a short wait lets many come together
PUBLISH_BITS: Final = 0x30
LONGEST_VARINT: Final = 21  # bits of shift in the last byte of a remaining length

Published = tuple[bytes, bytes, int, int, int]
"""(topic, payload, message id, QoS, flags: 8 sent before, 1 retained)."""

ACCEPTED: Final = MQTTErrorCode.MQTT_ERR_SUCCESS


class BulkPaho(mqtt.Client):
    """Driven by one thread through loop_read, loop_write and loop_misc; MQTT 3.1.1."""

    on_published: Callable[[list[Published]], None]

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._rest = b""
        self.plenty = False  # the last read brought so much that more is waiting

    def loop_read(self, max_packets: int = 1) -> MQTTErrorCode:
        """Read once and hand over every whole PUBLISH of it; other packets go paho's way."""
        if self._sock is None:
            return MQTTErrorCode.MQTT_ERR_NO_CONN
        try:
            received = self._sock_recv(RECEIVED_AT_ONCE)
        except BlockingIOError:
            self.plenty = False
            return ACCEPTED
        except OSError:
            return self._loop_rc_handle(MQTTErrorCode.MQTT_ERR_CONN_LOST)
        if not received:
            return self._loop_rc_handle(MQTTErrorCode.MQTT_ERR_CONN_LOST)
        self.plenty = len(received) >= PLENTY
        with self._msgtime_mutex:
            self._last_bytes_received = time.monotonic()
        fault = self._cut(self._rest + received if self._rest else received)
        return self._loop_rc_handle(fault) if fault else ACCEPTED

    def ack_many(self, mids: list[int]) -> None:
        """Send the PUBACKs of these messages, in the order of their receipt, as one piece."""
        if not mids:
            return
        acks = np.empty(len(mids), [("head", ">u2"), ("mid", ">u2")])
        acks["head"] = MessageType.PUBACK << 8 | 2
        acks["mid"] = mids
        self._packet_queue(MessageType.PUBACK, acks.tobytes(), mids[-1], 1)

    def _sock_close(self) -> None:
        self._rest = b""
        super()._sock_close()

    def _cut(self, data: bytes) -> MQTTErrorCode:
        """Take the whole packets out of the data and keep the rest."""
        published: list[Published] = []
        at, size = 0, len(data)
        fault = ACCEPTED
        while size - at >= 2:
            head, length, body = data[at], data[at + 1], at + 2
            if length & 128:
                length, body = _long(data, at + 1)
                if length < 0:
                    fault = MQTTErrorCode.MQTT_ERR_PROTOCOL if body - at > 4 else ACCEPTED
                    break
            end = body + length
            if end > size:
                break
            if head & 0xF6 == PUBLISH_BITS or head & 0xF6 == PUBLISH_BITS | 2:  # QoS 2 goes paho's own way
                topic_end = body + 2 + (data[body] << 8 | data[body + 1]) if length >= 2 else end + 1
                qos = head >> 1 & 1
                start = topic_end + 2 * qos
                if start > end:
                    fault = MQTTErrorCode.MQTT_ERR_PROTOCOL
                    break
                mid = data[topic_end] << 8 | data[topic_end + 1] if qos else 0
                published.append((data[body + 2 : topic_end], data[start:end], mid, qos, head & 9))
            else:
                if published:
                    self.on_published(published)
                    published = []
                fault = self._by_paho(head, data[body:end])
                if fault or self._sock is None:
                    return fault
            at = end
        self._rest = data[at:]
        if published:
            self.on_published(published)
        return fault

    def _by_paho(self, head: int, body: bytes) -> MQTTErrorCode:
        self._in_packet = {
            "command": head,
            "have_remaining": 1,
            "remaining_count": [],
            "remaining_mult": 1,
            "remaining_length": len(body),
            "packet": bytearray(body),
            "to_process": 0,
            "pos": 0,
        }
        return self._packet_handle()


def works() -> bool:
    """Whether this paho still has the inner parts we lean on: a PUBLISH and a PINGRESP are read, and two PUBACKs are made."""
    heard: list[Published] = []
    sent: list[bytes] = []
    client: Any = None
    try:
        client = BulkPaho(CallbackAPIVersion.VERSION2, "check", protocol=MQTTProtocolVersion.MQTTv311, manual_ack=True)
        client.on_published = heard.extend
        client._sock_recv = lambda _size: b"\x32\x07\x00\x01t\x00\x07ok\xd0\x00\x30"  # noqa: SLF001
        client._packet_queue = lambda _command, packet, _mid, _qos: sent.append(packet)  # noqa: SLF001
        client._sock = socket.socket()  # noqa: SLF001
        read = client.loop_read()
        client.ack_many([7, 300])
        rest = client._rest  # noqa: SLF001
    except Exception:  # noqa: BLE001 whatever is wrong with it, the stock loop can do the work
        return False
    finally:
        if client is not None and client.socket() is not None:
            client.socket().close()
    return (read, heard, sent, rest) == (ACCEPTED, [(b"t", b"ok", 7, 1, 0)], [b"\x40\x02\x00\x07\x40\x02\x01\x2c"], b"\x30")


def _long(data: bytes, at: int) -> tuple[int, int]:
    """A remaining length of several bytes and where the body begins; -1 where it is cut off, or longer than four bytes."""
    length = shift = 0
    while at < len(data):
        byte = data[at]
        at += 1
        length |= (byte & 127) << shift
        if not byte & 128:
            return length, at
        shift += 7
        if shift > LONGEST_VARINT:
            return -1, at + 1
    return -1, 0
