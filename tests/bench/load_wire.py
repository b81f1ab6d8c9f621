"""The generator's side of the wire: one raw connection a vendor, and the place of each vendor in its round."""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from tests.bench.load_packets import MID_LIMIT, PUBACK_BYTES, VENDORS, Round, connect, rounds

UNANSWERED: Final = 1_500  # publishes a connection may have open at the broker
LEAD_S: Final = 540  # of the 600 s that a sampling time may lie ahead
ANSWER_S: Final = 60.0
CONNACK: Final = b"\x20\x02\x00\x00"


@dataclass(frozen=True, slots=True)
class Setting:
    """What the generator is told once. `accounts` are (username, password) by vendor, `first_id` the database's id of lift 0."""

    mqtt_url: str
    database_url: str
    accounts: dict[str, tuple[str, str]]
    devices: int
    first_id: int
    steps: int


class Connection:
    """One vendor's connection: writes packets, counts answers."""

    def __init__(self, url: str, client_id: str, account: tuple[str, str]) -> None:
        parts = urlsplit(url)
        self._socket = socket.create_connection((parts.hostname or "127.0.0.1", parts.port or 1883))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.sendall(connect(client_id, *account))
        if self._socket.recv(len(CONNACK)) != CONNACK:
            raise ConnectionRefusedError(client_id)
        self._odd = 0  # bytes of an answer that is not complete yet
        self._mid = MID_LIMIT
        self.unanswered = 0

    @property
    def room(self) -> int:
        """How many more publishes may be unanswered."""
        return UNANSWERED - self.unanswered

    def fileno(self) -> int:
        """For select."""
        return self._socket.fileno()

    def next_mid(self) -> int:
        """A packet identifier outside those of the rounds."""
        self._mid = self._mid + 1 if self._mid < 0xFFFF else MID_LIMIT + 1
        return self._mid

    def write(self, packets: bytes, count: int = 1) -> None:
        """Send so many publishes; the broker reads whatever comes, so this does not wait for answers."""
        self._socket.sendall(packets)
        self.unanswered += count

    def close(self) -> None:
        """Leave without a word."""
        self._socket.close()

    def read(self) -> None:
        """Count the answers that are there. Raises ConnectionResetError when the broker has gone."""
        try:
            data = self._socket.recv(1 << 18, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return
        if not data:
            raise ConnectionResetError
        answers, self._odd = divmod(self._odd + len(data), PUBACK_BYTES)
        self.unanswered -= answers


class Vendor:
    """A vendor's lifts, one after the other, round after round."""

    def __init__(self, index: int, setting: Setting) -> None:
        name = VENDORS[index]
        self.connection = Connection(setting.mqtt_url, f"bench-load-{name}", setting.accounts[name])
        self.second = 0  # the sampling time of what was sent last
        self.ago = 0.0  # seconds before the present that sampling times lie
        self._first_id = setting.first_id + index
        self._rounds: list[Round] = rounds(index, setting.devices, setting.steps)
        self._round = self._at = self._floor = 0

    def say(self, count: int) -> int:
        """Send at most `count` readings, not past the end of a round; how many it were."""
        now = int(time.time() - self.ago)
        second = max(now, self._floor, self.second)
        count = min(count, self.connection.room)
        if count <= 0 or second > now + LEAD_S:
            return 0
        script = self._rounds[self._round % len(self._rounds)]
        until = min(self._at + count, len(script))
        sent = until - self._at
        self.connection.write(script.cut(self._at, until, second), sent)
        self._at, self.second = until, second
        if until == len(script):
            self._at, self._round, self._floor = 0, self._round + 1, second + 1
        return sent

    def newest(self) -> tuple[int, int]:
        """(equipment id, second) of the last reading sent."""
        position = (self._at or len(self._rounds[0])) - 1
        return self._first_id + position * len(VENDORS), self.second


def settle(connections: Iterable[Connection]) -> None:
    """Wait for the broker's last answer. Raises TimeoutError."""
    deadline = time.monotonic() + ANSWER_S
    while waiting := [connection for connection in connections if connection.unanswered]:
        if time.monotonic() > deadline:
            raise TimeoutError("the broker did not answer every publish")
        for connection in select.select(waiting, [], [], 1)[0]:
            connection.read()
