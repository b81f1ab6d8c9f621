"""One session at the broker, driven by whoever calls `turn`: messages are acknowledged only after they were committed.

There is no thread: paho's own loop functions run when the worker has time for them. Whether a connection lives is judged by
heartbeats that the link sends to itself, because a socket may look alive long after its other end is gone.
"""

from __future__ import annotations

import itertools
import logging
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from time import monotonic
from typing import Any, Final
from urllib.parse import SplitResult, unquote, urlsplit

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from ingest import topics
from ingest.bulk import BulkPaho, Published
from ingest.quick import Message

log = logging.getLogger(__name__)

WINDOW: Final = 30_000  # messages that are held at most; then the link stops reading, and the broker waits
LARGE: Final = 2048  # bytes of an unusual payload
WINDOW_BYTES: Final = 64 * 1024 * 1024  # of unusual payloads that are held at most
KEEPALIVE_SECONDS: Final = 15
CONNECT_SECONDS: Final = 5
BACK_OFF_SECONDS: Final = (0.2, 1.0, 2.0, 5.0, 10.0)
MISC_SECONDS: Final = 1.0
NAMES_LIMIT: Final = 500_000  # topics whose text is remembered: one a machine
NAME_LIMIT: Final = 128  # bytes of such a topic
PACKETS: Final = 500  # read at a turn by the stock loop
DEFAULT_PORTS: Final = {"mqtt": 1883, "mqtts": 8883}
_numbers: Final = itertools.count()
OURS: Final = f"{topics.ROOT}/{topics.OURS}/"


class Sort(Enum):
    """What a topic carries."""

    PLAIN = "plain"
    COPY = "copy"  # another session of ours hears it as well
    OURS = "ours"  # a worker's heartbeat


@dataclass(frozen=True, slots=True)
class Session:
    """Which session, at which broker, and what it listens to.

    Of topics that end like `copies` another session hears as well; `echoed`: another one hears everything of this. The broker
    forgets a `passing` one when it leaves, and keeps nothing for it meanwhile.
    """

    url: str
    client_id: str
    filters: tuple[str, ...]
    copies: tuple[str, ...] = ()
    bulk: bool = False
    echoed: bool = False
    passing: bool = False


class Link:
    """One session; `open` and `close` as often as needed. For one thread."""

    def __init__(self, session: Session, *, clock: Callable[[], datetime]) -> None:
        self._session = session
        self._clock = clock
        self._beat = topics.beat(session.client_id)
        self._names: dict[bytes, tuple[str, Sort]] = {}
        self._paho: mqtt.Client | None = None
        self._number = next(_numbers)  # of the connection; only messages of the present one may be acknowledged
        self._failures = 0
        self._next_try = 0.0
        self._misc_at = 0.0
        self._heard_at = monotonic()
        self._connected = False
        self.listening = False
        self.reconnects = 0
        self.held: deque[Message] = deque()
        self._large_bytes = 0  # of large payloads since nothing was held
        self._plenty = False  # the stock loop stopped reading before there was nothing left to read

    def open(self, client_id: str) -> None:
        """Begin to connect as this client; the turns that follow go on with it."""
        self.close()
        self._session = replace(self._session, client_id=client_id)
        self._beat = topics.beat(client_id)
        self._paho = self._new()
        self._next_try = 0.0
        self._heard_at = monotonic()

    @property
    def is_open(self) -> bool:
        """Whether it is to be connected, and perhaps is."""
        return self._paho is not None

    def close(self) -> None:
        """Leave, and keep nothing: what was not acknowledged comes again."""
        paho, self._paho = self._paho, None
        if paho is not None:
            with suppress(OSError):
                paho.disconnect()
            if (left := paho.socket()) is not None:  # the farewell found no room
                left.close()
        self._connected = self.listening = False
        self._number = next(_numbers)
        self.held.clear()

    def socket(self) -> Any:
        """What to wait for; None while there is no connection, or while so much is held that nothing more is read."""
        return None if self._paho is None or self._full() else self._paho.socket()

    def wants_to_write(self) -> bool:
        """Whether something waits for room in the socket."""
        return self._paho is not None and self._paho.socket() is not None and self._paho.want_write()

    def plenty(self) -> bool:
        """Whether so much came at the last turn that more is waiting."""
        return self._paho.plenty if isinstance(self._paho, BulkPaho) else self._plenty

    def pending(self) -> bool:
        """Whether something was decrypted already, which a wait for the socket would not see."""
        return bool(getattr(self.socket(), "pending", int)())

    def turn(self) -> None:
        """Read what is there, write what waits, and keep the connection alive or make it again.

        Should anything fail that nobody thought of, the connection is made anew: what was not acknowledged comes again.
        """
        paho = self._paho
        if paho is None:
            return
        try:
            self._turn(paho)
        except Exception:
            log.exception("link_failed", extra={"client_id": self._session.client_id})
            self._connected = self.listening = False
            self._paho = self._new()
            self._wait()
            if (broken := paho.socket()) is not None:
                broken.close()

    def _turn(self, paho: mqtt.Client) -> None:
        if paho.socket() is None:
            self._connect(paho)
            return
        if not self._full():
            self._read(paho)
        if paho.socket() is not None and paho.want_write():
            paho.loop_write()
        if (now := monotonic()) - self._misc_at >= MISC_SECONDS:
            self._misc_at = now
            paho.loop_misc()

    def acknowledge(self, messages: Sequence[Message]) -> None:
        """Tell the broker that those of these that came by the present connection are committed; the others come again."""
        paho, number = self._paho, self._number
        if paho is None or paho.socket() is None:
            return
        mids = [message.mid for message in messages if message.session == number and message.qos]
        if isinstance(paho, BulkPaho):
            paho.ack_many(mids)
            return
        for mid in mids:
            paho.ack(mid, 1)

    def beat(self) -> None:
        """Send the heartbeat that has to come round."""
        if self._paho is not None and self._connected:
            self._paho.publish(self._beat, b"1", qos=0)

    def silent_seconds(self) -> float:
        """For how long nothing came over a connection that says it is up; 0 while it is known to be down, or while we do not read."""
        return monotonic() - self._heard_at if self._connected and not self.held else 0.0

    def _connect(self, paho: mqtt.Client) -> None:
        if monotonic() < self._next_try:
            return
        self._wait()
        try:
            paho.connect(*_address(urlsplit(self._session.url)), keepalive=KEEPALIVE_SECONDS)
        except (OSError, ValueError) as failure:
            if self._failures == 2:
                log.warning("broker_unreachable", extra={"client_id": self._session.client_id, "cause": repr(failure)[:200]})

    def _full(self) -> bool:
        """Whether so much is held that nothing more is to be read."""
        if not self.held:
            self._large_bytes = 0
        return len(self.held) >= WINDOW or self._large_bytes >= WINDOW_BYTES

    def _wait(self) -> None:
        """Let some time pass before the next try, and more of it each time."""
        self._next_try = monotonic() + BACK_OFF_SECONDS[min(self._failures, len(BACK_OFF_SECONDS) - 1)]
        self._failures += 1

    def _read(self, paho: mqtt.Client) -> None:
        if isinstance(paho, BulkPaho):
            paho.loop_read()
            return
        self._plenty = False
        for _ in range(PACKETS):
            before = len(self.held), self._heard_at
            if paho.socket() is None or paho.loop_read() or (len(self.held), self._heard_at) == before:
                return
        self._plenty = True

    def _new(self) -> mqtt.Client:
        kind: Any = BulkPaho if self._session.bulk else mqtt.Client
        paho: mqtt.Client = kind(
            CallbackAPIVersion.VERSION2,
            self._session.client_id,
            clean_session=self._session.passing,
            protocol=MQTTProtocolVersion.MQTTv311,  # version 5 costs paho half as much again for every message, and brings nothing here
            manual_ack=True,
        )
        parts = urlsplit(self._session.url)
        if parts.username:
            paho.username_pw_set(unquote(parts.username), unquote(parts.password or ""))
        if parts.scheme == "mqtts":
            paho.tls_set()
        paho.connect_timeout = CONNECT_SECONDS
        paho.on_connect = self._on_connect
        paho.on_subscribe = self._on_subscribe
        paho.on_disconnect = self._on_disconnect
        paho.on_message = self._on_message
        if isinstance(paho, BulkPaho):
            paho.on_published = self._on_published
        return paho

    def _on_connect(self, paho: mqtt.Client, _data: Any, flags: mqtt.ConnectFlags, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            if self._failures <= 2:
                log.error("broker_refused", extra={"client_id": self._session.client_id, "reason": str(reason)})
            return
        self._number = next(_numbers)
        self._failures = 0
        self._connected = True
        self._heard_at = monotonic()
        paho.subscribe([(wanted, 1) for wanted in self._wanted()])
        if not self._session.passing:
            log.info("broker_connected", extra={"client_id": self._session.client_id, "session_kept": flags.session_present})

    def _wanted(self) -> list[str]:
        """The filters, and the own heartbeat where they leave it out."""
        covered = any(mqtt.topic_matches_sub(wanted, self._beat) for wanted in self._session.filters)
        return [*self._session.filters, *([] if covered else [self._beat])]

    def _on_subscribe(self, _paho: mqtt.Client, _data: Any, _mid: int, reasons: list[Any], _properties: Any) -> None:
        refused = [str(reason) for reason in reasons if reason.is_failure]
        self.listening = not refused
        if refused:
            log.error("subscription_refused", extra={"client_id": self._session.client_id, "reasons": refused})

    def _on_disconnect(self, paho: mqtt.Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if paho is self._paho and self._connected:
            self._connected = self.listening = False
            self.reconnects += 1
            log.warning("broker_lost", extra={"client_id": self._session.client_id, "reason": str(reason)})

    def _on_message(self, _paho: mqtt.Client, _data: Any, message: mqtt.MQTTMessage) -> None:
        flags = 8 * message.dup + message.retain
        self._hear([(message._topic, bytes(message.payload), message.mid, message.qos, flags)])  # noqa: SLF001 .topic raises on bad UTF-8

    def _on_published(self, published: list[Published]) -> None:
        self._hear(published)

    def _hear(self, published: list[Published]) -> None:
        self._heard_at = monotonic()
        at, number, names, keep = self._clock(), self._number, self._names.get, self.held.append
        echoed = self._session.echoed
        new = tuple.__new__  # half the cost of the named constructor, for every message of the city
        for raw, payload, mid, qos, flags in published:
            topic, sort = names(raw) or self._name(raw)
            if sort is Sort.OURS:
                self._pass_over(mid, qos)
                continue
            copy = sort is Sort.COPY
            if len(payload) > LARGE:
                self._large_bytes += len(payload)
            keep(new(Message, (topic, payload, at, flags & 1 == 1, mid, qos, number, copy or echoed or flags != 0, copy)))

    def _pass_over(self, mid: int, qos: int) -> None:
        """A heartbeat, ours or another worker's: nothing to store, and nothing to wait for."""
        if qos and self._paho is not None:
            self._paho.ack(mid, 1)

    def _name(self, raw: bytes) -> tuple[str, Sort]:
        """The topic as text, and what sort of message it carries."""
        try:
            topic = raw.decode()
        except UnicodeDecodeError:
            return "?", Sort.PLAIN  # decoding then says bad_topic
        copies = self._session.copies is not None and topic.endswith(self._session.copies)
        named = topic, Sort.OURS if topic.startswith(OURS) else Sort.COPY if copies else Sort.PLAIN
        if len(raw) <= NAME_LIMIT:  # a stranger's endless topics are not remembered
            if len(self._names) >= NAMES_LIMIT:
                self._names.clear()
            self._names[raw] = named
        return named


def _address(parts: SplitResult) -> tuple[str, int]:
    return parts.hostname or "127.0.0.1", parts.port or DEFAULT_PORTS.get(parts.scheme, 1883)
