"""The quick way of a batch: state messages of known machines in the platform's plain form go from bytes to columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from data_access.columns import MICROSECOND, Columns, microseconds
from domain.equipment import MONITORED
from domain.errors import BadPayload
from domain.telemetry import FUTURE_LIMIT, parse_time
from ingest import topics
from ingest.plain import Body, Form, plain, worded
from ingest.topics import Channel
from services.batches import Batch, Said
from services.telemetry_memory import Register

SINGLE_LIMIT: Final = 64 * 1024  # bytes of a message about one machine
BATCH_LIMIT: Final = 512 * 1024  # bytes of a batch
ITEMS_LIMIT: Final = 5_000  # items of a batch
TIMES_LIMIT: Final = 20_000  # different times that are remembered: devices of one second share one
UNUSUAL: Final = -1  # a time that needs thought
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


Row = tuple[Body, int, int, int, int, Message]
"""(body, equipment_id, the vendor's place, sampled, received (microseconds of Unix), the message it came in)."""


@dataclass(slots=True)
class Tongue:
    """How a vendor writes the states of one kind: plainly, until it was once seen to write numbers as texts."""

    kind: str
    form: Form
    rows: list[Row]  # of every vendor that uses this form

    def use(self, form: Form, rows: list[Row]) -> None:
        """Write this way from now on."""
        self.form, self.rows = form, rows


class Route(NamedTuple):
    """Whose states a topic carries."""

    equipment_id: int
    code: str
    vendor: int
    tongue: Tongue


class Quick:
    """Takes the plain messages out of batches; for one thread."""

    def __init__(self, register: Register) -> None:
        self._times: dict[str, int] = {}
        self._rows: dict[int, tuple[Form, list[Row]]] = {}  # by the form's identity
        self.use(register)

    def use(self, register: Register) -> None:
        """Read against a newer register from now on."""
        self._register = register
        self._vendors = tuple(sorted(register.vendors))
        self._place = {name: number for number, name in enumerate(self._vendors)}
        self._tongues: dict[tuple[str, str], Tongue] = {}
        self._routes: dict[str, Route] = {}

    def take(self, messages: Sequence[Message], batch: Batch) -> list[Message]:
        """Put the plain ones into the batch; those that must be read one by one, of a batch message perhaps only some items."""
        rest: list[Message] = []
        routes, times = self._routes.get, self._times.get
        at, received = None, 0
        for message in messages:  # every microsecond here is a core at the city's pace: no calls that can be avoided
            topic, payload = message[0], message[1]
            route = routes(topic) or self._route(topic)
            if message[2] is not at:
                at, received = message[2], microseconds(message[2])
            if route is None:
                rest += self._several(message, received) if topic.endswith(_BATCH) else [message]
                continue
            equipment_id, code, vendor, tongue = route
            body: Body | None
            try:
                body = tongue.form.decode(payload)
            except (ValueError, RecursionError):  # msgspec's own errors are ValueErrors
                body = self._worded(payload, tongue)
            if body is None or body.registerNumber != code or len(payload) > SINGLE_LIMIT:
                rest.append(message)
                continue
            said = body.samplingTime
            sampled = (times(said) if said else UNUSUAL) or self._time(said)
            tongue.rows.append((body, equipment_id, vendor, sampled, received, message))
        for form, rows in self._rows.values():
            if rows:
                rest += self._settle(form, rows, batch)
                rows.clear()
        return rest

    def _several(self, message: Message, received: int) -> list[Message]:
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
        left = [item for item in map(bytes, items) if not self._item(item, parts[2], parts[3], message, received)]
        return [message._replace(payload=b"[" + b",".join(left) + b"]")]

    def _item(self, payload: bytes, vendor: str, kind: str, message: Message, received: int) -> bool:
        tongue = self._tongue(vendor, kind)
        if tongue is None:
            return False
        try:
            body: Body | None = tongue.form.decode(payload)
        except (ValueError, RecursionError):
            body = self._worded(payload, tongue)
        if body is None or body.type != Channel.STATE or not body.registerNumber:
            return False
        topic = f"{topics.ROOT}/{vendor}/{kind}/{body.registerNumber}/{Channel.STATE}"
        route = self._routes.get(topic) or self._route(topic)
        if route is None:
            return False
        tongue.rows.append(
            (body, route.equipment_id, route.vendor, self._time(body.samplingTime), received, message._replace(payload=payload))
        )
        return True

    def _settle(self, form: Form, rows: list[Row], batch: Batch) -> Iterator[Message]:
        """Put rows of one form into the batch; the messages that must be read one by one after all."""
        bodies, ids, vendors, sampled_at, received_at, messages = zip(*rows, strict=True)
        data, bad = form.records(bodies)
        sampled, received, vendor = np.array(sampled_at, np.int64), np.array(received_at, np.int64), np.array(vendors, np.int16)
        bad |= (sampled == UNUSUAL) | (sampled > received + _FUTURE)
        columns = Columns(form.kind, np.array(ids, np.int32), sampled, received, vendor, self._vendors, data)
        good = ~bad
        whole = good.all()
        kept = messages if whole else [message for message, plain_enough in zip(messages, good.tolist(), strict=True) if plain_enough]
        if kept:
            batch.hear(Said(columns if whole else columns.take(good), kept))
            self._count(columns.vendor[good], kept, batch)
        return (_alone(messages[row]) for row in np.flatnonzero(bad).tolist())

    def _count(self, vendor: NDArray[np.int16], messages: Sequence[Message], batch: Batch) -> None:
        """Count the messages by vendor; what came in a batch message is counted with that one."""
        alone = np.fromiter((not message[0].endswith(_BATCH) for message in messages), bool, len(messages))
        counts = np.bincount(vendor[alone], minlength=len(self._vendors)).tolist()
        batch.messages.update({name: count for name, count in zip(self._vendors, counts, strict=True) if count})

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
        route = self._routes[topic] = Route(device.equipment_id, device.code, self._place[said.vendor], tongue)
        return route

    def _tongue(self, vendor: str, kind: str) -> Tongue | None:
        known = self._tongues.get((vendor, kind))
        if known is None and kind in MONITORED and vendor in self._register.vendors and vendor not in self._register.dialects:
            form = plain(kind)
            known = self._tongues[vendor, kind] = Tongue(kind, form, self._rows_of(form))
        return known

    def _rows_of(self, form: Form) -> list[Row]:
        return self._rows.setdefault(id(form), (form, []))[1]

    def _worded(self, payload: bytes, tongue: Tongue) -> Body | None:
        """The body of a vendor that writes texts for numbers; None where it is not that either."""
        form = worded(tongue.kind)
        if tongue.form is form:
            return None
        try:
            body = form.decode(payload)
        except (ValueError, RecursionError):
            return None
        tongue.use(form, self._rows_of(form))
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


def _alone(message: Message) -> Message:
    """The message, or of a batch message, which is counted already, a batch of the one item."""
    return message._replace(payload=b"[" + message.payload + b"]", copy=True) if message.topic.endswith(_BATCH) else message
