"""The quick way of a batch: state messages of known machines in the platform's plain form go from bytes to columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, NamedTuple

import msgspec
import numpy as np

from data_access.columns import MICROSECOND, Columns, microseconds
from domain.equipment import MONITORED
from domain.errors import BadPayload
from domain.telemetry import FUTURE_LIMIT, parse_time
from ingest import topics
from ingest.plain import Body, Form, Heap, plain, worded
from ingest.topics import Channel
from services.telemetry import Batch, Said
from services.telemetry_memory import Register

SINGLE_LIMIT: Final = 64 * 1024  # bytes of a message about one machine
BATCH_LIMIT: Final = 512 * 1024  # bytes of a batch
ITEMS_LIMIT: Final = 5_000  # items of a batch
TIMES_LIMIT: Final = 20_000  # different times that are remembered: devices of one second share one
UNUSUAL: Final = -1  # a time that needs thought
NUL: Final = b"\\u0000"  # JSON may carry it, PostgreSQL's text may not
_BATCH: Final = "/" + Channel.BATCH.value
_ANY_TIME: Final = datetime(9000, 1, 1, tzinfo=UTC)
_FUTURE: Final = FUTURE_LIMIT // MICROSECOND
_items: Final = msgspec.json.Decoder(list[msgspec.Raw]).decode


class Message(NamedTuple):
    """One message as it came. `session` numbers the connection it came by: only that one may acknowledge it.

    `again`: it may have been committed before. `copy`: another session of ours hears it as well, and counts it.
    """

    topic: str
    payload: bytes
    received_at: datetime
    retained: bool = False
    mid: int = 0
    qos: int = 0
    session: int = 0
    again: bool = False
    copy: bool = False


@dataclass(slots=True)
class Tongue:
    """How a vendor writes the states of one kind: plainly, until it was once seen to write numbers as texts."""

    kind: str
    form: Form


class Route(NamedTuple):
    """Whose states a topic carries."""

    equipment_id: int
    code: str
    vendor: str
    tongue: Tongue


class Quick:
    """Takes the plain messages out of batches; for one thread."""

    def __init__(self, register: Register) -> None:
        self._tongues: dict[tuple[str, str], Tongue] = {}
        self._times: dict[str, int] = {}
        self.use(register)

    def use(self, register: Register) -> None:
        """Read against a newer register from now on."""
        self._register = register
        self._routes: dict[str, Route] = {}

    def take(self, messages: Sequence[Message], batch: Batch) -> list[Message]:
        """Put the plain ones into the batch; those that must be read one by one, of a batch message perhaps only some items."""
        rest: list[Message] = []
        heaps: dict[int, Heap] = {}
        routes = self._routes
        heard: list[str] = []
        for message in messages:
            topic = message.topic
            route = routes.get(topic) or self._route(topic)
            if route is None:
                if topic.endswith(_BATCH):
                    rest += self._several(message, heaps)
                else:
                    rest.append(message)
                continue
            body = self._decoded(message.payload, route.tongue) if len(message.payload) <= SINGLE_LIMIT else None
            if body is None or body.registerNumber != route.code or (sampled := self._time(body.samplingTime)) == UNUSUAL:
                rest.append(message)
                continue
            heard.append(route.vendor)
            _put(heaps, body, route, sampled, message)
        batch.messages.update(heard)
        for heap in heaps.values():
            rest += _settle(heap, batch)
        return rest

    def _several(self, message: Message, heaps: dict[int, Heap]) -> list[Message]:
        """Take the plain items of a batch message; what must still be read of it."""
        parts = message.topic.split("/")
        if len(parts) != 5 or len(message.payload) > BATCH_LIMIT or parts[2] in self._register.dialects:
            return [message]
        try:
            items = _items(message.payload)
        except (ValueError, RecursionError):
            return [message]
        if len(items) > ITEMS_LIMIT:
            return [message]
        left = [item for item in map(bytes, items) if not self._item(item, parts[2], parts[3], message, heaps)]
        return [message._replace(payload=b"[" + b",".join(left) + b"]")]

    def _item(self, payload: bytes, vendor: str, kind: str, message: Message, heaps: dict[int, Heap]) -> bool:
        tongue = self._tongue(vendor, kind)
        body = self._decoded(payload, tongue) if tongue is not None else None
        if body is None or body.type != Channel.STATE or not body.registerNumber:
            return False
        topic = f"{topics.ROOT}/{vendor}/{kind}/{body.registerNumber}/{Channel.STATE}"
        route = self._routes.get(topic) or self._route(topic)
        sampled = self._time(body.samplingTime)
        if route is None or sampled == UNUSUAL:
            return False
        _put(heaps, body, route, sampled, message._replace(payload=payload))
        return True

    def _route(self, topic: str) -> Route | None:
        try:
            said = topics.read(topic)
        except BadPayload:
            return None
        device = self._register.devices.get(said.code)
        tongue = self._tongue(said.vendor, said.kind)
        if said.channel is not Channel.STATE or device is None or tongue is None:
            return None
        if device.vendor != said.vendor or device.kind != said.kind:
            return None
        route = self._routes[topic] = Route(device.equipment_id, device.code, said.vendor, tongue)
        return route

    def _tongue(self, vendor: str, kind: str) -> Tongue | None:
        known = self._tongues.get((vendor, kind))
        if known is None and kind in MONITORED and vendor in self._register.vendors and vendor not in self._register.dialects:
            known = self._tongues[vendor, kind] = Tongue(kind, plain(kind))
        return known

    def _decoded(self, payload: bytes, tongue: Tongue) -> Body | None:
        if NUL in payload:
            return None
        try:
            return tongue.form.decode(payload)
        except (ValueError, RecursionError):  # msgspec's own errors are ValueErrors
            if tongue.form is worded(tongue.kind):
                return None
        try:
            body = worded(tongue.kind).decode(payload)
        except (ValueError, RecursionError):
            return None
        tongue.form = worded(tongue.kind)
        return body

    def _time(self, text: str | None) -> int:
        """A sampling time in microseconds of Unix, whatever the hour; UNUSUAL where it needs thought."""
        if not text:
            return UNUSUAL
        known = self._times.get(text)
        if known is None:
            try:
                known = microseconds(parse_time(text, at=_ANY_TIME))
            except BadPayload:
                return UNUSUAL
            if len(self._times) >= TIMES_LIMIT:
                self._times.clear()
            self._times[text] = known
        return known


def _put(heaps: dict[int, Heap], body: Body, route: Route, sampled: int, message: Message) -> None:
    form = route.tongue.form
    heap = heaps.get(id(form))
    if heap is None:
        heap = heaps[id(form)] = Heap(form)
    heap.bodies.append(body)
    heap.equipment_ids.append(route.equipment_id)
    heap.vendors.append(route.vendor)
    heap.sampled.append(sampled)
    heap.messages.append(message)


def _settle(heap: Heap, batch: Batch) -> Iterator[Message]:
    """Put a heap into the batch; the messages that must be read one by one after all."""
    data, bad = heap.form.records(heap.bodies)
    sampled = np.array(heap.sampled, np.int64)
    clock = {at: microseconds(at) for at in {message.received_at for message in heap.messages}}
    received = np.array([clock[message.received_at] for message in heap.messages], np.int64)
    bad |= sampled > received + _FUTURE
    names = tuple(sorted(set(heap.vendors)))
    place = {name: number for number, name in enumerate(names)}
    vendor = np.array([place[name] for name in heap.vendors], np.int16)
    columns = Columns(heap.form.kind, np.array(heap.equipment_ids, np.int32), sampled, received, vendor, names, data)
    if not bad.any():
        batch.hear(Said(columns, heap.messages))
        return
    good = np.flatnonzero(~bad)
    if len(good):
        batch.hear(Said(columns.take(good), [heap.messages[row] for row in good.tolist()]))
    for row in np.flatnonzero(bad).tolist():
        message = heap.messages[row]
        if message.topic.endswith(_BATCH):
            yield message._replace(payload=b"[" + message.payload + b"]")
        else:
            batch.messages[heap.vendors[row]] -= 1  # whoever reads it counts it
            yield message
