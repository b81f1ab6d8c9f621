"""The bulk client cuts the same messages out of a stream as paho's own decoder, however the stream is broken into pieces."""

from __future__ import annotations

import random
import struct
from typing import Any

import paho.mqtt.client as mqtt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from paho.mqtt._packet import decode_publish
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion

from ingest import bulk
from ingest.bulk import BulkPaho, Published

PINGRESP = b"\xd0\x00"
SIZES = (0, 1, 100, 126, 127, 128, 300, 16_370, 16_390, 70_000)
PIECES = (1, 2, 3, 7, 100, 1_500, 9_000, 65_536)


def varint(number: int) -> bytes:
    """A remaining length as MQTT writes it."""
    out = b""
    while True:
        number, byte = number >> 7, number & 127
        out += bytes([byte | (128 if number else 0)])
        if not number:
            return out


def publish(rng: random.Random) -> tuple[bytes, Published]:
    """A PUBLISH packet, and what paho's own decoder says of it."""
    qos, dup, retain = rng.choice((0, 1, 1, 1)), rng.random() < 0.1, rng.random() < 0.1
    topic = ("pt/é/" + "x" * rng.choice((1, 5, 60, 300))).encode()
    body = struct.pack(">H", len(topic)) + topic + (struct.pack(">H", rng.randrange(1, 65_536)) if qos else b"")
    body += rng.randbytes(rng.choice(SIZES))
    head = 0x30 | qos << 1 | 8 * dup | retain
    said = decode_publish(head, bytearray(body), MQTTProtocolVersion.MQTTv311)
    expected = (bytes(said.topic), bytes(said.payload), said.mid if said.qos else 0, said.qos, 8 * said.dup + said.retain)
    return bytes([head]) + varint(len(body)) + body, expected


class Pieces:
    """A socket that gives what it has in pieces, and then nothing more for now."""

    def __init__(self, pieces: list[bytes]) -> None:
        self.pieces = pieces

    def recv(self, size: int) -> bytes:
        """The next piece."""
        if not self.pieces:
            raise BlockingIOError
        return self.pieces.pop(0)

    def close(self) -> None:
        """Nothing to give back."""


def client(heard: list[Published], pieces: list[bytes]) -> Any:
    """A bulk client that reads these pieces."""
    reader: Any = BulkPaho(CallbackAPIVersion.VERSION2, "fuzz", protocol=MQTTProtocolVersion.MQTTv311, manual_ack=True)
    reader.on_published = heard.extend
    reader._sock = Pieces(pieces)
    return reader


def broken(rng: random.Random, stream: bytes) -> list[bytes]:
    """The stream in pieces of random size."""
    pieces, at = [], 0
    while at < len(stream):
        size = rng.choice(PIECES)
        pieces.append(stream[at : at + size])
        at += size
    return pieces


@settings(max_examples=200, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_the_same_messages_whatever_the_pieces(seed: int) -> None:
    rng = random.Random(seed)
    heard: list[Published] = []
    expected, stream = [], b""
    for _ in range(rng.randrange(1, 40)):
        packet, said = publish(rng)
        stream += packet + (PINGRESP if rng.random() < 0.1 else b"")
        expected.append(said)
    pieces = broken(rng, stream)
    reader = client(heard, pieces)

    while pieces:
        assert reader.loop_read() == MQTTErrorCode.MQTT_ERR_SUCCESS

    assert heard == expected
    assert reader._rest == b""


@settings(max_examples=300, deadline=None)
@given(noise=st.binary(max_size=200), seed=st.integers(0, 1000))
def test_noise_ends_the_connection_or_waits_for_more_and_never_raises(noise: bytes, seed: int) -> None:
    heard: list[Published] = []
    reader = client(heard, [publish(random.Random(seed))[0] + noise])

    assert isinstance(reader.loop_read(), MQTTErrorCode)
    assert heard


@pytest.mark.parametrize(
    "stream",
    [b"\x30\xff\xff\xff\xff\x7f", b"\x32\x03\x00\x01t", b"\x30\x02\x00\x09", b"\x30\x00", b"\x32\x01\x00"],
    ids=["endless length", "no id", "topic beyond the end", "no topic", "half a topic length"],
)
def test_a_broken_packet_ends_the_connection(stream: bytes) -> None:
    assert client([], [stream]).loop_read() != MQTTErrorCode.MQTT_ERR_SUCCESS


def test_a_packet_that_is_not_whole_waits() -> None:
    heard: list[Published] = []
    pieces = [b"\x32", b"\x80", b"\x01\x00\x01t\x00\x07" + b"p" * 123]
    reader = client(heard, pieces)

    reader.loop_read()
    reader.loop_read()
    assert heard == []
    reader.loop_read()

    assert heard == [(b"t", b"p" * 123, 7, 1, 0)]


def test_a_closed_connection_forgets_its_half_packet() -> None:
    reader = client([], [b"\x32\x80", b""])

    reader.loop_read()
    assert reader.loop_read() == MQTTErrorCode.MQTT_ERR_CONN_LOST
    assert (reader._rest, reader._sock) == (b"", None)


def test_acknowledgements_leave_in_one_piece_and_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[bytes] = []
    reader = client([], [])
    monkeypatch.setattr(reader, "_packet_queue", lambda _command, packet, _mid, _qos: sent.append(packet))

    reader.ack_many([1, 256, 65_535])
    reader.ack_many([])

    assert sent == [b"\x40\x02\x00\x01\x40\x02\x01\x00\x40\x02\xff\xff"]


def test_the_check_at_start_notices_a_paho_without_the_inner_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    assert bulk.works()
    with monkeypatch.context() as patch:
        patch.setattr(mqtt.Client, "_packet_handle", lambda self: 1 / 0)
        assert not bulk.works()
    with monkeypatch.context() as patch:
        patch.setattr(mqtt.Client, "_loop_rc_handle", lambda self, rc: rc)
        patch.setattr(bulk, "PUBLISH_BITS", 0x40)
        assert not bulk.works()
