"""A load generator that costs next to nothing: rendered packets over raw sockets, one connection a vendor, answers only counted.

    python -m tests.bench.load          reads its setting and then one order a line from stdin, answers each with a line of figures

A process of its own, so that what it costs is not counted as anybody else's. Identity of a reading is (machine, second), so each
round of all machines is sampled at least one second after the last: under flood the sampled clock runs ahead of the wall clock, up
to `LEAD_S`, and then the generator waits.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any, Final

import psycopg

from stack.home import PROJECT
from tests.bench.load_packets import RAISING_STEP, STAGE, STAGE_STEP_S, TRAPPED, VENDORS, event, on_stage
from tests.bench.load_wire import Setting, Vendor, settle

TICK_S: Final = 0.005
SLICE: Final = 250  # packets a vendor sends at once when there is no pace to keep
MARK_EVERY: Final = 1_000  # readings between two whose storing is watched, where the readings on their way are limited
LOOK_S: Final = 0.01
ALIKE: Final = (1.0,) * len(VENDORS)


@dataclass(frozen=True, slots=True)
class Order:
    """One run: at a pace (0: none) for so many seconds, or until so many messages. `shares` of the messages, by vendor.

    `on_the_way`: how many readings may be published and not yet in `table`; 0 leaves that to the broker.
    """

    rate: float = 0
    seconds: float = 0
    messages: int = 0
    events: float = 0  # a second: a vendor says that somebody is trapped
    trapped: float = 0  # a second: states say so
    on_the_way: int = 0
    table: str = "readings"
    shares: tuple[float, ...] = ALIKE
    ago: float = 0  # seconds before the present that sampling begins

    def done(self, sent: int, elapsed: float) -> bool:
        """Whether that is all."""
        return sent >= self.messages if self.messages else elapsed >= self.seconds

    def due(self, index: int, elapsed: float) -> int:
        """How many readings a vendor should have sent by now."""
        return int(elapsed * self.rate * self.shares[index] / sum(self.shares))


@dataclass(slots=True)
class Sent:
    """What was published: readings and when; events and raising states as (lift, epoch seconds); the last reading of each vendor."""

    readings: int = 0
    began: float = 0
    ended: float = 0
    processor_s: float = 0
    events: list[tuple[int, float]] = field(default_factory=list)
    trapped: list[tuple[int, float]] = field(default_factory=list)
    last: list[tuple[int, int]] = field(default_factory=list)  # (equipment id, epoch second)


class Load:
    """All vendors of a district."""

    def __init__(self, setting: Setting) -> None:
        self._vendors = [Vendor(index, setting) for index in range(len(VENDORS))]
        self._database = psycopg.connect(setting.database_url, autocommit=True)
        self._callers = Callers(setting.devices)
        self._stage = Stage(setting.devices)

    def run(self, order: Order) -> Sent:
        """Publish what is ordered, and wait for the broker's last answer."""
        sent, said, stored = Sent(began=time.time()), [0] * len(VENDORS), Stored(self._database, order)
        processor, begin = time.process_time(), time.monotonic()
        turns = 0
        for vendor in self._vendors:
            vendor.ago = order.ago
        while not order.done(sum(said), elapsed := time.monotonic() - begin):
            before = sum(said)
            for index, vendor in enumerate(self._vendors):
                if order.shares[index] and stored.room():
                    more = vendor.say(order.due(index, elapsed) - said[index] if order.rate else _slice(order, sum(said)))
                    said[index] += more
                    stored.note(vendor, more)
            while len(sent.events) < elapsed * order.events:
                self._callers.call(self._vendors, sent)
            while turns < elapsed * order.trapped:
                turns += 1
                self._stage.turn(self._vendors, sent)
            if order.rate or sum(said) == before:
                time.sleep(TICK_S)
            for vendor in self._vendors:
                vendor.connection.read()
        settle([vendor.connection for vendor in self._vendors])
        sent.readings += sum(said)
        sent.ended, sent.processor_s = time.time(), time.process_time() - processor
        sent.last = [vendor.newest() for vendor, number in zip(self._vendors, said, strict=True) if number]
        return sent


class Callers:
    """Lifts whose vendor says that somebody is trapped: another one each time."""

    def __init__(self, devices: int) -> None:
        self._devices = devices
        self._calls = 0

    def call(self, vendors: list[Vendor], sent: Sent) -> None:
        """One event, which happened when the lift's newest reading was taken."""
        number = self._calls * 97 % self._devices
        vendor = vendors[number % len(VENDORS)]
        name = f"bench-{time.time_ns()}"
        packet = event(number, name, max(vendor.second, int(time.time())), vendor.connection.next_mid())
        sent.events.append((number, time.time()))
        vendor.connection.write(packet)
        self._calls += 1


class Stage:
    """Lifts whose states say that somebody is trapped: one begins at each turn, and each goes one step further in its script."""

    def __init__(self, first: int) -> None:
        self._first = first
        self._turns = 0
        self._playing: deque[tuple[int, int, int]] = deque()  # lift, step, first second

    def turn(self, vendors: list[Vendor], sent: Sent) -> None:
        """One step of everybody on the stage."""
        begins = int(time.time()) - STAGE_STEP_S * len(TRAPPED)
        self._playing.append((self._first + self._turns % (STAGE - 1), 0, begins))
        self._turns += 1
        for number, step, second in self._playing:
            connection = vendors[number % len(VENDORS)].connection
            packet = on_stage(number, step, second + STAGE_STEP_S * step, connection.next_mid())
            if step == RAISING_STEP:
                sent.trapped.append((number, time.time()))
            connection.write(packet)
        sent.readings += len(self._playing)
        self._playing = deque((number, step + 1, second) for number, step, second in self._playing if step + 1 < len(TRAPPED))


class Stored:
    """Which of the marked readings are in the table, where the number on their way is limited."""

    def __init__(self, database: psycopg.Connection, order: Order) -> None:
        self._database = database
        self._limit = order.on_the_way
        self._look = f"SELECT 1 FROM {order.table} WHERE equipment_id = %s AND sampled_at = to_timestamp(%s)"
        self._marks: deque[tuple[int, int, int]] = deque()  # readings sent, equipment id, second
        self._sent = self._seen = self._marked = 0
        self._looked_at = 0.0

    def note(self, vendor: Vendor, said: int) -> None:
        """So many more readings of this vendor are on their way."""
        self._sent += said
        if self._limit and said and self._sent - self._marked >= MARK_EVERY:
            self._marked = self._sent
            self._marks.append((self._sent, *vendor.newest()))

    def room(self) -> bool:
        """Whether more may be sent."""
        if self._limit and self._sent - self._seen >= self._limit and time.monotonic() - self._looked_at >= LOOK_S:
            self._looked_at = time.monotonic()
            while self._marks and self._database.execute(self._look, self._marks[0][1:], prepare=True).fetchone():
                self._seen = self._marks.popleft()[0]
        return not self._limit or self._sent - self._seen < self._limit


class Generator:
    """The generator as a child process."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._orders, self._answers = process.stdin, process.stdout

    def tell(self, what: Setting | Order) -> None:
        """Give it its setting, or an order; each is answered by a line."""
        self._orders.write(json.dumps(asdict(what)) + "\n")
        self._orders.flush()

    def answer(self) -> Any:
        """The next answer. Raises ValueError when the generator has died."""
        return json.loads(self._answers.readline())

    def finish(self) -> Sent:
        """Wait for the end of the order."""
        return Sent(**self.answer())

    def run(self, order: Order) -> Sent:
        """Give an order and wait for its end."""
        self.tell(order)
        return self.finish()


@contextmanager
def generator(setting: Setting) -> Iterator[Generator]:
    """A generator that is connected and has rendered its packets."""
    command = [sys.executable, "-m", "tests.bench.load"]
    process = subprocess.Popen(command, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    found = Generator(process)
    try:
        found.tell(setting)
        found.answer()
        yield found
    finally:
        process.terminate()
        process.wait()


def _slice(order: Order, sent: int) -> int:
    return min(SLICE, order.messages - sent) if order.messages else SLICE


def main() -> None:
    """Serve orders until stdin ends."""
    load = Load(Setting(**json.loads(sys.stdin.readline())))
    print(json.dumps("ready"), flush=True)
    for line in sys.stdin:
        print(json.dumps(asdict(load.run(Order(**json.loads(line))))), flush=True)


if __name__ == "__main__":
    main()
