"""`python -m tests.bench.faults.producer SERVICES JOURNAL [--lifts N] [--period S]`: the district's gateways, one connection a vendor.

Every lift speaks once a period. What will be said is written down first. Messages the broker has not acknowledged are sent again
when it is back, as devices do; beyond that a gateway keeps its last minute, and says it again when told to.

Commands on stdin, one a line, each answered on stdout: `go`, `trap N` and `speed N` (so many lifts that nothing happened to yet),
`pause` (answered when everything was acknowledged), `replay SECONDS`, `count` (of readings so far), `quit`.
"""

from __future__ import annotations

import argparse
import json
import select
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable
from itertools import count
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

import paho.mqtt.client as mqtt

from tests.bench.faults import fleet
from tests.bench.faults.journal import EVENT, INVALID, OVERSPEED, STATE

TICKS: Final = 20  # a second
BUFFER_S: Final = 75.0
INVALID_SHARE: Final = 500  # one in so many
FAST_READINGS: Final = 5  # that a lift which is too fast says so: by readings, because a busy machine may skip a second
INFLIGHT: Final = 2_000
SETTLE_S: Final = 120.0


class Message(NamedTuple):
    """One message and its line in the journal."""

    line: str
    lift: int
    topic: str
    payload: bytes


class Gateway:
    """One vendor's connection with its unacknowledged messages and its last minute."""

    def __init__(self, url: str, username: str, password: str) -> None:
        self._sent = 0
        self._confirmed = 0
        self._kept: deque[tuple[float, Message]] = deque()
        parts = urlsplit(url)
        client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, f"gateway-{username}", clean_session=False)
        client.username_pw_set(username, password)
        client.max_inflight_messages_set(INFLIGHT)
        client.reconnect_delay_set(min_delay=1, max_delay=1)
        client.on_publish = self._on_publish
        client.connect(parts.hostname or "127.0.0.1", parts.port or 1883, keepalive=15)
        client.loop_start()
        self._client = client

    @property
    def settled(self) -> bool:
        """Whether the broker has acknowledged everything."""
        return self._confirmed >= self._sent

    def say(self, message: Message) -> None:
        """Send, now or as soon as there is a connection."""
        now = time.monotonic()
        self._kept.append((now, message))
        while self._kept[0][0] < now - BUFFER_S:
            self._kept.popleft()
        self._publish(message)

    def replay(self, seconds: float) -> int:
        """Say the last so many seconds before the newest message again; how many messages that are."""
        since = self._kept[-1][0] - seconds if self._kept else 0.0
        again = [message for at, message in self._kept if at >= since]
        for message in again:
            self._publish(message)
        return len(again)

    def leave(self) -> None:
        """End the session too: nobody comes back for it."""
        self._client.disconnect()
        self._client.loop_stop()

    def _publish(self, message: Message) -> None:
        self._sent += 1
        self._client.publish(message.topic, message.payload, qos=1)

    def _on_publish(self, *_: Any) -> None:
        self._confirmed += 1


class Producer:
    """The lifts, second by second."""

    def __init__(self, gateways: dict[str, Gateway], journal: Path, *, lifts: int, period: int) -> None:
        self._gateways = gateways
        self._journal = journal.open("a")
        self._lifts = lifts
        self._ticks = TICKS * period
        self.readings = 0
        self._ids = count(1)
        self._calm = iter(range(lifts))  # lifts nothing happened to yet
        self._fast: dict[int, int] = {}  # lift → readings of its overspeed that are to come
        self._tick = 0
        self._said: dict[int, int] = {}
        self._started = int(time.time())

    def begin(self) -> None:
        """Wait for a second in which no lift has spoken yet: rounds are told apart by their seconds."""
        while int(time.time()) <= max(self._said.values(), default=0):
            time.sleep(0.01)

    def tick(self) -> None:
        """Those lifts speak whose turn it is; a lift never twice in one second, nor of a second before its last."""
        second = int(time.time())
        lifts = [lift for lift in range(self._tick % self._ticks, self._lifts, self._ticks) if self._said.get(lift, 0) < second]
        self._tick += 1
        self._say([message for lift in lifts for message in self._of(lift, second)])

    def trap(self, lifts: int) -> None:
        """Somebody is locked in, in so many lifts."""
        second = int(time.time())
        self._say([self._trapped(next(self._calm), second) for _ in range(lifts)])

    def speed(self, lifts: int) -> None:
        """So many lifts are too fast from their next reading on."""
        self._fast |= {next(self._calm): FAST_READINGS for _ in range(lifts)}

    def pause(self) -> bool:
        """Let everybody who is too fast come to an end, so that no cause is cut in two; then wait until the broker has everything."""
        deadline = time.monotonic() + SETTLE_S
        while any(self._fast.values()) and time.monotonic() < deadline:
            self.tick()
            time.sleep(1 / TICKS)
        while not all(gateway.settled for gateway in self._gateways.values()) and time.monotonic() < deadline:
            time.sleep(0.02)
        return all(gateway.settled for gateway in self._gateways.values())

    def _say(self, messages: list[Message]) -> None:
        self._journal.write("".join(message.line for message in messages))
        self._journal.flush()
        for message in messages:
            self._gateways[fleet.vendor(message.lift)].say(message)

    def _of(self, lift: int, second: int) -> Iterable[Message]:
        self._said[lift] = second
        self.readings += 1
        lines, speed = f"{STATE} {lift} {second}\n", 0.0
        if left := self._fast.get(lift, 0):
            lines += f"{OVERSPEED} {lift} {second}\n" if left == FAST_READINGS else ""
            speed, self._fast[lift] = fleet.TOO_FAST, left - 1
        yield Message(lines, lift, fleet.topic(lift, "state"), fleet.state(lift, second, speed=speed))
        if (lift * 7 + second) % INVALID_SHARE == 0:
            yield self._broken(lift, second)

    def _broken(self, lift: int, second: int) -> Message:
        name = f"x-{self._started}-{next(self._ids)}"
        return Message(f"{INVALID} {lift} {second} {name}\n", lift, fleet.topic(lift, "state"), f'{{"msgId": "{name}", '.encode())

    def _trapped(self, lift: int, second: int) -> Message:
        name = f"e-{self._started}-{next(self._ids)}"
        return Message(f"{EVENT} {lift} {second} {name}\n", lift, fleet.topic(lift, "event"), fleet.trapped(lift, second, name))


def main() -> None:
    """Serve commands between ticks until `quit` or the end of stdin."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.faults.producer", description=__doc__)
    parser.add_argument("services", type=Path)
    parser.add_argument("journal", type=Path)
    parser.add_argument("--lifts", type=int, default=2_000)
    parser.add_argument("--period", type=int, default=1, help="whole seconds between two readings of a lift")
    chosen = parser.parse_args()
    services = json.loads(chosen.services.read_text("utf-8"))
    accounts = {entry["name"]: entry for entry in services["vendors"]}
    gateways = {name: Gateway(services["mqtt_url"], accounts[name]["username"], accounts[name]["password"]) for name in fleet.VENDORS}
    producer = Producer(gateways, chosen.journal, lifts=chosen.lifts, period=chosen.period)
    _serve(producer, gateways)
    for gateway in gateways.values():
        gateway.leave()


def _serve(producer: Producer, gateways: dict[str, Gateway]) -> None:
    actions: dict[str, Callable[[float], object]] = {
        "trap": lambda number: producer.trap(int(number)),
        "speed": lambda number: producer.speed(int(number)),
        "replay": lambda seconds: sum(gateway.replay(seconds) for gateway in gateways.values()),
        "pause": lambda _: producer.pause(),
        "count": lambda _: producer.readings,
        "go": lambda _: producer.begin(),
    }
    going, due = False, time.monotonic()
    print("ready", flush=True)
    while True:
        readable, _, _ = select.select([sys.stdin], [], [], max(0.0, due - time.monotonic()) if going else None)
        if readable:
            command, _, argument = sys.stdin.readline().strip().partition(" ")
            if command not in actions:
                return
            going = (going and command != "pause") or command == "go"
            print(command, actions[command](float(argument or 0)), flush=True)
            due = max(due, time.monotonic() - 1.0)
        if going and time.monotonic() >= due:
            producer.tick()
            due += 1 / TICKS


if __name__ == "__main__":
    main()
