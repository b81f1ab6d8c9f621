"""The worker's ears at the broker: one session for everything, one for events alone, so that they do not queue behind readings, and
one in passing for what is said while a backlog is worked off."""

from __future__ import annotations

import select
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic, perf_counter, thread_time
from typing import Final

from ingest import bulk, topics
from ingest.link import Link, Session
from ingest.quick import Message

URGENT_SUFFIX: Final = "-urgent"  # of the client id of the session for events
LOOKOUT_SUFFIX: Final = "-lookout"  # of the client id of the passing one
LONG_TURN_SECONDS: Final = 2.0
TURN_SECONDS: Final = 0.1  # the longest wait for a socket, so that other things get their turn


@dataclass(frozen=True, slots=True)
class Broker:
    """Where to listen, as whom, and to what; `fast` reads in bulk where that works."""

    url: str
    client_id: str
    filters: tuple[str, ...] = (topics.EVERYTHING,)
    fast: bool = False


class Client:
    """The sessions of one worker; `open` and `close` as often as needed. For one thread, which drives them in `take`."""

    def __init__(self, broker: Broker, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.filters = broker.filters
        self._client_id = self._open_as = broker.client_id
        self.fast = broker.fast and bulk.works()
        self._spent = self._cpu_spent = 0.0
        urgent = tuple(wanted for each in broker.filters for wanted in topics.urgent(each))
        copies = topics.URGENT if urgent else ()
        self._everything = Link(Session(broker.url, broker.client_id, broker.filters, copies, self.fast), clock=clock)
        self._events = Link(Session(broker.url, broker.client_id + URGENT_SUFFIX, urgent, echoed=True), clock=clock) if urgent else None
        passing = Session(broker.url, broker.client_id + LOOKOUT_SUFFIX, broker.filters, copies, self.fast, echoed=True, passing=True)
        self._lookout = Link(passing, clock=clock)
        self._links = [link for link in (self._events, self._everything) if link is not None]  # in the order of reading
        self._since: float | None = None  # when the first of the held readings came

    @property
    def listening(self) -> bool:
        """Whether the broker has granted every subscription on the present connections."""
        return all(link.listening for link in self._links)

    @property
    def waiting(self) -> int:
        """Messages received and not yet taken."""
        return sum(len(link.held) for link in self._links)

    @property
    def plenty(self) -> bool:
        """Whether more readings are waiting at the broker than were taken."""
        return self._everything.plenty()

    @property
    def reconnects(self) -> int:
        """How often a connection was lost."""
        return sum(link.reconnects for link in self._links)

    def open(self, client_id: str | None = None) -> None:
        """Begin to connect, as `client_id` if that is given; `take` goes on with it for as long as it takes."""
        name = self._open_as = client_id or self._client_id
        self._everything.open(name)
        if self._events is not None:
            self._events.open(name + URGENT_SUFFIX)
        self._since = None

    def close(self) -> None:
        """Leave, and keep nothing: what was not acknowledged comes again."""
        for link in self._links:
            link.close()
        self._lookout.close()

    def take(self, *, limit: int, idle: float, window: float) -> list[Message]:
        """At most `limit` messages: waits `idle` seconds for the first, then `window` for more, but not once an event is there.

        Where more than a batch of readings is waiting, events go first and alone.
        """
        until = monotonic() + idle
        while True:
            held = len(self._everything.held)
            urgent = len(self._events.held) if self._events is not None else 0
            now = monotonic()
            if held and self._since is None:
                self._since = now
            due = self._since is not None and now - self._since >= window
            if urgent or held >= limit or due:
                break
            if now >= until and not held:
                return []
            deadline = until if self._since is None else self._since + window
            self._turn(min(TURN_SECONDS, max(0.0, deadline - now)))
        return self._taken(limit, due=due)

    def look_out(self) -> None:
        """Begin to hear live what also waits at the end of a backlog; `seen` gives it."""
        self._lookout.open(self._open_as + LOOKOUT_SUFFIX)

    def glance(self) -> None:
        """Let the passing session get on: while a backlog comes in, `take` has no time for it."""
        self._lookout.turn()

    @property
    def looks_out(self) -> bool:
        """Whether it hears live what waits at the end of a backlog."""
        return self._lookout.is_open

    def look_away(self) -> None:
        """Hear it in its turn only."""
        self._lookout.close()

    def seen(self) -> list[Message]:
        """What was heard live since the last time, events left out; nothing of it needs to be acknowledged."""
        messages = _pop(self._lookout.held, len(self._lookout.held))
        self._lookout.acknowledge(messages)
        return [message for message in messages if not message.copy]

    def acknowledge(self, messages: Sequence[Message]) -> None:
        """Tell the broker that these are committed; those of an earlier connection come again, and change nothing."""
        for link in self._links:
            link.acknowledge(messages)

    def beat(self) -> None:
        """Send the heartbeats that have to come round."""
        for link in self._links:
            link.beat()

    def silent_seconds(self) -> float:
        """For how long nothing came over a connection that says it is up."""
        return max(link.silent_seconds() for link in self._links)

    def spent(self) -> tuple[float, float]:
        """Seconds spent with reading since the last time this was asked, and how many of them on the processor."""
        spent = self._spent, self._cpu_spent
        self._spent = self._cpu_spent = 0.0
        return spent

    def _taken(self, limit: int, *, due: bool) -> list[Message]:
        first = self._events.held if self._events is not None else None
        taken = _pop(first, limit) if first else []
        rest = self._everything.held
        if not taken or due or len(rest) < limit:
            taken += _pop(rest, limit - len(taken))
            self._since = monotonic() if rest else None
        return taken

    def _turn(self, timeout: float) -> None:
        sockets = {link.socket(): link for link in self._links if link.socket() is not None}
        writing = [link.socket() for link in sockets.values() if link.wants_to_write()]
        if sockets:
            pending = any(link.pending() for link in sockets.values())
            ready, _, _ = select.select(list(sockets), writing, [], 0.0 if pending else timeout)
            if ready and self.fast and timeout > bulk.COALESCE_SECONDS and not self._everything.plenty():
                time.sleep(bulk.COALESCE_SECONDS)
        else:
            time.sleep(min(timeout, TURN_SECONDS))
        began, cpu_began = perf_counter(), thread_time()
        for link in (*self._links, self._lookout):
            link.turn()
            if perf_counter() - began > LONG_TURN_SECONDS:  # a connection that cannot be made: the others come at the next turn
                break
        self._spent += perf_counter() - began
        self._cpu_spent += thread_time() - cpu_began


def _pop(held: deque[Message], most: int) -> list[Message]:
    """The oldest of them."""
    if len(held) <= most:
        taken = list(held)
        held.clear()
        return taken
    return [held.popleft() for _ in range(most)]
