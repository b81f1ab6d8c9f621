"""From messages to what they say, or to the reason why one cannot be taken. Nothing a vendor sends raises out of here.

State messages in the platform's plain form, nearly all there are, take the quick way through ingest.plain; whatever that does
not take is read here, one message with all its tolerance.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from domain.behaviour import Played
from domain.dialects import Dialect
from domain.equipment import KINDS, MONITORED
from domain.equipment.kind import TRUE_WORDS
from domain.errors import BadPayload
from domain.faults import FAULTS
from domain.telemetry import Event, Reading, Reject, event_phase, parse_state, parse_time, person_in
from ingest import topics
from ingest.dialects import Occurrences, codes_of, translate
from ingest.quick import BATCH_LIMIT, ITEMS_LIMIT, SINGLE_LIMIT, Message, Quick
from ingest.topics import Channel, Topic
from services.batches import Answer, Batch, Heartbeat, Refusal, Statistics, Word
from services.telemetry_memory import Device, Register

log = logging.getLogger(__name__)

TEXT_LIMIT: Final = 128  # characters of an identifier
KEY_LIMIT: Final = 64  # characters of an unknown key that are kept
KEYS_LIMIT: Final = 2_000  # different unknown keys that are told apart
OTHER_KEYS: Final = "…"
ONLINE_WORDS: Final = {"online": True, "true": True, "1": True, "offline": False, "false": False, "0": False}
EVENT_KEYS: Final = frozenset(
    {
        "alarmId",
        "alarmChannel",
        "registerNumber",
        "manufacturerCode",
        "leaveFactoryNumber",
        "occurTime",
        "failureCode",
        "eventDesc",
        "phase",
        "ST",
        "statusCollectTime",
        "statusDetails",
        "evidence",
        "msgId",
        "type",
    }
)
NUL: Final = b"\\u0000"  # JSON may carry it; what is kept of events and statistics as JSON may not
OF_AN_ITEM: Final = {channel.value: channel for channel in (Channel.STATE, Channel.EVENT, Channel.STATISTICS)}
_parse: Final = msgspec.json.Decoder().decode


class Decoder:
    """Reads messages against a register."""

    def __init__(self, register: Register) -> None:
        self._register = register
        self._quick = Quick(register)
        self._told = Occurrences()
        self._keys_seen: set[tuple[str, str, str]] = set()

    def use(self, register: Register) -> None:
        """Read against a newer register from now on."""
        self._register = register
        self._quick.use(register)

    def read_all(self, messages: Sequence[Message]) -> Batch:
        """What the messages say, and why some were refused."""
        batch = Batch()
        for message in self._quick.take(messages, batch):
            self.read(message, batch)
        return batch

    def read(self, message: Message, batch: Batch) -> None:
        """Put what the message says, or why it was refused, into the batch."""
        try:
            self._read(message, batch)
        except Exception as fault:  # noqa: BLE001 an edge: whatever a payload can provoke must not stop the others
            _refuse(batch, message, fault)

    def _read(self, message: Message, batch: Batch) -> None:
        vendor = topics.vendor_of(message.topic)
        dialect = self._register.dialects.get(vendor)
        if dialect is not None and not topics.is_ours(message.topic):
            self._translated(dialect, vendor, topics.tail_of(message.topic), message, batch)
            return
        topic = topics.read(message.topic)
        if topic.channel is Channel.COMMAND:
            return  # our own word, heard as everything is: no sign of the vendor's life
        batch.messages[topic.vendor] += not message.copy
        match topic.channel:
            case Channel.ONLINE if not topic.code:
                self._online(topic, message, batch)
            case Channel.ONLINE:
                return  # a device's own presence is judged from its readings
            case Channel.COMMAND_ACK:
                self._answer(topic, _object(_without_nul(message.payload), SINGLE_LIMIT), message, batch)
            case Channel.BATCH:
                self._several(topic, message, batch)
            case _:
                self._one(topic, _object(message.payload, SINGLE_LIMIT), message, batch)

    def _translated(self, dialect: str, vendor: str, tail: str, message: Message, batch: Batch) -> None:
        batch.messages[vendor] += not message.copy
        body, at = _json(_without_nul(message.payload), BATCH_LIMIT), message.received_at
        said = translate(dialect, tail, body, vendor=vendor, their_codes=self._register.their_codes, told=self._told, at=at)
        for fault, part in said.refused:
            _refuse(batch, message._replace(payload=_encoded(part)), fault)
        for item in said.items:
            topic = Topic(vendor, item.channel, item.kind, item.code)
            own = message._replace(topic=topics.written(topic), payload=_encoded(item.body))  # what is refused can be tried again by itself
            try:
                self._one(topic, item.body, own, batch)
            except Exception as fault:  # noqa: BLE001 the same edge: a bad item is refused alone
                _refuse(batch, own, fault)

    def _several(self, topic: Topic, message: Message, batch: Batch) -> None:
        items = _json(message.payload, BATCH_LIMIT)
        if not isinstance(items, list):
            raise BadPayload(reason=Reject.NOT_AN_OBJECT, value="batch")
        if len(items) > ITEMS_LIMIT:
            raise BadPayload(reason=Reject.TOO_LARGE, value=f"{len(items)} items")
        for item in items:
            try:
                self._item(topic, item, message, batch)
            except Exception as fault:  # noqa: BLE001 the same edge: a bad item is refused alone
                _refuse(batch, message._replace(payload=_encoded(item)), fault)

    def _item(self, topic: Topic, item: object, message: Message, batch: Batch) -> None:
        if not isinstance(item, dict):
            raise BadPayload(reason=Reject.NOT_AN_OBJECT)
        channel = OF_AN_ITEM.get(str(item.get("type")))
        if channel is None:
            raise BadPayload(reason=Reject.BAD_VALUE, field="type", value=str(item.get("type"))[:KEY_LIMIT])
        self._one(Topic(topic.vendor, channel, topic.kind, _code_of(item)), item, message._replace(payload=_encoded(item)), batch)

    def _one(self, topic: Topic, body: dict[str, object], message: Message, batch: Batch) -> None:
        device = self._device(topic, body)
        at = message.received_at
        match topic.channel:
            case Channel.STATE:
                sampled_at, values, unknown = parse_state(KINDS[device.kind], body, at=at)
                reading = Reading(device.equipment_id, device.kind, topic.vendor, sampled_at, at, values)
                batch.singles.append((reading, message))
                self._count_keys(batch, topic, unknown)
            case Channel.EVENT:
                _without_nul(message.payload)
                self._event(topic, device, body, message, batch)
            case _:
                _without_nul(message.payload)
                sampled_at = parse_time(body.get("samplingTime") or body.get("ts") or body.get("Package_Time"), at=at)
                batch.statistics.append(Statistics(device.equipment_id, topic.vendor, sampled_at, at, body))

    def _event(self, topic: Topic, device: Device, body: dict[str, object], message: Message, batch: Batch) -> None:
        at, path = message.received_at, message.topic
        event_id = _text(body.get("alarmId")).strip()
        if not event_id:
            raise BadPayload(reason=Reject.NO_EVENT_ID)
        vendor_code = _text(body.get("failureCode"))
        if not vendor_code:
            raise BadPayload(reason=Reject.BAD_VALUE, field="failureCode")
        meanings = codes_of(self._register.dialects.get(topic.vendor, Dialect.PLATFORM))
        code = self._register.codes.get((topic.vendor, vendor_code)) or meanings.get(vendor_code)
        event = Event(
            equipment_id=device.equipment_id,
            kind=device.kind,
            vendor=topic.vendor,
            event_id=event_id,
            phase=event_phase(body.get("phase") or body.get("ST")),
            code=code if code in FAULTS and FAULTS[code].fits(device.kind) else None,
            vendor_code=vendor_code,
            occurred_at=parse_time(body.get("occurTime"), at=at),
            received_at=at,
            description=str(body.get("eventDesc") or "")[:500],
            person=person_in(body.get("statusDetails")),
            channel=str(body.get("alarmChannel") or "")[:TEXT_LIMIT],
        )
        batch.words.append(Word(event, path, body))
        self._count_keys(batch, topic, tuple(key for key in body if key not in EVENT_KEYS))

    def _answer(self, topic: Topic, body: dict[str, object], message: Message, batch: Batch) -> None:
        device = self._device(topic, body)
        key, word = _text(body.get("msgId")).strip(), _text(body.get("result")).strip().lower()
        if not key or word not in set(Played):
            raise BadPayload(reason=Reject.BAD_VALUE, field="result" if key else "msgId", value=word[:KEY_LIMIT])
        refused = str(body.get("refusedToRun", "")).strip().lower() in TRUE_WORDS
        batch.answers.append(Answer(device.equipment_id, topic.vendor, key, Played(word), refused, message.received_at, body, message))

    def _device(self, topic: Topic, body: Mapping[str, object]) -> Device:
        said = _code_of(body)
        if said and said != topic.code:
            raise BadPayload(reason=Reject.CODE_MISMATCH, value=said)
        code = self._register.their_codes.get((topic.vendor, topic.code), topic.code)
        device = self._register.devices.get(code)
        if device is None:
            raise BadPayload(reason=Reject.UNKNOWN_EQUIPMENT, value=topic.code[:TEXT_LIMIT])
        if device.vendor != topic.vendor:
            raise BadPayload(reason=Reject.NOT_BOUND, value=topic.vendor)
        if device.kind != topic.kind or device.kind not in MONITORED:
            raise BadPayload(reason=Reject.KIND_MISMATCH, value=device.kind)
        return device

    def _online(self, topic: Topic, message: Message, batch: Batch) -> None:
        if topic.vendor not in self._register.vendors:
            raise BadPayload(reason=Reject.NOT_BOUND, value=topic.vendor)
        connected = _online_word(_json(message.payload, SINGLE_LIMIT) if message.payload else False)
        batch.heartbeats.append(Heartbeat(topic.vendor, connected, message.received_at, live=not message.retained))

    def _count_keys(self, batch: Batch, topic: Topic, keys: tuple[str, ...]) -> None:
        for key in keys:
            entry = (topic.vendor, topic.kind, key[:KEY_LIMIT])
            if entry not in self._keys_seen:
                if len(self._keys_seen) >= KEYS_LIMIT:
                    entry = (topic.vendor, topic.kind, OTHER_KEYS)
                self._keys_seen.add(entry)
            batch.unknown_keys[entry] += 1


def _encoded(item: object) -> bytes:
    """An item of a batch as its own payload; of one too deep to be written, nothing."""
    try:
        return msgspec.json.encode(item)
    except RecursionError:
        return b""


def _json(payload: bytes, limit: int) -> object:
    if len(payload) > limit:
        raise BadPayload(reason=Reject.TOO_LARGE, value=f"{len(payload)} bytes")
    try:
        value: object = _parse(payload)
    except msgspec.ValidationError as exc:
        raise BadPayload(reason=Reject.BAD_VALUE, value=str(exc)) from exc
    except RecursionError as exc:
        raise BadPayload(reason=Reject.TOO_DEEP) from exc
    except ValueError as exc:  # malformed, NaN and Infinity, bytes that are no UTF-8
        raise BadPayload(reason=Reject.NOT_JSON, value=str(exc)) from exc
    return value


def _without_nul(payload: bytes) -> bytes:
    if NUL in payload:
        raise BadPayload(reason=Reject.BAD_VALUE, value="U+0000")
    return payload


def _object(payload: bytes, limit: int) -> dict[str, object]:
    value = _json(payload, limit)
    if not isinstance(value, dict):
        raise BadPayload(reason=Reject.NOT_AN_OBJECT)
    return value


def _text(raw: object) -> str:
    """A short identifier, verbatim; a number keeps its digits. Raises BadPayload."""
    if raw is None:
        return ""
    if isinstance(raw, bool) or not isinstance(raw, int | str) or len(str(raw)) > TEXT_LIMIT:
        raise BadPayload(reason=Reject.BAD_VALUE, value=str(raw)[:KEY_LIMIT])
    return str(raw)


def _code_of(body: Mapping[str, object]) -> str:
    """注册代码, or for a lift without one `manufacturerCode-leaveFactoryNumber`; "" where the body does not say."""
    code = _text(body.get("registerNumber")).strip()
    if code:
        return code
    maker, number = _text(body.get("manufacturerCode")).strip(), _text(body.get("leaveFactoryNumber")).strip()
    return f"{maker}-{number}" if maker and number else ""


def _online_word(value: object) -> bool:
    if isinstance(value, dict):
        value = value.get("online", value.get("status"))
    word = ONLINE_WORDS.get(str(value).strip().lower())
    if word is None:
        raise BadPayload(reason=Reject.BAD_VALUE, field="online", value=str(value)[:KEY_LIMIT])
    return word


def _refuse(batch: Batch, message: Message, fault: Exception) -> None:
    if not isinstance(fault, BadPayload):
        log.error("decode_failed", exc_info=fault, extra={"topic": message.topic, "size": len(message.payload)})
        fault = BadPayload(reason=Reject.BAD_VALUE, value=type(fault).__name__)
    batch.refusals.append(
        Refusal(
            vendor=topics.vendor_of(message.topic),
            topic=message.topic,
            reason=Reject(str(fault.data["reason"])),
            detail="=".join(str(fault.data[name]) for name in ("field", "value") if name in fault.data),
            received_at=message.received_at,
            payload=message.payload,
            again=message.again,
        )
    )
